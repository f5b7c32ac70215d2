"""The job table: what is remembered beyond the cursor, what waits, and for how long."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.backends.base import split_slice
from crawlers.job import Backoff
from crawlers.jobs import STILL_EMPTY, Jobs, Urgency
from crawlers.model import SearchTerm, Slice, Verdict
from crawlers.progress import Progress
from crawlers.spans import merged, without
from crawlers.turns import Turns
from crawlers.windows import _is_turn_of_the_past, _ordered
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TERM = SearchTerm("q", "云江银行")
HOUR = timedelta(hours=1)
LIMITED, EMPTY = Verdict(Outcome.RATE_LIMITED, "http_418"), Verdict(Outcome.SUSPECT_EMPTY, "no_cards")


def at(hour: float) -> datetime:
    """An hour of the day."""
    return datetime(2026, 3, 14, tzinfo=UTC) + hour * HOUR


def piece(first: float, last: float, region: str = "") -> Slice:
    """A slice of the day."""
    return Slice(TERM, at(first), at(last), region)


def cut(query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
    """The backend does not cut by itself."""
    return (Slice(query, since, until),)


class Table:
    """A job table over runs."""

    def __init__(self, by_time: bool = True) -> None:
        self.state = InMemoryStateStore()
        self.clock = FakeClock(NOW)
        self.by_time = by_time

    def run(self) -> Jobs:
        """The table as the next run loads it."""
        backoff = Backoff(timedelta(minutes=10), jitter=random.Random(3))
        return Jobs(self.state, "weibo", TERM, self.clock, 2 * HOUR, backoff, self.by_time)

    def pieces(self, first: float, last: float) -> list[tuple[float, float, str]]:
        """What the next run reads of a window."""
        window = self.run().plan(cut, at(first), at(last))
        return [((p.since - at(0)) / HOUR, (p.until - at(0)) / HOUR, p.region) for p in window.pieces]


def test_what_was_seen_beyond_the_cursor_is_not_fetched_again() -> None:
    """Done stretches that touch are one document, which is deleted when the cursor has passed."""
    table = Table()
    jobs = table.run()
    jobs.done(piece(3, 4), NOW)
    jobs.done(piece(5, 6), NOW)
    jobs.done(piece(4, 5), NOW)
    assert table.pieces(1, 12) == [(1, 3, ""), (6, 12, "")]
    assert len(table.state.find("job")) == 1
    table.run().passed(at(6))
    assert len(table.state.find("job")) == 0


def test_the_last_two_hours_are_read_by_every_run() -> None:
    """What is done or waits does not reach into the overlap: a search shows posts late."""
    table = Table()
    jobs = table.run()
    jobs.done(piece(8, 12), NOW)
    assert table.pieces(8, 12) == [(10, 12, "")]
    for _ in range(5):
        jobs.failed(piece(6, 12), LIMITED)
    assert (10, 12, "") in table.pieces(1, 12)


def test_a_refused_piece_is_asked_again_by_the_next_run_and_then_less_and_less_often() -> None:
    """Attempts are counted over runs, newer pieces are read meanwhile."""
    table = Table()
    table.run().failed(piece(2, 4), LIMITED)
    assert table.pieces(2, 12) == [(2, 12, "")]
    table.run().failed(piece(2, 4), LIMITED)
    jobs = table.run()
    window = jobs.plan(cut, at(2), at(12))
    assert [p.since for p in window.pieces] == [at(4)]
    assert [(p.since, p.until) for p in window.waiting] == [(at(2), at(4))]
    (document,) = table.state.find("job")
    assert document.body["wait"] == {
        "attempts": 2,
        "not_before": document.body["wait"]["not_before"],  # type: ignore[index]
        "outcome": "rate_limited",
        "detail": "http_418",
    }
    table.clock.advance(timedelta(minutes=10))
    assert table.pieces(2, 12) == [(2, 12, "")]
    table.run().done(piece(2, 4), NOW)
    assert [document.body["state"] for document in table.state.find("job")] == ["done"]


def test_refusals_that_touch_wait_together() -> None:
    """An outage of hours is one piece when it is over, not a dozen."""
    table = Table()
    for hour in range(1, 7):
        table.run().failed(piece(hour, hour + 1), LIMITED)
    (document,) = table.state.find("job")
    assert (document.body["since"], document.body["until"]) == (at(1).isoformat(), at(7).isoformat())
    table.clock.advance(timedelta(hours=2))
    assert table.pieces(1, 12) == [(1, 12, "")]


@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.TRANSPORT, Outcome.CHALLENGE])
def test_waits_grow_up_to_a_cap_with_full_jitter(outcome: Outcome) -> None:
    """Between nothing and a limit that doubles."""
    backoff = Backoff(timedelta(minutes=10), timedelta(hours=1), jitter=random.Random(1))
    for attempts, limit in [(1, 0), (2, 10), (3, 20), (4, 40), (5, 60), (50, 60)]:
        waits = [backoff.length(attempts, outcome) / timedelta(minutes=1) for _ in range(200)]
        assert all(0 <= wait <= limit for wait in waits)
        assert max(waits) >= 0.9 * limit
        assert min(waits) <= 0.1 * limit


def test_a_login_wall_waits_for_nobody_and_an_empty_page_for_hours() -> None:
    """The operator who puts a new cookie in place does not wait."""
    backoff = Backoff(timedelta(minutes=10))
    assert backoff.length(9, Outcome.AUTH_REQUIRED) == timedelta(0)
    assert timedelta(hours=3) <= backoff.length(2, Outcome.SUSPECT_EMPTY) <= timedelta(hours=6)


def test_a_page_that_stays_empty_is_flagged_and_tried_at_long_intervals() -> None:
    """Once more by a further run; then the word in the coverage changes, and it is never called seen."""
    table = Table()
    assert table.run().failed(piece(2, 4), EMPTY) == EMPTY
    assert table.run().failed(piece(2, 4), EMPTY) == Verdict(Outcome.SUSPECT_EMPTY, STILL_EMPTY)
    table.clock.advance(timedelta(hours=2, minutes=59))
    assert (2, 4, "") not in table.pieces(2, 10)
    table.clock.advance(timedelta(hours=3, minutes=2))
    assert table.pieces(2, 4) == [(2, 4, "")]


def test_a_cut_survives_a_kill_and_only_missing_parts_are_read() -> None:
    """Days, hours and regions of an hour: one document each, so that a crash keeps all of its parts or none."""
    table = Table()
    jobs, whole = table.run(), piece(0, 6)
    hours = split_slice(whole)
    assert len(hours) == 6
    jobs.cut(whole, hours)
    jobs.cut(hours[3], [replace(hours[3], region=region) for region in ("11", "31")])
    for seen in (*hours[:3], replace(hours[3], region="31"), hours[5]):
        jobs.done(seen, NOW)
    assert table.pieces(0, 6) == [(3, 4, "11"), (4, 5, "")]
    table.run().done(replace(hours[3], region="11"), NOW)
    assert table.pieces(0, 6) == [(4, 5, "")]
    table.run().done(hours[4], NOW)
    assert table.pieces(0, 6) == []
    assert [document.body["state"] for document in table.state.find("job")] == ["done"]


def test_a_cut_that_begins_at_a_full_hour_holds_for_a_window_that_begins_within_it() -> None:
    """Searches know full hours only, so pieces begin a little before the window does."""
    jobs = Jobs(InMemoryStateStore(), "weibo", TERM, FakeClock(NOW), 2 * HOUR)
    jobs.cut(piece(0, 6), split_slice(piece(0, 6)))
    window = jobs.plan(lambda query, since, until: (Slice(query, since.replace(minute=0), until),), at(0.5), at(6))
    assert [p.until for p in window.pieces] == [at(hour) for hour in range(1, 7)]


def test_regions_that_were_read_before_the_late_posts_came_are_read_again() -> None:
    """First what nobody has seen; then the hour as a whole. The cursor waits for that, and nothing is settled."""
    table, hour = Table(), piece(10, 11)
    jobs = table.run()
    jobs.cut(hour, [replace(hour, region=region) for region in ("11", "31")])
    jobs.done(replace(hour, region="11"), NOW)
    table.clock.advance(4 * HOUR)
    window = table.run().plan(cut, at(10), at(11))
    assert ([each.region for each in window.pieces], window.limit) == (["31"], at(10))
    table.run().done(replace(hour, region="31"), table.clock.now())
    window = table.run().plan(cut, at(10), at(11))
    assert (window.pieces, window.limit) == ((hour,), None)


def test_the_parts_of_the_overlap_that_nobody_has_seen_are_read_before_it_is_read_again() -> None:
    """A full hour that was refused half way is not cut anew; what lies beside it is read as ever."""
    table, hour = Table(), piece(10, 11)
    regions = [replace(hour, region=region) for region in ("11", "31", "*")]
    jobs = table.run()
    jobs.cut(hour, regions)
    jobs.done(regions[0], NOW)
    table.clock.advance(HOUR / 2)
    window = table.run().plan(cut, at(9), at(12.5))
    assert set(window.pieces) == {piece(9, 10), regions[1], regions[2], piece(11, 12.5)}
    assert window.limit == at(10)
    jobs = table.run()
    for each in regions[1:]:
        jobs.done(each, table.clock.now())
    assert table.pieces(9, 12.5) == [(9, 12.5, "")]


def test_a_part_that_is_refused_again_and_again_keeps_no_hour_from_being_read_again() -> None:
    """After three refusals the hour is cut anew, and the part waits for its turn there."""
    table, hour = Table(), piece(11, 12)
    regions = [replace(hour, region=region) for region in ("11", "31")]
    table.run().cut(hour, regions)
    table.run().done(regions[0], NOW)
    for expected in ([(11, 12, "31")], [(11, 12, "31")], [(11, 12, "31")], [(11, 12, "")]):
        table.clock.advance(HOUR / 4)
        assert table.pieces(11, 12) == expected
        table.run().failed(regions[1], Verdict(Outcome.AUTH_REQUIRED, "login"))


def test_what_was_seen_once_waits_for_what_nobody_has_seen() -> None:
    """The hours and regions of the last look are known, whether the cursor has passed them or not."""
    table = Table()
    hours = [piece(9, 10), piece(10, 11), piece(11, 12)]
    table.run().done(hours[1], NOW)
    jobs = table.run()
    jobs.plan(cut, at(9), at(12), mark=at(10))
    assert jobs.missed_first(piece(9, 12), hours) == [hours[2], hours[0], hours[1]]
    assert [jobs.urgency(each).again for each in hours] == [True, True, False]
    cities = [replace(hours[1], region=region) for region in ("11:1", "11:2")]
    jobs.cut(hours[1], [replace(hours[1], region=region) for region in ("11:1000", "*")])
    jobs.cut(replace(hours[1], region="11:1000"), cities)
    assert all(jobs.urgency(each).again for each in cities)


def test_a_region_that_was_seen_is_known_when_the_hour_is_cut_anew() -> None:
    """Of the parts of the new cut only those are first looks that no run has seen."""
    table, hour = Table(), piece(11, 12)
    regions = [replace(hour, region=region) for region in ("11", "31", "*")]
    table.run().cut(hour, regions)
    table.run().done(regions[0], NOW)
    jobs = table.run()
    jobs.cut(hour, regions)
    assert [jobs.urgency(each)[1:3] for each in regions] == [(True, 0), (False, 0), (True, 0)]
    assert table.pieces(11, 12) == [(11, 12, "*"), (11, 12, "31")]
    jobs.done(hour, NOW)
    assert [document.body["state"] for document in table.state.find("job")] == ["looked"]


def test_a_source_that_cannot_be_asked_for_a_period_is_read_whole() -> None:
    """A feed: waiting would miss its newest entries, so only the attempts are counted."""
    table = Table(by_time=False)
    jobs = table.run()
    jobs.done(piece(2, 4), NOW)
    assert jobs.failed(piece(0, 12), EMPTY) == EMPTY
    assert table.run().failed(piece(0, 12), EMPTY).detail == STILL_EMPTY
    assert table.pieces(0, 12) == [(0, 12, "")]


def test_another_query_has_its_own_jobs() -> None:
    """Neither source nor query are mixed up."""
    table = Table()
    table.run().done(piece(2, 4), NOW)
    other = Jobs(table.state, "weibo", SearchTerm("other", "海州银行"), table.clock, 2 * HOUR)
    assert len(other.plan(cut, at(2), at(4)).pieces) == 1


def test_the_mark_stops_at_the_first_region_that_was_not_seen() -> None:
    """Three regions of one hour: the hour is over with the last of them, in any order."""
    progress = Progress(at(0), 2 * HOUR)
    regions = [piece(1, 2, region) for region in ("11", "31", "44")]
    progress.add([piece(0, 1), *regions, piece(2, 3)])
    for seen in (regions[2], piece(2, 3), regions[0]):
        progress.seen(seen, NOW)
    assert progress.mark() is None
    progress.seen(piece(0, 1), NOW)
    assert progress.mark() == at(1)
    progress.seen(regions[1], NOW)
    assert progress.mark() == at(3)


def test_the_mark_goes_over_settled_time_and_not_over_waiting_pieces_or_holes() -> None:
    """What an earlier run saw counts; what waits, or what no piece covers, does not."""
    progress = Progress(at(0), 2 * HOUR)
    progress.add([piece(0, 1)], settled=[(at(1), at(3))], waiting=[piece(3, 4)])
    progress.seen(piece(0, 1), NOW)
    assert progress.mark() == at(3)
    holed = Progress(at(0), 2 * HOUR)
    holed.add([piece(0, 1), piece(2, 3)])
    for seen in (piece(0, 1), piece(2, 3)):
        holed.seen(seen, NOW)
    assert holed.mark() == at(1)


def test_spans_add_up() -> None:
    """Joined, and taken out of one another."""
    assert merged([(3, 4), (1, 2), (2, 3), (6, 6)]) == [(1, 4)]  # type: ignore[list-item,comparison-overlap]
    assert without((0, 10), [(2, 3), (3, 5), (9, 12)]) == [(0, 2), (5, 9)]  # type: ignore[arg-type,list-item,comparison-overlap]
    assert without((0, 2), [(0, 5)]) == []  # type: ignore[arg-type,list-item]


async def _take_three(turns: Turns, log: list[str]) -> None:
    for number in range(3):
        await turns.take()
        log.append(str(number))


def test_only_so_many_first_pages_are_queued() -> None:
    """The third waits until one is answered."""
    import asyncio

    async def play() -> list[str]:
        turns, log = Turns(2), list[str]()
        task = asyncio.create_task(_take_three(turns, log))
        await asyncio.sleep(0)
        before = list(log)
        turns.give_back()
        await task
        return [*before, "|", *log]

    assert asyncio.run(play()) == ["0", "1", "|", "0", "1", "2"]


def owed(table: Table, mark: float | None, first: float = 1, last: float = 12) -> list[tuple[float, float, str]]:
    """What a follow-up reads."""
    cursor = None if mark is None else at(mark)
    window = table.run().owed(cut, at(first), at(last), cursor)
    return [((p.since - at(0)) / HOUR, (p.until - at(0)) / HOUR, p.region) for p in window.pieces]


def test_a_follow_up_reads_what_is_owed_and_nothing_that_is_new() -> None:
    """Where the cursor is in the overlap and nothing was refused, nothing; behind it, up to the overlap."""
    table = Table()
    assert owed(table, mark=11) == []
    assert owed(table, mark=6) == [(1, 10, "")]
    table.run().done(piece(3, 5), NOW)
    assert owed(table, mark=2) == [(1, 3, ""), (5, 10, "")]


def test_a_follow_up_reads_refused_pieces_of_the_overlap_when_their_wait_is_over() -> None:
    """A part of a cut hour, and a window that was refused as a whole; both only as soon as they may be asked for."""
    table = Table()
    jobs = table.run()
    jobs.cut(piece(10, 11), [piece(10, 11, "11"), piece(10, 11, "31")])
    jobs.done(piece(10, 11, "11"), NOW)
    jobs.failed(piece(11, 12), LIMITED)
    assert owed(table, mark=10, first=10) == [(10, 11, "31"), (11, 12, "")]
    for _ in range(3):
        table.run().failed(piece(10, 11, "31"), LIMITED)
        table.run().failed(piece(11, 12), LIMITED)
    assert owed(table, mark=10, first=10) == []
    table.clock.advance(0.75 * HOUR)
    assert owed(table, mark=10, first=10) == [(10, 11, "31"), (11, 12, "")]
    table.clock.advance(HOUR / 2)  # late posts have come: one region that was read early is worth nothing
    assert owed(table, mark=10, first=10) == [(10, 11, ""), (11, 12, "")]


def test_what_was_never_asked_for_is_owed_and_counts_as_no_attempt() -> None:
    """Its host had refused another piece; parts of a cut are remembered there, and nothing twice."""
    table, paused = Table(), Verdict(Outcome.AUTH_REQUIRED, "paused")
    for _ in range(2):
        table.run().not_asked(piece(10, 12), paused)
    assert len(table.state.find("job")) == 1
    assert owed(table, mark=10, first=10) == [(10, 12, "")]
    jobs = table.run()
    assert jobs.urgency(piece(10, 12)).attempts == 0
    jobs.cut(piece(10, 12), split_slice(piece(10, 12)))
    jobs.not_asked(piece(11, 12), paused)
    assert [document.body["state"] for document in table.state.find("job")] == ["cut"]
    for part in split_slice(piece(10, 12)):
        jobs.done(part, NOW)
    assert owed(table, mark=12, first=10) == []


def test_a_follow_up_moves_the_cursor_no_farther_than_the_overlap() -> None:
    """The rest is read once more by the next ordinary run, when late posts have come."""
    table = Table()
    table.run().failed(piece(9, 12), LIMITED)
    window = table.run().owed(cut, at(9), at(12), at(9))
    progress = Progress(window.begin, 2 * HOUR, window.limit)
    progress.add(window.pieces, window.settled, window.waiting)
    for each in window.pieces:
        progress.seen(each, NOW)
    assert (progress.mark(), window.limit) == (at(10), at(10))


def test_a_list_of_the_newest_is_followed_up_only_after_a_refusal() -> None:
    """It cannot be asked for a part of the past."""
    table = Table(by_time=False)
    assert owed(table, mark=1) == []
    table.run().failed(piece(1, 12), LIMITED)
    assert owed(table, mark=1) == [(1, 12, "")]


def test_a_list_that_is_refused_again_and_again_is_followed_up_less_and_less() -> None:
    """Its own turn asks as often as the operator says; a follow-up waits longer after each refusal."""
    table, asked = Table(by_time=False), 0
    table.run().failed(piece(1, 12), LIMITED)
    for _ in range(36):
        if owed(table, mark=1):
            asked += 1
            table.run().failed(piece(1, 12), LIMITED)
        table.clock.advance(HOUR / 6)
    assert 3 <= asked <= 24
    assert table.pieces(1, 12) == [(1, 12, "")]


def test_a_part_that_reaches_into_the_overlap_is_owed_once() -> None:
    """The last part of a window that was cut ends at an odd minute: asked for twice, it would hold up the cursor."""
    table = Table()
    table.run().cut(piece(8, 10.5), [piece(8, 9), piece(9, 10), piece(10, 10.5)])
    table.clock.advance(0.75 * HOUR)
    assert owed(table, mark=8, first=8, last=12.75) == [(8, 9, ""), (9, 10, ""), (10, 10.5, "")]


def test_what_nobody_has_read_comes_before_what_was_refused() -> None:
    """The present first; a piece whose comments are refused again and again keeps no other one waiting."""
    table = Table()
    jobs = table.run()
    jobs.cut(piece(4, 5), [piece(4, 5, "11"), piece(4, 5, "31"), piece(4, 5, "*")])
    jobs.failed(piece(4, 5, "11"), LIMITED)
    jobs.failed(piece(2, 3), LIMITED)
    wanted = [piece(10, 12), piece(4, 5, "31"), piece(4, 5, "*"), piece(6, 7), piece(2, 3), piece(4, 5, "11")]
    assert sorted(sorted(wanted, key=lambda each: each.until), key=table.run().urgency) == wanted


def test_one_piece_of_the_past_goes_before_the_present() -> None:
    """So that a run that has time for few requests gets on; then what is new, then the rest of the past."""
    new, old, older = piece(10, 12), piece(4, 5), piece(2, 3)
    wanted = [
        (Urgency(since=at(10)), new),
        (Urgency(is_past=True, attempts=1, since=at(4)), old),
        (Urgency(is_past=True, since=at(2)), older),
    ]
    for turn in (True, False):
        assert _ordered(wanted, turn) == (older, new, old)
        assert _ordered(wanted[:2], turn) == ((old, new) if turn else (new, old))
        assert _ordered(wanted[:1], turn) == (new,)
        assert _ordered([], turn) == ()


@pytest.mark.parametrize("every", [5, 10, 15, 30, 60])
@pytest.mark.parametrize(("present", "past"), [(5, 40), (40, 20)])
def test_neither_the_present_nor_the_past_waits_for_ever(every: int, present: int, past: int) -> None:
    """A platform that shows thirty pages in each run: a piece of forty is never over, and keeps no other away."""
    table, cost, seen = Table(), {piece(10, 12): present, piece(2, 3): past}, Counter[Slice]()
    for _ in range(12):
        jobs, left = table.run(), 30
        found = [(jobs.urgency(each), each) for each in cost]
        for each in _ordered(found, _is_turn_of_the_past(table.clock.now())):
            if cost[each] <= left:
                seen[each] += 1
            elif left:
                jobs.failed(each, LIMITED)
            left = max(0, left - cost[each])
        table.clock.advance(timedelta(minutes=every))
    shorter = min(cost, key=lambda each: cost[each])
    assert seen[shorter] >= 3


def test_the_regions_that_no_run_has_seen_are_read_first() -> None:
    """A full hour of the overlap is cut anew by every run; runs that are refused early must not all read the same."""
    table = Table()
    regions = [piece(11, 12, region) for region in ("11", "31", "44", "*")]
    jobs = table.run()
    jobs.cut(piece(11, 12), regions)
    jobs.done(regions[0], NOW)
    jobs.failed(regions[1], LIMITED)
    jobs = table.run()
    jobs.plan(cut, at(11), at(12))
    assert [part.region for part in jobs.missed_first(piece(11, 12), regions)] == ["44", "31", "11", "*"]
    assert [part.region for part in Table().run().missed_first(piece(11, 12), regions)] == ["11", "31", "44", "*"]
