"""The weekly opinion report."""
