"""Random schedules of accidents: is any alert lost, is anybody told twice?

    python -m benchmarks.alert_schedules [--schedules 2000] [--seed 1]

Each schedule draws events, routes (plain, grouped, repeated, escalated, quiet hours), one to three schedulers that run
at the same time and may stand still for longer than a lease, crashes before and after any write and any send, refusals,
waits and lost answers of mail servers and robots, and jumps of the clock forwards and back. The schedulers are threads
of which exactly one runs; at every write and every send a die says who goes on and who dies, and a dead one is started
again knowing nothing but the store. Then the accidents end, and what the receivers hold is compared with what happened:

- each event is told to each receiver of its route at least once, its end as well where that is wanted;
- mail and webhook honour a key: of one event and kind they hold one key (a copy has the same one);
- a robot honours none: it shows a copy only where an accident made the delivery uncertain;
- nothing is left waiting, and every alert is stored once.

Prints tables and writes benchmarks/out/alert_schedules.json; exits 1 when a promise is broken.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from alerts.channels.robots import Quota
from alerts.dispatch import LEASE
from alerts.engine import AlertEngine
from alerts.links import Links
from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.alert import (
    AlertSeverity,
    Detection,
    Escalation,
    Message,
    Notification,
    NotificationState,
    Receiver,
    Route,
    fingerprint,
)
from yuqing.domain.errors import ChannelError, Conflict
from yuqing.domain.ports import Json, LogEntry, Versioned

OUTPUT = Path(__file__).parent / "out" / "alert_schedules.json"
START = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WAITING = (NotificationState.QUEUED, NotificationState.SENDING, NotificationState.FAILED)
ACCIDENTS = ("crash", "refused", "waits", "answer lost", "jump", "stall")


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
    trouble: float
    keyed: bool
    held: list[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=list)  # key, what it tells

    def send(self, message: Message) -> str:
        """Deliver, or fail in one of the ways of mail servers and robots."""
        self.crew.step()
        dice, accidents = self.crew.dice, self.crew.accidents
        if not self.crew.calm and dice.random() < self.trouble:
            accident = dice.choice(("refused", "refused", "waits", "answer lost"))
            accidents[accident] += 1
            if accident == "answer lost":
                self._hold(message)
            wait = timedelta(minutes=dice.choice((1, 10))) if accident == "waits" else None
            raise ChannelError(accident, retry_after=wait)
        self._hold(message)
        self.crew.step()
        return "ok"

    def _hold(self, message: Message) -> None:
        told = message.payload["told"]
        assert isinstance(told, tuple)
        self.held.append((message.dedup_key, told))


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


@dataclass
class Play:
    """One schedule."""

    seed: int
    rounds: int = 18
    accidents: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        dice = self.dice = random.Random(self.seed)
        self.clock = FakeClock(START)
        self.crew = Crew(dice, dice.choice((0.0, 0.005, 0.02, 0.06)), self.accidents, self.clock)
        self.store = Store(self.crew)
        self.mentions = InMemoryMentionStore(self.clock)
        trouble = dice.choice((0.0, 0.2, 0.6))
        self.far = {name: Far(self.crew, trouble, name != "robot") for name in ("mail", "hook", "robot", "chief")}
        self.events = [self._event() for _ in range(dice.randint(1, 4))]
        self.routes = self._routes()
        self.jumps = dice.choice((0.0, 0.0, 0.15))
        self.schedulers = dice.choice((1, 1, 2, 3))
        night = {"quiet_hours": dice.choice(("12:00-12:20", "22:00-07:00"))} if dice.random() < 0.3 else {}
        self.receivers = [
            Receiver("mail", "email", {"send_resolved": True, **night}),
            Receiver("hook", "webhook", {"send_resolved": True}),
            Receiver("robot", "wecom", {"send_resolved": False}),
            Receiver("chief", "email", {}),
        ]

    def _event(self) -> Event:
        dice = self.dice
        start = START + timedelta(seconds=dice.randrange(1800))
        end = start + timedelta(minutes=dice.choice((1, 10, 60, 200)))
        severity = dice.choice((AlertSeverity.CRITICAL, AlertSeverity.WARNING))
        return Event(dice.choice(("yunjiang", "haizhou")), start, end, severity)

    def _routes(self) -> list[Route]:
        dice = self.dice
        grouping: dict[str, Any] = {}
        if dice.random() < 0.5:
            grouping = {
                "group_by": dice.choice((("subject",), ("rule",))),
                "group_wait": timedelta(seconds=dice.choice((0, 30, 180))),
                "group_interval": timedelta(minutes=dice.choice((0, 5))),
            }
        if dice.random() < 0.4:
            grouping["repeat_interval"] = timedelta(minutes=dice.choice((10, 60)))
        if dice.random() < 0.4:
            grouping["escalation"] = (Escalation(15 * MINUTE, ("chief",)),)
        return [
            Route(("mail",), {"severity": "critical"}, proceed=True, **grouping),
            Route(("hook", "robot", "mail"), {}, **grouping),
        ]

    def script(self, now: datetime) -> list[Detection]:
        """A detector derives its events from what is stored: one that nobody has stored yet is found late."""
        known = {row.body["fingerprint"] for row in self.store.find("alert")}
        holds = (event for event in self.events if event.start <= now and (now < event.end or event.mark not in known))
        return [event.detection(now) for event in holds]

    def process(self) -> Callable[[], None]:
        """A freshly started scheduler, for one look and one delivery."""
        engine = Engine(
            mentions=self.mentions,
            state=self.store,
            clock=self.clock,
            subjects=(),
            sources=(),
            rules=(),
            routes=self.routes,
            receivers=self.receivers,
            channels=dict(self.far),
            links=Links("http://127.0.0.1:8501", b"k" * 32),
            quotas={"robot": Quota("wecom:pr", 20)},
            script=self.script,
        )

        def look() -> None:
            engine.detect()
            engine.notify()

        return look

    def run(self) -> "Verdict":
        """The accidents, then quiet until nothing waits, then the comparison."""
        for _ in range(self.rounds):
            self.crew.play([self.process() for _ in range(self.schedulers)])
            self.clock.advance(self._pause())
        self.crew.calm = True
        self.clock.set(max(self.clock.now(), START + timedelta(hours=1)))
        rest = 0
        while rest < 200 and (rest < 3 or not self._is_over()):
            self.process()()
            self.clock.advance(31 * MINUTE if rest < 60 else timedelta(hours=5))
            rest += 1
        return Verdict.of(self)

    def _pause(self) -> timedelta:
        if self.dice.random() < self.jumps:
            self.accidents["jump"] += 1
            return timedelta(hours=self.dice.choice((-26, -1, 7, 50)))
        return self.dice.choice((timedelta(seconds=15), MINUTE, 2 * MINUTE, LEASE))

    def _is_over(self) -> bool:
        rows = self.store.find("notification")
        waits = any(row.body["state"] in WAITING for row in rows)
        fires = any(row.body["state"] != "resolved" for row in self.store.find("alert"))
        owed = any(row.body["owed"] for row in self.store.find("alert"))
        return not (waits or fires or owed)


@dataclass(frozen=True)
class Verdict:
    """What one schedule shows."""

    seed: int
    alerts: int
    due: int  # event x receiver
    messages: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    copies_keyed: int
    copies_robot: int
    unexplained: int
    stuck: int
    grouped: int
    accidents: Mapping[str, int]

    @property
    def is_kept(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.doubled or self.stuck or self.unexplained)

    @classmethod
    def of(cls, play: Play) -> "Verdict":
        """Compare what the receivers hold with what happened."""
        told = {name: _told(far) for name, far in play.far.items()}
        wanted = list(_wanted(play))
        lost = [f"{receiver} {alert} {kind}" for receiver, alert, kind in wanted if not told[receiver][alert, kind]]
        lost += [f"event {event.mark}" for event in play.events if not _is_stored(play, event)]
        keys = {name: {what: set(found) for what, found in told[name].items()} for name in told if name != "robot"}
        doubled = [f"{name} {what}" for name, found in keys.items() for what, each in found.items() if len(each) > 1]
        copies = {name: sum(max(len(each) - 1, 0) for each in found.values()) for name, found in told.items()}
        rows = play.store.find("notification")
        certain = not any(play.accidents[name] for name in ("crash", "answer lost", "jump", "stall"))
        return cls(
            seed=play.seed,
            alerts=len(play.store.find("alert")),
            due=len(wanted),
            messages=sum(len(far.held) for far in play.far.values()),
            lost=tuple(lost),
            doubled=tuple(doubled),
            copies_keyed=copies["mail"] + copies["hook"] + copies["chief"],
            copies_robot=copies["robot"],
            unexplained=sum(copies.values()) if certain else 0,
            stuck=sum(row.body["state"] in WAITING for row in rows) + _surplus(play),
            grouped=sum(bool(row.body["carried_by"]) for row in rows),
            accidents=dict(play.accidents),
        )


def _told(far: Far) -> dict[tuple[str, str], list[str]]:
    """(alert, kind) -> the keys of the messages that tell it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, told in far.held:
        for what in told:
            found[what].append(key)
    return found


