"""What exists in the simulated world, and what of it can be seen at a given time."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
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


class Shelf(Generic[T]):
    """Items of one platform in order of time, with keyword search."""

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = sorted(items, key=lambda item: (item.created, item.id))
        self._by_id = {item.id: item for item in self._items}
        self._found: dict[str, list[T]] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def add(self, item: T) -> None:
        """Put one more item on the shelf."""
        self._items = sorted([*self._items, item], key=lambda one: (one.created, one.id))
        self._by_id[item.id] = item
        self._found.clear()

    def get(self, native_id: str, now: datetime) -> T | None:
        """The item of this id if it is published by `now`."""
        item = self._by_id.get(native_id)
        return item if item is not None and item.created <= now else None

    def search(self, keyword: str, now: datetime, loose: bool = False) -> Sequence[T]:
        """Published items that contain every word of `keyword` (`loose`: and some that do not), oldest first."""
        found = self._loosely(keyword) if loose else self._matching(keyword)
        return found[: bisect_right(found, now, key=lambda item: item.created)]

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
            words = keyword.lower().split()
            self._found[keyword] = [item for item in self._items if all(word in item.text.lower() for word in words)]
        return self._found[keyword]


@dataclass(slots=True)
class Corpus:
    """Everything that a scenario holds."""

    posts: Shelf[Post] = field(default_factory=lambda: Shelf[Post]())
    videos: Shelf[Video] = field(default_factory=lambda: Shelf[Video]())
    comments: Shelf[Comment] = field(default_factory=lambda: Shelf[Comment]())
    articles: Shelf[Article] = field(default_factory=lambda: Shelf[Article]())
