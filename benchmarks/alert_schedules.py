"""Random schedules of accidents: is any alert lost, is anybody told twice, does anybody hear of what is silenced?

    python -m benchmarks.alert_schedules [--schedules 2000] [--seed 1]

Each schedule draws events, routes (plain, grouped, repeated, escalated, quiet hours), silences (made and ended by
people at any time), inhibition rules (one that two alerts match on both sides among them), one to three schedulers that
run at the same time and may stand still for longer than a lease, crashes before and after any write and any send,
refusals, waits and lost answers of mail servers and robots, and jumps of the clock forwards and back. The schedulers
are threads of which exactly one runs; at every write and every send a die says who goes on and who dies, and a dead one
is started again knowing nothing but the store. Then the accidents end, and what the receivers hold is compared with
what happened:

- each event is told to each receiver of its route at least once, its end as well where that is wanted and the beginning
  was told; unless it was silenced or inhibited at every look until it ended: then it is stored as silenced, and why;
- nothing is told of an event while a silence or an inhibition holds that its sender could know of, and what is held is
  told when that ends while the event goes on. One message is left to finish: one of several events that was sent before
  the hold and may have arrived, while others in it are free; it leaves again under its key;
- mail and webhook honour a key: of one event and kind they hold one key (a copy has the same one);
- a robot honours none: it shows a copy only where an accident made the delivery uncertain;
- nothing is left waiting, and every alert is stored once.

What holds when is judged by benchmarks/schedule_truth.py, which shares no code with the engine. Prints tables and
writes benchmarks/out/alert_schedules.json; exits 1 when a promise is broken.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.channels.robots import Quota
from alerts.dispatch import LEASE
from alerts.links import Links
from benchmarks.schedule_truth import Truth
from benchmarks.schedule_verdict import WAITING, Verdict
from benchmarks.schedule_world import MINUTE, Crew, Engine, Event, Far, Killed, Line, Store
from tests.fakes import FakeClock, InMemoryMentionStore
from yuqing.domain.alert import (
    AlertSeverity,
    Detection,
    Escalation,
    Inhibition,
    Receiver,
    Route,
)

OUTPUT = Path(__file__).parent / "out" / "alert_schedules.json"
START = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
ACCIDENTS = ("crash", "refused", "waits", "answer lost", "jump", "stall", "silence", "silence ended")
INHIBITIONS = (
    (),
    (),
    (Inhibition({"severity": "critical"}, {"severity": "warning"}, ("subject",)),),
    (
        Inhibition({"rule": "play"}, {"rule": "play"}, ("subject",)),
    ),  # both sides match both: nobody keeps anybody quiet
    (Inhibition({"subject": "yunjiang"}, {"subject": ("haizhou", "beiyuan")}),),
)


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
        self.inhibitions = dice.choice(INHIBITIONS)
        self.truth = Truth(self.clock, self.inhibitions)
        self.store = Store(self.crew, self.truth)
        self.mentions = InMemoryMentionStore(self.clock)
        trouble = dice.choice((0.0, 0.2, 0.6))
        self.far = {
            name: Far(self.crew, self.truth, trouble, name != "robot") for name in ("mail", "hook", "robot", "chief")
        }
        self.events = [self._event() for _ in range(dice.randint(1, 4))]
        self.routes = self._routes()
        self.jumps = dice.choice((0.0, 0.0, 0.15))
        self.quiet = dice.choice((0.0, 0.0, 0.15, 0.4))
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
        return Event(dice.choice(("yunjiang", "yunjiang", "haizhou", "beiyuan")), start, end, severity)

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
        began = self.truth.tick
        engine = self._engine({name: Line(far, began) for name, far in self.far.items()})

        def look() -> None:
            self.truth.look(engine.detect)
            engine.notify()

        return look

    def _engine(self, channels: Mapping[str, Line]) -> Engine:
        return Engine(
            mentions=self.mentions,
            state=self.store,
            clock=self.clock,
            subjects=(),
            sources=(),
            rules=(),
            routes=self.routes,
            receivers=self.receivers,
            channels=channels,
            links=Links("http://127.0.0.1:8501", b"k" * 32),
            quotas={"robot": Quota("wecom:pr", 20)},
            script=self.script,
            inhibitions=self.inhibitions,
        )

    def _people(self) -> None:
        """Somebody makes a silence or ends one; the process that does it may die too."""
        if self.dice.random() >= self.quiet:
            return
        engine = self._engine({})
        matchers = self.dice.choice(({"subject": "yunjiang"}, {"severity": "warning"}, {"rule": "play"}, None))
        length = self.dice.choice((3 * MINUTE, 20 * MINUTE, 120 * MINUTE))
        try:
            if matchers is not None:
                engine.silence(matchers, length, author="林知远", reason="演练")
                self.accidents["silence"] += 1
            elif known := engine.silences():
                engine.expire(self.dice.choice(known).id)
                self.accidents["silence ended"] += 1
        except Killed:
            return  # whether it was stored shows at the next look

    def run(self) -> Verdict:
        """The accidents, then quiet until nothing waits, then the comparison."""
        for _ in range(self.rounds):
            self._people()
            self.truth.begin_round()
            self.crew.play([self.process() for _ in range(self.schedulers)])
            self.clock.advance(self._pause())
        self.crew.calm = True
        self.clock.set(max(self.clock.now(), START + timedelta(hours=1)))
        rest = 0
        while rest < 200 and (rest < 3 or not self._is_over()):
            self.truth.begin_round()
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
        ("silenced or inhibited until it ended, stored as such", sum(each.held_to_end for each in found)),
        ("held for a time, then told", sum(each.woken for each in found)),
        ("told while a silence or inhibition held", sum(len(each.told_while_held) for each in found)),
        ("several events, perhaps told before the hold: finished", sum(each.finished for each in found)),
        ("told the end of what was never told", sum(len(each.end_alone) for each in found)),
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
