"""Invented complaints about invented banks."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from simulator.chatter import echoes, moments, nickname, sentence
from simulator.site import Stage

BANKS = ("云江银行", "海州银行")
_FIRST = 17_300_000_001
_FUTURE = timedelta(hours=12)
_ISSUES = ("乱收费", "冻结账户", "催收骚扰", "不按约定退款", "服务态度差")
_APPEALS = ("退款", "道歉", "解释", "改善服务")


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint; `status` as on the site (4 in progress, 6 replied, 7 done)."""

    id: str
    company: str
    created: datetime
    title: str
    summary: str
    issue: str
    appeal: str
    status: int
    upvotes: int
    author: str
    name: str
    deleted_at: datetime | None = None

    @property
    def text(self) -> str:
        """What the search looks through."""
        return f"{self.title}\n{self.summary}"


class Complaints:
    """All complaints, oldest first."""

    def __init__(self, complaints: list[Complaint]) -> None:
        self._complaints = complaints
        self._serial = count(_FIRST + 1_000_000)

    def __iter__(self) -> Iterator[Complaint]:
        return iter(self._complaints)

    def search(self, words: str, now: datetime) -> list[Complaint]:
        """What holds all words, newest first."""
        shown = self._complaints[: bisect_right(self._complaints, now, key=lambda one: one.created)]
        alive = [one for one in shown if not (one.deleted_at and one.deleted_at <= now)]
        return [one for one in alive[::-1] if all(word in one.text for word in words.split())]

    def add(self, company: str, text: str, at: datetime) -> Complaint:
        """Publish one more."""
        serial = str(next(self._serial))
        made = Complaint(serial, company, at, text[:20], text, _ISSUES[0], _APPEALS[0], 4, 0, "1999999998", "测试者")
        self._complaints = sorted([*self._complaints, made], key=lambda one: one.created)
        return made

    def remove(self, native_id: str, at: datetime) -> None:
        """Take one away at a time."""
        self._complaints = [replace(one, deleted_at=at) if one.id == native_id else one for one in self._complaints]


def build(stage: Stage) -> Complaints:
    """Ten days of complaints."""
    if stage.scenario == "empty":
        return Complaints([])
    rng = Random(f"heimao/{stage.seed}")  # noqa: S311
    times = moments(rng, stage.start, 10, 12, _FUTURE)
    made = [_complaint(rng, serial, at) for serial, at in enumerate(times, _FIRST)]
    return Complaints(sorted([*made, *_about_outage(stage)], key=lambda one: one.created))


def _about_outage(stage: Stage) -> Iterator[Complaint]:
    """An outage is complained of here too. Its own stream: the everyday complaints stay as they are."""
    rng = Random(f"heimao/{stage.seed}/echo")  # noqa: S311
    for serial, (at, text) in enumerate(echoes(rng, stage.corpus, 10, 15, ("outage",)), _FIRST + 500_000):
        yield replace(_complaint(rng, serial, at), company=BANKS[0], title=f"{BANKS[0]}App无法使用", summary=text)


def _complaint(rng: Random, serial: int, at: datetime) -> Complaint:
    company = rng.choice(BANKS)
    text, _ = sentence(rng, company)
    issue, appeal = rng.choice(_ISSUES), ",".join(rng.sample(_APPEALS, 2))
    account = str(rng.randrange(10**9, 2 * 10**9))
    summary = text + sentence(rng, "")[0]
    return Complaint(
        *(str(serial), company, at, f"{company}{issue}", summary, issue, appeal, rng.choice((4, 6, 7))),
        *(rng.randrange(30), account, nickname(rng)),
    )
