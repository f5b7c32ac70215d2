"""Invented posts and replies of invented bars."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from simulator.chatter import echoes, moments, nickname, sentence
from simulator.site import Stage

BUSY, QUIET, EMPTY = "601999", "hk09999", "600998"
BARS = {BUSY: "云江银行吧", QUIET: "云江银行(港股)吧", EMPTY: "海州银行吧"}
_BANKS = {BUSY: "云江银行", QUIET: "云江银行", EMPTY: "海州银行"}
_FIRST = 1_500_000_001
_FUTURE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `parent` is the reply that it answers."""

    id: str
    created: datetime
    text: str
    author: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """One post with what was said below it, oldest first."""

    id: str
    bar: str
    created: datetime
    title: str
    text: str
    author: str
    name: str
    clicks: int
    replies: tuple[Reply, ...] = ()
    pinned: bool = False
    deleted_at: datetime | None = None

    def shown(self, now: datetime) -> tuple[Reply, ...]:
        """The replies so far."""
        return tuple(reply for reply in self.replies if reply.created <= now)

    def active_at(self, now: datetime) -> datetime:
        """The time of its last reply."""
        return max((reply.created for reply in self.shown(now)), default=self.created)


class Posts:
    """All posts, oldest first."""

    def __init__(self, posts: list[Post]) -> None:
        self._posts = posts
        self._serial = count(_FIRST + 1_000_000)

    def __iter__(self) -> Iterator[Post]:
        return iter(self._posts)

    def of(self, bar: str, now: datetime) -> list[Post]:
        """What a bar shows now, oldest first."""
        shown = self._posts[: bisect_right(self._posts, now, key=lambda one: one.created)]
        return [one for one in shown if one.bar == bar and not (one.deleted_at and one.deleted_at <= now)]

    def get(self, native_id: str, now: datetime) -> Post | None:
        """One post as long as it is there."""
        found = next((one for one in self._posts if one.id == native_id and one.created <= now), None)
        return None if found is None or (found.deleted_at and found.deleted_at <= now) else found

    def add(self, bar: str, title: str, text: str, at: datetime) -> Post:
        """Publish one more."""
        post = Post(str(next(self._serial)), bar, at, title, text, "1234567890123456", "测试者", 3)
        self._posts = sorted([*self._posts, post], key=lambda one: one.created)
        return post

    def reply(self, post_id: str, text: str, at: datetime) -> Reply:
        """Answer a post."""
        reply = Reply(str(next(self._serial)), at, text, "1234567890123457", "测试者")
        self._change(post_id, lambda one: replace(one, replies=(*one.replies, reply)))
        return reply

    def remove(self, post_id: str, at: datetime) -> None:
        """Take a post away at a time."""
        self._change(post_id, lambda one: replace(one, deleted_at=at))

    def _change(self, post_id: str, change: Callable[[Post], Post]) -> None:
        self._posts = [change(one) if one.id == post_id else one for one in self._posts]


def build(stage: Stage) -> Posts:
    """A week of a busy bar, a quiet bar, and one in which nobody has written."""
    if stage.scenario == "empty":
        return Posts([])
    rng = Random(f"guba/{stage.seed}")  # noqa: S311
    serial = count(_FIRST, 7)
    busy = [_post(rng, serial, BUSY, at) for at in moments(rng, stage.start, 7, 90, _FUTURE)]
    quiet = [_post(rng, serial, QUIET, at) for at in moments(rng, stage.start, 7, 4, _FUTURE)]
    notice = replace(_post(rng, serial, BUSY, stage.start - timedelta(days=200)), pinned=True)
    return Posts(sorted([*busy, *quiet, notice, *_worried(stage)], key=lambda one: one.created))


def _worried(stage: Stage) -> Iterator[Post]:
    """A crisis is talked about here too. Its own stream: the everyday posts stay as they are."""
    rng = Random(f"guba/{stage.seed}/echo")  # noqa: S311
    serial = count(_FIRST + 500_000, 7)
    for number, (at, text) in enumerate(echoes(rng, stage.corpus, 3, 8)):
        yield replace(_post(rng, serial, (BUSY, QUIET)[number % 2], at), title=text, text=text)


def _post(rng: Random, serial: Iterator[int], bar: str, at: datetime) -> Post:
    title, _ = sentence(rng, _BANKS[bar] if rng.random() < 0.6 else "")
    more = "".join(sentence(rng, "")[0] for _ in range(rng.randrange(0, 6)))
    post = Post(str(next(serial)), bar, at, title, title + more, _account(rng), nickname(rng), rng.randrange(40, 4000))
    return replace(post, replies=tuple(_replies(rng, serial, at)))


def _replies(rng: Random, serial: Iterator[int], at: datetime) -> Iterator[Reply]:
    """Most posts have none; some are talked about for days."""
    last = ""
    for _ in range(rng.choice((0, 0, 0, 0, 1, 2, 3, 40 if rng.random() < 0.05 else 4))):
        at += timedelta(seconds=int(rng.expovariate(1 / 9_000)) + 1)
        number = str(next(serial))
        yield Reply(number, at, sentence(rng, "")[0], _account(rng), nickname(rng), last if rng.random() < 0.3 else "")
        last = last or number


def _account(rng: Random) -> str:
    return str(rng.randrange(10**15, 10**16))
