"""Whatever a platform answers and whenever a run is killed: no gap under the cursor, all is seen, little seen twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.backends.base import BackendBase, split_slice
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.job import Backoff
from crawlers.jobs import Jobs
from crawlers.ledger import Ledger, PageRead
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Json

START = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江银行")
OVERLAP, BACKFILL = timedelta(hours=2), timedelta(hours=40)
STEP = timedelta(minutes=30)
REGIONS = ("11", "31", "44")
HOUR = timedelta(hours=1)


class Killed(BaseException):
    """The process is gone."""


class Search(BackendBase):
    """A search with time ranges and regions."""

    by_time = True

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """Not asked."""
        return ()

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """Not asked."""
        raise NotImplementedError


class MortalStore(InMemoryStateStore):
    """Kills the process at a write."""

    writes_left: int = -1

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """Write, if the process still lives."""
        self._count()
        return super().save(kind, id, body, expected_version)

    def delete(self, kind: str, id: str) -> bool:
        """Delete, if the process still lives."""
        self._count()
        return super().delete(kind, id)

    def _count(self) -> None:
        if self.writes_left == 0:
            raise Killed
        self.writes_left -= 1


def parts_of(piece: Slice) -> tuple[Slice, ...]:
    """Days, hours, regions."""
    if piece.region:
        return ()
    return split_slice(piece) or tuple(replace(piece, region=region) for region in REGIONS)


def moments(since: datetime, until: datetime) -> list[datetime]:
    """The half hours in a span."""
    first = since.replace(minute=since.minute // 30 * 30, second=0, microsecond=0)
    count = max(0, -(-(until - first) // STEP))
    return [at for at in (first + i * STEP for i in range(count)) if since <= at < until]


@dataclass
class World:
    """The state over runs, and what was really read."""

    state: MortalStore = field(default_factory=MortalStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    reads: dict[tuple[datetime, str], datetime] = field(default_factory=dict)
    whole: dict[tuple[datetime, str], datetime] = field(default_factory=dict)

    def seen_at(self, moment: datetime, whole_step: bool = False) -> datetime | None:
        """When a moment was last read completely, everywhere or in each region; or the whole half hour from it on."""
        reads = self.whole if whole_step else self.reads
        whole = reads.get((moment, ""))
        each = [reads.get((moment, region)) for region in REGIONS]
        regional = min((at for at in each if at), default=None) if all(each) else None
        return max((at for at in (whole, regional) if at), default=None)

    def is_settled(self, moment: datetime, length: timedelta = timedelta(0)) -> bool:
        """Read when even late posts were shown."""
        at = self.seen_at(moment, whole_step=bool(length))
        return at is not None and at >= moment + length + OVERLAP

    def began(self) -> datetime:
        """Where the back-fill began."""
        (found,) = self.state.find("backfill")
        return datetime.fromisoformat(str(found.body["since"]))

    def run(self, answers: list[str], kill_after: int = -1) -> list[Slice]:
        """One run; answers are used up in turn, then all is well. Returns what was asked for."""
        asked: list[Slice] = []
        self.state.writes_left = kill_after
        try:
            self._run(list(answers), asked)
        except Killed:
            pass
        finally:
            self.state.writes_left = -1
        return asked

    def _run(self, answers: list[str], asked: list[Slice]) -> None:
        cursors = Cursors(self.state, "s", self.clock)
        jobs = Jobs(self.state, "s", TERM, self.clock, OVERLAP, Backoff(timedelta(minutes=10)))
        search = Search((TERM,))
        ledger = Ledger("s", search, CoverageBook(self.state), cursors, self.clock, OVERLAP)
        until = self.clock.now()
        window = jobs.plan(search.slices, cursors.begin("q", until, BACKFILL, OVERLAP), until)
        ledger.announce("q", window, jobs)
        queue = list(reversed(window.pieces))
        for piece in queue:
            ledger.expect(piece)
        while queue:
            piece = queue.pop()
            asked.append(piece)
            answer = answers.pop(0) if answers else "ok"
            if answer == "kill":
                raise Killed
            ledger.arrived(piece)
            at = self.clock.now()
            self.clock.advance(timedelta(minutes=3))
            parts = parts_of(piece) if answer == "split" else ()
            for part in reversed(parts):
                ledger.expect(part)
                queue.append(part)
            if answer in ("ok", "split") and not parts:
                for moment in moments(piece.since, piece.until):
                    self.reads[moment, piece.region] = at
                    if moment + STEP <= piece.until:
                        self.whole[moment, piece.region] = at
            outcome = {"refused": Outcome.RATE_LIMITED, "empty": Outcome.SUSPECT_EMPTY}.get(answer, Outcome.OK)
            ledger.settle(PageRead(piece, PageResult(Verdict(outcome, answer), split=parts)))

    def check_cursor(self) -> None:
        """Under the mark all was seen, and what is not read again was seen after the late posts had come."""
        cursor = Cursors(self.state, "s", self.clock).load("q")
        if cursor is None:
            return
        again = min(cursor.high_water, cursor.updated_at - OVERLAP)
        for moment in moments(self.began(), cursor.high_water):
            assert self.seen_at(moment), (moment, cursor)
            assert moment >= again or self.is_settled(moment), (moment, cursor, self.seen_at(moment))


ANSWERS = st.lists(st.sampled_from(["ok", "ok", "ok", "refused", "empty", "split", "split", "kill"]), max_size=40)
RUNS = st.lists(st.tuples(ANSWERS, st.integers(-1, 25), st.integers(1, 200)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(RUNS)
def test_the_cursor_never_passes_what_was_not_seen_and_in_the_end_all_is_seen(
    runs: list[tuple[list[str], int, int]],
) -> None:
    """Random refusals, cuts, kills at any write and clock steps."""
    world = World()
    for answers, kill_after, minutes in runs:
        world.run(answers, kill_after)
        world.check_cursor()
        world.clock.advance(timedelta(minutes=minutes))
    for _ in range(3):  # no wait is longer than six hours
        world.clock.advance(timedelta(hours=7))
        began = world.clock.now()
        world.run([])
        world.check_cursor()
    cursor = Cursors(world.state, "s", world.clock).load("q")
    assert cursor is not None
    assert cursor.high_water == began
    assert all(world.seen_at(moment) for moment in moments(world.began(), began))
    assert len(world.state.find("job")) <= 2, "jobs are deleted when the cursor has passed"


@settings(max_examples=60, deadline=None)
@given(RUNS)
def test_settled_hours_are_not_fetched_again(runs: list[tuple[list[str], int, int]]) -> None:
    """An hour that was seen after its late posts had come is asked for by no later run; kills between pages count.

    Not so its regions: an hour whose first region was read early is read in all of them again, also where a page of the
    whole hour has settled it in between.
    """
    world = World()
    for answers, _, minutes in runs:
        settled: Mapping[datetime, list[bool]] = defaultdict(list)
        for moment in moments(START - BACKFILL - HOUR, world.clock.now() + HOUR):
            settled[moment.replace(minute=0)].append(world.is_settled(moment, STEP))
        whole_hours = {hour for hour, known in settled.items() if len(known) == 2 and all(known)}
        live = world.clock.now() - OVERLAP
        for piece in world.run(answers):
            if piece.region:
                continue
            twice = {moment.replace(minute=0) for moment in moments(piece.since, piece.until)} & whole_hours
            assert not {hour for hour in twice if hour + HOUR <= live}, piece
        world.clock.advance(timedelta(minutes=minutes))
