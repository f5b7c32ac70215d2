"""The page of what is behind the numbers."""
