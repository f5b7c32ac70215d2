"""Complete looks that follow one another are one row: a year of polling must not be a million rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from crawlers.coverage import LONGEST_RUN, CoverageBook
from tests.fakes import InMemoryStateStore
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage, Outcome

START = datetime(2026, 3, 1, tzinfo=UTC)
INTERVAL = timedelta(minutes=5)


def look(at: datetime, status: Outcome = Outcome.OK, mentions: int = 1) -> Coverage:
    """One poll: the last two hours."""
    return Coverage("weibo", "q", at - timedelta(hours=2), at, status, at, pages=1, mentions=mentions)


def rows(state: InMemoryStateStore) -> list[Coverage]:
    """The rows of the book, by time."""
    found = [from_json(Coverage, document.body) for document in state.find("coverage")]
    return sorted(found, key=lambda row: (row.since, row.checked_at))


def test_a_week_of_polls_is_about_one_row_a_day() -> None:
    """2,016 looks become eight rows that cover the week without a hole and remember every look."""
    state = InMemoryStateStore()
    book = CoverageBook(state, INTERVAL)
    for number in range(2016):
        book.write(look(START + number * INTERVAL))
    found = rows(state)
    assert len(found) == 8
    assert sum(row.checks for row in found) == 2016
    assert sum(row.mentions for row in found) == 2016
    assert found[0].first_checked_at == START
    assert all(later.since <= earlier.until for earlier, later in pairwise(found))
    assert all(row.until - row.since <= LONGEST_RUN for row in found)


def test_a_pause_starts_a_new_row() -> None:
    """After an outage the catch-up look is a row of its own: its posts were not seen in time."""
    state = InMemoryStateStore()
    book = CoverageBook(state, INTERVAL)
    for number in range(10):
        book.write(look(START + number * INTERVAL))
    back = START + timedelta(hours=5)
    book.write(Coverage("weibo", "q", START - timedelta(hours=1), back, Outcome.OK, back))
    first, second = rows(state)
    assert (first.checks, second.checks) == (10, 1)
    assert first.checked_at == START + 9 * INTERVAL


def test_refusals_are_never_part_of_a_run() -> None:
    """A refusal stands alone until the same time has been seen."""
    state = InMemoryStateStore()
    book = CoverageBook(state, INTERVAL)
    book.write(look(START))
    book.write(look(START + INTERVAL, Outcome.CHALLENGE))
    assert sorted(row.status.value for row in rows(state)) == ["challenge", "ok"]
    book.write(look(START + 2 * INTERVAL))
    (run,) = rows(state)
    assert (run.status, run.checks) == (Outcome.OK, 2)


def test_one_find_makes_a_run_ok() -> None:
    """A run of proved empties and finds was seen and not empty; a run of proved empties stays empty."""
    state = InMemoryStateStore()
    book = CoverageBook(state, INTERVAL)
    book.write(look(START, Outcome.OK_EMPTY, 0))
    book.write(look(START + INTERVAL, Outcome.OK_EMPTY, 0))
    assert [row.status for row in rows(state)] == [Outcome.OK_EMPTY]
    book.write(look(START + 2 * INTERVAL))
    book.write(look(START + 3 * INTERVAL, Outcome.OK_EMPTY, 0))
    assert [row.status for row in rows(state)] == [Outcome.OK]


def test_a_crash_between_save_and_delete_is_made_good() -> None:
    """Both rows are there after the crash; the next look leaves one."""

    class Crashing(InMemoryStateStore):
        armed = False

        def delete(self, kind: str, id: str) -> bool:
            if self.armed:
                raise KeyboardInterrupt
            return super().delete(kind, id)

    state = Crashing()
    book = CoverageBook(state, INTERVAL)
    book.write(look(START))
    state.armed = True
    try:
        book.write(look(START + INTERVAL))
    except KeyboardInterrupt:
        state.armed = False
    assert len(rows(state)) == 2
    book.write(look(START + 2 * INTERVAL))
    assert max(row.checks for row in rows(state)) == 3
    assert len(rows(state)) <= 2


def test_refusals_in_a_row_are_counted() -> None:
    """While the cursor stands still every refusal counts; the newest sign shows; a look that saw ends the run."""
    state = InMemoryStateStore()
    book = CoverageBook(state, INTERVAL)
    for number in range(30):
        at = START + number * INTERVAL
        status = Outcome.CHALLENGE if number < 29 else Outcome.AUTH_REQUIRED
        book.write(Coverage("weibo", "q", START - timedelta(hours=2), at, status, at))
    (row,) = rows(state)
    assert (row.checks, row.status, row.first_look) == (30, Outcome.AUTH_REQUIRED, START)
    at = START + 30 * INTERVAL
    book.write(Coverage("weibo", "q", START - timedelta(hours=2), at, Outcome.OK, at))
    (seen,) = rows(state)
    assert (seen.checks, seen.status) == (1, Outcome.OK)


def test_a_follow_up_that_asked_for_nothing_was_no_look() -> None:
    """Where the gap is known already: an operator is woken by the number of looks. A gap that nobody told is told."""
    state = InMemoryStateStore()
    CoverageBook(state, INTERVAL).write(look(START, Outcome.CHALLENGE, 0))
    before = rows(state)
    book = CoverageBook(state, INTERVAL, is_follow_up=True)
    paused = replace(look(START, Outcome.CHALLENGE, 0), checked_at=START + INTERVAL, detail="paused")
    book.write(paused)
    assert rows(state) == before
    book.write(replace(paused, since=paused.since - timedelta(hours=1)))
    assert [(row.checks, row.detail) for row in rows(state)] == [(2, "paused")]
    book.write(replace(look(START, Outcome.CHALLENGE, 0), checked_at=START + 2 * INTERVAL, detail="captcha"))
    assert sum(row.checks for row in rows(state)) == 3, "an answer is a look, whoever asked"
    CoverageBook(state, INTERVAL).write(replace(paused, checked_at=START + 3 * INTERVAL))
    assert sum(row.checks for row in rows(state)) == 4, "the turn of an ordinary run counts"
