"""The series of a subject: in time or not, seen or not, imported or polled."""

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from alerts.coverage_bins import BIN, MAXIMUM_LAG, SourceCoverage, Window, load_coverage
from alerts.series import Series, SeriesBuilder, closed_window
from tests.unit.alerts.bank import DAY, MINUTE, NOW, SUBJECTS, Bank, annotation
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Coverage, Outcome

HOUR = timedelta(hours=1)
WINDOW = Window(NOW - DAY, 288)


def _series(bank: Bank, window: Window = WINDOW, interval: timedelta = BIN) -> Series:
    coverage = load_coverage(bank.state, {"weibo": interval}, window.start - DAY)
    return SeriesBuilder(bank.mentions, coverage).build(SUBJECTS[0], window)


def _bins(series: Series, values: NDArray[np.generic]) -> list[int]:
    return [int(i) for i in np.flatnonzero(values)] if series.window.bins else []


def test_posts_count_in_the_bin_of_their_publication() -> None:
    """Negative and all, by publication; the other subject's posts stay out."""
    bank = Bank.empty()
    bank.polls(WINDOW.start, NOW)
    bank.post(WINDOW.start + 62 * MINUTE)
    bank.post(WINDOW.start + 63 * MINUTE, label=SentimentLabel.NEUTRAL)
    bank.post(WINDOW.start + 63 * MINUTE, subjects=("haizhou",))
    series = _series(bank)
    assert (_bins(series, series.negative), _bins(series, series.total)) == ([12], [12])
    assert (series.negative[12], series.total[12]) == (1, 2)
    assert series.known.all()


@pytest.mark.parametrize(("lag", "counts"), [(4, 1), (10, 1), (11, 0), (300, 0)])
def test_late_posts_are_left_out(lag: int, counts: int) -> None:
    """With five-minute polls a post may come ten minutes after its publication, not later."""
    bank = Bank.empty()
    bank.polls(WINDOW.start - HOUR, NOW)
    bank.post(NOW - 6 * HOUR, lag=lag * MINUTE)
    assert _series(bank).total.sum() == counts


def test_slower_polls_allow_more() -> None:
    """Half-hourly polls: an hour."""
    bank = Bank.empty()
    bank.cover(WINDOW.start - HOUR, WINDOW.start)
    bank.post(NOW - 6 * HOUR, lag=55 * MINUTE)
    assert _series(bank, interval=30 * MINUTE).total.sum() == 1


def test_history_from_before_the_first_poll_counts() -> None:
    """What the first crawl brought back-dated is the baseline; what came late afterwards is not counted."""
    bank = Bank.empty()
    first = NOW - 10 * HOUR
    bank.cover(NOW - DAY, first)
    bank.polls(first, NOW)
    bank.post(NOW - 20 * HOUR, lag=10 * HOUR)
    bank.post(NOW - 8 * HOUR, lag=3 * HOUR)
    series = _series(bank)
    assert _bins(series, series.total) == [48]
    assert series.known.all()


def test_bins_without_a_complete_look_are_unknown() -> None:
    """Two hours of captcha are two hours unknown; the catch-up afterwards does not make them known."""
    bank = Bank.empty()
    start = WINDOW.start + 10 * HOUR
    bank.polls(WINDOW.start - HOUR, start)
    at = start + 5 * MINUTE
    while at < start + 2 * HOUR:
        bank.cover(start - 30 * MINUTE, at, Outcome.CHALLENGE)
        at += 5 * MINUTE
    bank.cover(start - 30 * MINUTE, start + 2 * HOUR)  # everything at once
    bank.polls(start + 2 * HOUR + 5 * MINUTE, NOW)
    unknown = _bins(_series(bank), ~_series(bank).known)
    assert unknown[0] == 120
    assert 20 <= len(unknown) <= 24  # the last bins were still seen in time by the catch-up


def test_bins_that_nobody_has_looked_at_yet_are_unknown() -> None:
    """After the last poll nothing is known, and a subject of which nothing was ever seen is unknown everywhere."""
    bank = Bank.empty()
    assert not _series(bank).known.any()
    bank.polls(WINDOW.start, NOW - HOUR)
    assert _bins(_series(bank), ~_series(bank).known) == list(range(276, 288))


def test_a_small_source_in_the_dark_is_no_reason_to_stop() -> None:
    """A source that brings a tenth may be blocked; one that brings half may not."""
    for small, known in ((1, True), (9, False)):
        bank = Bank.empty()
        bank.polls(WINDOW.start, NOW)
        bank.cover(WINDOW.start, NOW - HOUR, source="douyin")
        bank.cover(NOW - HOUR, NOW, Outcome.AUTH_REQUIRED, source="douyin")
        for i in range(10):
            bank.post(NOW - 5 * HOUR + i * MINUTE)
        for i in range(small):
            bank.post(NOW - 5 * HOUR + i * MINUTE, source="douyin")
        assert bool(_series(bank).known[-3]) is known


