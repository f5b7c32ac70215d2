"""Doubles of the hot lists of eleven platforms."""
