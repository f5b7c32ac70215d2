"""Spiders, backends and imports: everything that brings mentions in."""
