"""Seeded scenarios: who says what about three invented banks, and when."""
