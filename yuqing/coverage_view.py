"""Coverage as people ask for it: per source and query, what was seen, up to when, and what was not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage, Cursor
from yuqing.domain.ports import StateStore
from yuqing.labels import OUTCOMES

_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One (source, query). `status` and `detail` are those of the newest check; `complete_until` the cursor."""

    source: str
    query: str
    status: str
    label: str
    detail: str
    checked_at: datetime
    complete_until: datetime | None
    complete: int
    incomplete: int
    saturated: int
    mentions: int
    outcomes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Plain data; times in ISO 8601."""
        return asdict(self)


def load_coverage(state: StateStore, since: datetime | None = None, until: datetime | None = None) -> list[Coverage]:
    """Every slice that overlaps the period, oldest check first."""
    found = [from_json(Coverage, document.body) for document in state.find("coverage", limit=_ALL)]
    inside = [c for c in found if (until is None or c.since < until) and (since is None or c.until > since)]
    return sorted(inside, key=lambda c: (c.checked_at, c.until))


def coverage_rows(
    state: StateStore, query: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> list[CoverageRow]:
    """One row per (source, query), by source and query."""
    groups: dict[tuple[str, str], list[Coverage]] = defaultdict(list)
    for slice_ in load_coverage(state, since, until):
        if query is None or slice_.query == query:
            groups[slice_.source, slice_.query].append(slice_)
    cursors = {(c.source, c.query): c for c in _cursors(state)}
    return [_row(key, groups[key], cursors.get(key)) for key in sorted(groups)]


def _cursors(state: StateStore) -> Iterable[Cursor]:
    return (from_json(Cursor, document.body) for document in state.find("cursor", limit=_ALL))


def _row(key: tuple[str, str], slices: list[Coverage], cursor: Cursor | None) -> CoverageRow:
    newest = slices[-1]
    outcomes: dict[str, int] = defaultdict(int)
    for slice_ in slices:
        outcomes[slice_.status.value] += slice_.checks
    complete = sum(slice_.status.is_complete for slice_ in slices)
    return CoverageRow(
        source=key[0],
        query=key[1],
        status=newest.status.value,
        label=OUTCOMES[newest.status],
        detail=newest.detail,
        checked_at=newest.checked_at,
        complete_until=None if cursor is None else cursor.high_water,
        complete=complete,
        incomplete=len(slices) - complete,
        saturated=sum(slice_.saturated for slice_ in slices),
        mentions=sum(slice_.mentions for slice_ in slices),
        outcomes=dict(outcomes),
    )
