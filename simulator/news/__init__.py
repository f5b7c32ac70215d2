"""Double of a news portal: feeds, sitemaps, and article pages in several layouts and encodings."""
