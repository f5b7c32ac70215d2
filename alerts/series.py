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


class _Look(NamedTuple):
    """Per bin whether a source was read, and whether it was to be and was not; `begin`: the first polled bin."""

    read: Bools
    missed: Bools
    begin: int
    is_complete: bool

    @classmethod
    def of(cls, polled: Bools, read: Bools) -> "_Look":
        """From what was polled and what was read."""
        begin = int(np.argmax(polled)) if polled.any() else len(polled)
        return cls(read, polled & ~read, begin, bool(read.all()))

    def without(self, dark: Bools) -> "_Look":
        """The same where some bins do not count as read."""
        if not dark.any():
            return self
        return _Look(self.read & ~dark, self.missed | (self.read & dark), self.begin, is_complete=False)


@dataclass(frozen=True)
class SeriesBuilder:
    """Builds series from ledgers. `coverage` is what was seen of the sources that are polled."""

    mentions: MentionStore
    coverage: Mapping[str, SourceCoverage] = field(default_factory=dict)
    _looks: dict[tuple[str, tuple[str, ...], Window], _Look] = field(default_factory=dict, repr=False)
    _others: dict[tuple[tuple[str, ...], tuple[str, ...], Window], tuple[Floats, Floats]] = field(
        default_factory=dict, repr=False
    )

    def build(self, subject: Subject, window: Window, ledger: Ledger | None = None) -> Series:
        """The series of one subject; without a ledger the store is asked for this subject alone."""
        read = ledger or SeriesBook().read(self.mentions, (subject.id,), window)[subject.id]
        carried = {read.sources[number]: number for number in np.unique(read.posts.source).tolist()}
        polled = {source: carried[source] for source in sorted(carried) if source in self.coverage}
        ways = {
            number: self._way(subject, source, window, read.posts.chosen(read.posts.source == number))
            for source, number in polled.items()
        }
        rows = _admitted(read.posts, ways)
        posts = _posts(rows, window.bins)
        known = self._known(subject, window, rows, polled, ways)
        known &= posts.unscored <= UNSCORED_SHARE * posts.total
        late = {source: ways[number].delay.now for source, number in polled.items() if ways[number].delay.now}
        topics = _admitted(read.topics, ways)
        parts = TopicCounts(topics.of, topics.at, topics.total, topics.negative, read.topic_names)
        return Series(window, posts.negative, posts.total, known, late, parts=parts)

    def _way(self, subject: Subject, source: str, window: Window, mine: Rows) -> _Way:
        """Which posts of a polled source count, and whether they come later than its looks explain."""
        plain = _Way(self._border(source, window), -(-self.coverage[source].lag // LAG_STEP), Delay.none(window.bins))
        keep = plain.admits(mine)
        if keep.all():
            return plain
        seen = self._look(subject, source, window).read

        def count(lag: timedelta | None) -> Posts:
            return _posts(mine if lag is None else mine.chosen(mine.lag <= lag // LAG_STEP), window.bins)

        _, delay = find_delay(_posts(mine.chosen(keep), window.bins), seen, count)
        return plain._replace(delay=delay)

    def _border(self, source: str, window: Window) -> int:
        """The bins before it are history that was back-filled."""
        first = self.coverage[source].first_check
        return 0 if first is None else min(max(-((window.start - first) // BIN), 0), window.bins)

    def _look(self, subject: Subject, source: str, window: Window) -> _Look:
        """What was seen; the same for all subjects that the source has no query of their own for."""
        coverage = self.coverage[source]
        key = (source, tuple(query for query in subject.search_terms if query in coverage.rows), window)
        if key not in self._looks:
            self._looks[key] = _Look.of(*coverage.seen(key[1], window))
        return self._looks[key]

    def _known(
        self, subject: Subject, window: Window, rows: Rows, polled: Mapping[str, int], ways: Mapping[int, _Way]
    ) -> Bools:
        light, dark = (each.copy() for each in self._silent(subject, window, tuple(polled)))
        imported = np.ones(len(rows.at), bool)
        for source, number in polled.items():
            mine = rows.source == number
            imported &= ~mine
            look, weight = self._look(subject, source, window).without(ways[number].delay.dark), rows.total[mine].sum()
            _weigh(light, dark, look, weight + 1)
            # From the first post to the first coverage record: what an import, or a deleted record, once brought.
            first = int(rows.at[mine].min(initial=window.bins))
            light[first : look.begin] += weight + 1
        if imported.any():
            at = rows.at[imported]
            light[at.min() : at.max() + 1] += rows.total[imported].sum()
        return np.asarray((light > 0) & (dark <= DARK_SHARE * (light + dark)))

    def _silent(self, subject: Subject, window: Window, carried: tuple[str, ...]) -> tuple[Floats, Floats]:
        """(seen, unseen) of the sources that brought nothing: they weigh little, but show whether anybody looked."""
        asked = tuple(
            query for query in subject.search_terms if any(query in each.rows for each in self.coverage.values())
        )
        key = (carried, asked, window)
        if key not in self._others:
            light, dark = np.zeros(window.bins), np.zeros(window.bins)
            for source in self.coverage:
                if source not in carried:
                    _weigh(light, dark, self._look(subject, source, window), 1)
            self._others[key] = (light, dark)
        return self._others[key]


def _admitted(rows: Rows, ways: Mapping[int, _Way]) -> Rows:
    """The rows that count: those of imports always, those of polled sources where they came in time."""
    keep = np.ones(len(rows.at), bool)
    for number, way in ways.items():
        keep &= (rows.source != number) | way.admits(rows)
    return rows if keep.all() else rows.chosen(keep)


def _weigh(light: Floats, dark: Floats, look: _Look, weight: float) -> None:
    """Add a source to what was seen and to what was not."""
    if look.is_complete:
        light += weight
        return
    light += weight * look.read
    dark += weight * look.missed


def _posts(rows: Rows, bins: int) -> Posts:
    columns = (rows.negative, rows.total, rows.of)
    return Posts(np.array([np.bincount(rows.at, column, bins) for column in columns], float))
