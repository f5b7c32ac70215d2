"""Which sources are run again before their turn: those that owe something that may be asked for now."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Self, cast

import pytest

from crawlers.circuits import CircuitBook
from crawlers.cursors import Cursors
from crawlers.job import Backoff
from crawlers.jobs import Jobs
from crawlers.model import SearchTerm, Slice, Verdict
from crawlers.plan import CrawlPlan, CrawlSummary, Intake, SourceTally
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.bootstrap import App
from yuqing.crawl_round import owed_round
from yuqing.domain.coverage import Outcome
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind
from yuqing.owed import IN_VAIN, OwedBook, owing
from yuqing.scheduler import Runner

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERM = SearchTerm("云江银行", "云江银行")
LIMITED = Verdict(Outcome.RATE_LIMITED, "http_418")
SUBJECT = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",), search_terms=("云江银行",))
SOURCE = Source("weibo", "weibo", "微博", Backend.WEB, "test", True, 1800)


class World:
    """One source and what is remembered of it; `term` is what is searched for."""

    def __init__(self, term: SearchTerm = TERM) -> None:
        self.state = InMemoryStateStore()
        self.clock = FakeClock(NOW)
        backoff = Backoff(2 * HOUR, cap=2 * HOUR)
        self.jobs = Jobs(self.state, "weibo", term, self.clock, 2 * HOUR, backoff)
        self.term = term

    def owing(self, secrets: str = "") -> tuple[str, ...]:
        """The sources that owe."""
        off = Source("douyin", "douyin", "抖音", Backend.WEB, "test", False, 1800)
        return owing(self.state, (SOURCE, off), (SUBJECT,), self.clock.now(), 2 * HOUR, secrets)

    def piece(self, first: int, last: int, region: str = "") -> Slice:
        """So many hours ago."""
        return Slice(self.term, NOW - first * HOUR, NOW - last * HOUR, region)


def test_nothing_is_owed_where_nothing_was_refused() -> None:
    """The time since the last look is no debt."""
    world = World()
    assert world.owing() == ()
    Cursors(world.state, "weibo", world.clock).advance(TERM.id, NOW)
    world.jobs.done(world.piece(5, 4), NOW)
    world.clock.advance(HOUR)
    assert world.owing() == ()


def test_a_refused_piece_is_owed_when_its_wait_is_over() -> None:
    """At once after the first refusal, then later and later."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    assert world.owing() == ("weibo",)
    for _ in range(4):
        world.jobs.failed(world.piece(5, 4), LIMITED)
    assert world.owing() == ()
    world.clock.advance(2 * HOUR)
    assert world.owing() == ("weibo",)


def test_the_missing_parts_of_a_full_hour_are_owed() -> None:
    """Until the last of them was seen."""
    world = World()
    parts = [world.piece(5, 4, "11"), world.piece(5, 4, "31")]
    world.jobs.cut(world.piece(5, 4), parts)
    assert world.owing() == ("weibo",)
    for part in parts:
        world.jobs.done(part, NOW)
    assert world.owing() == ()


def test_a_part_that_was_cut_itself_is_owed_as_its_parts_are() -> None:
    """While those wait there is nothing to ask for, and no process is started for nothing."""
    world = World()
    day, hour, region = world.piece(9, 3), world.piece(5, 4), world.piece(5, 4, "11")
    world.jobs.cut(day, [hour])
    world.jobs.cut(hour, [region])
    assert world.owing() == ("weibo",)
    for _ in range(4):
        world.jobs.failed(region, LIMITED)
    assert world.owing() == ()
    world.clock.advance(2 * HOUR)
    assert world.owing() == ("weibo",)


def test_the_minutes_beyond_a_full_hour_are_no_debt() -> None:
    """A follow-up reads full hours: between two of them it would find nothing to do."""
    world = World()
    world.clock.advance(HOUR / 2)
    Cursors(world.state, "weibo", world.clock).advance(TERM.id, NOW - 2 * HOUR)
    assert world.owing() == ()
    world.clock.advance(HOUR / 2)
    assert world.owing() == ("weibo",)


def test_what_was_never_begun_is_owed() -> None:
    """A run that ended early leaves no trace but a cursor that stands behind the overlap."""
    world = World()
    Cursors(world.state, "weibo", world.clock).advance(TERM.id, NOW - 5 * HOUR)
    assert world.owing() == ("weibo",)


PAUSED = Verdict(Outcome.AUTH_REQUIRED, "paused")
WALL = Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login")


