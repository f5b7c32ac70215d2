"""What was looked at, and what came of it. "No mentions" is only ever claimed where coverage says so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How one fetch, or one slice of a crawl, ended."""

    OK = "ok"
    OK_EMPTY = "ok_empty"
    SUSPECT_EMPTY = "suspect_empty"
    AUTH_REQUIRED = "auth_required"
    CHALLENGE = "challenge"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    NOT_FOUND = "not_found"
    CHANGED = "changed"
    TRANSPORT = "transport"

    @property
    def is_complete(self) -> bool:
        """True when the slice was really seen: only then may a cursor move and a zero be called a zero."""
        return self in (Outcome.OK, Outcome.OK_EMPTY)


# Worst last: the outcome of a slice is the worst of its pages.
SEVERITY_ORDER = (
    Outcome.OK,
    Outcome.OK_EMPTY,
    Outcome.NOT_FOUND,
    Outcome.SUSPECT_EMPTY,
    Outcome.TRANSPORT,
    Outcome.RATE_LIMITED,
    Outcome.CHANGED,
    Outcome.BLOCKED,
    Outcome.CHALLENGE,
    Outcome.AUTH_REQUIRED,
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The outcome of one (source, query, time slice, region). Written again when the slice is looked at again.

    A row may stand for a run of looks that followed one another without a gap: `checks` of them, the first at
    `first_checked_at` (None: a single look), the last at `checked_at`. `mentions` are sightings, not distinct mentions.
    """

    source: str
    query: str
    since: datetime
    until: datetime
    status: Outcome
    checked_at: datetime
    region: str = ""
    saturated: bool = False
    pages: int = 0
    mentions: int = 0
    detail: str = ""
    first_checked_at: datetime | None = None
    checks: int = 1

    @property
    def first_look(self) -> datetime:
        """When the run of looks began; `checked_at` for a single look."""
        return self.first_checked_at or self.checked_at

    @property
    def key(self) -> str:
        """Identity of the slice, stable over repetitions."""
        return "|".join((self.source, self.query, self.since.isoformat(), self.until.isoformat(), self.region))


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a (source, query) has been read completely. Moves only after the store has acknowledged."""

    source: str
    query: str
    high_water: datetime
    updated_at: datetime

    @property
    def key(self) -> str:
        """Identity of the cursor."""
        return f"{self.source}|{self.query}"
