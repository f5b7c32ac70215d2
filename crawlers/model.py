"""Values that pass between engine, backends and parsers. None of them shows content or secrets in its repr."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.hot import HotRank
from yuqing.domain.mention import MentionId


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for one request; header names are lower-case."""

    url: str = field(repr=False)
    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def location(self) -> str:
        """Where a redirect points."""
        return self.headers.get("location", "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one fetch ended and by which sign. `detail` is a fixed word of ours, never text from the page."""

    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """What is typed into a search box. `id` names the query in cursors, coverage and mentions."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of the window of one query that is read and judged as a whole.

    `region` "" is everywhere; otherwise the platform's own code of a province or city, for pieces that cannot be cut
    by time any more.
    """

    query: SearchTerm
    since: datetime
    until: datetime
    region: str = ""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One page to fetch. `purpose` tells the backend what it asked for; `draft` rides along for detail pages.

    `session`: the engine sends it with the cookie of one of the source's sessions; no backend handles a cookie.
    `body` is sent as it is by a POST that is not a form. `later`: it waits until every page of the run that is not
    `later` was read, as comments wait for searches.
    """

    url: str = field(repr=False)
    purpose: str
    number: int = 1
    attempt: int = 1
    refusals: int = 0  # how often this very page was refused and asked for again
    method: str = "GET"
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    session: bool = False
    later: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    follow_redirects: bool = False
    lacks: str = ""  # what it cannot be asked for without: it is not sent, and counts as auth_required with this word
    tolerates: frozenset[int] = frozenset()  # statuses that refuse this page alone and say nothing of the host
    draft: Draft | None = field(default=None, repr=False)
    memo: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PageResult:
    """What one page meant: its verdict, its drafts, and how to go on.

    `unsettled`: the page will be asked for again, so its verdict does not yet count for the slice.
    `auxiliary`: losing this page costs detail, not mentions; its verdict never counts for the slice.
    `split`: the slice is too full to be read; these pieces replace it. `saturated`: it is too full and cannot be split.
    `ranks`: readings of a hot list. `gone`: mentions that the platform says are deleted.
    """

    verdict: Verdict
    drafts: tuple[Draft, ...] = field(default=(), repr=False)
    follow: tuple[PageRequest, ...] = field(default=(), repr=False)
    split: tuple[Slice, ...] = ()
    saturated: bool = False
    unsettled: bool = False
    auxiliary: bool = False
    notes: Mapping[str, int] = field(default_factory=dict)
    ranks: tuple[HotRank, ...] = field(default=(), repr=False)
    gone: tuple[MentionId, ...] = ()
    memo: Mapping[str, object] = field(default_factory=dict, repr=False)  # remembered when the slice is complete


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser found on a page. `notes` count what was odd (a time that disagreed with its id, …)."""

    drafts: tuple[Draft, ...] = field(default=(), repr=False)
    notes: Counter[str] = field(default_factory=Counter)


class Backend(Protocol):
    """One way of reading one platform. Pure: it makes requests and reads replies, and touches no network."""

    @property
    def queries(self) -> tuple[SearchTerm, ...]:
        """What this backend asks for: search terms, or one query per feed."""
        ...

    @property
    def by_time(self) -> bool:
        """Whether a piece of the past can be asked for by itself: then seen pieces are not read again, and refused
        ones wait while newer ones are read. A feed or a list of the newest is read whole by every run."""
        ...

    @property
    def searches(self) -> bool:
        """Whether the text of a query is typed into a search box: then a canary can be asked for."""
        ...

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """The window cut into pieces, oldest first."""
        ...

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The requests that begin a slice."""
        ...

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """Everything a page means."""
        ...

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """What to make of a page that never came or could not be read."""
        ...

    def judge(self, piece: Slice, memos: Sequence[Mapping[str, object]]) -> Verdict | None:
        """What the pages of a slice mean together, where that is more than the verdict of each."""
        ...

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """The slice is over and its drafts are stored: remember what the next run needs."""
        ...

    @property
    def cookies(self) -> tuple[str, ...]:
        """The operator's own sessions, one cookie header each; empty where there are none."""
        ...

    def session(self) -> PageRequest | None:
        """How to ask for a visitor's ticket, when the platform hands them out and there is no session of our own."""
        ...

    def open_session(self, reply: Reply) -> tuple[Verdict, str]:
        """What the reply to `session()` means, and the cookie in it ("" when there is none)."""
        ...

    def probe(self) -> PageRequest | None:
        """One cheap page that tells whether the platform answers us (purpose "probe"); None: the next page tells."""
        ...

    def read_probe(self, reply: Reply) -> Verdict:
        """What the reply to `probe()` says of the platform and of our session."""
        ...

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page that shows one stored mention again (purpose "look_up"), None where there is no such page.

        Read by `read`: a draft with the counts of now, or `not_found` with the mention in `gone`.
        """
        ...
