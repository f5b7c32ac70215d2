"""Detection, alert life, notification."""
