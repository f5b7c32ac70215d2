"""Who waits for how long, who is left alone, and who is asked again: one request first."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from crawlers.circuits import LONGEST, CircuitBook, Phase
from crawlers.governor import EASE_AFTER, Admission, Governor, Shared
from crawlers.model import Verdict
from crawlers.pace import HostPace
from crawlers.retry_after import seconds
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreUnavailable

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
OK, LIMITED = Verdict(Outcome.OK), Verdict(Outcome.RATE_LIMITED, "http_418")
CAPTCHA, LOGIN = Verdict(Outcome.CHALLENGE, "captcha_page"), Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login")
LOST = Verdict(Outcome.TRANSPORT, "DownloadTimeoutError")


@dataclass
class Time:
    """A time that passes by sleeping only."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """The present."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Note the pause, and let it pass."""
        self.slept.append(seconds)
        self.at += seconds


def governor(time: Time | None = None, circuits: CircuitBook | None = None) -> Governor:
    """One with a known jitter and a time of its own."""
    time = time or Time()
    return Governor(10, 300, time.sleep, random.Random(1), circuits, time.now)


@dataclass
class Runs:
    """Runs one after another over the same store."""

    length: timedelta = HOUR
    state: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))

    def book(self, session: str = "s1") -> CircuitBook:
        """What the next run knows."""
        return CircuitBook(self.state, "weibo", self.clock, self.length, session)

    def run(self, session: str = "s1") -> Governor:
        """The next run."""
        return governor(circuits=self.book(session))

    def refused(self, verdict: Verdict, session: str = "s1") -> Admission:
        """A run whose first page is answered with this verdict."""
        begun = self.run(session)
        admission = asyncio.run(begun.admit("h"))
        if admission.refusal is None:
            begun.report("h", verdict)
        begun.settle()
        return admission

    def until(self) -> datetime:
        """Until when the host is left alone."""
        (found,) = self.state.find("circuit")
        return datetime.fromisoformat(str(found.body["until"]))


def test_refusals_double_the_pause_up_to_the_limit_and_answers_halve_it() -> None:
    """Not after the first answer: after several in a row."""
    slow = governor()
    for expected in (10, 20, 40, 80, 160, 300, 300):
        slow.report("h", LIMITED)
        assert slow.wait_of("h") == expected
    for expected in (150, 75, 37.5, 18.75, 9.375, 0):
        for _ in range(EASE_AFTER):
            slow.report("h", OK)
        assert slow.wait_of("h") == expected
    for verdict in (OK, OK, LIMITED, OK, OK):
        slow.report("h", verdict)
    assert slow.wait_of("h") == 10, "a refusal in between starts the count again"


def test_nobody_waits_for_a_host_that_answers() -> None:
    """And each of several requests has its own turn at one that does not."""
    time = Time()
    slow = governor(time)
    asyncio.run(slow.hold("h"))
    assert time.slept == []
    slow.report("h", LIMITED)

    async def three() -> list[float]:
        turns: list[float] = []

        async def one() -> None:
            await slow.hold("h")
            turns.append(time.at)

        await asyncio.gather(one(), one(), one())
        return turns

    asyncio.run(three())
    assert len(time.slept) == 3
    assert 10 <= time.slept[0] <= 15
    assert time.at >= 30, "three requests behind one another take three pauses"


def test_a_wish_to_be_left_alone_is_honoured() -> None:
    """Once, from when it was told; a wish longer than we wait in a run ends the run for this host."""
    time = Time()
    slow = governor(time)
    slow.report("h", LIMITED, retry_after=120)
    asyncio.run(slow.hold("h"))
    assert 120 <= time.at <= 120 + 15
    assert slow.wait_of("h") == 10
    runs = Runs()
    patient = runs.run()
    patient.report("h", LIMITED, retry_after=7_200)
    assert patient.refuses("h") == LIMITED
    assert runs.until() == NOW + timedelta(hours=2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "Sat, 14 Mar 2026 01:32:00 GMT"}, 120),
        ({"retry-after": "Sat, 14 Mar 2026 01:32:00 GMT", "date": "Sat, 14 Mar 2026 01:31:30 GMT"}, 30),
        ({"retry-after": "Sat, 14 Mar 2026 01:32:00 GMT", "date": "nonsense"}, 120),
        ({"retry-after": "Sat, 14 Mar 2020 01:32:00 GMT"}, 0),
        ({"retry-after": "99999999999999999999"}, 604_800),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "１２"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_retry_after_is_a_number_or_a_date(headers: dict[str, str], expected: float | None) -> None:
    """The date by the server's own clock where it tells it; nonsense is nothing."""
    assert seconds(headers, NOW) == expected


