"""The world of the random schedules: schedulers that die, a store whose writes are steps, channels that fail."""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter

from alerts.dispatch import LEASE
from alerts.engine import AlertEngine
from benchmarks.schedule_truth import Truth
from tests.fakes import FakeClock
from yuqing.domain.alert import AlertSeverity, Detection, Message, Notification, fingerprint
from yuqing.domain.errors import ChannelError, Conflict
from yuqing.domain.ports import Json, LogEntry, Versioned

MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """The process is gone: no handler of ours may see it."""


@dataclass
class Crew:
    """The schedulers: one of them runs, and at each step the die may hand over or kill."""

    dice: random.Random
    death: float
    accidents: Counter[str]
    clock: FakeClock
    calm: bool = False
    _go: dict[int, threading.Semaphore] = field(default_factory=dict)
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def step(self) -> None:
        """A write or a send is about to happen, or has just happened."""
        if self.calm:
            return
        if self.dice.random() < self.death:
            self.accidents["crash"] += 1
            raise Killed
        if len(self._go) > 1:
            if self.dice.random() < self.death / 4:
                self.accidents["stall"] += 1  # the others go on while this one stands still for longer than a lease
                self.clock.advance(LEASE + MINUTE)
            self._back.release()
            self._go[threading.get_ident()].acquire()

    def play(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Run jobs at the same time until each has ended or died."""
        if self.calm or len(jobs) == 1:
            for job in jobs:
                _until_death(job)
            return
        threads = [threading.Thread(target=self._run, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
            self._back.acquire()
        while self._go:
            self._go[self.dice.choice(sorted(self._go))].release()
            self._back.acquire()
        for thread in threads:
            thread.join()

    def _run(self, job: Callable[[], None]) -> None:
        mine = self._go[threading.get_ident()] = threading.Semaphore(0)
        self._back.release()
        mine.acquire()
        try:
            _until_death(job)
        finally:
            del self._go[threading.get_ident()]
            self._back.release()


def _until_death(job: Callable[[], None]) -> None:
    try:
        job()
    except Killed:
        return  # the next round is the restarted process


@dataclass
class Store:
    """A state store in dicts whose every write is a step before and after it."""

    crew: Crew
    truth: Truth
    documents: dict[str, dict[str, tuple[int, Json]]] = field(default_factory=lambda: defaultdict(dict))
    logs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def load(self, kind: str, id: str) -> Versioned | None:
        """Reads are no steps: what was read may be old by the time of the write."""
        found = self.documents[kind].get(id)
        return Versioned(id, *found) if found else None

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """A step, the write, a step."""
        self.crew.step()
        version = self.documents[kind].get(id, (0, {}))[0]
        if expected_version is not None and expected_version != version:
            raise Conflict(id)
        self.documents[kind][id] = (version + 1, body)
        self.truth.saved(kind, id, body)
        self.crew.step()
        return version + 1

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """By equal keys."""
        wanted = (where or {}).items()
        rows = sorted(self.documents[kind].items(), key=itemgetter(0))
        return [Versioned(key, *row) for key, row in rows if all(row[1].get(name) == value for name, value in wanted)]

    def delete(self, kind: str, id: str) -> bool:
        """A step and the deletion."""
        self.crew.step()
        return self.documents[kind].pop(id, None) is not None

    def append(self, kind: str, _body: Json, _at: datetime) -> int:
        """Count only."""
        self.crew.step()
        self.logs[kind] += 1
        return self.logs[kind]

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """Nobody reads it here."""
        return []


@dataclass
class Far:
    """The far side of a channel: what it holds, and how often it fails."""

    crew: Crew
    truth: Truth
    trouble: float
    keyed: bool
    held: list[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=list)  # key, what it tells

    def send(self, message: Message, began: int) -> str:
        """Deliver, or fail in one of the ways of mail servers and robots; `began`: when the sender began its look."""
        self.crew.step()
        self.truth.sent(message.dedup_key, [alert for alert, _ in _told(message)], began)
        dice, accidents = self.crew.dice, self.crew.accidents
        if not self.crew.calm and dice.random() < self.trouble:
            accident = dice.choice(("refused", "refused", "waits", "answer lost"))
            accidents[accident] += 1
            if accident == "answer lost":
                self._hold(message)
            wait = timedelta(minutes=dice.choice((1, 10))) if accident == "waits" else None
            raise ChannelError(accident, retry_after=wait, refused=accident == "refused")
        self._hold(message)
        self.crew.step()
        return "ok"

    def _hold(self, message: Message) -> None:
        self.held.append((message.dedup_key, _told(message)))


def _told(message: Message) -> tuple[tuple[str, str], ...]:
    """The alerts that a message tells, each with its kind."""
    told = message.payload["told"]
    assert isinstance(told, tuple)
    return told


@dataclass(frozen=True)
class Line:
    """A channel as one scheduler holds it."""

    far: Far
    began: int

    def send(self, message: Message) -> str:
        """See Channel.send."""
        return self.far.send(message, self.began)


@dataclass(frozen=True)
class Engine(AlertEngine):
    """The engine; only the judging and the wording are played."""

    script: Callable[[datetime], list[Detection]] = lambda _now: []

    def judge(self, now: datetime) -> Sequence[Detection]:
        """What the script says."""
        return self.script(now)

    def deliver(self, notification: Notification) -> str:
        """The ids of what it tells instead of words."""
        ids = (notification.id, *notification.members)
        told = tuple((each.partition("|")[0], each.rpartition("|")[2]) for each in ids)
        return self.channels[notification.receiver].send(Message("预警", "…", notification.id, payload={"told": told}))


@dataclass(frozen=True)
class Event:
    """Something that happens for a while."""

    subject: str
    start: datetime
    end: datetime
    severity: AlertSeverity

    @property
    def mark(self) -> str:
        """Its fingerprint."""
        return fingerprint(self._labels)

    @property
    def _labels(self) -> dict[str, str]:
        return {"rule": "play", "subject": self.subject, "group": f"{self.start:%H%M%S}"}

    def detection(self, now: datetime) -> Detection:
        """What a detector says of it."""
        return Detection(
            "play", self.subject, self.severity, "…", now, self.start, now, 5.0, None, None, (), self._labels, False,
            self.start,
        )  # fmt: skip
