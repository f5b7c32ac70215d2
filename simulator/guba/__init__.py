"""A double of 股吧."""