def _wanted(play: Play) -> Iterator[tuple[str, str, str]]:
    for row in play.store.find("alert"):
        for receiver in ("mail", "hook", "robot"):
            yield receiver, row.id, "firing"
        for receiver in ("mail", "hook"):
            yield receiver, row.id, "resolved"


def _is_stored(play: Play, event: Event) -> bool:
    return any(row.body["fingerprint"] == event.mark for row in play.store.find("alert"))


def _surplus(play: Play) -> int:
    """Alerts beyond one per event."""
    return len(play.store.find("alert")) - len({event.mark for event in play.events})


def run(schedules: int, seed: int = 1, rounds: int = 18) -> list[Verdict]:
    """So many schedules."""
    return [Play(seed * 1_000_000 + number, rounds).run() for number in range(schedules)]


def table(found: Sequence[Verdict]) -> list[str]:
    """The answer, with the accidents that it was tried against."""
    total = sum((Counter(each.accidents) for each in found), Counter[str]())
    rows = [
        ("schedules", len(found)),
        ("alerts", sum(each.alerts for each in found)),
        ("told to somebody: due (event x receiver, begin and end)", sum(each.due for each in found)),
        ("told to nobody (lost)", sum(len(each.lost) for each in found)),
        ("mail, webhook: second key for one event", sum(len(each.doubled) for each in found)),
        ("mail, webhook: copies under the same key", sum(each.copies_keyed for each in found)),
        ("robot without a key: copies", sum(each.copies_robot for each in found)),
        ("copies where no accident made a delivery uncertain", sum(each.unexplained for each in found)),
        ("left waiting, or stored twice", sum(each.stuck for each in found)),
        ("told in the message of another of their group", sum(each.grouped for each in found)),
        ("messages held by the far side", sum(each.messages for each in found)),
        *((f"accident: {name}", total[name]) for name in ACCIDENTS if total[name]),
    ]
    return [f"| {name:<58} | {value:>8} |" for name, value in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    found = run(options.schedules, options.seed)
    lines = table(found)
    print("\n".join(lines))
    broken = [each for each in found if not each.is_kept]
    for each in broken[:10]:
        print(f"broken: seed {each.seed}: {each}")
    print(f"{time.perf_counter() - begun:.0f} s, seed {options.seed}")
    OUTPUT.parent.mkdir(exist_ok=True)
    body = {"seed": options.seed, "schedules": len(found), "broken": len(broken), "table": lines}
    OUTPUT.write_text(json.dumps(body, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
