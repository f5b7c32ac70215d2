"""Settings: environment, YAML and secret files, read once and validated."""
