"""One spider per source; the work is in backends and extract."""