def test_imports_are_known_from_their_first_to_their_last_post() -> None:
    """Without any coverage the data itself says what is known."""
    bank = Bank.empty()
    bank.post(WINDOW.start + HOUR, source="import", lag=30 * DAY)
    bank.post(WINDOW.start + 3 * HOUR, source="import", lag=30 * DAY)
    series = _series(bank)
    assert _bins(series, series.known) == list(range(12, 37))
    assert series.total.sum() == 2


def test_posts_without_coverage_records_stay_a_baseline() -> None:
    """Records of coverage may be gone; the posts of that time still say what is usual."""
    bank = Bank.empty()
    bank.post(WINDOW.start + HOUR)
    bank.polls(NOW - 2 * HOUR, NOW)
    assert _bins(_series(bank), ~_series(bank).known) == list(range(12))


def test_points_say_unknown_as_none() -> None:
    """The domain's series has None where nothing is known."""
    bank = Bank.empty()
    bank.polls(WINDOW.start, NOW - HOUR)
    points = _series(bank).points(14)
    assert [point.negative for point in points] == [0, 0, *[None] * 12]
    assert points[-1].start == NOW - BIN


def test_the_window_moves_once_a_day() -> None:
    """Looks of the same day begin at the same bin, so an event keeps its start."""
    early, late = closed_window(NOW), closed_window(NOW + 3 * HOUR)
    assert early.start == late.start
    assert early.end == NOW


def test_slow_crawls_stretch_the_lag_and_outages_do_not() -> None:
    """Polls that take twelve minutes allow 24; one gap of a day changes nothing; three hours is the most."""

    def coverage(minutes: list[int]) -> SourceCoverage:
        at, rows = NOW, [Coverage("weibo", "q", NOW - i * DAY, NOW - i * DAY, Outcome.OK, NOW) for i in range(9)]
        for gap in minutes:
            at += gap * MINUTE
            # A look takes a while and is written slice by slice.
            rows += [Coverage("weibo", "q", NOW, at, Outcome.OK, at + i * MINUTE) for i in range(3)]
        return SourceCoverage("weibo", BIN, {"q": rows})

    assert coverage([12] * 10).lag == 24 * MINUTE
    assert coverage([5] * 6 + [1440] + [5] * 6).lag == 10 * MINUTE
    assert coverage([300] * 10).lag == MAXIMUM_LAG


def test_bins_whose_posts_wait_for_scores_are_unknown() -> None:
    """A post that no model has read yet is not a zero; once it is scored its bin is known."""
    bank = Bank.empty()
    bank.polls(WINDOW.start, NOW)
    for i in range(9):
        bank.post(NOW - 3 * HOUR + i * timedelta(seconds=20))
    waiting = [
        bank.made(at, lag=MINUTE, subjects=("yunjiang",), source="weibo") for at in (NOW - 3 * HOUR, NOW - 2 * HOUR)
    ]
    bank.mentions.add(waiting)
    assert _bins(_series(bank), ~_series(bank).known) == [264]  # one of ten in the other bin is no reason to stop
    bank.mentions.annotate([annotation(each, SentimentLabel.NEGATIVE, 2, "app") for each in waiting])
    series = _series(bank)
    assert series.known.all()
    assert series.negative[264] == 1


def test_imported_posts_wait_for_scores_too() -> None:
    """What was imported and not scored yet says nothing about negatives."""
    bank = Bank.empty()
    bank.post(NOW - 3 * HOUR, source="import")
    bank.mentions.add([bank.made(NOW - 2 * HOUR, lag=MINUTE, subjects=("yunjiang",), source="import")])
    assert _bins(_series(bank), _series(bank).known) == list(range(252, 264))


@pytest.mark.parametrize(("lag", "now"), [(12, 15), (50, 60), (170, 180)])
def test_where_everything_comes_late_late_posts_count(lag: int, now: int) -> None:
    """Sources that are read in time and show posts late: those posts count, and the newest bins are unknown."""
    bank = Bank.empty()
    bank.polls(WINDOW.start - HOUR, NOW)
    for i in range(30):
        bank.post(NOW - 9 * HOUR + i * 15 * MINUTE, lag=lag * MINUTE)
    series = _series(bank)
    assert series.delays == {"weibo": now * MINUTE}
    assert series.total.sum() == 30
    assert _bins(series, ~series.known) == list(range(288 - now // 5, 288))


def test_posts_that_come_later_than_can_be_judged_leave_unknown_bins() -> None:
    """Five hours late: nothing is known of those hours, and it is not called silence."""
    bank = Bank.empty()
    bank.polls(WINDOW.start - HOUR, NOW)
    for i in range(20):
        bank.post(NOW - 6 * HOUR + i * 15 * MINUTE, lag=5 * HOUR)
    series = _series(bank)
    assert series.total.sum() == 0
    assert not series.known[-72:].any()


def test_a_few_late_posts_change_nothing() -> None:
    """Four late ones among many in time are left out, as ever."""
    bank = Bank.empty()
    bank.polls(WINDOW.start - HOUR, NOW)
    for i in range(20):
        bank.post(NOW - 5 * HOUR + i * 10 * MINUTE, lag=40 * MINUTE if i % 5 == 0 else MINUTE)
    series = _series(bank)
    assert series.delays == {}
    assert series.total.sum() == 16
    assert series.known.all()
