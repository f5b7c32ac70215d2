"""Scoring: text preparation, privacy, matching, models."""
