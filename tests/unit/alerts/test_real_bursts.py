"""How real readings become series, and when a burst on them begins: the parts of the backtest that need no data."""

from datetime import datetime, timedelta
from math import nan

import numpy as np
import pytest

from alerts.coverage_bins import Window
from alerts.series import Series
from benchmarks.real_bursts_detectors import Said, why_missed
from benchmarks.real_bursts_judging import Burst, bursts, change, hourly, judge, ordinary_line, weeks
from benchmarks.real_bursts_series import (
    DAY_BINS,
    HISTORY,
    HOUR_BINS,
    SHANGHAI,
    SPAN,
    WEEK_BINS,
    Reading,
    Reposts,
    calm,
    drawn_rumours,
    rumour_case,
    series_of_readings,
    spread,
)

START = datetime(2026, 2, 2, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
DAYS = 28


def _series(extra: dict[int, float] | None = None, unknown: slice = slice(0, 0)) -> Series:
    """Four weeks of a negative post every half hour and three others with it; `extra` negatives come on top."""
    negative = np.zeros(DAYS * DAY_BINS)
    negative[::6] = 1.0
    for place, count in (extra or {}).items():
        negative[place : place + HOUR_BINS] += count
    total = negative + 3 * (np.arange(len(negative)) % 6 == 0)
    known = np.ones(len(negative), bool)
    known[unknown] = False
    return Series(Window(START, len(negative)), negative, total, known)


@pytest.mark.parametrize("hour", [0.0, 1.0, 7.4, 26.0, 454.1])
def test_an_hour_keeps_its_sum_in_whole_counts(hour: float) -> None:
    """Twelve whole counts, evenly spread, add up to the rounded reading."""
    counts = spread(np.array([hour]))
    assert len(counts) == HOUR_BINS
    assert counts.sum() == round(hour)
    assert set(np.unique(counts)) <= {hour // 12, hour // 12 + 1}


def test_readings_become_counts_and_an_unread_hour_is_unknown() -> None:
    """Heat counts in ten thousands, negative topics apart; an hour without a reading is not a zero."""
    readings = [Reading(START, "a", 240_000), Reading(START, "b", 120_000), Reading(START + 3 * HOUR, "b", 60_000)]
    hours = {START, START + HOUR, START + 3 * HOUR}
    series = series_of_readings(readings, hours, {"a"}.__contains__)
    assert series.window == Window(START, 4 * HOUR_BINS)
    by_hour = [column.reshape(-1, HOUR_BINS).sum(axis=1).tolist() for column in (series.negative, series.total)]
    assert by_hour == [[24, 0, 0, 0], [36, 0, 0, 6]]
    assert series.known.reshape(-1, HOUR_BINS).all(axis=1).tolist() == [True, True, False, True]


def test_a_topic_without_a_figure_makes_its_hour_unknown() -> None:
    """A topic that stands on the list with heat 0 has no figure: how much was said is not known."""
    series = series_of_readings([Reading(START, "a", 0)], {START, START + HOUR}, {"a"}.__contains__)
    assert not series.known[:HOUR_BINS].any()
    assert series.known[HOUR_BINS:].all()


def test_the_change_is_where_the_rate_rises() -> None:
    """The best parting of two rates is found, and a series that falls or stays has none."""
    assert change(np.array([1.0, 0, 1, 0, 1, 7, 9, 8])) == 5
    assert change(np.array([0.0, 0, 0, 4])) == 3
    assert change(np.array([9.0, 8, 1, 0])) == 0
    assert change(np.array([2.0, 2, 2])) == 0


def test_a_burst_begins_with_the_change_and_ends_with_its_last_high_hour() -> None:
    """Nothing but the hours above what ordinary days reach is a burst; its begin lies before it crossed the line."""
    place = 20 * DAY_BINS + 3
    (burst,) = bursts(_series({place: 3.0}), 0)
    assert burst.begin == place
    assert place + HOUR_BINS <= burst.end < place + 2 * HOUR_BINS
    assert burst.line == 10
    assert 36 <= burst.peak <= 38
    assert burst.is_big
    assert burst.is_worse


def test_two_high_hours_of_one_day_are_one_burst_and_of_two_days_two() -> None:
    """Less than twelve hours of quiet do not part a burst."""
    place = 20 * DAY_BINS
    assert len(bursts(_series({place: 3.0, place + 8 * HOUR_BINS: 3.0}), 0)) == 1
    assert len(bursts(_series({place: 3.0, place + 20 * HOUR_BINS: 3.0}), 0)) == 2


def test_a_burst_before_the_judged_part_is_left_out() -> None:
    """What begins while the detector still learns is not counted."""
    series = _series({5 * DAY_BINS: 3.0})
    assert bursts(series, 0)
    assert not bursts(series, 14 * DAY_BINS)


def test_unknown_hours_neither_make_nor_begin_a_burst() -> None:
    """Counts in unknown bins mean nothing, and a burst begins no earlier than somebody looked."""
    place = 20 * DAY_BINS
    assert not bursts(_series({place: 3.0}, slice(place, place + HOUR_BINS)), 0)
    seen_late = _series({place: 3.0, place + HOUR_BINS: 3.0}, slice(place - HOUR_BINS, place + HOUR_BINS))
    (burst,) = bursts(seen_late, 0)
    assert burst.begin >= place + HOUR_BINS
    assert weeks(seen_late, 0) == pytest.approx(DAYS / 7 - 2 * HOUR_BINS / WEEK_BINS)


def test_a_day_of_which_nothing_is_known_is_no_quiet_day() -> None:
    """Unread days do not lower what ordinary days reach."""
    series = _series({day * DAY_BINS: 2.0 for day in range(DAYS)})
    hours = hourly(series)
    line = ordinary_line(hours, series.known)
    half = series.known.copy()
    half[: DAYS // 2 * DAY_BINS + DAY_BINS] = False
    assert line[-1] == ordinary_line(np.where(half, hours, 0.0), half)[-1] > 20


def test_more_of_everything_is_a_burst_but_not_a_worse_one() -> None:
    """The negative share tells a campaign from a scandal."""
    place = 20 * DAY_BINS
    series = _series({place: 3.0})
    series.total[place : place + HOUR_BINS] += 9.0
    (burst,) = bursts(series, 0)
    assert not burst.is_worse


def test_alerts_are_matched_with_bursts() -> None:
    """The first alert near a burst finds it, later ones repeat it, too late ones do not find it, others are false."""
    found = [Burst(1_000, 1_100, 50, 10, 2.0), Burst(5_000, 5_010, 50, 10, 2.0), Burst(9_000, 9_010, 50, 10, 2.0)]
    judged = judge([500, 995, 1_003, 1_200, 5_100, 7_000, 9_002], found, 600)
    assert judged.delays == (0, None, 15)
    assert judged.repeats == 3
    assert judged.false == (7_000,)


def test_an_alert_at_the_begin_of_a_burst_is_no_repetition_of_the_one_before() -> None:
    """Two bursts within a day keep their own alerts."""
    found = [Burst(1_000, 1_100, 50, 10, 2.0), Burst(1_250, 1_300, 50, 10, 2.0)]
    judged = judge([1_002, 1_120, 1_245, 1_252], found, 0)
    assert judged.delays == (15, 0)
    assert judged.repeats == 2
    assert not judged.false


def _reposts() -> Reposts:
    """Three posts: a rumour passed on 120 times within two hours, an ordinary post and a rumour of long ago."""
    begin = datetime(2013, 5, 6, 9, 30, tzinfo=SHANGHAI).timestamp()
    own = begin + 60.0 * np.arange(120)
    ordinary = begin - 86_400 * 70 + 600.0 * np.arange(4_000)
    old = begin - 86_400 * 300 + 10.0 * np.arange(50)
    at = np.concatenate((old, ordinary, own))
    root = np.repeat([2, 1, 0], [50, 4_000, 120])
    order = np.argsort(at)
    negative = (root == 0) & (np.arange(len(root)) % 2 == 0)
    return Reposts(root[order], at[order], negative[order], np.array([True, False, True]))


def test_only_rumours_with_a_burst_are_drawn() -> None:
    """A rumour needs a hundred reposts in two days, and six weeks of the corpus before it."""
    reposts = _reposts()
    ((root, begin),) = drawn_rumours(reposts, 10, 1)
    assert root == 0
    assert datetime.fromtimestamp(begin, SHANGHAI).hour == 9


def test_a_rumour_stands_whole_before_its_background() -> None:
    """All its reposts are there at their own time, and the background is others' alone."""
    reposts = _reposts()
    ((root, begin),) = drawn_rumours(reposts, 10, 1)
    case = rumour_case(reposts, "传闻·平静", 1, root, begin)
    assert case.starts == HISTORY + 9 * HOUR_BINS + 6
    own = slice(case.starts, case.starts + 2 * HOUR_BINS)
    assert case.series.negative[own].sum() == 60
    assert case.series.negative.sum() == 60
    assert 120 <= case.series.total[own].sum() <= 122
    assert 0 < case.series.total.sum() - 120 < 4_000 * 0.02


def test_the_calm_background_keeps_weekday_and_time_of_day() -> None:
    """Posts are moved by whole weeks, and those of rumours are left out."""
    reposts = _reposts()
    start = datetime(2013, 3, 25, tzinfo=SHANGHAI)
    offset = calm(reposts, start.timestamp(), np.zeros(len(reposts.at)))
    assert np.isnan(offset[reposts.is_rumour[reposts.root]]).all()
    kept = np.isfinite(offset)
    assert ((offset[kept] >= 0) & (offset[kept] < SPAN * 300)).all()
    moved = (start.timestamp() + offset[kept] - reposts.at[kept]) / (7 * 86_400)
    np.testing.assert_allclose(moved, np.rint(moved), atol=1e-9)


@pytest.mark.parametrize(("score", "guard", "why"), [(0.5, True, "score"), (1.5, False, "share"), (1.5, True, "pause")])
def test_why_a_burst_was_missed(score: float, guard: bool, why: str) -> None:
    """Not unusual, unusual but not worse, or held back: what is outside the burst does not count."""
    quiet, loud = Said(nan, 0.0, False, False), Said(9.0, 0.0, True, False)
    during = Said(score, 0.0, guard, False)
    bins = [loud, *[quiet] * 10, during, *[quiet] * 100, loud]
    assert why_missed(bins, Burst(5, 20, 50, 10, 2.0)) == why