@pytest.mark.parametrize(
    ("outcome", "patience"),
    [(Outcome.AUTH_REQUIRED, 1), (Outcome.CHALLENGE, 1), (Outcome.BLOCKED, 3), (Outcome.RATE_LIMITED, 4)],
)
def test_a_host_that_refuses_for_good_is_left_alone(outcome: Outcome, patience: int) -> None:
    """At once for a login wall or a captcha, after some patience for the others."""
    strict, verdict = governor(), Verdict(outcome, "sign")
    for _ in range(patience - 1):
        strict.report("h", verdict)
    assert strict.refuses("h") is None
    strict.report("h", verdict)
    assert strict.refuses("h") == verdict
    assert strict.refuses("other") is None


def test_a_login_wall_in_the_middle_of_answers_is_asked_about_once() -> None:
    """After ten answers one more request decides, and nobody else asks meanwhile; then it takes ten answers again."""
    strict = governor()
    for _ in range(10):
        strict.report("h", OK)
    strict.report("h", LOGIN)
    assert strict.refuses("h") is None
    assert asyncio.run(strict.admit("h")) == Admission(is_probe=True)
    strict.report("h", OK)
    assert asyncio.run(strict.admit("h")) == Admission()
    strict.report("h", LOGIN)
    assert strict.refuses("h") == LOGIN


def test_a_second_login_wall_leaves_the_host_alone() -> None:
    """The session has expired: two requests are enough to know. Nor is a captcha asked about."""
    for first, second in ((LOGIN, LOGIN), (LOGIN, CAPTCHA), (CAPTCHA, None)):
        strict = governor()
        for _ in range(10):
            strict.report("h", OK)
        strict.report("h", first)
        if second:
            strict.report("h", second)
        assert strict.refuses("h") == (second or first)


def test_a_success_in_between_starts_the_count_again() -> None:
    """Three blocked pages among good ones are not a blocked host."""
    patient = governor()
    for _ in range(5):
        patient.report("h", Verdict(Outcome.BLOCKED))
        patient.report("h", OK)
    assert patient.refuses("h") is None


def test_an_open_circuit_holds_over_runs_and_then_one_request_decides() -> None:
    """Refused while it is open, one probe afterwards, closed by its success."""
    runs = Runs()
    assert runs.refused(CAPTCHA) == Admission(is_probe=False)
    assert runs.until() == NOW + HOUR
    runs.clock.advance(HOUR - timedelta(seconds=1))
    assert runs.refused(OK) == Admission(Verdict(Outcome.CHALLENGE, "paused"))
    runs.clock.advance(timedelta(seconds=1))
    assert runs.refused(OK) == Admission(is_probe=True)
    assert not runs.state.find("circuit")
    assert runs.refused(OK) == Admission(is_probe=False)


def test_every_failed_probe_doubles_the_rest_up_to_a_day() -> None:
    """And keeps when the refusals began."""
    runs, lengths = Runs(), []
    for _ in range(8):
        runs.refused(CAPTCHA)
        lengths.append(runs.until() - runs.clock.now())
        runs.clock.set(runs.until())
    assert lengths == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, LONGEST, LONGEST, LONGEST]
    (found,) = runs.state.find("circuit")
    assert datetime.fromisoformat(str(found.body["since"])) == NOW
    assert found.body["failures"] == 7


def test_without_a_pause_every_run_begins_with_its_one_probe() -> None:
    """A length of zero never keeps a run from asking."""
    runs = Runs(timedelta(0))
    runs.refused(CAPTCHA)
    assert [runs.refused(CAPTCHA) for _ in range(3)] == [Admission(is_probe=True)] * 3


def test_a_new_cookie_is_tried_at_once() -> None:
    """The operator who logged in again does not wait; a captcha does not go away by another cookie."""
    runs = Runs()
    runs.refused(LOGIN, session="old")
    assert runs.refused(OK, session="old").refusal == Verdict(Outcome.AUTH_REQUIRED, "paused")
    assert runs.refused(OK, session="new") == Admission(is_probe=True)
    assert not runs.state.find("circuit")
    runs.refused(CAPTCHA, session="old")
    assert runs.refused(OK, session="new").refusal == Verdict(Outcome.CHALLENGE, "paused")


