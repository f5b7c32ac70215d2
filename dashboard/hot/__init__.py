"""The hot lists page."""
