"""Mention and state stores."""