def open_circuit(world: World, host: str, hours: int = 3) -> None:
    """A host of the source wants to be left alone."""
    CircuitBook(world.state, "weibo", world.clock, hours * HOUR).open(host, WALL)


def note(world: World, run: Callable[[], None] = lambda: None, secrets: str = "") -> None:
    """A follow-up: what was owed before, what it did, what is owed after it."""
    book = OwedBook(world.state, (SUBJECT,), 2 * HOUR, secrets)
    before = book.due(SOURCE, world.clock.now())
    run()
    book.note(SOURCE, before, world.clock.now())


def test_one_host_that_rests_keeps_no_other_from_being_asked() -> None:
    """Which host a piece is read at nobody knows before it was asked for."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    open_circuit(world, "comments.example")
    assert world.owing() == ("weibo",)


def test_what_met_a_resting_host_alone_is_no_reason_for_another_run() -> None:
    """Until the host wakes; a piece that is owed since then is asked for, and so is one that was refused anew."""
    world = World()
    world.jobs.failed(world.piece(9, 8), LIMITED)
    open_circuit(world, "comments.example")
    note(world)
    assert world.owing() == ()
    world.jobs.failed(world.piece(6, 5), LIMITED)
    assert world.owing() == ("weibo",)
    note(world)
    assert world.owing() == ()
    world.jobs.failed(world.piece(9, 8), LIMITED)
    world.clock.advance(2 * HOUR)
    assert world.owing() == ("weibo",)
    note(world)
    assert world.owing() == ()
    world.clock.advance(2 * HOUR)
    assert world.owing() == ("weibo",)


def test_what_was_never_begun_may_be_at_a_resting_host_too() -> None:
    """The cursor stands where it stood; where it has moved something was read, and the rest is asked for."""
    world = World()
    cursors = Cursors(world.state, "weibo", world.clock)
    cursors.advance(TERM.id, NOW - 8 * HOUR)
    open_circuit(world, "search.example")
    note(world)
    assert world.owing() == ()
    note(world, lambda: cast(None, cursors.advance(TERM.id, NOW - 6 * HOUR)))
    assert world.owing() == ("weibo",)


@pytest.mark.parametrize(("verdict", "found"), [(PAUSED, ()), (LIMITED, ("weibo",))])
def test_a_list_that_answers_above_comments_that_rest_is_not_asked_for_again(
    verdict: Verdict, found: tuple[str, ...]
) -> None:
    """The piece ends as its comments do, whose host was not asked; one that was refused itself is tried again."""
    world = World()
    world.jobs.failed(world.piece(9, 8), LIMITED)
    open_circuit(world, "comments.example", hours=24)

    def run() -> None:
        world.jobs.failed(world.piece(9, 8), verdict)

    world.clock.advance(HOUR)
    note(world, run)
    world.clock.advance(3 * HOUR)
    assert world.owing() == found


def test_any_host_that_wakes_is_asked() -> None:
    """Which of them the piece waits for nobody knows."""
    world = World()
    world.jobs.failed(world.piece(9, 8), LIMITED)
    open_circuit(world, "one.example", hours=2)
    open_circuit(world, "other.example", hours=9)
    note(world)
    world.clock.advance(HOUR)
    assert world.owing() == ()
    world.clock.advance(HOUR)
    assert world.owing() == ("weibo",)
    note(world)
    assert world.owing() == ()
    CircuitBook(world.state, "weibo", world.clock).close("other.example")
    assert world.owing() == ("weibo",)


def test_a_new_cookie_ends_the_rest() -> None:
    """A login wall is tried at once with sessions that it has not seen."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    open_circuit(world, "s.example")
    note(world, secrets="old")
    assert world.owing(secrets="old") == ()
    assert world.owing(secrets="new") == ("weibo",)


