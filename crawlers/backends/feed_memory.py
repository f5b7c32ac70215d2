"""What is remembered per feed between runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from yuqing.domain.naming import public_name
from yuqing.domain.ports import StateStore

KIND = "feed"
MAX_TRIES = 3  # after so many looks an article that cannot be read is left alone
_MAX_SEEN = 5_000
_MAX_UNREAD = 500
_MAX_LISTED = 1_000
_LATEST = 8
_FEW = 4  # fewer articles say nothing about their site


@dataclass(frozen=True, slots=True)
class Look:
    """What became of the articles of one look at a feed, by id. `done` are never asked for again; what is `missing`
    is not there, or not for us."""

    done: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[str, ...]:
        """What is to be tried again."""
        return (*self.unreadable, *self.missing)


class FeedMemory:
    """ETag, Last-Modified, the articles already read, and those that could not be read.

    A run for a period or for words of its own (`keeps` False) reads whole what it is asked for and remembers nothing:
    what it did not look for would be missed by the next ordinary run.
    """

    def __init__(self, state: StateStore, keeps: bool = True) -> None:
        self._state = state
        self._keeps = keeps

    @staticmethod
    def _id(url: str) -> str:
        return sha256(url.encode()).hexdigest()[:32]

    def load(self, url: str) -> Mapping[str, object]:
        """The document of a feed, empty before the first read."""
        found = self._state.load(KIND, self._id(url))
        return found.body if found else {}

    def seen(self, url: str) -> frozenset[str]:
        """The ids of the articles that need no further look."""
        ids = self.load(url).get("seen", []) if self._keeps else []
        return frozenset(ids) if isinstance(ids, list) else frozenset()

    def unread(self, url: str) -> Mapping[str, int]:
        """The ids of the articles to be tried again, and how often they were."""
        return _counts(self.load(url).get("unread")) if self._keeps else {}

    def listed(self, url: str) -> frozenset[str]:
        """The ids that stood in the list when it was last read completely."""
        ids = self.load(url).get("listed", [])
        return frozenset(ids) if isinstance(ids, list) else frozenset()

    def reaches(self, url: str, since: datetime) -> bool:
        """Whether the last complete look read everything from this moment on: only then does "nothing has changed
        since" mean that nothing is missing."""
        began = self.load(url).get("since")
        return self._keeps and isinstance(began, str) and datetime.fromisoformat(began) <= since

    def usually_closed(self, url: str) -> bool:
        """Whether the page of this place had an end when it was last read completely."""
        return self.load(url).get("closed") is True

    def is_broken(self, url: str, look: Look) -> bool:
        """True when half or more of the latest articles could not be read: then the site has changed, not a page."""
        latest = [*self._latest(url, look).values()]
        return bool(look.unread) and len(latest) >= _FEW and 2 * sum(latest) <= len(latest)

    def _latest(self, url: str, look: Look) -> dict[str, int]:
        """Article -> 1 where it was read, 0 where not: this look, and earlier ones where it saw little."""
        now = dict.fromkeys(look.unread, 0) | dict.fromkeys(look.read, 1)
        before = [(name, fate) for name, fate in _counts(self.load(url).get("latest")).items() if name not in now]
        room = max(0, _LATEST - len(now))
        return dict([*before[len(before) - min(room, len(before)) :], *now.items()])

    def save(self, url: str, told: Mapping[str, object], look: Look, listed: Sequence[str] = ()) -> None:
        """Remember what the place told of itself and what it listed (only after a complete read), and articles
        (always).

        While a site is broken as a whole the tries do not count: its articles are read when the parser is mended.
        """
        if not self._keeps:
            return
        old = self.load(url)
        tries = dict(self.unread(url))
        step = 0 if self.is_broken(url, look) else 1
        for name in look.unread:
            tries[name] = tries.get(name, 0) + step
        given_up = [name for name, count in tries.items() if count >= MAX_TRIES]
        seen = _with(old.get("seen"), [*look.done, *given_up])
        left = [(name, count) for name, count in tries.items() if name not in {*look.done, *given_up}]
        latest = list(self._latest(url, look).items())[-_LATEST:]
        body = {"url": public_name(url), "seen": seen, "unread": dict(left[-_MAX_UNREAD:]), "latest": dict(latest)}
        if listed:
            body["listed"] = list(dict.fromkeys(listed))[:_MAX_LISTED]
        self._state.save(KIND, self._id(url), {**old, **told, **body})


def _counts(value: object) -> dict[str, int]:
    return {str(name): int(count) for name, count in value.items()} if isinstance(value, Mapping) else {}


def _with(known: object, fresh: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*(known if isinstance(known, list) else []), *fresh]))[-_MAX_SEEN:]
