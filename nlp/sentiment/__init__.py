"""Stance models behind one interface."""
