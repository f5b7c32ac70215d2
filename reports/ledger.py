"""Which hours of which source were really seen: what a zero, and a comparison, may rest on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuqing.domain.coverage import SEVERITY_ORDER, Coverage, Outcome

HOUR = timedelta(hours=1)

# One hour of one source: seen (True), or the outcome that stood in the way, or None when nobody looked.
HourState = Outcome | bool | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Consecutive hours that were not seen, with the worst outcome among them (None: nobody looked)."""

    since: datetime
    until: datetime
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class SourceHours:
    """The hours of one source over a period."""

    since: datetime
    states: tuple[HourState, ...]
    saturated: int = 0  # complete hours in which the platform showed only as much as it ever shows

    @property
    def complete(self) -> int:
        """Hours in which every query was read completely."""
        return sum(state is True for state in self.states)

    @property
    def blocked(self) -> int:
        """Hours that were tried and could not be read completely."""
        return sum(isinstance(state, Outcome) for state in self.states)

    @property
    def missing(self) -> int:
        """Hours in which nobody looked."""
        return sum(state is None for state in self.states)

    @property
    def share(self) -> float:
        """The complete part of all hours, 0 for an empty period."""
        return self.complete / len(self.states) if self.states else 0.0

    @property
    def causes(self) -> Mapping[Outcome, int]:
        """Blocked hours by outcome, worst outcome last as in SEVERITY_ORDER."""
        found = [state for state in self.states if isinstance(state, Outcome)]
        return {outcome: found.count(outcome) for outcome in SEVERITY_ORDER if outcome in found}

    def gaps(self) -> tuple[Gap, ...]:
        """Runs of hours that were not seen, oldest first; a run is split where blocked turns into never tried."""
        gaps: list[Gap] = []
        for number, state in enumerate(self.states):
            if state is True:
                continue
            start = self.since + number * HOUR
            outcome = state if isinstance(state, Outcome) else None
            last = gaps[-1] if gaps else None
            if last and last.until == start and (last.outcome is None) == (outcome is None):
                gaps[-1] = Gap(last.since, start + HOUR, _worst(o for o in (last.outcome, outcome) if o))
            else:
                gaps.append(Gap(start, start + HOUR, outcome))
        return tuple(gaps)


def hours_of(rows: Iterable[Coverage], since: datetime, until: datetime) -> SourceHours:
    """The state of every hour of [since, until) from the coverage rows of one source."""
    by_query: dict[str, dict[int, list[Coverage]]] = {}
    count = max(0, -((since - until) // HOUR))
    for row in _national(rows):
        buckets = by_query.setdefault(f"{row.query}|{row.region}", {})
        for number in _overlap(row, since, count):
            buckets.setdefault(number, []).append(row)
    # A query that has no row at all in this period was not asked for then (added later, or dropped).
    asked = [buckets for buckets in by_query.values() if buckets]
    starts = [since + number * HOUR for number in range(count)]
    states, capped = [], 0
    for number, start in enumerate(starts):
        looks, end = [buckets.get(number, []) for buckets in asked], min(start + HOUR, until)
        states.append(_source_hour(looks, start, end))
        uncapped = [[row for row in rows if not row.saturated] for rows in looks]
        capped += states[-1] is True and _source_hour(uncapped, start, end) is not True
    return SourceHours(since, tuple(states), capped)


def _national(rows: Iterable[Coverage]) -> Iterator[Coverage]:
    """Rows of the whole country where a query has such, otherwise all: provinces only refine a saturated slice."""
    rows = list(rows)
    whole = {row.query for row in rows if not row.region}
    return (row for row in rows if not row.region or row.query not in whole)


def _overlap(row: Coverage, since: datetime, count: int) -> range:
    first = max(0, (row.since - since) // HOUR)
    last = min(count, -((since - row.until) // HOUR))
    return range(first, last)


def _source_hour(queries: Sequence[Sequence[Coverage]], start: datetime, end: datetime) -> HourState:
    states = [_query_hour(rows, start, end) for rows in queries]
    if states and all(state is True for state in states):
        return True
    outcomes = [state for state in states if isinstance(state, Outcome)]
    return _worst(outcomes) if outcomes else None


def _query_hour(rows: Sequence[Coverage], start: datetime, end: datetime) -> HourState:
    if _is_covered([row for row in rows if row.status.is_complete], start, end):
        return True
    return _worst(row.status for row in rows if not row.status.is_complete)


def _is_covered(rows: Sequence[Coverage], since: datetime, until: datetime) -> bool:
    reached = since
    for row in sorted(rows, key=lambda each: each.since):
        if row.since > reached:
            return False
        reached = max(reached, row.until)
    return reached >= until


def _worst(outcomes: Iterable[Outcome]) -> Outcome | None:
    return max(outcomes, key=SEVERITY_ORDER.index, default=None)