def test_nothing_is_in_vain_where_no_host_rests() -> None:
    """A refusal that opened no circuit waits for its own time, and for nobody else."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    open_circuit(world, "s.example", hours=1)
    note(world)
    world.clock.advance(HOUR)
    note(world)
    assert not world.state.find(IN_VAIN)
    assert world.owing() == ("weibo",)


def round_of(world: World, monkeypatch: pytest.MonkeyPatch, *slices: Outcome) -> list[str]:
    """One `yuqing crawl --owed` whose run ends its slices so; the sources that it ran."""
    ran: list[str] = []

    @contextmanager
    def at_hand(_folder: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
        yield tuple(names)

    def crawl(_plan: CrawlPlan) -> CrawlSummary:
        ran.append("weibo")
        return CrawlSummary({"weibo": SourceTally(slices=Counter(each.value for each in slices))})

    plan = CrawlPlan((SOURCE,), (), cast(Intake, None), world.state, world.clock)
    monkeypatch.setattr("yuqing.crawl_round.at_hand", at_hand)
    monkeypatch.setattr("yuqing.crawl_round.plan_crawl", lambda *_: plan)
    monkeypatch.setattr("yuqing.crawl_round.secrets_mark", lambda _settings: "")
    settings = SimpleNamespace(overlap_minutes=120, home=Path())
    vanishing = SimpleNamespace(bury=lambda _source: SimpleNamespace(tombstones=0, held=0))
    parts = {"state": world.state, "clock": world.clock, "sources": (SOURCE,), "subjects": (SUBJECT,)}
    owed_round(cast(App, SimpleNamespace(settings=settings, vanishing=vanishing, **parts)), crawl, ())
    return ran


def test_a_follow_up_in_vain_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And counts as no attempt of the piece."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    open_circuit(world, "s.example")
    before = world.state.find("job")
    assert round_of(world, monkeypatch, Outcome.AUTH_REQUIRED) == ["weibo"]
    assert round_of(world, monkeypatch, Outcome.AUTH_REQUIRED) == []
    assert world.state.find("job") == before


def test_a_follow_up_that_was_cut_off_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did not come to was not in vain."""
    world = World()
    world.jobs.failed(world.piece(5, 4), LIMITED)
    open_circuit(world, "s.example")
    assert round_of(world, monkeypatch, Outcome.AUTH_REQUIRED, Outcome.TRANSPORT) == ["weibo"]
    assert round_of(world, monkeypatch, Outcome.AUTH_REQUIRED) == ["weibo"]


def test_what_nobody_searches_for_any_more_is_not_owed() -> None:
    """An operator took the word away."""
    world = World(SearchTerm("金秋开户礼", "金秋开户礼"))
    Cursors(world.state, "weibo", world.clock).advance(TERM.id, NOW)
    world.jobs.failed(world.piece(5, 4), LIMITED)
    assert world.owing() == ()


def test_a_list_with_a_name_of_its_own_is_owed_while_it_is_read() -> None:
    """A feed, a route, an account: its refusals are young, or its name has gone from the options."""
    world = World(SearchTerm("银行频道", "https://news.example/bank"))
    world.jobs.failed(world.piece(5, 4), LIMITED)
    assert world.owing() == ("weibo",)
    world.clock.advance(24 * HOUR)
    assert world.owing() == ()


@pytest.mark.parametrize(("seconds", "asked"), [(600, [("crawl", ("weibo",), "--owed")]), (1800, [])])
def test_the_scheduler_pays_off_what_slow_sources_owe(
    monkeypatch: pytest.MonkeyPatch, seconds: int, asked: list[object]
) -> None:
    """One crawl of what is owed; a source whose own turn comes as often waits for that."""
    world, found = World(), []
    world.jobs.failed(world.piece(5, 4), LIMITED)
    settings = SimpleNamespace(owed_seconds=seconds, overlap_minutes=120)
    parts = {"state": world.state, "clock": world.clock, "sources": (SOURCE,), "subjects": (SUBJECT,)}
    runner = Runner(cast(App, SimpleNamespace(settings=settings, **parts)), secrets=lambda: "")
    monkeypatch.setattr(runner, "_fetch", lambda *arguments, **_: found.append(arguments))
    runner.pay_off()
    assert found == asked


class Child:
    """A crawl subprocess; `meanwhile` happens while it runs."""

    returncode = 0

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.ended = self.killed = 0
        self.is_deaf = False
        self._meanwhile = meanwhile

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def terminate(self) -> None:
        """Asked to end in order."""
        self.ended += 1

    def wait(self, timeout: float) -> int:
        """Ends in time, or not."""
        if self.is_deaf:
            raise subprocess.TimeoutExpired("crawl", timeout)
        return 0

    def kill(self) -> None:
        """Not asked."""
        self.killed += 1

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """What it said in the end."""
        self._meanwhile()
        return b"{}", b""


