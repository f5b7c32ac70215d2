"""Incidents: joining alerts to events, the desk where people work on them, the statement checker, the closing file."""
