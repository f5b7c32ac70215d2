"""Which moments of a source were seen, from its coverage records, minute by minute.

A minute is *seen in time* when a complete slice that spans it was checked no later than `lag` after the minute's bin
had closed. The history before a source's first complete check is different: nobody could look in time then, so any
complete slice makes it seen. A slice that was caught up after an outage does not: its posts came too late to be
counted in their bins, so those bins stay unknown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.ports import StateStore

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
MINUTE = timedelta(minutes=1)
BIN = timedelta(minutes=5)
BIN_MINUTES = 5
MINIMUM_LAG = timedelta(minutes=5)
MAXIMUM_LAG = timedelta(hours=3)  # as far as the spike detector looks back for openings
_RECENT_CHECKS = 12


@dataclass(frozen=True, slots=True)
class Window:
    """Equal five-minute bins from `start`."""

    start: datetime
    bins: int

    @property
    def end(self) -> datetime:
        """The end of the last bin."""
        return self.start + self.bins * BIN

    def minute(self, time: datetime) -> int:
        """The minute of the window in which a time lies, clipped to the window."""
        return min(max((time - self.start) // MINUTE, 0), self.bins * BIN_MINUTES)


@dataclass(frozen=True)
class SourceCoverage:
    """The complete looks at one source, by query. `interval` is how often the source is meant to be polled."""

    source: str
    interval: timedelta
    rows: Mapping[str, Sequence[Coverage]] = field(default_factory=dict)

    @cached_property
    def complete(self) -> list[Coverage]:
        """Complete slices, oldest check first."""
        found = [row for rows in self.rows.values() for row in rows if row.status.is_complete]
        return sorted(found, key=lambda row: row.checked_at)

    @cached_property
    def first_check(self) -> datetime | None:
        """When the source was first seen completely."""
        complete = self.complete
        return min((row.first_look for row in complete), default=None)

    @cached_property
    def lag(self) -> timedelta:
        """How late a post may be collected and still count in its bin: twice the time between two polls.

        Crawls that take longer than the settings promise stretch it, because a crisis makes crawls slow and must not
        make us deaf; a single outage does not (the median is taken).
        """
        gaps = [gap for rows in self.rows.values() for gap in self._gaps(rows)]
        observed = timedelta(seconds=median(gaps)) if gaps else timedelta(0)
        return max(MINIMUM_LAG, min(2 * max(self.interval, observed), max(MAXIMUM_LAG, 2 * self.interval)))

    def _gaps(self, rows: Sequence[Coverage]) -> list[float]:
        """Seconds between the ends of successive looks at one query; the slices of the first crawl are one look."""
        first = self.first_check
        if first is None:
            return []
        later = sorted((row for row in rows if row.status.is_complete and row.until > first), key=lambda r: r.until)
        ends = [first, *dict.fromkeys(row.until for row in later)][-_RECENT_CHECKS - 1 :]
        within = [row for row in later if row.checks > 1][-1:]  # a run keeps the number of its looks, not their times
        runs = [(row.checked_at - row.first_look).total_seconds() / (row.checks - 1) for row in within]
        looks = within[0].checks - 1 if within else 0
        return (runs * looks)[:_RECENT_CHECKS] or [(after - before).total_seconds() for before, after in pairwise(ends)]

    def seen(self, queries: Iterable[str], window: Window) -> tuple[Bools, Bools]:
        """(polled, seen) per bin for these queries; for all queries where none of them belongs to the source."""
        wanted = [self.rows[query] for query in queries if query in self.rows] or list(self.rows.values())
        polled, seen = np.zeros(window.bins, bool), np.ones(window.bins, bool)
        for rows in wanted:
            begun = np.zeros(window.bins, bool)
            begun[window.minute(min(row.since for row in rows)) // BIN_MINUTES :] = True
            polled |= begun
            seen &= self._bins(rows, window) | ~begun
        return polled, seen & polled

    @cached_property
    def _looks(self) -> Mapping[int, tuple[Floats, Floats, Floats]]:
        """(since, until, checked) of the complete rows of each query in seconds, by the identity of its row list."""
        return {id(rows): _seconds(_complete(rows)) for rows in self.rows.values()}

    def _bins(self, rows: Sequence[Coverage], window: Window) -> Bools:
        """A saturated slice counts as seen: its numbers are a lower bound, and it is a crisis that saturates."""
        since, until, checked = self._looks[id(rows)]
        first, minutes = self.first_check, window.bins * BIN_MINUTES
        history = 0.0 if first is None else _minutes(np.array(first.timestamp()), window)
        begin, end = _minutes(since, window), np.ceil(_minutes(until, window, exact=True))
        in_time = _minutes(checked - (self.lag + BIN).total_seconds(), window)
        seen = _marked(np.maximum(begin, in_time), end, minutes) | _marked(begin, np.minimum(end, history), minutes)
        return np.asarray(seen.reshape(window.bins, BIN_MINUTES).all(axis=1))


def _complete(rows: Sequence[Coverage]) -> list[Coverage]:
    """The complete rows. An hour that was read region by region is complete when each of its regions is."""
    broken = {(row.since, row.until) for row in rows if row.region and not row.status.is_complete}
    return [row for row in rows if row.status.is_complete and not (row.region and (row.since, row.until) in broken)]


def _seconds(rows: Sequence[Coverage]) -> tuple[Floats, Floats, Floats]:
    times = [(row.since.timestamp(), row.until.timestamp(), row.first_look.timestamp()) for row in rows]
    table = np.array(times, float).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _minutes(seconds: Floats, window: Window, *, exact: bool = False) -> Floats:
    minutes = (seconds - window.start.timestamp()) / 60
    return np.asarray(minutes if exact else np.floor(minutes))


def _marked(begin: Floats, end: Floats, length: int) -> Bools:
    """True in the minutes that lie inside any of the intervals."""
    first, last = (np.clip(each, 0, length).astype(int) for each in (begin, end))
    real = first < last
    steps = np.bincount(first[real], minlength=length + 1) - np.bincount(last[real], minlength=length + 1)
    return np.asarray(np.cumsum(steps)[:length] > 0)


def load_coverage(
    state: StateStore, intervals: Mapping[str, timedelta], since: datetime
) -> Mapping[str, SourceCoverage]:
    """The coverage of every source that has records, from the state store. Slices before `since` are left out."""
    rows: dict[str, dict[str, list[Coverage]]] = defaultdict(lambda: defaultdict(list))
    earliest = since.isoformat()
    for document in state.find("coverage", limit=1_000_000):
        # Both are ISO times in UTC, so text order is time order; old records need not be decoded.
        if str(document.body.get("until", "")) >= earliest:
            row = from_json(Coverage, document.body)
            rows[row.source][row.query].append(row)
    return {source: SourceCoverage(source, intervals.get(source, BIN), queries) for source, queries in rows.items()}