class Processes:
    """The scheduler with its subprocesses; `then` is what happens while the first of them runs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, then: Callable[[Runner], None], **options: object) -> None:
        world = World()
        world.jobs.failed(world.piece(5, 4), LIMITED)
        source = replace(SOURCE, options=options)
        settings = SimpleNamespace(owed_seconds=600, overlap_minutes=120, crawl_timeout_seconds=1800)
        parts = {"state": world.state, "clock": world.clock, "sources": (source,), "subjects": (SUBJECT,)}
        self.runner = Runner(cast(App, SimpleNamespace(settings=settings, **parts)), secrets=lambda: "")
        self.started: list[tuple[str, Child]] = []
        self._then = then
        monkeypatch.setattr(self.runner, "judge", lambda: None)
        monkeypatch.setattr("yuqing.scheduler.subprocess.Popen", self._start)

    def _start(self, command: list[str], **_: object) -> Child:
        is_first = not self.started
        child = Child((lambda: self._then(self.runner)) if is_first else lambda: None)
        name = "refresh" if "refresh" in command else "owed" if "--owed" in command else "crawl"
        self.started.append((name, child))
        return child

    def told(self) -> list[tuple[str, int]]:
        """Which were started, and how often each was asked to end."""
        return [(name, child.ended) for name, child in self.started]


def test_an_ordinary_crawl_does_not_wait_for_a_follow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The follow-up may take longer than a crawl waits for a source: it gives way; another source's goes on."""
    processes = Processes(monkeypatch, lambda runner: runner.crawl(("news", "weibo")))
    processes.runner.pay_off()
    assert processes.told() == [("owed", 1), ("crawl", 0)]
    other = Processes(monkeypatch, lambda runner: runner.crawl(("news",)))
    other.runner.pay_off()
    assert other.told() == [("owed", 0), ("crawl", 0)]


@pytest.mark.parametrize("is_deaf", [False, True])
def test_a_follow_up_that_waits_for_a_host_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, is_deaf: bool) -> None:
    """A pause may be longer than a crawl waits for its source; a kill at any moment loses nothing."""

    def then(runner: Runner) -> None:
        processes.started[0][1].is_deaf = is_deaf
        runner.crawl(("weibo",))

    processes = Processes(monkeypatch, then)
    processes.runner.pay_off()
    assert [child.killed for _, child in processes.started] == [int(is_deaf), 0]


def test_no_follow_up_begins_beside_an_ordinary_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their turns often fall together: who came first would keep the other away. Afterwards it may."""
    processes = Processes(monkeypatch, Runner.pay_off)
    processes.runner.crawl(("weibo",))
    assert processes.told() == [("crawl", 0)]
    processes.runner.pay_off()
    assert processes.told() == [("crawl", 0), ("owed", 0)]


def test_a_crawl_that_was_killed_is_had_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """It left no word of what it did not see, and its own turn may be hours away; but only once."""
    processes = Processes(monkeypatch, lambda runner: None)
    monkeypatch.setattr(Child, "returncode", -9)
    processes.runner.crawl(("weibo",))
    processes.runner.pay_off()
    assert processes.told() == [("crawl", 0), ("crawl", 0), ("owed", 0)]
    processes.runner.pay_off()
    assert [name for name, _ in processes.started[3:]] == ["owed"]
    monkeypatch.setattr(Child, "returncode", 1)  # ended in order: what it did not see is owed
    processes.runner.crawl(("weibo",))
    processes.runner.pay_off()
    assert [name for name, _ in processes.started[4:]] == ["crawl", "owed"]


def test_second_looks_give_way_to_an_ordinary_crawl(monkeypatch: pytest.MonkeyPatch) -> None:
    """They may take longer than a crawl waits for its source; the crawl of another source does not end them."""
    processes = Processes(monkeypatch, lambda runner: runner.crawl(("weibo",)))
    processes.runner.refresh()
    assert processes.told() == [("refresh", 1), ("crawl", 0)]
    other = Processes(monkeypatch, lambda runner: runner.crawl(("news",)))
    other.runner.refresh()
    assert other.told() == [("refresh", 0), ("crawl", 0)]


def test_what_is_being_crawled_is_not_looked_at_again_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process with that source among others would have to end for all of them."""
    processes = Processes(monkeypatch, Runner.refresh)
    processes.runner.crawl(("weibo",))
    assert processes.told() == [("crawl", 0)]
    processes.runner.refresh()
    assert processes.told() == [("crawl", 0), ("refresh", 0)]


def test_a_source_with_a_limit_of_requests_is_not_followed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many a run is the operator's word on how much a platform is asked; its own turn goes on where it ended."""
    processes = Processes(monkeypatch, lambda runner: None, max_requests=50)
    processes.runner.pay_off()
    assert processes.told() == []
