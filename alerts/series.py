"""The series that the spike detector judges: what was published about a subject, per five minutes, seen in time.

Always rebuilt from stored counts. Three rules decide what a bin holds:

- A post counts in the bin of its publication when it was collected within the lag limit of its source (twice the
  time between two polls, five minutes to three hours). Posts from before the source's first complete crawl are
  history that was back-filled: they always count, or a new installation would have no baseline for five weeks.
- Sources without coverage records (imports) always count; what they brought is known from its first to its last post.
  The same goes for a polled source's posts from before its first coverage record.
- Where most posts of some hours came later than that although their source was read in time (a platform that indexes
  slowly, a clock that is wrong), posts up to three hours late count, the newest bins are unknown until such posts can
  have come, and hours whose posts come later still are unknown.
- A bin is unknown while sources that usually carry more than three tenths of the subject's posts were not seen, and
  while more than a seventh of its posts wait for their scores: nobody knows yet whether they are negative.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, SourceCoverage, Window
from alerts.delays import Delay, Posts, find_delay
from yuqing.domain.alert import SeriesPoint
from yuqing.domain.ports import MentionQuery, MentionStore
from yuqing.domain.subject import Subject
from yuqing.domain.volume_bins import VolumeBins

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
HISTORY_DAYS = 42  # five weeks of daily peaks and a first week to compare with
DARK_SHARE = 0.3
UNSCORED_SHARE = 0.15


@dataclass(frozen=True)
class Series:
    """Counts per bin; entries of unknown bins mean nothing."""

    window: Window
    negative: Floats
    total: Floats
    known: NDArray[np.bool_]
    delays: Mapping[str, timedelta] = field(default_factory=dict)  # sources whose posts now come late, and how late
    # What several rules ask of the same series is worked out once, by name.
    derived: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

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
        imported = self._imported(query, window, polled, sum(carried[source] for source in polled))
        looks = {source: each.seen(subject.search_terms, window) for source, each in self.coverage.items()}
        read = {source: self._polled(subject, source, window, looks[source][1]) for source in polled}
        posts = sum((each[0] for each in read.values()), imported)
        delays = {source: delay for source, (_, delay) in read.items()}
        known = _known(window, imported.total, {source: each[0].total for source, each in read.items()}, looks, delays)
        late = {source: delay.now for source, delay in delays.items() if delay.now}
        known &= posts.unscored <= UNSCORED_SHARE * posts.total
        return Series(window, posts.negative, posts.total, known, late)

    def _imported(self, query: MentionQuery, window: Window, polled: tuple[str, ...], brought: int) -> Posts:
        """Counts of everything that no polled source brought: all counts less those of the polled ones."""
        if self.mentions.count(query) == brought:
            return Posts.none(window.bins)
        posts = self._volume(query)
        return posts - self._volume(replace(query, sources=polled)) if polled else posts

    def _parts(self, source: str, window: Window) -> list[tuple[datetime, datetime, timedelta | None]]:
        """(since, until, lag limit): the back-filled history, then what was polled."""
        coverage = self.coverage[source]
        first = coverage.first_check
        if first is None:
            return [(window.start, window.end, coverage.lag)]
        bins = min(max(-((window.start - first) // BIN), 0), window.bins)
        border = window.start + bins * BIN
        parts: list[tuple[datetime, datetime, timedelta | None]] = [
            (window.start, border, None),
            (border, window.end, coverage.lag),
        ]
        return [part for part in parts if part[0] < part[1]]

    def _polled(self, subject: Subject, source: str, window: Window, seen: Bools) -> tuple[Posts, Delay]:
        """What one polled source brought in time, and whether its posts come later than its looks explain."""
        whole = MentionQuery(subjects=(subject.id,), sources=(source,), since=window.start, until=window.end)
        posts, found = Posts.none(window.bins), self.mentions.count(whole)
        for since, until, lag in self._parts(source, window):
            at = (since - window.start) // BIN
            posts = posts.with_part(at, self._volume(replace(whole, since=since, until=until, max_lag=lag)))
        if found == posts.total.sum():
            return posts, Delay.none(window.bins)
        return find_delay(posts, seen, lambda lag: self._volume(replace(whole, max_lag=lag)))

    def _volume(self, query: MentionQuery) -> Posts:
        bins = self.mentions.volume(query, BIN, split="sentiment")
        # Most of twelve thousand bins are empty: only the others are looked at.
        filled = bins.filled if isinstance(bins, VolumeBins) else dict(enumerate(bins))
        rows = np.zeros((3, len(bins)))
        for index, each in filled.items():
            rows[:, index] = (each.by.get("negative", 0), each.total, each.by.get("", 0))
        return Posts(rows)


def _known(
    window: Window,
    imported: Floats,
    totals: Mapping[str, Floats],
    looks: Mapping[str, tuple[Bools, Bools]],
    delays: Mapping[str, Delay],
) -> Bools:
    light, dark = np.zeros(window.bins), np.zeros(window.bins)
    for source, (polled, read) in looks.items():
        seen = read & ~delays[source].dark if source in delays else read
        total = totals.get(source, np.zeros(window.bins))
        weight = total.sum() + 1  # a source that never brought anything still shows that we looked
        light += weight * (seen | _before(total, polled))
        dark += weight * (polled & ~seen)
    filled = np.flatnonzero(imported)
    if len(filled):
        light[filled[0] : filled[-1] + 1] += imported.sum()
    return np.asarray((light > 0) & (dark <= DARK_SHARE * (light + dark)))


def _before(total: Floats, polled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first post to the first coverage record: what an import, or a deleted record, once brought."""
    known = np.zeros(len(total), bool)
    begin = int(np.argmax(polled)) if polled.any() else len(polled)
    filled = np.flatnonzero(total[:begin])
    if len(filled):
        known[filled[0] : begin] = True
    return known
