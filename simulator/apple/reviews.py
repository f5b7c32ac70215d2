"""Invented reviews of invented apps."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from simulator.chatter import echoes, moments, nickname, sentence
from simulator.site import Stage

BUSY, SINGLE, SILENT = "1000000001", "1000000002", "1000000003"
APPS = {BUSY: "云江手机银行", SINGLE: "海州手机银行", SILENT: "北原手机银行"}
_FIRST = 13_000_000_001  # eleven digits, as Apple's are: they look like telephone numbers
_FUTURE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Review:
    """One review."""

    id: str
    app: str
    created: datetime
    title: str
    text: str
    rating: int
    votes: int
    author: str
    name: str
    version: str
    deleted_at: datetime | None = None

    def votes_at(self, now: datetime) -> int:
        """How many found it helpful so far."""
        age = max((now - self.created).total_seconds(), 0.0)
        return int(self.votes * (1 - math.exp(-age / 86_400)))


class Reviews:
    """All reviews of all apps, oldest first."""

    def __init__(self, reviews: list[Review]) -> None:
        self._reviews = reviews
        self._serial = count(_FIRST + 1_000_000)

    def __iter__(self) -> Iterator[Review]:
        return iter(self._reviews)

    def of(self, app: str, now: datetime) -> list[Review]:
        """What the store shows now, oldest first."""
        shown = self._reviews[: bisect_right(self._reviews, now, key=lambda one: one.created)]
        return [one for one in shown if one.app == app and not (one.deleted_at and one.deleted_at <= now)]

    def add(self, app: str, text: str, at: datetime, rating: int = 1) -> Review:
        """Publish one more."""
        serial = next(self._serial)
        review = Review(
            str(serial), app, at, text[:10], text, rating, 0, str(900_000_000 + serial % 1000), "测试者", "9.9.9"
        )
        self._reviews = sorted([*self._reviews, review], key=lambda one: one.created)
        return review

    def remove(self, native_id: str, at: datetime) -> None:
        """Take one away at a time."""
        self._reviews = [replace(one, deleted_at=at) if one.id == native_id else one for one in self._reviews]


def build(stage: Stage) -> Reviews:
    """Three weeks of a busy app, one review of another, none of a third."""
    if stage.scenario == "empty":
        return Reviews([])
    rng = Random(f"apple/{stage.seed}")  # noqa: S311
    times = moments(rng, stage.start, 21, 30, _FUTURE)
    made = [_review(rng, serial, BUSY, at) for serial, at in enumerate(times, _FIRST)]
    lonely = _review(rng, _FIRST - 1, SINGLE, stage.start - timedelta(hours=20))
    return Reviews(sorted([*made, lonely, *_angry(stage)], key=lambda one: one.created))


def _angry(stage: Stage) -> Iterator[Review]:
    """An outage is told here too, with one star. Its own stream: the everyday reviews stay as they are."""
    rng = Random(f"apple/{stage.seed}/echo")  # noqa: S311
    for serial, (at, text) in enumerate(echoes(rng, stage.corpus, 5, 12, ("outage",)), _FIRST + 500_000):
        everyday = _review(rng, serial, BUSY, at)
        yield replace(everyday, title=text[:10], text=text, rating=1)


def _review(rng: Random, serial: int, app: str, at: datetime) -> Review:
    # Half of the reviews do not name the bank: what they are about is known from the app.
    text, is_bad = sentence(rng, APPS[app] if rng.random() < 0.5 else "这个应用")
    votes = int(rng.paretovariate(1.2)) - 1
    author, version = str(rng.randrange(100_000_000, 999_999_999)), f"9.{rng.randrange(3)}.{rng.randrange(9)}"
    rating = rng.randrange(1, 3) if is_bad else rng.randrange(4, 6)
    return Review(str(serial), app, at, text[:10], text, rating, votes, author, nickname(rng), version)
