"""Doubles of the platforms on loopback; speaks their protocols and imports nothing of the product."""
