"""Topics and severity."""
