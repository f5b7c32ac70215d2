"""What exists in the simulated world, and what of it can be seen at a given time."""

import math
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from simulator.ids import mid_to_bid

GROWTH_SECONDS = 5400.0


@dataclass(frozen=True, slots=True)
class Author:
    """An invented account; `verified_type` as on Weibo (-1 none, 0 person, 1 government, 2 company, 3 media)."""

    uid: str
    name: str
    verified_type: int = -1
    followers: int = 100
    region: str = "云州"


@dataclass(frozen=True, slots=True)
class Reach:
    """Final counts; what is shown grows towards them with the age of the item."""

    likes: int = 0
    comments: int = 0
    shares: int = 0

    def at(self, age: timedelta) -> "Reach":
        """The counts that an item of this age shows."""
        share = 1.0 - math.exp(-max(age.total_seconds(), 0.0) / GROWTH_SECONDS)
        return Reach(int(self.likes * share), int(self.comments * share), int(self.shares * share))


@dataclass(frozen=True, slots=True)
class Truth:
    """What the generator knows about a text: the answer key of tests."""

    sentiment: str
    topic: str
    story: str
    subject: str = ""
    copy_of: str = ""
    loose: str = ""  # a keyword for which a sloppy search returns this text although it does not contain it
    pii: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """A Weibo post or repost."""

    id: str
    created: datetime
    text: str
    author: Author
    truth: Truth
    reach: Reach = Reach()
    source: str = ""
    original: "Post | None" = None
    deleted: bool = False
    pictures: int = 0
    pinned: bool = False
    deleted_at: datetime | None = None
    edited_at: datetime | None = None
    before: str = ""

    @property
    def bid(self) -> str:
        """The base-62 form of the id."""
        return mid_to_bid(self.id)

    @property
    def kind(self) -> str:
        """`post` or `repost`."""
        return "repost" if self.original else "post"


@dataclass(frozen=True, slots=True)
class Video:
    """A Douyin video or picture post."""

    id: str
    created: datetime
    text: str
    author: Author
    truth: Truth
    reach: Reach = Reach()
    hashtags: tuple[str, ...] = ()
    seconds: int = 30
    screen_text: str = ""
    pictures: int = 0
    kind: str = "video"
    deleted_at: datetime | None = None
    edited_at: datetime | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment under a Douyin video; `parent` is the comment it replies to."""

    id: str
    created: datetime
    text: str
    author: Author
    truth: Truth
    video: str
    parent: str = ""
    reach: Reach = Reach()
    kind: str = "comment"
    deleted_at: datetime | None = None
    edited_at: datetime | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the news portal."""

    id: str
    created: datetime
    title: str
    paragraphs: tuple[str, ...]
    outlet: str
    section: str
    layout: str
    truth: Truth
    origin: str = ""
    kind: str = "article"
    deleted_at: datetime | None = None

    @property
    def text(self) -> str:
        """Title and body, for keyword search."""
        return "\n".join((self.title, *self.paragraphs))


