"""What backends share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawlers.extract.times import SHANGHAI
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.mention import MentionId

NO_TOKEN = "no_token"  # noqa: S105  # a word for an outcome
MAX_ATTEMPTS = 2  # an empty page is asked for once more before it is believed
HOUR = timedelta(hours=1)
_TAIL = 10


class BackendBase:
    """The parts of a backend that are alike for search pages; the others are overridden."""

    by_time: bool = False  # True where the platform takes a period, or a list reaches as far back as one reads
    searches: bool = False  # True where the text of a query is typed into a search box: then a canary can be asked for

    def __init__(self, queries: tuple[SearchTerm, ...]) -> None:
        self._queries = queries

    @property
    def queries(self) -> tuple[SearchTerm, ...]:
        """What is asked for."""
        return self._queries

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """The whole window as one piece that begins at a full hour, so that repeated looks lie inside one another."""
        return (Slice(query, floor_hour(since), until),)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A page that never came counts with its verdict."""
        return PageResult(verdict)

    def judge(self, piece: Slice, memos: Sequence[Mapping[str, object]]) -> Verdict | None:
        """Every page speaks for itself."""
        return None

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """Search remembers nothing."""

    def session(self) -> PageRequest | None:
        """No session by default."""
        return None

    @property
    def cookies(self) -> tuple[str, ...]:
        """No sessions by default."""
        return ()

    def open_session(self, reply: Reply) -> tuple[Verdict, str]:
        """No session by default."""
        return OK, ""

    def probe(self) -> PageRequest | None:
        """No page of its own by default: the first page of a run is the probe."""
        return None

    def read_probe(self, reply: Reply) -> Verdict:
        """Anything but a refusal is an answer."""
        return by_status(reply) or OK

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """No second look by default."""
        return None


def all_older(times: Iterable[datetime], since: datetime) -> bool:
    """True when a page of a list of the newest shows nothing but what is older than the window.

    One old entry ends nothing: it may be pinned, or out of order. A page without times ends nothing either.
    """
    newest = max(times, default=None)
    return newest is not None and newest < since


def ends_older(times: Sequence[datetime], since: datetime) -> bool:
    """True when the last entries of a page of a list of the newest are all older than the window.

    A single old one, even the very last, may stand there by mistake.
    """
    return all_older(times[-_TAIL:], since)


def floor_hour(moment: datetime) -> datetime:
    """The beginning of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def ceil_hour(moment: datetime) -> datetime:
    """The end of the hour that a moment lies in; full hours stay."""
    floor = floor_hour(moment)
    return floor if floor == moment else floor + HOUR


def again(page: PageRequest, verdict: Verdict) -> PageResult:
    """Ask for the same page once more before believing it."""
    return PageResult(verdict, follow=(replace(page, attempt=page.attempt + 1),), unsettled=True)


def split_slice(piece: Slice) -> tuple[Slice, ...]:
    """Days of a piece longer than a day, hours of a shorter one, nothing of an hour: the floor of the ladder."""
    since, until = piece.since.astimezone(SHANGHAI), piece.until.astimezone(SHANGHAI)
    if until - floor_hour(since) <= HOUR:
        return ()
    by_day = (until - since) > timedelta(days=1)
    pieces: list[Slice] = []
    start = since
    while start < until:
        next_day = floor_hour(start + timedelta(days=1)).replace(hour=0)
        cut = min(next_day if by_day else floor_hour(start) + HOUR, until)
        pieces.append(Slice(piece.query, start.astimezone(since.tzinfo), cut))
        start = cut
    utc = piece.since.tzinfo
    return tuple(replace(part, since=part.since.astimezone(utc), until=part.until.astimezone(utc)) for part in pieces)
