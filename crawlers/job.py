"""What the job table remembers about one piece of one query."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from crawlers.model import SearchTerm, Slice
from crawlers.spans import Span
from yuqing.domain.coverage import Outcome


class State(StrEnum):
    """`done`: seen, although the cursor stands before it. `looked`: seen, but posts may still be shown late.
    `waiting`: refused. `cut`: too full, read in parts."""

    DONE = "done"
    LOOKED = "looked"
    WAITING = "waiting"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Wait:
    """A refused piece: how often it was asked for, how it ended last, and when it may be asked for again."""

    attempts: int
    not_before: datetime
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cut piece that is to be read. `again`: it was seen before, only late posts can be missing."""

    since: datetime
    until: datetime
    region: str = ""
    wait: Wait | None = None
    again: bool = False

    @property
    def span(self) -> Span:
        """From when to when."""
        return self.since, self.until

    def piece(self, query: SearchTerm) -> Slice:
        """As a slice of a query."""
        return Slice(query, self.since, self.until, self.region)


@dataclass(frozen=True, slots=True)
class Job:
    """One document of the table. `left` are the parts of a cut piece that are missing. Regions of an hour that were
    seen so early that late posts may have been missed settle it up to `edge` only (None: all of it)."""

    source: str
    query: str
    state: State
    since: datetime
    until: datetime
    region: str = ""
    wait: Wait | None = None
    left: tuple[Part, ...] = ()
    edge: datetime | None = None

    @property
    def key(self) -> str:
        """Identity of the document; a growing stretch of done time keeps its own."""
        since, end = (moment.astimezone(UTC).isoformat() for moment in self.span)
        until = "" if self.state in (State.DONE, State.LOOKED) else end
        return "|".join((self.source, self.query, self.state.value, self.region, since, until))

    @property
    def span(self) -> Span:
        """From when to when."""
        return self.since, self.until

    def is_of(self, piece: "Slice | Part | Job") -> bool:
        """True when this is about exactly that piece."""
        return (self.since, self.until, self.region) == (piece.since, piece.until, piece.region)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a refused piece waits. The first retry is the next run; then the limit doubles, with full jitter."""

    base: timedelta = timedelta(minutes=5)
    cap: timedelta = timedelta(hours=1)
    suspect: timedelta = timedelta(hours=6)  # an empty page that stays empty
    jitter: random.Random = field(default_factory=random.Random, repr=False)

    @property
    def longest(self) -> timedelta:
        """No piece waits longer."""
        return max(self.cap, self.suspect)

    def length(self, attempts: int, outcome: Outcome) -> timedelta:
        """The wait after so many attempts. A login wall waits for nobody: the operator may have put a new cookie in."""
        if attempts < 2 or outcome is Outcome.AUTH_REQUIRED:
            return timedelta(0)
        if outcome is Outcome.SUSPECT_EMPTY:
            return self.suspect * (1 + self.jitter.random()) / 2
        return min(self.cap, self.base * 2.0 ** min(attempts - 2, 20)) * self.jitter.random()
