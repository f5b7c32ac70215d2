"""How far the slices of one query have been seen without a gap: where its cursor may stand."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.model import Slice
from crawlers.spans import Span


@dataclass(order=True, slots=True)
class _Entry:
    since: datetime
    until: datetime
    region: str
    piece: Slice | None = field(default=None, compare=False)  # None: not for this run
    seen: bool = field(default=False, compare=False)
    read_at: datetime | None = field(default=None, compare=False)


class Progress:
    """The window of one query as a row of pieces: to be read, settled by earlier runs, or waiting for a later one."""

    def __init__(self, begin: datetime, overlap: timedelta, limit: datetime | None = None) -> None:
        self._begin = begin
        self._reached = begin
        self._overlap = overlap
        self._limit = limit
        self._row: list[_Entry] = []
        self._open: dict[Slice, _Entry] = {}
        self._oldest_read: datetime | None = None

    def add(self, pieces: Iterable[Slice], settled: Iterable[Span] = (), waiting: Iterable[Slice] = ()) -> None:
        """What the window is made of."""
        for piece in pieces:
            self._insert(piece)
        for since, until in settled:
            insort(self._row, _Entry(since, until, "", seen=True))
        for late in waiting:
            insort(self._row, _Entry(late.since, late.until, late.region))

    def _insert(self, piece: Slice) -> None:
        self._open[piece] = entry = _Entry(piece.since, piece.until, piece.region, piece)
        insort(self._row, entry)

    def replace(self, piece: Slice, pieces: Sequence[Slice]) -> None:
        """These stand where one slice stood."""
        entry = self._open.pop(piece, None)
        if entry is None:
            return
        place = bisect_left(self._row, entry)
        while self._row[place] is not entry:  # others of the same span
            place += 1
        del self._row[place]
        for part in pieces:
            self._insert(part)

    def seen(self, piece: Slice, read_at: datetime) -> None:
        """A slice was seen completely; its first page came at `read_at`."""
        if entry := self._open.pop(piece, None):
            entry.seen, entry.read_at = True, read_at

    def mark(self) -> datetime | None:
        """The end of what was seen without a gap, None when that is nothing.

        Pieces of one hour in several regions: the hour is over when the last of them was seen.
        """
        while self._row and self._row[0].seen and self._row[0].since <= self._reached:
            self._pass(self._row.pop(0))
        mark = min(self._reached, self._row[0].since) if self._row else self._reached
        mark = mark if self._limit is None else min(mark, self._limit)
        return mark if mark > self._begin else None

    def _pass(self, entry: _Entry) -> None:
        self._reached = max(self._reached, entry.until)
        if entry.read_at is not None and entry.until > entry.read_at - self._overlap:
            self._oldest_read = min(self._oldest_read or entry.read_at, entry.read_at)

    def read_at(self, now: datetime) -> datetime:
        """When the youngest part of what was seen was read: what a search shows late must be looked for since then."""
        return min(self._oldest_read or now, now)

    def unseen(self) -> list[Slice]:
        """What this run was to read and did not see, oldest first."""
        return sorted(self._open, key=lambda piece: (piece.since, piece.until, piece.region))

    def within(self, since: datetime, until: datetime) -> list[Slice]:
        """The regions of an hour that this run was to read and did not see yet."""
        return [piece for piece in self._open if piece.region and (piece.since, piece.until) == (since, until)]
