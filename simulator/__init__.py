"""Doubles of the platforms on loopback; speaks their protocols and imports nothing of the product.

The control API, the routes and the Python API for tests are described in docs/reference/simulator.md.
"""
