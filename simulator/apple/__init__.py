"""A double of Apple's feed of customer reviews."""
