"""What a crawl is asked to do, and what it answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from crawlers.model import SearchTerm
from yuqing.domain.draft import Draft
from yuqing.domain.errors import YuqingError
from yuqing.domain.hot import HotRank
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Added, Clock, StateStore
from yuqing.domain.subject import Source
from yuqing.jobs.refresh import Look


class Admitted(Protocol):
    """What became of a batch of drafts."""

    @property
    def new(self) -> int:
        """Mentions seen for the first time."""
        ...

    @property
    def updated(self) -> int:
        """Mentions that changed."""
        ...

    @property
    def unchanged(self) -> int:
        """Mentions known as they are."""
        ...

    @property
    def unmatched(self) -> int:
        """Drafts about no watched subject: not stored."""
        ...


class Intake(Protocol):
    """Takes drafts in: matches, masks, pseudonymises and stores them. Acknowledged durable on return."""

    def admit(self, drafts: Sequence[Draft]) -> Admitted:
        """Store what is about a watched subject; tells what became of the drafts."""
        ...


class RankSink(Protocol):
    """Takes readings of hot lists in. Acknowledged durable on return; the same reading may come twice."""

    def record(self, source_id: str, ranks: Sequence[HotRank]) -> None:
        """Store the readings of one page. Raises StoreError."""
        ...


class GoneSink(Protocol):
    """Is told which mentions a platform says are deleted. Acknowledged durable on return."""

    def report(self, source_id: str, ids: Sequence[MentionId]) -> None:
        """Note that these were not there. Raises StoreError."""
        ...


class RequestSigner(Protocol):
    """Adds what a platform wants to see in a query. We ship none: see `NullSigner`."""

    def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, str]:
        """The parameters to send."""
        ...


class NullSigner:
    """Sends the query as it is."""

    def sign(self, method: str, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Mapping[str, str]:
        """The same parameters."""
        return params


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """One run over some sources. `bases` names the origins of surfaces, `secrets` the cookies and tokens we have.

    `look_ups` (source id -> mentions): nothing is searched, these are looked at again, and no cursor moves.

    `watched` are the words that a text is worth a further page for beside those of `queries`: what is read for one word
    is stored for all subjects.

    `owed`: only what earlier runs did not see is asked for, and nothing that is new since.

    `since` overrides the cursors; then no cursor moves. `max_seconds` (0: never) ends a run that takes longer; what
    it read stays.
    """

    sources: tuple[Source, ...]
    queries: tuple[SearchTerm, ...]
    intake: Intake = field(repr=False)
    state: StateStore = field(repr=False)
    clock: Clock = field(repr=False)
    since: datetime | None = None
    until: datetime | None = None
    owed: bool = False
    watched: tuple[SearchTerm, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    raw_dir: Path | None = None
    backfill: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=2)
    signer: RequestSigner = field(default_factory=NullSigner, repr=False)
    max_seconds: int = 0
    key: bytes = field(default=b"", repr=False)  # of this installation: marks sessions, seals evidence and tickets
    ticket_dir: Path | None = None  # where visitor tickets outlive a run, sealed
    pace_dir: Path | None = None  # where crawls beside this one leave their turns
    contact: str = ""  # told to news sites in the User-Agent
    ranks: RankSink | None = field(default=None, repr=False)
    gone: GoneSink | None = field(default=None, repr=False)
    look_ups: Mapping[str, tuple[Look, ...]] | None = field(default=None, repr=False)

    def base(self, name: str, default: str) -> str:
        """The base URL of a surface, without a slash at its end."""
        return (self.bases.get(name) or default).rstrip("/")


@dataclass(slots=True)
class SourceTally:
    """Running counts of one source."""

    outcomes: Counter[str] = field(default_factory=Counter)  # per page
    details: Counter[str] = field(default_factory=Counter)  # outcome:sign, per page that was not ok
    slices: Counter[str] = field(default_factory=Counter)  # per slice
    notes: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    drafts: int = 0
    added: Added = field(default_factory=Added)
    unmatched: int = 0
    ranks: int = 0
    gone: int = 0
    complete: int = 0
    incomplete: int = 0
    saturated: int = 0
    waiting: int = 0  # slices that were refused and are left alone in this run
    settled: int = 0  # stretches that an earlier run saw beyond the cursor
    canary: Mapping[str, object] | None = None  # how the last search for the canary word ended
    health: Mapping[str, object] | None = None  # what the source usually brings, and what was violated

    def as_json(self) -> dict[str, object]:
        """Plain data, names sorted."""
        return {
            "outcomes": dict(sorted(self.outcomes.items())),
            "details": dict(sorted(self.details.items())),
            "slices": {
                "complete": self.complete,
                "incomplete": self.incomplete,
                "saturated": self.saturated,
                "waiting": self.waiting,
                "by_outcome": dict(sorted(self.slices.items())),
            },
            "notes": dict(sorted((name, count) for name, count in self.notes.items() if count)),
            "requests": self.requests,
            "drafts": self.drafts,
            "mentions": {"new": self.added.new, "updated": self.added.updated, "unchanged": self.added.unchanged},
            "unmatched": self.unmatched,
            "ranks": self.ranks,
            "gone": self.gone,
            **({} if self.canary is None else {"canary": dict(self.canary)}),
            **({} if self.health is None else {"health": dict(self.health)}),
        }


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """What a crawl did, per source. `broken` are sources whose run did not end in order: nothing is told of them."""

    sources: Mapping[str, SourceTally]
    broken: Mapping[str, YuqingError] = field(default_factory=dict, repr=False)

    @property
    def complete(self) -> bool:
        """True when every slice of every source was seen."""
        seen = all(tally.incomplete + tally.waiting == 0 for tally in self.sources.values())
        return seen and not self.broken

    def check(self) -> None:
        """Raises what broke the first source that did not end in order: StoreError or CrawlError."""
        for error in self.broken.values():
            raise error

    def as_json(self) -> dict[str, object]:
        """Totals and the same per source."""
        tallies = list(self.sources.values())
        outcomes: Counter[str] = sum((tally.outcomes for tally in tallies), Counter())
        added = sum((tally.added for tally in tallies), Added())
        return {
            "outcomes": dict(sorted(outcomes.items())),
            "mentions": {"new": added.new, "updated": added.updated, "unchanged": added.unchanged},
            "unmatched": sum(tally.unmatched for tally in tallies),
            "requests": sum(tally.requests for tally in tallies),
            "slices": {
                "complete": sum(tally.complete for tally in tallies),
                "incomplete": sum(tally.incomplete for tally in tallies),
            },
            "sources": {name: tally.as_json() for name, tally in sorted(self.sources.items())},
        }
