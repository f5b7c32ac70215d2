"""The one composition root: settings in, real adapters out. Nothing else creates a store, a clock or a channel."""
