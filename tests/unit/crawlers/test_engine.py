"""Ledger, cursors, coverage and the pipeline: what counts as seen, when a mark moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.assertions import Assertions, Limits
from crawlers.backends.base import BackendBase, ceil_hour, split_slice
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.jobs import Jobs, Window
from crawlers.ledger import Ledger, PageRead
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.pipelines.intake import newest_by_id
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionKind, Platform

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江银行")
OK, LIMITED = Verdict(Outcome.OK), Verdict(Outcome.RATE_LIMITED, "http_418")


class Backend(BackendBase):
    """A backend that is asked nothing here."""

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """Nothing."""
        return ()

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """Nothing."""
        return PageResult(OK)


@dataclass
class Books:
    """A ledger and the stores behind it."""

    state: InMemoryStateStore = field(default_factory=InMemoryStateStore)

    def __post_init__(self) -> None:
        """Wire them."""
        clock = FakeClock(NOW)
        self.cursors = Cursors(self.state, "weibo", clock)
        self.ledger = Ledger("weibo", Backend((TERM,)), CoverageBook(self.state), self.cursors, clock)

    def announce(self, pieces: Sequence[Slice]) -> None:
        """The window of the query is made of these."""
        self.ledger.announce("q", Window(pieces[0].since, tuple(pieces)))

    def coverage(self) -> list[Mapping[str, object]]:
        """The rows."""
        return [row.body for row in self.state.find("coverage")]

    def mark(self) -> datetime | None:
        """The cursor."""
        cursor = self.cursors.load("q")
        return cursor.high_water if cursor else None


def hours(first: int, last: int) -> Slice:
    """A slice of the day."""
    start = datetime(2026, 3, 13, tzinfo=UTC)
    return Slice(TERM, start + timedelta(hours=first), start + timedelta(hours=last))


def read(books: Books, piece: Slice, *verdicts: Verdict) -> None:
    """All pages of a slice come in."""
    for _ in verdicts:
        books.ledger.expect(piece)
    for verdict in verdicts:
        books.ledger.settle(PageRead(piece, PageResult(verdict)))


def test_the_cursor_moves_when_every_page_is_stored_and_not_before() -> None:
    """The last page closes the slice."""
    books, piece = Books(), hours(0, 6)
    books.announce([piece])
    books.ledger.expect(piece)
    books.ledger.expect(piece)
    books.ledger.settle(PageRead(piece, PageResult(OK)))
    assert books.mark() is None
    assert books.coverage() == []
    books.ledger.settle(PageRead(piece, PageResult(OK)))
    assert books.mark() == piece.until
    assert [row["status"] for row in books.coverage()] == ["ok"]


@pytest.mark.parametrize("bad", sorted(set(Outcome) - {Outcome.OK, Outcome.OK_EMPTY}))
def test_one_page_that_was_not_seen_holds_the_cursor(bad: Outcome) -> None:
    """Whatever the reason."""
    books, piece = Books(), hours(0, 6)
    books.announce([piece])
    read(books, piece, OK, Verdict(bad, "sign"), OK)
    assert books.mark() is None
    assert [(row["status"], row["detail"]) for row in books.coverage()] == [(bad.value, "sign")]


def test_the_cursor_goes_over_windows_in_order_and_stops_at_the_first_gap() -> None:
    """A later window that was seen does not carry the mark over an earlier one that was not."""
    books = Books()
    early, middle, late = hours(0, 6), hours(6, 12), hours(12, 18)
    books.announce([early, middle, late])
    read(books, late, OK)
    assert books.mark() is None
    read(books, early, OK)
    assert books.mark() == early.until
    read(books, middle, LIMITED)
    assert books.mark() == early.until


@given(st.permutations(range(4)), st.integers(0, 3))
def test_whatever_the_order_the_mark_ends_at_the_first_gap(order: list[int], gap: int) -> None:
    """Slices may end in any order."""
    books = Books()
    pieces = [hours(i, i + 1) for i in range(4)]
    books.announce(pieces)
    for i in order:
        read(books, pieces[i], LIMITED if i == gap else OK)
    assert books.mark() == (pieces[gap].since if gap else None)


def test_a_split_window_is_complete_when_all_its_pieces_are() -> None:
    """Coverage tells the pieces, without a gap."""
    books, whole = Books(), hours(0, 24)
    pieces = split_slice(whole)
    books.announce([whole])
    books.ledger.expect(whole)
    for piece in pieces:
        books.ledger.expect(piece)
    books.ledger.settle(PageRead(whole, PageResult(OK, split=pieces)))
    assert books.mark() is None
    for piece in pieces[:-1]:
        books.ledger.settle(PageRead(piece, PageResult(OK)))
    assert books.mark() == pieces[-2].until
    books.ledger.settle(PageRead(pieces[-1], PageResult(OK)))
    assert books.mark() == whole.until
    spans = sorted((str(row["since"]), str(row["until"])) for row in books.coverage())
    assert all(before[1] >= after[0] for before, after in pairwise(spans))
    assert [datetime.fromisoformat(edge) for edge in (spans[0][0], spans[-1][1])] == [whole.since, whole.until]
    assert books.ledger.tally.complete == len(pieces)


def test_a_run_cut_off_in_a_split_window_keeps_what_it_read() -> None:
    """A window too long for one run is read over several: the mark stands at the first piece that was not seen."""
    books, whole = Books(), hours(0, 48)
    days = split_slice(whole)
    parts = split_slice(days[1])
    books.announce([whole])
    for piece in (whole, *days, *parts):
        books.ledger.expect(piece)
    books.ledger.settle(PageRead(whole, PageResult(OK, split=days)))
    books.ledger.settle(PageRead(days[0], PageResult(OK)))
    books.ledger.settle(PageRead(days[1], PageResult(OK, split=parts)))
    for piece in (*parts[:3], parts[4]):
        books.ledger.settle(PageRead(piece, PageResult(OK)))
    books.ledger.abandon()
    assert books.mark() == parts[2].until
    assert {str(row["detail"]) for row in books.coverage() if row["status"] != "ok"} == {"interrupted"}


def test_what_is_refused_below_a_window_that_was_cut_counts_for_its_parts() -> None:
    """The parts do not ask for those comments again: none of them is seen before they are, nor when they are not."""
    books, whole = Books(), hours(0, 3)
    pieces = split_slice(whole)
    books.announce([whole])
    for piece in (whole, whole, whole, *pieces):
        books.ledger.expect(piece)
    books.ledger.settle(PageRead(whole, PageResult(OK)))
    books.ledger.settle(PageRead(whole, PageResult(OK, split=pieces)))
    for piece in pieces[:2]:
        books.ledger.settle(PageRead(piece, PageResult(OK)))
    assert (books.coverage(), books.mark()) == ([], None)
    books.ledger.settle(PageRead(whole, PageResult(LIMITED)))
    books.ledger.settle(PageRead(pieces[2], PageResult(OK)))
    assert {row["status"] for row in books.coverage()} == {"rate_limited"}
    assert (books.mark(), books.ledger.tally.incomplete) == (None, 3)


def test_parts_are_seen_when_the_last_page_below_their_window_is() -> None:
    """Also where the parts were cut once more, and where the run ends in between."""
    for last, mark in ((OK, hours(0, 25).until), (None, None)):
        books, whole = Books(), hours(0, 25)
        days = split_slice(whole)
        parts = split_slice(days[0])
        books.announce([whole])
        for piece in (whole, whole, *days, *parts):
            books.ledger.expect(piece)
        books.ledger.settle(PageRead(whole, PageResult(OK, split=days)))
        books.ledger.settle(PageRead(days[0], PageResult(OK, split=parts)))
        for piece in (*parts, *days[1:]):
            books.ledger.settle(PageRead(piece, PageResult(OK)))
        assert books.mark() is None
        if last is not None:
            books.ledger.settle(PageRead(whole, PageResult(last)))
        books.ledger.abandon()
        assert books.mark() == mark


def test_the_end_of_a_run_is_no_refusal_of_the_parts_that_wait_for_their_window() -> None:
    """Their own pages came: the next run reads them again, and no wait is counted; a refusal of their own is."""
    books, whole = Books(), hours(0, 3)
    pieces = split_slice(whole)
    jobs = Jobs(books.state, "weibo", TERM, FakeClock(NOW), timedelta(0))
    books.ledger.announce("q", Window(whole.since, (whole,)), jobs)
    for piece in (whole, whole, *pieces):
        books.ledger.expect(piece)
        books.ledger.arrived(piece)
    books.ledger.settle(PageRead(whole, PageResult(OK, split=pieces)))
    for piece, verdict in zip(pieces, (OK, OK, LIMITED), strict=True):
        books.ledger.settle(PageRead(piece, PageResult(verdict)))
    books.ledger.abandon()
    (cut,) = books.state.find("job")
    assert [bool(part["wait"]) for part in cast(Sequence[Mapping[str, object]], cut.body["left"])] == [
        False,
        False,
        True,
    ]
    assert {str(row["status"]) for row in books.coverage()} == {"transport", "rate_limited"}


def test_the_regions_of_an_hour_are_told_together_and_the_mark_waits_for_the_last() -> None:
    """A kill between two of them must not leave an hour that looks complete."""
    books, hour = Books(), hours(0, 1)
    regions = [replace(hour, region=region) for region in ("11", "31", "44")]
    books.announce([hour])
    for piece in (hour, *regions):
        books.ledger.expect(piece)
    books.ledger.settle(PageRead(hour, PageResult(OK, split=tuple(regions))))
    books.ledger.settle(PageRead(regions[0], PageResult(OK, saturated=True)))
    books.ledger.settle(PageRead(regions[2], PageResult(OK)))
    assert (books.coverage(), books.mark()) == ([], None)
    books.ledger.settle(PageRead(regions[1], PageResult(LIMITED)))
    told = {row["region"]: (row["status"], row["saturated"]) for row in books.coverage()}
    assert told == {"11": ("ok", True), "31": ("rate_limited", False), "44": ("ok", False)}
    assert books.mark() is None


def test_what_was_told_of_regions_goes_when_the_whole_hour_is_seen() -> None:
    """And the regions of two hours are never joined: the rows of one region would hide the gap of another."""
    state = InMemoryStateStore()
    book = CoverageBook(state)
    for first in (0, 1):
        for region, status in (("11", Outcome.OK), ("31", Outcome.BLOCKED if first else Outcome.OK)):
            piece = hours(first, first + 1)
            book.write(Coverage("weibo", "q", piece.since, piece.until, status, NOW, region=region))
    assert len(state.find("coverage")) == 4
    whole = hours(1, 2)
    book.write(Coverage("weibo", "q", whole.since, whole.until, Outcome.OK, NOW))
    assert [(row.body["region"], row.body["status"]) for row in state.find("coverage")] == [
        ("11", "ok"),
        ("31", "ok"),
        ("", "ok"),
    ]


def test_unsettled_and_auxiliary_pages_do_not_judge_the_slice() -> None:
    """A page that will be asked for again, and a long text that was lost."""
    books, piece = Books(), hours(0, 6)
    books.announce([piece])
    for _ in range(3):
        books.ledger.expect(piece)
    books.ledger.settle(PageRead(piece, PageResult(LIMITED, unsettled=True)))
    books.ledger.settle(PageRead(piece, PageResult(Verdict(Outcome.NOT_FOUND), auxiliary=True)))
    books.ledger.settle(PageRead(piece, PageResult(OK)))
    assert [row["status"] for row in books.coverage()] == ["ok"]


def test_a_run_that_is_cut_off_claims_nothing_for_open_slices() -> None:
    """They end as transport, and the mark stays."""
    books, piece = Books(), hours(0, 6)
    books.announce([piece])
    books.ledger.expect(piece)
    books.ledger.expect(piece)
    books.ledger.settle(PageRead(piece, PageResult(OK)))
    books.ledger.abandon()
    assert [(row["status"], row["detail"]) for row in books.coverage()] == [("transport", "interrupted")]
    assert books.mark() is None


def test_the_cursor_never_goes_back() -> None:
    """An older window, looked at again, leaves the mark where it is."""
    books = Books()
    books.cursors.advance("q", NOW)
    books.cursors.advance("q", NOW - timedelta(hours=3))
    assert books.mark() == NOW


def test_a_run_begins_at_the_back_fill_or_at_the_overlap() -> None:
    """A mark in the future (a clock that went back) does not make the window empty."""
    books = Books()
    week, overlap = timedelta(days=7), timedelta(hours=2)
    assert books.cursors.begin("q", NOW, week, overlap) == NOW - week
    later = NOW + timedelta(hours=5)
    assert books.cursors.begin("q", later, week, overlap) == NOW - week, "a refused back-fill must not slide on"
    assert books.cursors.begin("q", NOW, 2 * week, overlap) == NOW - 2 * week
    books.cursors.advance("q", NOW - timedelta(minutes=10))
    assert books.cursors.begin("q", NOW, week, overlap) == NOW - overlap
    assert books.cursors.begin("q", NOW - timedelta(days=1), week, overlap) == NOW - timedelta(days=1, hours=2)


def test_a_back_fill_goes_on_at_its_mark_without_overlap() -> None:
    """What was long over when it was read came completely; reading it again would hold up a long back-fill."""
    books = Books()
    books.cursors.advance("q", NOW - timedelta(days=3))
    assert books.cursors.begin("q", NOW, timedelta(days=7), timedelta(hours=2)) == NOW - timedelta(days=3)


def test_a_look_replaces_the_earlier_looks_inside_it_that_saw_no_more() -> None:
    """Refusals that were made good disappear; what was once seen stays seen; other queries are left alone."""
    state = InMemoryStateStore()
    book = CoverageBook(state)
    row = Coverage("weibo", "q", NOW - timedelta(hours=2), NOW, Outcome.CHALLENGE, NOW)

    def statuses() -> list[str]:
        return sorted(str(found.body["status"]) for found in state.find("coverage", {"query": "q"}))

    book.write(replace(row, query="other"))
    book.write(row)
    book.write(replace(row, until=NOW + timedelta(hours=1), status=Outcome.BLOCKED))
    assert statuses() == ["blocked"]
    book.write(replace(row, until=NOW + timedelta(hours=2), status=Outcome.OK))
    assert statuses() == ["ok"]
    book.write(replace(row, until=NOW + timedelta(hours=3), status=Outcome.CHALLENGE))
    assert statuses() == ["challenge", "ok"]
    book.write(replace(row, until=NOW + timedelta(hours=3), status=Outcome.OK, saturated=True))
    assert statuses() == ["ok", "ok"]
    assert len(state.find("coverage", {"query": "other"})) == 1


@given(st.integers(0, 400), st.integers(1, 400))
def test_pieces_cover_a_window_without_gap_or_overlap(start: int, length: int) -> None:
    """Days, then hours, then nothing smaller."""
    begin = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=30 * start)
    whole = Slice(TERM, begin, begin + timedelta(minutes=30 * length))
    pieces = split_slice(whole)
    if not pieces:
        assert ceil_hour(whole.until) - whole.since <= timedelta(hours=2)
        return
    assert pieces[0].since == whole.since
    assert pieces[-1].until == whole.until
    assert all(a.until == b.since for a, b in pairwise(pieces))
    assert max(piece.until - piece.since for piece in pieces) <= timedelta(days=1)
    assert len(pieces) > 1


def draft(text: str, truncated: bool = False, native_id: str = "1") -> Draft:
    """A draft."""
    return Draft(
        platform=Platform.WEIBO,
        kind=MentionKind.POST,
        native_id=native_id,
        url="u",
        text=text,
        published_at=NOW,
        text_truncated=truncated,
        author_id="1000200030",
        author_name="某某某",
    )


def test_one_mention_in_a_batch_and_the_whole_text_wins() -> None:
    """In any order; a later sighting wins among equals."""
    short, whole, later = draft("短", True), draft("完整"), draft("改过")
    assert newest_by_id([short, whole]) == [whole]
    assert newest_by_id([whole, short]) == [whole]
    assert newest_by_id([whole, later, draft("别的", native_id="2")]) == [later, draft("别的", native_id="2")]


def test_nothing_private_in_a_repr() -> None:
    """Whatever ends in a log line by accident."""
    page = PageRequest("https://x/?token=secret1", "search", headers={"Cookie": "SUB=secret2"}, draft=draft("私密内容"))
    shown = repr(page) + repr(PageRead(hours(0, 1), PageResult(OK, (draft("私密内容"),)), (draft("私密内容"),)))
    shown += repr(Reply("https://x/?token=secret1", 200, b"secret3", {"set-cookie": "secret4"}))
    assert not any(word in shown for word in ("secret", "私密内容", "某某某", "1000200030"))


@pytest.mark.parametrize(
    ("read_well", "unreadable", "told"),
    [(6, 5, True), (4, 1, True), (8, 2, True), (9, 2, False), (3, 1, False), (0, 7, False), (20, 0, False)],
)
def test_a_page_of_which_a_fifth_cannot_be_read_is_told(read_well: int, unreadable: int, told: bool) -> None:
    """What was read counts and the cursor moves, but the numbers are a lower bound and the operator sees why."""
    books, piece = Books(), hours(0, 6)
    books.ledger = Ledger(
        *("weibo", Backend((TERM,)), CoverageBook(books.state), books.cursors, FakeClock(NOW)),
        assertions=Assertions(books.state, "weibo", FakeClock(NOW), Limits()),
    )
    books.announce([piece])
    drafts = tuple(
        Draft(Platform.WEIBO, MentionKind.POST, str(number), "https://weibo.com/1", "正文", piece.since)
        for number in range(read_well)
    )
    books.ledger.expect(piece)
    books.ledger.settle(PageRead(piece, PageResult(OK, drafts, notes={"unreadable": unreadable}), ()))
    books.ledger.finish()
    (row,) = books.coverage()
    assert (row["status"], row["detail"]) == ("ok", "some_unreadable" if told else "")
    assert row["saturated"] is told
    assert books.mark() == piece.until
    assert books.ledger.tally.health is not None
    assert books.ledger.tally.health["violations"] == (["some_unreadable"] if told else [])
