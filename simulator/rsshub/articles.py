"""Invented articles of invented 公众号."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from simulator.chatter import moments, sentence
from simulator.site import Stage

ACCOUNTS = {"yunzhou-finance": "云州财经观察", "haizhou-life": "海州生活圈"}
_FUTURE = timedelta(hours=12)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


@dataclass(frozen=True, slots=True)
class Article:
    """One article."""

    id: str
    account: str
    created: datetime
    title: str
    paragraphs: tuple[str, ...]
    deleted_at: datetime | None = None

    @property
    def text(self) -> str:
        """Title and body."""
        return "\n".join((self.title, *self.paragraphs))


class Articles:
    """All articles, oldest first."""

    def __init__(self, articles: list[Article]) -> None:
        self._articles = articles

    def __iter__(self) -> Iterator[Article]:
        return iter(self._articles)

    def of(self, account: str, now: datetime) -> list[Article]:
        """What a feed shows, oldest first: it does not notice deletions."""
        shown = self._articles[: bisect_right(self._articles, now, key=lambda one: one.created)]
        return [one for one in shown if one.account == account]

    def get(self, native_id: str) -> Article | None:
        """One article, deleted or not."""
        return next((one for one in self._articles if one.id == native_id), None)

    def remove(self, native_id: str, at: datetime) -> None:
        """Take one away at a time."""
        self._articles = [replace(one, deleted_at=at) if one.id == native_id else one for one in self._articles]


def build(stage: Stage) -> Articles:
    """A fortnight of two accounts."""
    if stage.scenario == "empty":
        return Articles([])
    rng = Random(f"rsshub/{stage.seed}")  # noqa: S311
    made = [_article(rng, account, at) for account in ACCOUNTS for at in moments(rng, stage.start, 14, 2, _FUTURE)]
    return Articles(sorted(made, key=lambda one: one.created))


def _article(rng: Random, account: str, at: datetime) -> Article:
    bank = rng.choice(("云江银行", "海州银行", "北原银行"))
    paragraphs = tuple(sentence(rng, bank)[0] * 2 for _ in range(rng.randrange(3, 7)))
    return Article("".join(rng.choices(_LETTERS, k=22)), account, at, f"{bank}：{sentence(rng, '')[0]}", paragraphs)
