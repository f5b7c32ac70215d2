"""Use cases: each takes ports as arguments and knows no framework."""
