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
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage
from yuqing.domain.ports import StateStore

Bools = NDArray[np.bool_]
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

    @property
    def complete(self) -> list[Coverage]:
        """Complete slices, oldest check first."""
        found = [row for rows in self.rows.values() for row in rows if row.status.is_complete]
        return sorted(found, key=lambda row: row.checked_at)

    @property
    def first_check(self) -> datetime | None:
        """When the source was first seen completely."""
        complete = self.complete
        return complete[0].checked_at if complete else None

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
        later = {row.until for row in rows if row.status.is_complete and row.until > first}
        ends = [first, *sorted(later)][-_RECENT_CHECKS - 1 :]
        return [(after - before).total_seconds() for before, after in pairwise(ends)]

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

    def _bins(self, rows: Sequence[Coverage], window: Window) -> Bools:
        minutes, lag, first = np.zeros(window.bins * BIN_MINUTES, bool), self.lag() + BIN, self.first_check
        for row in rows:
            if not row.status.is_complete:
                continue  # a saturated slice counts as seen: its numbers are a lower bound, and a crisis saturates
            start, end = window.minute(row.since), window.minute(row.until + MINUTE - timedelta(microseconds=1))
            in_time = window.minute(row.checked_at - lag)
            minutes[max(start, in_time) : end] = True
            history = window.minute(first) if first is not None else 0
            minutes[start : min(end, history)] = True
        return np.asarray(minutes.reshape(window.bins, BIN_MINUTES).all(axis=1))


def load_coverage(
    state: StateStore, intervals: Mapping[str, timedelta], since: datetime
) -> Mapping[str, SourceCoverage]:
    """The coverage of every source that has records, from the state store. Slices before `since` are left out."""
    rows: dict[str, dict[str, list[Coverage]]] = defaultdict(lambda: defaultdict(list))
    earliest = since.isoformat()
    for document in state.find("coverage", limit=1_000_000):
        # Both are ISO times in UTC, so text order is time order; decoding every old record would cost seconds.
        if str(document.body.get("until", "")) >= earliest:
            row = from_json(Coverage, document.body)
            rows[row.source][row.query].append(row)
    return {source: SourceCoverage(source, intervals.get(source, BIN), queries) for source, queries in rows.items()}
