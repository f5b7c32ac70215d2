"""What was looked at and what came of it, written to the state store."""

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.ports import StateStore

KIND = "coverage"


def _rank(row: Coverage) -> int:
    """How much a look saw: all, what the platform would show, or not enough."""
    return 0 if not row.status.is_complete else 1 if row.saturated else 2


class CoverageBook:
    """Writes coverage records. A look replaces the earlier looks inside it that saw no more than it did.

    So the rows of an outage do not pile up, what was once seen stays seen when a later look is refused, and a refusal
    disappears when the same time has been seen.
    """

    def __init__(self, state: StateStore) -> None:
        self._state = state

    def write(self, row: Coverage) -> None:
        """Save a record, and drop those it makes obsolete."""
        self._state.save(KIND, row.key, to_json(row))
        self._drop_inside(row)

    def _drop_inside(self, row: Coverage) -> None:
        where = {"source": row.source, "query": row.query, "region": row.region}
        for found in self._state.find(KIND, where):
            old = from_json(Coverage, found.body)
            inside = row.since <= old.since and old.until <= row.until
            if old.key != row.key and inside and _rank(old) <= _rank(row):
                self._state.delete(KIND, found.id)
