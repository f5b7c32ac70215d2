"""How far each query has been read completely: where a run begins, and when the mark moves."""

from datetime import datetime, timedelta

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Cursor
from yuqing.domain.ports import Clock, StateStore

KIND = "cursor"
_BACKFILL = "backfill"


class Cursors:
    """Cursors of one source in the state store."""

    def __init__(self, state: StateStore, source: str, clock: Clock) -> None:
        self._state = state
        self._source = source
        self._clock = clock

    def load(self, query: str) -> Cursor | None:
        """The mark of a query, None before the first complete run."""
        found = self._state.load(KIND, f"{self._source}|{query}")
        return None if found is None else from_json(Cursor, found.body)

    def begin(self, query: str, now: datetime, backfill: timedelta, overlap: timedelta) -> datetime:
        """Where a run begins: the overlap before the mark was set, or the back-fill when there is no mark.

        The overlap is for posts that a search shows late. What lay further back when it was read, as in a long
        back-fill, is not read again.
        """
        cursor = self.load(query)
        if cursor is None:
            return self._first(query, now - backfill)
        return min(cursor.high_water, min(cursor.updated_at, now) - overlap)

    def _first(self, query: str, wanted: datetime) -> datetime:
        """The beginning of the back-fill: it does not slide on while a source refuses."""
        name = f"{self._source}|{query}"
        found = self._state.load(_BACKFILL, name)
        if found is not None and (began := datetime.fromisoformat(str(found.body["since"]))) <= wanted:
            return began
        self._state.save(_BACKFILL, name, {"source": self._source, "query": query, "since": wanted.isoformat()})
        return wanted

    def advance(self, query: str, high_water: datetime, read_at: datetime | None = None) -> bool:
        """Move the mark forward; it never goes back. `read_at`: when the youngest part before it was read."""
        cursor = self.load(query)
        if cursor is not None and cursor.high_water >= high_water:
            return False
        moved = Cursor(self._source, query, high_water, read_at or self._clock.now())
        self._state.save(KIND, moved.key, to_json(moved))
        return True
