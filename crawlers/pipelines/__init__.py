"""What stands between the spiders and the store."""
