"""Where reading a thread stopped: the pages that were opened and not read, so that a later look goes on from there.

Cursors, page numbers and ids of comments only: no text and no person.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.ports import Clock, StateStore

KIND = "thread"
Memo = Mapping[str, object]
CAPPED = "thread_capped"  # the detail of a look that left pages of a thread unread, as they are more than may be read
LATER = "comments_later"  # the note of a page after which time was over: a later look goes on
RESUMED = "comments_resumed"  # the note of a first page after which a look goes on where an earlier one stopped
_LASTS = timedelta(days=3)  # a cursor that nobody came back to for so long is not worth a try
_MAX_STOPS = 500  # ten pages of twenty comments with replies each, and what came since
_MAX_REPLIES = 400
_MAX_VAIN = 5  # looks that read none of the pages where they were to go on
_MARGIN = timedelta(minutes=10)  # a comment may be shown so much later than it was written


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of the comments of a work, or (`comment`) of the replies to one of them.

    `cursor`, `kind`, `number`: where it begins, in the platform's words. `seen`, `told`: comments before it, and in
    all. `until`: it is read again from the newest on, as far as something was written since. `is_lasting`: False for
    a place that means nothing to a later look.
    """

    comment: str = ""
    cursor: str = ""
    kind: str = ""
    number: int = 1
    seen: int = 0
    told: int = 0
    until: str = ""
    is_lasting: bool = True

    @property
    def key(self) -> str:
        """The same page of the same walk has the same key."""
        return f"{self.comment}|{self.cursor}|{self.number}|{'again' if self.until else ''}"


ROOT = Stop().key


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk through a thread stands. `comments`: how many were told when it began. `fresh`: what was written
    before was on the newest pages that were read. `replies`: of which comments all replies were read or are open.
    `is_capped`: somewhere in it there were more pages than may be read."""

    comments: int
    fresh: datetime
    stops: tuple[Stop, ...]
    replies: Mapping[str, int] = field(default_factory=dict)
    vain: int = 0
    is_capped: bool = False

    @property
    def until(self) -> str:
        """As far back as the newest pages are read again."""
        return (self.fresh - _MARGIN).isoformat()


@dataclass(slots=True)
class Walk:
    """What the pages of one run did for one thread."""

    opened: list[Stop] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    replies: dict[str, int] = field(default_factory=dict)
    fresh: str = ""  # when the first page was read
    is_anew: bool = False  # where the last look stopped meant nothing to the platform any more
    is_capped: bool = False

    def add(self, memo: Memo) -> None:
        """One page of it."""
        key = str(memo["read"])
        self.read[key] += 1
        if key == ROOT:
            self.fresh = str(memo["at"])
        self.opened.extend(stops_of(memo.get("opens")))
        self.replies |= numbers(memo.get("replies"))
        self.is_capped |= bool(memo.get("capped"))

    @property
    def left(self) -> tuple[Stop, ...]:
        """The pages that were opened and not read."""
        read, found = Counter(self.read), []
        for stop in self.opened:
            if read[stop.key]:
                read[stop.key] -= 1
            else:
                found.append(stop)
        return tuple(found)

    @property
    def is_begun(self) -> bool:
        """Whether the first page was read."""
        return bool(self.read[ROOT])


def page_memo(
    work: str,
    key: str,
    opens: Iterable[Stop],
    at: datetime,
    replies: Mapping[str, int] | None = None,
    is_capped: bool = False,
) -> dict[str, object]:
    """One page of comments was read at this time; it opened others, which are needed for the whole. `is_capped`:
    there is a page behind it that nobody will ask for, as it is one more than may be read."""
    told = [asdict(stop) for stop in opens]
    memo: dict[str, object] = {
        "thread": work,
        "read": key,
        "at": at.isoformat(),
        "opens": told,
        "replies": dict(replies or {}),
    }
    return {**memo, "capped": True} if is_capped else memo


def anew_memo(work: str) -> dict[str, object]:
    """The platform does not know the place any more: whatever was read of the thread begins anew."""
    return {"thread": work, "anew": True}


class PlaceBook:
    """The places of one source."""

    def __init__(self, state: StateStore, source: str, clock: Clock) -> None:
        self._state = state
        self._source = source
        self._clock = clock

    def _id(self, work: str) -> str:
        return f"{self._source}|place:{work}"

    def load(self, work: str) -> Place | None:
        """Where the last look stopped, None where nothing is left to be gone on with."""
        found = self._state.load(KIND, self._id(work))
        if found is None or not timedelta(0) <= self._clock.now() - _time(found.body["at"]) < _LASTS:
            return None
        body = found.body
        stops, replies = stops_of(body.get("stops")), numbers(body.get("replies"))
        vain, is_capped = int(str(body.get("vain", 0))), bool(body.get("capped"))
        return Place(int(str(body["comments"])), _time(body["fresh"]), stops, replies, vain, is_capped)

    def drop(self, work: str) -> None:
        """There is nothing to go on with."""
        if self._state.load(KIND, self._id(work)) is not None:
            self._state.delete(KIND, self._id(work))

    def stop(self, work: str, walk: Walk, comments: int) -> None:
        """A walk did not get to its end. Where its place is of no use the next look begins anew."""
        before = None if walk.is_anew else self.load(work)
        place = self._after(walk, before, comments)
        if place is None:
            if walk.is_begun or walk.is_anew:
                self.drop(work)
            return
        self._state.save(KIND, self._id(work), self._body(place))

    def _after(self, walk: Walk, before: Place | None, comments: int) -> Place | None:
        left = walk.left
        if not (walk.is_begun and left and all(stop.is_lasting for stop in left)) or len(left) > _MAX_STOPS:
            return None
        is_vain = before is not None and {stop.key for stop in before.stops} <= {stop.key for stop in left}
        vain = before.vain + 1 if before and is_vain else 0
        if vain >= _MAX_VAIN:
            return None
        place = Place(comments, _time(walk.fresh), left, walk.replies, vain, walk.is_capped)
        if before is None:
            return place
        # What was told at the beginning counts: a comment that came in between makes the whole be read again later.
        replies, is_capped = {**before.replies, **walk.replies}, before.is_capped or walk.is_capped
        return replace(place, comments=before.comments, replies=replies, is_capped=is_capped)

    def _body(self, place: Place) -> dict[str, object]:
        return {
            "source": self._source,
            "at": self._clock.now().isoformat(),
            "fresh": place.fresh.isoformat(),
            "comments": place.comments,
            "stops": [asdict(stop) for stop in place.stops],
            "replies": dict(list(place.replies.items())[-_MAX_REPLIES:]),
            "vain": place.vain,
            "capped": place.is_capped,
        }


def capped(verdict: Verdict) -> Verdict:
    """The same of a page behind which nobody will look: it was read, and what hangs on it not to its end."""
    return Verdict(Outcome.OK, CAPPED) if verdict.outcome is Outcome.OK else verdict


def has_newer(drafts: Iterable[Draft], until: str) -> bool:
    """Whether a page that is read again shows what was written since."""
    return any(draft.published_at >= _time(until) for draft in drafts)


def stops_of(value: object) -> tuple[Stop, ...]:
    """A list of stops, as a memo or a document holds it."""
    return tuple(Stop(**each) for each in value if isinstance(each, Mapping)) if isinstance(value, list | tuple) else ()


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


def numbers(value: object) -> dict[str, int]:
    """A table of names and numbers, as a memo or a document holds it."""
    return {str(name): int(number) for name, number in value.items()} if isinstance(value, Mapping) else {}
