"""A double of the search of 黑猫投诉."""
