"""The turns that all sources of a run take at one host: together they are no faster than one of them may be."""

from collections import defaultdict


class HostPace:
    """One for all sources of a run. A turn is a moment on the monotonic clock, given before the request is sent.

    A source that has a host for itself is paced by its own delay alone. Where several ask the same host, each of their
    requests keeps the longer gap of the two sources to the request before it.
    """

    def __init__(self) -> None:
        self._turns: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)  # host -> source -> turn, gap

    def turn(self, host: str, source: str, start: float, gap: float) -> float:
        """When the next request of a source may start, from `start` on."""
        known = self._turns[host]
        if not known.keys() - {source}:
            return start
        return max(start, *(last + max(gap, theirs) for last, theirs in known.values()))

    def take(self, host: str, source: str, turn: float, gap: float) -> None:
        """The turn is taken: others come after it."""
        self._turns[host][source] = (turn, gap)
