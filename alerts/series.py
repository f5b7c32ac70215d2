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
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, MAXIMUM_LAG, SourceCoverage, Window
from alerts.delays import Delay, Posts, find_delay
from alerts.ledger import LAG_STEP, Ledger, Rows, SeriesBook
from alerts.topic_counts import TopicCounts
from yuqing.domain.alert import SeriesPoint
from yuqing.domain.ports import MentionStore
from yuqing.domain.subject import Subject

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
    parts: TopicCounts = field(default_factory=TopicCounts.none, repr=False, compare=False)
    # What several rules ask of the same series is worked out once, by name.
    derived: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    def start(self, index: int) -> datetime:
        """When a bin begins."""
        return self.window.start + index * BIN

    def about(self, topic: str) -> "Series":
        """The part of it that is about a topic: unknown where the whole is, counted by the same rules."""
        key = f"topic:{topic}"
        found = self.derived.get(key)
        if not isinstance(found, Series):
            negative, total = self.parts.arrays(topic, self.window.bins)
            self.derived[key] = found = Series(self.window, negative, total, self.known, self.delays)
        return found

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


class _Way(NamedTuple):
    """Which posts of a source count: all before `border`, then those within `limit` steps; where most came late, up
    to the largest lag."""

    border: int
    limit: int
    delay: Delay

    def admits(self, rows: Rows) -> Bools:
        """One entry per row."""
        keep = (rows.at < self.border) | (rows.lag <= self.limit)
        if self.delay.late is not None:
            keep |= self.delay.late[rows.at] & (rows.lag <= MAXIMUM_LAG // LAG_STEP)
        return np.asarray(keep)


@dataclass(frozen=True)
class SeriesBuilder:
    """Builds series from ledgers. `coverage` is what was seen of the sources that are polled."""

    mentions: MentionStore
    coverage: Mapping[str, SourceCoverage] = field(default_factory=dict)
    _seen: dict[tuple[str, tuple[str, ...], Window], tuple[Bools, Bools]] = field(default_factory=dict, repr=False)
    _others: dict[tuple[tuple[str, ...], Window], tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def build(self, subject: Subject, window: Window, ledger: Ledger | None = None) -> Series:
        """The series of one subject; without a ledger the store is asked for this subject alone."""
        read = ledger or SeriesBook().read(self.mentions, (subject.id,), window)[subject.id]
        carried = np.unique(read.posts.source).tolist()
        numbers = {read.sources[number]: number for number in carried if read.sources[number] in self.coverage}
        ways = {source: self._way(subject, source, window, read.posts, numbers[source]) for source in sorted(numbers)}
        rows = _admitted(read.posts, {numbers[source]: way for source, way in ways.items()})
        posts = _posts(rows, window.bins)
        imported = _posts(read.posts.chosen(~np.isin(read.posts.source, list(numbers.values()))), window.bins).total
        totals = {source: _totals(rows, numbers[source], window.bins) for source in ways}
        known = self._known(subject, window, imported, totals, ways)
        known &= posts.unscored <= UNSCORED_SHARE * posts.total
        late = {source: way.delay.now for source, way in ways.items() if way.delay.now}
        topics = _admitted(read.topics, {numbers[source]: way for source, way in ways.items()})
        parts = TopicCounts(topics.of, topics.at, topics.total, topics.negative, read.topic_names)
        return Series(window, posts.negative, posts.total, known, late, parts=parts)

    def _way(self, subject: Subject, source: str, window: Window, posts: Rows, number: int) -> _Way:
        """Which posts of a polled source count, and whether they come later than its looks explain."""
        mine = posts.chosen(posts.source == number)
        plain = _Way(self._border(source, window), -(-self.coverage[source].lag // LAG_STEP), Delay.none(window.bins))
        keep = plain.admits(mine)
        if keep.all():
            return plain
        _, seen = self._look(subject, source, window)

        def count(lag: timedelta | None) -> Posts:
            return _posts(mine if lag is None else mine.chosen(mine.lag <= lag // LAG_STEP), window.bins)

        _, delay = find_delay(_posts(mine.chosen(keep), window.bins), seen, count)
        return plain._replace(delay=delay)

    def _border(self, source: str, window: Window) -> int:
        """The bins before it are history that was back-filled."""
        first = self.coverage[source].first_check
        return 0 if first is None else min(max(-((window.start - first) // BIN), 0), window.bins)

    def _look(self, subject: Subject, source: str, window: Window) -> tuple[Bools, Bools]:
        """(polled, seen) per bin; the same for all subjects that the source has no query of their own for."""
        coverage = self.coverage[source]
        key = (source, tuple(query for query in subject.search_terms if query in coverage.rows), window)
        if key not in self._seen:
            self._seen[key] = coverage.seen(key[1], window)
        return self._seen[key]

    def _known(
        self,
        subject: Subject,
        window: Window,
        imported: Floats,
        totals: Mapping[str, Floats],
        ways: Mapping[str, _Way],
    ) -> Bools:
        light, dark = (each.copy() for each in self._silent(subject, window, tuple(totals)))
        for source, total in totals.items():
            polled, read = self._look(subject, source, window)
            seen = read & ~ways[source].delay.dark
            weight = total.sum() + 1
            light += weight * (seen | _before(total, polled))
            dark += weight * (polled & ~seen)
        filled = np.flatnonzero(imported)
        if len(filled):
            light[filled[0] : filled[-1] + 1] += imported.sum()
        return np.asarray((light > 0) & (dark <= DARK_SHARE * (light + dark)))

    def _silent(self, subject: Subject, window: Window, carried: tuple[str, ...]) -> tuple[Floats, Floats]:
        """(seen, unseen) of the sources that brought nothing: they weigh little, but show whether anybody looked."""
        asked = tuple(
            query for query in subject.search_terms if any(query in each.rows for each in self.coverage.values())
        )
        key = ((*carried, "", *asked), window)
        if key not in self._others:
            looks = [self._look(subject, source, window) for source in self.coverage if source not in carried]
            light = sum((read.astype(float) for _, read in looks), np.zeros(window.bins))
            dark = sum(((polled & ~read).astype(float) for polled, read in looks), np.zeros(window.bins))
            self._others[key] = (light, dark)
        return self._others[key]


def _admitted(rows: Rows, ways: Mapping[int, _Way]) -> Rows:
    """The rows that count: those of imports always, those of polled sources where they came in time."""
    keep = np.ones(len(rows.at), bool)
    for number, way in ways.items():
        keep &= (rows.source != number) | way.admits(rows)
    return rows if keep.all() else rows.chosen(keep)


def _posts(rows: Rows, bins: int) -> Posts:
    columns = (rows.negative, rows.total, rows.of)
    return Posts(np.array([np.bincount(rows.at, column, bins) for column in columns], float))


def _totals(rows: Rows, source: int, bins: int) -> Floats:
    mine = rows.source == source
    return np.bincount(rows.at[mine], rows.total[mine], bins).astype(float)


def _before(total: Floats, polled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first post to the first coverage record: what an import, or a deleted record, once brought."""
    known = np.zeros(len(total), bool)
    begin = int(np.argmax(polled)) if polled.any() else len(polled)
    filled = np.flatnonzero(total[:begin])
    if len(filled):
        known[filled[0] : begin] = True
    return known
