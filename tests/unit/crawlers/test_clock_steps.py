"""A clock that was a day ahead for one run: what it wrote holds nothing up, and nothing is lost by it."""

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.circuits import CircuitBook, Phase
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.job import Backoff
from crawlers.jobs import Jobs
from crawlers.model import SearchTerm, Slice, Verdict
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.subject import Backend, Source
from yuqing.source_health import read_health

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK, OVERLAP = timedelta(days=7), 2 * HOUR
TERM = SearchTerm("q", "云江银行")


class World:
    """One query of one source, run after run."""

    def __init__(self) -> None:
        self.state = InMemoryStateStore()
        self.clock = FakeClock(NOW)

    @property
    def cursors(self) -> Cursors:
        """As the next run finds them."""
        return Cursors(self.state, "s", self.clock)

    def run(self, status: Outcome = Outcome.OK) -> datetime:
        """One run that sees everything up to now, or nothing; returns where it began."""
        now = self.clock.now()
        begin = self.cursors.begin("q", now, WEEK, OVERLAP)
        CoverageBook(self.state).write(Coverage("s", "q", begin, now, status, now))
        if status.is_complete:
            assert self.cursors.advance("q", now)
        return begin

    def mark(self) -> datetime:
        """How far the query is said to be read."""
        cursor = self.cursors.load("q")
        assert cursor is not None
        return cursor.high_water


def test_a_mark_in_the_future_is_not_believed_and_moves_again() -> None:
    """The run after an outage begins before the last look that a right clock made; the false row is dropped."""
    world = World()
    world.run()
    world.clock.advance(24 * HOUR)
    world.run()
    world.clock.advance(-14 * HOUR)
    assert world.run() == NOW - OVERLAP
    assert world.mark() == NOW + 10 * HOUR
    rows = [document.body for document in world.state.find("coverage")]
    assert max(datetime.fromisoformat(str(row["until"])) for row in rows) == NOW + 10 * HOUR


def test_without_a_look_of_a_right_clock_the_back_fill_begins_anew() -> None:
    """The very first run was made by a clock that was ahead."""
    world = World()
    world.clock.advance(24 * HOUR)
    world.run()
    world.clock.advance(-24 * HOUR)
    assert world.run() == NOW - WEEK
    assert world.mark() == NOW


def test_a_known_gap_stays_before_the_mark() -> None:
    """What was refused is asked for again, however much was seen behind it."""
    world = World()
    world.run()
    gap = Coverage("s", "q", NOW + HOUR, NOW + 2 * HOUR, Outcome.BLOCKED, NOW + 2 * HOUR)
    seen = Coverage("s", "q", NOW + 2 * HOUR, NOW + 3 * HOUR, Outcome.OK, NOW + 3 * HOUR)
    for row in (gap, seen):
        CoverageBook(world.state).write(row)
    world.clock.advance(99 * HOUR)
    world.cursors.advance("q", world.clock.now())
    world.clock.advance(-96 * HOUR)
    assert world.mark() == NOW + HOUR


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(minutes=4)])
def test_clocks_of_two_hosts_may_differ_a_little(ahead: timedelta) -> None:
    """Some minutes are no step."""
    world = World()
    world.clock.advance(ahead)
    world.run()
    world.clock.advance(-ahead)
    assert world.mark() == NOW + ahead


def test_refused_pieces_do_not_wait_for_a_year() -> None:
    """A wait that is longer than any is over; one that is not is kept."""
    world = World()
    piece = Slice(TERM, NOW - 5 * HOUR, NOW - 4 * HOUR)

    def jobs() -> Jobs:
        return Jobs(world.state, "s", TERM, world.clock, OVERLAP, Backoff())

    def waiting() -> int:
        window = jobs().plan(lambda query, begin, end: (Slice(query, begin, end),), NOW - 6 * HOUR, world.clock.now())
        return len(window.waiting)

    world.clock.advance(365 * 24 * HOUR)
    for _ in range(2):
        jobs().failed(piece, Verdict(Outcome.SUSPECT_EMPTY, "blank_page"))
    world.clock.advance(-365 * 24 * HOUR)
    assert waiting() == 0
    for _ in range(2):
        jobs().failed(piece, Verdict(Outcome.SUSPECT_EMPTY, "blank_page"))
    assert waiting() == 1


def test_time_that_is_still_to_come_is_not_settled() -> None:
    """A piece that was called seen by a clock ahead is read when its time has come."""
    world = World()
    world.clock.advance(24 * HOUR)
    piece = Slice(TERM, NOW + 5 * HOUR, NOW + 6 * HOUR)
    Jobs(world.state, "s", TERM, world.clock, OVERLAP).done(piece, world.clock.now())
    assert world.state.find("job")
    world.clock.advance(-24 * HOUR)
    Jobs(world.state, "s", TERM, world.clock, OVERLAP).plan(lambda q, a, b: (Slice(q, a, b),), NOW - HOUR, NOW)
    assert world.state.find("job") == ()


def test_a_circuit_of_the_future_is_asked_once() -> None:
    """Half-open instead of shut for a year; its pace counts for nothing; the source's health says the same."""
    world = World()

    def book() -> CircuitBook:
        return CircuitBook(world.state, "s", world.clock, timedelta(hours=2))

    source = Source("s", "weibo", "微博", Backend.WEB, "test", True, 60)
    world.clock.advance(365 * 24 * HOUR)
    book().open("h", Verdict(Outcome.CHALLENGE, "captcha_page"))
    book().close("calm", 30.0)
    assert book().phase("h") is Phase.OPEN
    world.clock.advance(-365 * 24 * HOUR)
    assert book().phase("h") is Phase.HALF_OPEN
    assert book().wait("calm") == 0
    assert read_health([source], world.state, world.clock.now())[0].circuit == "half_open"
    book().open("h", Verdict(Outcome.CHALLENGE, "captcha_page"))
    assert book().phase("h") is Phase.OPEN
    assert read_health([source], world.state, world.clock.now())[0].circuit == "open"
