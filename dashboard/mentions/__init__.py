"""The parts of the mentions page."""
