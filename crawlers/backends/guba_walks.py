"""Replies below a post that one run does not get to the end of: from where the next one goes on.

Pages have numbers, the newest replies come first. What came since moves the others down: pages are read twice. What was
deleted moves them up: so the page that was read last is read again. The newest pages are read first, as far as
something was written since the walk began.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from crawlers.model import PageRequest
from yuqing.domain.draft import Draft

NO_MEMO: Mapping[str, str] = MappingProxyType({})
_NAMES = ("page", "seen", "told", "begun")
_RESUMED = "resumed"
_PAST = "past_"
_LASTS = timedelta(days=3)
_MARGIN = timedelta(minutes=10)  # a reply may be shown so much later than it was written


@dataclass(frozen=True, slots=True)
class Place:
    """The page that was read last, the replies before it, how many were told when the walk began, and when."""

    page: int = 0
    seen: int = 0
    told: int = 0
    begun: int = 0

    def as_memo(self) -> dict[str, str]:
        """What rides with the first page of a walk that goes on; nothing for one that begins."""
        return {f"{_PAST}{name}": str(getattr(self, name)) for name in _NAMES} if self.page > 1 else {}

    def as_table(self, post: str) -> dict[str, int]:
        """As it is remembered."""
        return {f"{post}/{name}": getattr(self, name) for name in _NAMES}


@dataclass(frozen=True, slots=True)
class Step:
    """The page that follows, what rides with it, and what is remembered."""

    number: int
    memo: Mapping[str, str]
    table: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)


def place_of(known: Mapping[str, int], post: str, now: datetime) -> Place:
    """Where an earlier run stopped below a post; nowhere if that is too long ago."""
    found = Place(**{name: known.get(f"{post}/{name}", 0) for name in _NAMES})
    return found if now - datetime.fromtimestamp(found.begun, UTC) < _LASTS else Place()


def nowhere(post: str) -> dict[str, int]:
    """There is nothing to go on with: zeros are forgotten."""
    return Place().as_table(post)


def is_resumed(page: PageRequest) -> bool:
    """Whether a page was asked for because an earlier run came to it."""
    return _RESUMED in page.memo


def told_at_first(page: PageRequest, expected: int) -> int:
    """How many replies were told when the walk began: one that came since below an old one makes it be read again."""
    return int(page.memo.get("told", expected))


def further(page: PageRequest, drafts: tuple[Draft, ...], seen: int, now: datetime) -> Step:
    """What comes after a page that is not the last one; `seen` with the replies on it."""
    past = {name: int(page.memo[f"{_PAST}{name}"]) for name in _NAMES if f"{_PAST}{name}" in page.memo}
    if not past:
        return _on(page, seen, now)
    place = Place(**past)
    since = datetime.fromtimestamp(place.begun, UTC) - _MARGIN
    if page.number + 1 < place.page and any(draft.published_at >= since for draft in drafts):
        return Step(page.number + 1, {**place.as_memo(), "seen": str(seen)})
    memo = {"seen": str(place.seen), "told": str(place.told), "begun": str(place.begun), _RESUMED: "1"}
    return Step(place.page, memo, notes={"comments_resumed": 1})


def _on(page: PageRequest, seen: int, now: datetime) -> Step:
    told, begun = page.memo.get("told", page.memo["expected"]), page.memo.get("begun", str(int(now.timestamp())))
    here = Place(page.number, int(page.memo.get("seen", "0")), int(told), int(begun))
    post = page.draft.native_id if page.draft is not None else ""
    return Step(page.number + 1, {"seen": str(seen), "told": told, "begun": begun}, here.as_table(post))
