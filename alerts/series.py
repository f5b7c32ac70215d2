"""The series that the spike detector judges: what was published about a subject, per five minutes, seen in time.

Always rebuilt from stored counts. Three rules decide what a bin holds:

- A post counts in the bin of its publication when it was collected within the lag limit of its source (twice the
  polling interval, at least five minutes). Posts from before the source's first complete crawl are history that was
  back-filled: they always count, or a new installation would have no baseline for five weeks.
- Sources without coverage records (imports) always count; what they brought is known from its first to its last post.
- A bin is unknown while sources that usually carry more than three tenths of the subject's posts were not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, SourceCoverage, Window
from yuqing.domain.alert import SeriesPoint
from yuqing.domain.ports import MentionQuery, MentionStore
from yuqing.domain.subject import Subject

Floats = NDArray[np.float64]
HISTORY_DAYS = 42  # five weeks of daily peaks and a first week to compare with
DARK_SHARE = 0.3


@dataclass(frozen=True)
class Series:
    """Counts per bin; entries of unknown bins mean nothing."""

    window: Window
    negative: Floats
    total: Floats
    known: NDArray[np.bool_]

    def start(self, index: int) -> datetime:
        """When a bin begins."""
        return self.window.start + index * BIN

    def points(self, last: int | None = None) -> tuple[SeriesPoint, ...]:
        """The same as domain objects, unknown as None; `last` keeps only so many."""
        first = 0 if last is None else max(self.window.bins - last, 0)
        return tuple(
            SeriesPoint(
                self.start(i),
                int(self.negative[i]) if self.known[i] else None,
                int(self.total[i]) if self.known[i] else None,
            )
            for i in range(first, self.window.bins)
        )


def closed_window(now: datetime, days: int = HISTORY_DAYS) -> Window:
    """The bins that have closed by `now`. Begins at midnight UTC, so that it moves once a day, not with every look."""
    start = (now.astimezone(UTC) - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start, (now - start) // BIN)


@dataclass(frozen=True)
class SeriesBuilder:
    """Builds series from a store. `coverage` is what was seen of the sources that are polled."""

    mentions: MentionStore
    coverage: Mapping[str, SourceCoverage] = field(default_factory=dict)

    def build(self, subject: Subject, window: Window) -> Series:
        """The series of one subject."""
        query = MentionQuery(subjects=(subject.id,), since=window.start, until=window.end)
        carried = {facet.value: facet.count for facet in self.mentions.facet(query, "source", limit=1_000)}
        polled = tuple(sorted(set(carried) & set(self.coverage)))
        negative, total = self._imported(query, polled)
        imported = total.copy()
        for source in polled:
            for part in self._parts(source, window):
                self._count(part, (subject.id,), source, (negative, total), window)
        return Series(window, negative, total, self._known(subject, window, carried, imported))

    def _imported(self, query: MentionQuery, polled: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Counts of everything that no polled source brought: all counts less those of the polled ones."""
        negative, total = self._volume(query)
        if polled:
            less = self._volume(replace(query, sources=polled))
            negative, total = negative - less[0], total - less[1]
        return negative, total

    def _parts(self, source: str, window: Window) -> list[tuple[datetime, datetime, timedelta | None]]:
        """(since, until, lag limit): the back-filled history, then what was polled."""
        coverage = self.coverage[source]
        first = coverage.first_check
        if first is None:
            return [(window.start, window.end, coverage.lag())]
        bins = min(max(-((window.start - first) // BIN), 0), window.bins)
        border = window.start + bins * BIN
        parts: list[tuple[datetime, datetime, timedelta | None]] = [
            (window.start, border, None),
            (border, window.end, coverage.lag()),
        ]
        return [part for part in parts if part[0] < part[1]]

    def _count(
        self,
        part: tuple[datetime, datetime, timedelta | None],
        subjects: tuple[str, ...],
        source: str,
        into: tuple[Floats, Floats],
        window: Window,
    ) -> None:
        since, until, lag = part
        query = MentionQuery(subjects=subjects, sources=(source,), since=since, until=until, max_lag=lag)
        at = (since - window.start) // BIN
        for array, counts in zip(into, self._volume(query), strict=True):
            array[at : at + len(counts)] += counts

    def _volume(self, query: MentionQuery) -> tuple[Floats, Floats]:
        bins = self.mentions.volume(query, BIN, split="sentiment")
        negative = np.array([each.by.get("negative", 0) for each in bins], float)
        return negative, np.array([each.total for each in bins], float)

    def _known(
        self, subject: Subject, window: Window, carried: Mapping[str, int], imported: Floats
    ) -> NDArray[np.bool_]:
        light, dark = np.zeros(window.bins), np.zeros(window.bins)
        for source, coverage in self.coverage.items():
            polled, seen = coverage.seen(subject.search_terms, window)
            weight = carried.get(source, 0) + 1  # a source that never brought anything still shows that we looked
            light += weight * seen
            dark += weight * (polled & ~seen)
        filled = np.flatnonzero(imported)
        if len(filled):
            light[filled[0] : filled[-1] + 1] += imported.sum()
        return np.asarray((light > 0) & (dark <= DARK_SHARE * (light + dark)))
