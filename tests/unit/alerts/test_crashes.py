"""Whatever step the process dies at, each event reaches each receiver: never zero times, never as two messages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.dispatch import LEASE
from alerts.engine import AlertEngine
from tests.fakes import InMemoryStateStore
from tests.unit.alerts.bank import MINUTE, NOW, Bank, receiver, shipped_rules
from yuqing.domain.alert import Message, Notification, NotificationState, Route
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Json, LogEntry, Versioned


class Killed(BaseException):
    """The process is gone: no handler of ours may see it."""


@dataclass
class Fuse:
    """Kills at the planned steps; a step is a write to the store or a send, each before and after it happens."""

    deaths: set[int] = field(default_factory=set)
    step: int = 0

    def burn(self) -> None:
        """One step further."""
        self.step += 1
        if self.step in self.deaths:
            raise Killed


class MortalState:
    """A state store whose caller can die around every write."""

    def __init__(self, inner: InMemoryStateStore, fuse: Fuse) -> None:
        self._inner, self._fuse = inner, fuse

    def load(self, kind: str, id: str) -> Versioned | None:
        """Reads never kill."""
        return self._inner.load(kind, id)

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """Reads never kill."""
        return self._inner.find(kind, where, limit)

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """Die before or after the write."""
        self._fuse.burn()
        version = self._inner.save(kind, id, body, expected_version)
        self._fuse.burn()
        return version

    def delete(self, kind: str, id: str) -> bool:
        """Die before the deletion."""
        self._fuse.burn()
        return self._inner.delete(kind, id)

    def append(self, kind: str, body: Json, at: datetime) -> int:
        """Die before or after the line."""
        self._fuse.burn()
        seq = self._inner.append(kind, body, at)
        self._fuse.burn()
        return seq

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """Reads never kill."""
        return self._inner.log(kind, after, limit)


@dataclass
class MortalChannel:
    """Delivers; the sender can die before the message has left or right after. Some sends fail in the ordinary way."""

    fuse: Fuse
    failures: Iterator[bool]
    keys: list[str] = field(default_factory=list)

    def send(self, message: Message) -> str:
        """Deliver unless this send is planned to fail."""
        self.fuse.burn()
        if next(self.failures, False):
            raise ChannelError("busy")
        self.keys.append(message.dedup_key)
        self.fuse.burn()
        return "ok"


class PlainEngine(AlertEngine):
    """The engine without the making of mails: pictures take longer than a thousand crashes."""

    def deliver(self, notification: Notification) -> str:
        """Send the key alone."""
        return self.channels[notification.receiver].send(Message("预警", "…", notification.id))


@dataclass
class Theatre:
    """An event, two receivers, and processes that die and are started again."""

    bank: Bank
    store: InMemoryStateStore
    fuse: Fuse
    channel: MortalChannel

    @classmethod
    def stage(cls, deaths: Iterable[int], failures: Iterable[bool] = ()) -> "Theatre":
        """Two risk words of different groups: two events, each for two receivers."""
        bank, fuse = Bank.empty(), Fuse(set(deaths))
        bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑")
        bank.post(NOW - MINUTE, "云江银行客户资料泄露了")
        store = bank.state
        assert isinstance(store, InMemoryStateStore)
        return cls(bank, store, fuse, MortalChannel(fuse, iter(list(failures))))

    def process(self) -> AlertEngine:
        """A freshly started process: it knows nothing but the stores."""
        receivers = [receiver("duty"), receiver("chief")]
        engine = self.bank.engine(
            rules=[rule for rule in shipped_rules() if rule.type == "keyword"],
            state=MortalState(self.store, self.fuse),
            routes=[Route(("duty", "chief"))],
            receivers=receivers,
            channels=dict.fromkeys(("duty", "chief"), self.channel),
        )
        return PlainEngine(**{each.name: getattr(engine, each.name) for each in fields(engine)})

    def play(self, rounds: int) -> None:
        """Run, die, start again; time goes on between the rounds."""
        for _ in range(rounds):
            with suppress(Killed):  # the next round is the restarted process
                engine = self.process()
                engine.detect()
                engine.notify()
            self.bank.clock.advance(timedelta(minutes=2))

    def check(self) -> None:
        """Two events, two receivers: exactly four distinct messages, and every row says accepted."""
        assert len(set(self.channel.keys)) == 4
        rows = self.store.find("notification")
        assert {str(row.body["state"]) for row in rows} == {NotificationState.ACCEPTED.value}
        assert sorted(set(self.channel.keys)) == sorted(row.id for row in rows)


def _steps() -> int:
    theatre = Theatre.stage(())
    theatre.play(1)
    theatre.check()
    return theatre.fuse.step


STEPS = _steps()


def test_an_undisturbed_run_sends_each_message_once() -> None:
    """Without crashes there is not even a repetition, however often one looks."""
    theatre = Theatre.stage(())
    theatre.play(6)
    theatre.check()
    assert len(theatre.channel.keys) == 4


@pytest.mark.parametrize("death", range(1, STEPS + 1))
def test_one_crash_at_any_step_loses_and_doubles_nothing(death: int) -> None:
    """Die once at each single step: afterwards every message is out, repetitions carry the same key."""
    theatre = Theatre.stage([death])
    theatre.play(2 + 3 * (LEASE // timedelta(minutes=2)))
    theatre.check()
    assert len(theatre.channel.keys) <= 5  # at most the one message that was in the air leaves again


@settings(max_examples=15, deadline=None)
@given(
    deaths=st.sets(st.integers(1, 4 * STEPS), max_size=6),
    failures=st.lists(st.booleans(), max_size=5),
)
def test_many_crashes_and_refusals_lose_and_double_nothing(deaths: set[int], failures: list[bool]) -> None:
    """Any schedule of crashes and passing refusals ends with each message out under exactly one key."""
    theatre = Theatre.stage(deaths, failures)
    theatre.play(40)
    theatre.check()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_two_schedulers_at_once_send_once(seed: int) -> None:
    """Two processes that take turns at random within one look do not send a message twice."""
    theatre, random = Theatre.stage(()), Random(seed)
    engines = [theatre.process(), theatre.process()]
    jobs = [job for engine in engines for job in (engine.detect, engine.notify)] * 2
    random.shuffle(jobs)
    for job in jobs:
        job()
    theatre.play(1)
    theatre.check()
    assert len(theatre.channel.keys) == 4


def test_a_stale_claim_cannot_be_answered_twice() -> None:
    """A process that was thought dead and comes back does not overwrite what the second one stored."""
    theatre = Theatre.stage(())
    first = theatre.process()
    first.detect()
    queue = first.queue
    ticket = queue.due(theatre.bank.clock.now())[0]
    slow = queue.claim(ticket, theatre.bank.clock.now())
    assert slow is not None
    theatre.bank.clock.advance(LEASE)
    theatre.play(1)
    version = theatre.store.load("notification", ticket.notification.id)
    queue.accepted(slow, "late", theatre.bank.clock.now())
    assert theatre.store.load("notification", ticket.notification.id) == version