class Item(Protocol):
    """What posts, videos, comments and articles have in common."""

    @property
    def id(self) -> str:
        """The id on its platform."""

    @property
    def created(self) -> datetime:
        """When it was published."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def truth(self) -> Truth:
        """What the generator knows about it."""

    @property
    def kind(self) -> str:
        """post, repost, video, comment or article."""


T = TypeVar("T", bound=Item)


def as_of(item: T, now: datetime) -> T:
    """What an item says at a time: its text before the edit, and whether the post that it forwards is still there.

    `before` is the text until `edited_at`. Whether the item itself is deleted is not decided here.
    """
    changes: dict[str, object] = {}
    edited_at, original = getattr(item, "edited_at", None), getattr(item, "original", None)
    if edited_at is not None and now < edited_at:
        changes = {"text": getattr(item, "before", ""), "edited_at": None}
    if original is not None and original.deleted_at is not None and original.deleted_at <= now:
        changes["original"] = replace(original, deleted=True)
    return replace(item, **changes) if changes else item  # type: ignore[type-var]  # every item is a dataclass


def is_gone(item: Item, now: datetime) -> bool:
    """Whether it was deleted by then."""
    deleted_at: datetime | None = getattr(item, "deleted_at", None)
    return deleted_at is not None and deleted_at <= now


def _changes(item: Item) -> bool:
    """Whether it looks different at different times."""
    original = getattr(item, "original", None)
    return (
        getattr(item, "deleted_at", None) is not None
        or getattr(item, "edited_at", None) is not None
        or (original is not None and original.deleted_at is not None)
    )


class Shelf(Generic[T]):
    """Items of one platform in order of time, with keyword search."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = sorted(items, key=lambda item: (item.created, item.id))
        self._by_id = {item.id: item for item in self._items}
        self._found: dict[str, list[T]] = {}
        self._groups: dict[str, dict[str, list[T]]] = {}
        self._shown: dict[str, tuple[datetime, list[T]]] = {}
        self._can_change = any(map(_changes, self._items))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, native_id: object) -> bool:
        return native_id in self._by_id

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def add(self, item: T) -> None:
        """Put one more item on the shelf."""
        insort(self._items, item, key=lambda one: (one.created, one.id))
        self._by_id[item.id] = item
        self._forget(item)

    def change(self, native_id: str, **changes: object) -> T:
        """Give an item other fields (`deleted_at`, `edited_at` with `before` and `text`). Raises KeyError."""
        item = replace(self._by_id[native_id], **changes)  # type: ignore[type-var]  # every item is a dataclass
        self._put(item)
        for one in self._items:
            if getattr(getattr(one, "original", None), "id", "") == native_id:
                self._put(replace(one, original=item))  # type: ignore[type-var]  # a repost holds what it forwards
        self._forget(item)
        return item

    def _put(self, item: T) -> None:
        self._items[self._items.index(self._by_id[item.id])] = item
        self._by_id[item.id] = item

    def _forget(self, item: T) -> None:
        for cache in (self._found, self._groups, self._shown):
            cache.clear()
        self._can_change = self._can_change or _changes(item)

    def get(self, native_id: str, now: datetime) -> T | None:
        """The item of this id as it is at `now`, if it is published and not deleted."""
        item = self._by_id.get(native_id)
        return as_of(item, now) if item is not None and item.created <= now and not is_gone(item, now) else None

    def where(self, name: str, value: str, now: datetime) -> list[T]:
        """Published items with this value of a field, oldest first."""
        if name not in self._groups:
            groups: dict[str, list[T]] = {}
            for item in self._items:
                groups.setdefault(getattr(item, name), []).append(item)
            self._groups[name] = groups
        return self._visible(self._groups[name].get(value, []), now)

    def search(self, keyword: str, now: datetime, loose: bool = False) -> Sequence[T]:
        """Published items that contain every word of `keyword` (`loose`: and some that do not), oldest first."""
        found = self._loosely(keyword) if loose else self._matching(keyword)
        if not self._can_change:
            return self._visible(found, now)
        key = f"{'~' if loose else ''}{keyword}"
        if key not in self._shown or self._shown[key][0] != now:
            shown = [item for item in self._visible(found, now) if _says(item, keyword) or item.truth.loose == keyword]
            self._shown[key] = (now, shown)
        return self._shown[key][1]

    def _visible(self, items: list[T], now: datetime) -> list[T]:
        """What of these is published by `now` and not deleted, as it is then."""
        published = items[: bisect_right(items, now, key=lambda item: item.created)]
        if not self._can_change:
            return published
        return [as_of(item, now) if _changes(item) else item for item in published if not is_gone(item, now)]

    def _loosely(self, keyword: str) -> list[T]:
        sloppy = [item for item in self._items if item.truth.loose == keyword]
        if not sloppy:
            return self._matching(keyword)
        key = f"~{keyword}"
        if key not in self._found:
            found = {item.id: item for item in (*sloppy, *self._matching(keyword))}
            self._found[key] = sorted(found.values(), key=lambda item: (item.created, item.id))
        return self._found[key]

    def _matching(self, keyword: str) -> list[T]:
        if keyword not in self._found:
            self._found[keyword] = [item for item in self._items if _ever_says(item, keyword)]
        return self._found[keyword]


def _ever_says(item: Item, keyword: str) -> bool:
    return _says(item, keyword) or _says(item, keyword, getattr(item, "before", ""))


def _says(item: Item, keyword: str, text: str | None = None) -> bool:
    said = (item.text if text is None else text).lower()
    return all(word in said for word in keyword.lower().split())


@dataclass(slots=True)
class Corpus:
    """Everything that a scenario holds."""

    posts: Shelf[Post] = field(default_factory=lambda: Shelf[Post]())
    videos: Shelf[Video] = field(default_factory=lambda: Shelf[Video]())
    comments: Shelf[Comment] = field(default_factory=lambda: Shelf[Comment]())
    articles: Shelf[Article] = field(default_factory=lambda: Shelf[Article]())
