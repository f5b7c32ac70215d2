"""What the store holds about subjects, counted by bin, source, lag and topic: what every series is built from.

The store is asked once for all subjects and topics. `SeriesBook` remembers the answers of a process: at the next look
only the newest hours are read again, and the rest where its counts no longer agree with the store's. It is a memory of
what is stored and nothing else: a new process reads everything anew and comes to the same series.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, Window
from yuqing.domain.ports import MentionStore, Tally, TallyQuery

Ints = NDArray[np.int64]
LAG_STEP = timedelta(minutes=1)
RECENT = 144  # bins that are read at every look: half a day, in which nearly all changes are
AGE = 12  # bins after which what was read is read again whatever the counts say: topics may have been corrected
PARTS = 12  # so many looks share that work
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of counts; `at` is a bin, `of` the topic or, in rows about all topics, how many are not scored yet."""

    at: Ints
    source: Ints
    lag: Ints
    of: Ints
    total: Ints
    negative: Ints

    @classmethod
    def made(cls, rows: Sequence[_Row]) -> "Rows":
        """From one tuple a row, in the order of the columns."""
        return cls(*np.array(rows, np.int64).reshape(-1, 6).T)

    def chosen(self, keep: NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        return Rows(*(column[keep] for column in self._columns()))

    def and_(self, more: "Rows") -> "Rows":
        """These rows and more."""
        pairs = zip(self._columns(), more._columns(), strict=True)
        return Rows(*(np.concatenate(pair) for pair in pairs))

    def within(self, first: int, last: int) -> "Rows":
        """The rows of the bins from `first` on, before `last`."""
        return self.chosen((self.at >= first) & (self.at < last))

    def moved(self, bins: int) -> "Rows":
        """The same rows so many bins later."""
        return replace(self, at=self.at + bins)

    def _columns(self) -> tuple[Ints, ...]:
        return self.at, self.source, self.lag, self.of, self.total, self.negative


@dataclass(frozen=True, slots=True)
class Ledger:
    """The counts of one subject; `at` counts bins from the start of a window. Names by number."""

    posts: Rows
    topics: Rows
    sources: Sequence[str]
    topic_names: Sequence[str]


class Names:
    """Numbers for names, in the order in which they were met."""

    def __init__(self) -> None:
        self.list: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        """The same number for the same name."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = len(self.list)
            self.list.append(name)
        return found


@dataclass(frozen=True, slots=True)
class _Entry:
    """What was read about a subject: every bin in [since, until), counted from 1970 on."""

    since: int
    until: int
    read: int  # the end of the window in which all of it was read
    posts: Rows
    topics: Rows

    def sums(self, first: int, last: int) -> tuple[int, int, int]:
        """All, negative and not yet scored posts of some bins."""
        inside = self.posts.within(first, last)
        return int(inside.total.sum()), int(inside.negative.sum()), int(inside.of.sum())

    def renewed(self, since: int, border: int, until: int, posts: Rows, topics: Rows) -> "_Entry":
        """The same with everything from `border` on replaced."""
        kept = (self.posts.within(since, border).and_(posts), self.topics.within(since, border).and_(topics))
        return _Entry(since, until, self.read, *kept)

    def covers(self, since: int, border: int) -> bool:
        """Whether nothing is missing between two bins."""
        return self.since <= since and self.until >= border


@dataclass
class SeriesBook:
    """Ledgers of many subjects. Safe to be asked by several threads."""

    _entries: dict[str, _Entry] = field(default_factory=dict, repr=False)
    _sources: Names = field(default_factory=Names, repr=False)
    _topics: Names = field(default_factory=Names, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, mentions: MentionStore, subjects: Sequence[str], window: Window) -> Mapping[str, Ledger]:
        """The ledgers of these subjects as the store is now."""
        with self._lock:
            start, rest = divmod(window.start - _EPOCH, BIN)
            if rest:  # bins that begin elsewhere are counted once and not remembered
                return SeriesBook().read_moved(mentions, subjects, window, rest)
            self._refresh(mentions, subjects, start, start + window.bins)
            return {subject: self._ledger(subject, start, start + window.bins) for subject in subjects}

    def read_moved(
        self, mentions: MentionStore, subjects: Sequence[str], window: Window, rest: timedelta
    ) -> Mapping[str, Ledger]:
        """The same for a window whose bins do not begin at full five minutes."""
        start = (window.start - _EPOCH) // BIN
        self._read(mentions, list(subjects), start, start, start + window.bins, rest)
        return {subject: self._ledger(subject, start, start + window.bins) for subject in subjects}

    def _ledger(self, subject: str, start: int, end: int) -> Ledger:
        entry = self._entries[subject]
        posts, topics = (rows.within(start, end).moved(-start) for rows in (entry.posts, entry.topics))
        return Ledger(posts, topics, self._sources.list, self._topics.list)

    def _refresh(self, mentions: MentionStore, subjects: Sequence[str], start: int, end: int) -> None:
        border = max(end - RECENT, start)
        known = [each for each in subjects if each in self._entries and self._entries[each].covers(start, border)]
        # Counted before it is read: what comes in between is found by the next look.
        stale = {*subjects} - {*known} | self._changed(mentions, known, start, border) | self._aged(known, end)
        self._read(mentions, [each for each in subjects if each in stale], start, start, end)
        self._read(mentions, [each for each in subjects if each not in stale], start, border, end)

    def _changed(self, mentions: MentionStore, known: Sequence[str], start: int, border: int) -> set[str]:
        """Those whose older counts are not what they were."""
        if not known or border == start:
            return set()
        asked = TallyQuery(tuple(known), _time(start), _time(border), (border - start) * BIN)
        now = {row.subject: (row.total, row.negative, row.unscored) for row in mentions.tally(asked)}
        return {each for each in known if self._entries[each].sums(start, border) != now.get(each, (0, 0, 0))}

    def _aged(self, known: Sequence[str], end: int) -> set[str]:
        """A part of those that were read long ago, the oldest first."""
        old = [each for each in known if abs(end - self._entries[each].read) >= AGE]
        return set(sorted(old, key=lambda each: self._entries[each].read)[: len(known) // PARTS + 1])

    def _read(
        self,
        mentions: MentionStore,
        subjects: Sequence[str],
        start: int,
        first: int,
        end: int,
        moved: timedelta = timedelta(0),
    ) -> None:
        """Read the bins from `first` on of these subjects; the bins before it stay."""
        if not subjects:
            return
        asked = TallyQuery(tuple(subjects), _time(first) + moved, _time(end) + moved, BIN, LAG_STEP, topics=True)
        found = dict(self._collected(mentions.tally(asked), first))
        nothing = Rows.made(()), Rows.made(())
        for subject in subjects:
            posts, topics = found.get(subject, nothing)
            if first > start:
                self._entries[subject] = self._entries[subject].renewed(start, first, end, posts, topics)
            else:
                self._entries[subject] = _Entry(start, end, end, posts, topics)

    def _collected(self, rows: Iterable[Tally], first: int) -> Iterator[tuple[str, tuple[Rows, Rows]]]:
        posts: dict[str, list[_Row]] = defaultdict(list)
        topics: dict[str, list[_Row]] = defaultdict(list)
        for subject, index, source, lag, topic, total, negative, unscored in rows:
            way = (first + index, self._sources.number(source), lag)
            if topic:
                topics[subject].append((*way, self._topics.number(topic), total, negative))
            else:
                posts[subject].append((*way, unscored, total, negative))
        for subject, found in posts.items():
            yield subject, (Rows.made(found), Rows.made(topics[subject]))


def _time(number: int) -> datetime:
    return _EPOCH + number * BIN
