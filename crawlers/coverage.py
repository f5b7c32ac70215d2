"""What was looked at and what came of it, written to the state store."""

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.ports import StateStore

KIND = "coverage"


class CoverageBook:
    """Writes coverage records. A complete look replaces the earlier looks that lie inside it."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def write(self, row: Coverage) -> None:
        """Save a record, and drop those it makes obsolete."""
        self._state.save(KIND, row.key, to_json(row))
        if row.status.is_complete and not row.saturated:
            self._drop_inside(row)

    def _drop_inside(self, row: Coverage) -> None:
        where = {"source": row.source, "query": row.query, "region": row.region}
        for found in self._state.find(KIND, where):
            old = from_json(Coverage, found.body)
            if old.key != row.key and row.since <= old.since and old.until <= row.until:
                self._state.delete(KIND, found.id)
