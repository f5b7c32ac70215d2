"""A double of an RSSHub instance, and of article pages of 公众号."""