def test_a_new_cookie_that_is_no_good_either_rests_as_long_as_a_first_one() -> None:
    """Its refusal is its own."""
    runs = Runs()
    runs.refused(LOGIN, session="old")
    runs.clock.advance(timedelta(minutes=10))
    runs.refused(LOGIN, session="new")
    assert runs.until() == runs.clock.now() + HOUR


async def _others_while(probe: Callable[[Governor], Awaitable[None]], strict: Governor) -> list[Admission]:
    first = await strict.admit("h")
    assert first.is_probe
    others = [asyncio.ensure_future(strict.admit("h")) for _ in range(5)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(other.done() for other in others), "all wait for the probe"
    await probe(strict)
    done, waiting = await asyncio.wait(others, timeout=0.05)
    for other in waiting:
        other.cancel()
    return [other.result() for other in done]


def half_open() -> Governor:
    """A run after a captcha of the run before."""
    runs = Runs(timedelta(0))
    runs.refused(CAPTCHA)
    return runs.run()


def test_while_the_probe_is_out_all_others_wait_for_its_verdict() -> None:
    """Success lets them go, failure sends none of them, no answer makes the next one the probe."""

    def after(verdict: Verdict) -> list[Admission]:
        async def tell(strict: Governor) -> None:
            strict.report("h", verdict)

        return asyncio.run(_others_while(tell, half_open()))

    assert after(OK) == [Admission()] * 5
    assert after(Verdict(Outcome.NOT_FOUND)) == [Admission()] * 5
    assert after(LIMITED) == [Admission(LIMITED)] * 5, "no patience with a probe"
    assert after(LOST) == [Admission(is_probe=True)]


def test_other_hosts_do_not_wait_for_the_probe_of_one() -> None:
    """Each host has its own circuit."""

    strict = half_open()

    async def two() -> tuple[Admission, Admission]:
        return await strict.admit("h"), await strict.admit("other")

    assert asyncio.run(two()) == (Admission(is_probe=True), Admission())


def test_a_pace_that_was_found_is_kept_for_the_next_run_and_forgotten_in_time() -> None:
    """A run that was slowed down is not followed by one at full speed."""
    runs = Runs()
    runs.refused(LIMITED)
    assert runs.run().wait_of("h") == 10
    runs.clock.advance(timedelta(minutes=61))
    assert runs.run().wait_of("h") == 0


def test_nobody_waits_for_a_turn_after_the_end_of_the_run() -> None:
    """The page is told as not seen while there is time to tell it, and those behind it are not held up."""
    time = Time()
    short = Governor(10, 300, time.sleep, random.Random(1), now=time.now, deadline=20.0)
    short.report("h", LIMITED)
    admitted = [asyncio.run(short.admit("h")) for _ in range(4)]
    assert admitted == [Admission(), *[Admission(Verdict(Outcome.TRANSPORT, "interrupted"))] * 3]
    assert time.at <= 15


def test_the_gap_of_robots_txt_is_kept_between_any_two_requests() -> None:
    """Requests that come at once leave one after the other; other hosts have their own gap, or none."""
    time = Time()
    polite = Governor(10, 300, time.sleep, random.Random(1), now=time.now, deadline=12.0)
    polite.ask_for_gap("h", 5)
    sent = []
    for _ in range(3):
        assert asyncio.run(polite.keep_gap("h")) is None
        sent.append(time.at)
    assert sent == [0, 5, 10]
    assert asyncio.run(polite.keep_gap("h")) == Verdict(Outcome.TRANSPORT, "interrupted")
    assert asyncio.run(polite.keep_gap("other")) is None
    assert time.at == 10


def test_a_store_that_is_away_in_the_middle_is_told_at_the_end() -> None:
    """The circuit opens all the same; the end of the run tries again, and raises when nothing helps."""

    class Away(InMemoryStateStore):
        is_away = True

        def save(self, kind: str, id: str, body: object, expected_version: int | None = None) -> int:
            if self.is_away:
                raise StoreUnavailable("away")
            return super().save(kind, id, body, expected_version)  # type: ignore[arg-type]

    runs = Runs(state=Away())
    strict = runs.run()
    strict.report("h", CAPTCHA)
    assert strict.refuses("h") == CAPTCHA
    with pytest.raises(StoreUnavailable):
        strict.settle()
    Away.is_away = False
    strict.settle()
    assert runs.book().phase("h") is Phase.OPEN


def test_a_circuit_tells_no_secret() -> None:
    """The document holds the source, the host, the sign and a fingerprint."""
    runs = Runs()
    runs.refused(LOGIN, session="f1f1")
    (found,) = runs.state.find("circuit")
    assert (found.id, found.body["outcome"], found.body["detail"]) == ("weibo|h", "auth_required", "redirect_to_login")
    assert set(found.body) == {
        *("source", "host", "outcome", "detail", "since", "until", "failures", "wait", "session", "opened_at"),
    }


def test_a_pause_of_the_version_before_is_kept_and_then_deleted() -> None:
    """After an upgrade no host of the source is asked before its time, and nothing of the pause stays behind."""
    clock, state = FakeClock(NOW), InMemoryStateStore()
    body = {"source": "s", "outcome": "challenge", "until": (NOW + 3 * HOUR).isoformat()}
    state.save("pause", "s", body)
    book = CircuitBook(state, "s", clock, 2 * HOUR)
    assert book.phase("a") is Phase.OPEN
    assert book.refusal("b") == Verdict(Outcome.CHALLENGE, "paused")
    assert CircuitBook(state, "other", clock, 2 * HOUR).phase("a") is Phase.CLOSED
    clock.set(NOW + 4 * HOUR)
    assert book.phase("a") is Phase.CLOSED
    assert CircuitBook(state, "s", clock, 2 * HOUR).refusal("a") is None
    assert state.find("pause") == ()


@pytest.mark.parametrize(("until", "length"), [(NOW + 400 * HOUR, 2 * HOUR), (NOW + HOUR, timedelta(0))])
def test_a_pause_that_cannot_be_meant_is_dropped(until: datetime, length: timedelta) -> None:
    """From a clock that was ahead, or of a source that no longer pauses."""
    state = InMemoryStateStore()
    state.save("pause", "s", {"source": "s", "outcome": "blocked", "until": until.isoformat()})
    assert CircuitBook(state, "s", FakeClock(NOW), length).phase("a") is Phase.CLOSED
    assert state.find("pause") == ()


def test_sources_at_one_host_are_no_faster_than_one_of_them() -> None:
    """Three sources take turns: every request keeps the longer gap of the two to the one before."""
    pace, time = HostPace(), Time()
    sources = [
        Governor(1, sleep=time.sleep, now=time.now, shared=Shared(pace, name, gap))
        for name, gap in (("slow", 8.0), ("quick", 2.0), ("third", 2.0))
    ]
    sent: list[tuple[int, float]] = []

    async def go() -> None:
        for _ in range(4):
            for number, governor in enumerate(sources):
                assert await governor.keep_gap("weibo.example") is None
                sent.append((number, time.at))

    asyncio.run(go())
    gaps = [(before[0], after[0], after[1] - before[1]) for before, after in pairwise(sent)]
    assert all(gap >= (8 if 0 in (one, other) else 2) for one, other, gap in gaps), gaps
    own = [at for number, at in sent if number == 1]
    assert all(after - before >= 2 for before, after in pairwise(own))


def test_a_host_of_ones_own_is_paced_by_the_delay_alone() -> None:
    """Nobody waits for a source that asks elsewhere."""
    pace, time = HostPace(), Time()
    mine, other = (Governor(1, sleep=time.sleep, now=time.now, shared=Shared(pace, name, 8.0)) for name in "ab")

    async def go() -> None:
        await mine.keep_gap("a.example")
        await other.keep_gap("b.example")
        await mine.keep_gap("a.example")

    asyncio.run(go())
    assert time.slept == []


def test_a_turn_behind_the_others_that_never_comes_is_not_taken() -> None:
    """Out of time: told at once, and those who still have time do not wait for it."""
    pace, time = HostPace(), Time()
    first = Governor(1, sleep=time.sleep, now=time.now, shared=Shared(pace, "a", 8.0))
    late = Governor(1, sleep=time.sleep, now=time.now, shared=Shared(pace, "b", 8.0), deadline=5.0)
    asyncio.run(first.keep_gap("x.example"))
    refusal = asyncio.run(late.keep_gap("x.example"))
    assert refusal is not None
    assert refusal.detail == "interrupted"
    asyncio.run(first.keep_gap("x.example"))
    assert time.slept == []
