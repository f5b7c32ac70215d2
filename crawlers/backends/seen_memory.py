"""What a source remembers per query between runs: how far each publication has been read."""

from collections.abc import Mapping
from hashlib import sha256

from yuqing.domain.ports import StateStore

KIND = "seen"
_MOST = 5_000


class SeenMemory:
    """Publication id -> how much of it was read (a count that the backend gives its meaning)."""

    def __init__(self, state: StateStore, source: str) -> None:
        self._state = state
        self._source = source

    def _id(self, query: str) -> str:
        return sha256(f"{self._source}|{query}".encode()).hexdigest()[:32]

    def load(self, query: str) -> dict[str, int]:
        """What was read; empty before the first run."""
        found = self._state.load(KIND, self._id(query))
        known = found.body.get("read") if found else None
        return {str(name): int(count) for name, count in known.items()} if isinstance(known, Mapping) else {}

    def add(self, query: str, read: Mapping[str, int]) -> None:
        """Remember more, and nothing of what is 0; the oldest go first when there are too many."""
        if not read:
            return
        old = {name: count for name, count in self.load(query).items() if name not in read}
        new = {name: count for name, count in read.items() if count}
        kept = dict([*old.items(), *new.items()][-_MOST:])
        self._state.save(KIND, self._id(query), {"source": self._source, "query": query, "read": kept})
