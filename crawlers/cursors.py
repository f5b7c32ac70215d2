"""How far each query has been read completely: where a run begins, and when the mark moves.

A mark that lies in the future was set by a clock that went wrong. It is not believed: what was seen is what complete
looks tell that were made before now.
"""

from datetime import datetime, timedelta

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage, Cursor
from yuqing.domain.ports import Clock, StateStore

KIND = "cursor"
AHEAD = timedelta(minutes=5)  # clocks of several hosts differ; what is farther ahead is a step
_BACKFILL = "backfill"


class Cursors:
    """Cursors of one source in the state store."""

    def __init__(self, state: StateStore, source: str, clock: Clock) -> None:
        self._state = state
        self._source = source
        self._clock = clock

    def load(self, query: str) -> Cursor | None:
        """The mark of a query, None before the first complete run."""
        cursor = self._stored(query)
        return cursor if cursor is None or self._is_possible(cursor) else self._proven(query)

    def _stored(self, query: str) -> Cursor | None:
        found = self._state.load(KIND, f"{self._source}|{query}")
        return None if found is None else from_json(Cursor, found.body)

    def _is_possible(self, cursor: Cursor) -> bool:
        return max(cursor.high_water, cursor.updated_at) <= self._clock.now() + AHEAD

    def _proven(self, query: str) -> Cursor | None:
        """The mark as the looks prove it that no clock ahead has made; None when there is no such look."""
        limit = self._clock.now() + AHEAD
        where = {"source": self._source, "query": query}
        rows = [from_json(Coverage, found.body) for found in self._state.find("coverage", where, limit=1_000_000)]
        seen = [min(row.until, row.checked_at) for row in rows if row.status.is_complete and row.checked_at <= limit]
        if not seen:
            return None
        # Up to the first gap that is known: a refused piece stays a gap even where later ones were seen.
        gaps = [row.since for row in rows if not row.status.is_complete]
        mark = min([max(seen), *gaps])
        return Cursor(self._source, query, mark, mark)

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
        cursor = self._stored(query)
        if cursor is not None and self._is_possible(cursor) and cursor.high_water >= high_water:
            return False
        moved = Cursor(self._source, query, high_water, read_at or self._clock.now())
        self._state.save(KIND, moved.key, to_json(moved))
        return True
