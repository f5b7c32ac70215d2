"""The spike detector: both forms agree, nothing looks ahead, what nobody saw is not a zero."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.detectors.scs import ScsResult, score_series
from alerts.detectors.scs_constants import DEFAULTS
from alerts.detectors.scs_stream import ScsStream
from tests.unit.alerts.series_maker import DAY, Series, quiet, with_crisis, with_outage


def _array(series: Series, *, totals: bool = True, least: float = 0) -> ScsResult:
    constants = replace(DEFAULTS, open_min=least)
    return score_series(series.negative, series.total if totals else None, series.known, constants)


def _stream(series: Series, *, totals: bool = True, least: float = 0) -> ScsResult:
    stream = ScsStream(replace(DEFAULTS, open_min=least), has_totals=totals)
    rows = zip(series.negative.tolist(), series.total.tolist(), series.known.tolist(), strict=True)
    steps = [stream.update(x if known else None, n if totals and known else None) for x, n, known in rows]
    return ScsResult(*(np.array(column) for column in zip(*steps, strict=True)))


def _story(seed: int, days: int = 24) -> Series:
    series = with_crisis(quiet(days, per_bin=0.2 + seed % 5, seed=seed), 15 * DAY + 100, per_bin=10 + 4 * (seed % 5))
    series = with_outage(series, 10 * DAY + 20, 50)
    return with_outage(series, 16 * DAY + 30, 20, reported=False)


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_forms_give_the_same_scores(seed: int, totals: bool) -> None:
    """Array and stream agree on every column of a story with crisis and outages."""
    array, stream = _array(_story(seed), totals=totals), _stream(_story(seed), totals=totals)
    for name in ("score", "expected", "probability"):
        np.testing.assert_allclose(getattr(array, name), getattr(stream, name), rtol=1e-7, atol=1e-8, err_msg=name)
    for name in ("guard", "opens", "is_open"):
        np.testing.assert_array_equal(getattr(array, name), getattr(stream, name), err_msg=name)


def test_too_few_posts_open_nothing_in_either_form() -> None:
    """With a fewest count the first opening comes later, in the same bin of both forms."""
    few = [_array(_story(1), least=least).opens for least in (0, 100)]
    assert 0 < np.flatnonzero(few[0])[0] < np.flatnonzero(few[1])[0]
    np.testing.assert_array_equal(few[1], _stream(_story(1), least=100).opens)


@settings(max_examples=12, deadline=None)
@given(cut=st.integers(1, 24 * DAY), seed=st.integers(1, 5))
def test_the_future_does_not_change_the_past(cut: int, seed: int) -> None:
    """Scores of a prefix are the scores of the whole series up to there."""
    story = _story(seed)
    prefix = Series(story.negative[:cut], story.total[:cut], story.known[:cut])
    whole, part = _array(story), _array(prefix)
    np.testing.assert_allclose(whole.score[:cut], part.score, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(whole.opens[:cut], part.opens)


def test_a_crisis_opens_once_and_soon() -> None:
    """One notification, within half an hour, with a tiny probability and an ordinary expectation."""
    start = 20 * DAY + 120
    result = _array(with_crisis(quiet(24), start))
    opens = np.flatnonzero(result.opens)
    assert len(opens) == 1
    assert start <= opens[0] <= start + 6
    assert result.probability[opens[0]] < 1e-3
    assert result.expected[opens[0]] < 2
    assert not result.is_open[-1]


def test_quiet_weeks_are_quiet() -> None:
    """Ordinary talk raises nothing."""
    assert not _array(quiet(28, seed=7)).opens.any()


def test_a_busy_day_is_not_a_bad_day() -> None:
    """Ten times of everything leaves the share as it is: the guard holds, and without totals it would have fired."""
    series, burst = quiet(24), np.ones(24 * DAY)
    burst[20 * DAY + 100 : 20 * DAY + 150] = 10
    busy = Series(series.negative * burst, series.total * burst, series.known)
    assert not _array(busy).opens.any()
    assert _array(busy, totals=False).opens.any()


def test_unknown_bins_are_unknown() -> None:
    """Bins without coverage have no score and no probability, and raise nothing."""
    start = 20 * DAY
    result = _array(with_outage(with_crisis(quiet(24), start), start, 36))
    assert np.isnan(result.score[start : start + 36]).all()
    assert np.isnan(result.probability[start : start + 36]).all()
    assert not result.opens.any()


def test_nan_counts_are_unknown_too() -> None:
    """A missing number means the same as known=False."""
    series = quiet(6)
    gaps = series.negative.copy()
    gaps[1000:1010] = np.nan
    known = series.known.copy()
    known[1000:1010] = False
    np.testing.assert_array_equal(
        score_series(gaps, series.total).score, score_series(series.negative, series.total, known).score
    )


@pytest.mark.parametrize("reported", [True, False])
@pytest.mark.parametrize("length", [12, 72, 200])
def test_outages_raise_nothing(length: int, reported: bool) -> None:
    """Neither the silence nor the return to normal is an event, whether the outage was noticed or not."""
    assert not _array(with_outage(quiet(28, per_bin=3.0), 20 * DAY + 40, length, reported=reported)).opens.any()


def test_an_outage_does_not_lower_what_is_expected() -> None:
    """A reported outage leaves the expectation where it was; zeros would have halved it."""
    series = quiet(20, per_bin=5.0)
    plain = _array(series).expected
    reported = _array(with_outage(series, 17 * DAY, 2 * DAY)).expected
    pretended = _array(with_outage(series, 17 * DAY, 2 * DAY, reported=False)).expected
    after = slice(19 * DAY, 19 * DAY + 200)
    assert abs(reported[after].mean() / plain[after].mean() - 1) < 0.1
    assert pretended[after].mean() / plain[after].mean() < 0.9


def test_silent_until_history_exists() -> None:
    """A new subject cannot spike before two days have been seen."""
    result = _array(with_crisis(quiet(4), DEFAULTS.min_history - 40, length=30, per_bin=30))
    assert not result.opens[: DEFAULTS.min_history].any()


def test_a_second_wave_is_told_again() -> None:
    """Fresh fire 12 hours after the alert opens again, even on the tail of the first."""
    start = 20 * DAY
    story = with_crisis(with_crisis(quiet(26), start), start + 144, per_bin=25.0)
    opens = np.flatnonzero(_array(story).opens)
    assert len(opens) == 2
    assert start + 144 <= opens[1] <= start + 156


def test_an_empty_series_has_no_scores() -> None:
    """Zero bins in, zero bins out."""
    assert len(score_series(np.array([]), np.array([])).score) == 0


def test_streaming_is_cheap() -> None:
    """A bin costs far less than the half millisecond at which 500 subjects would no longer fit into a minute."""
    series = quiet(16)
    start = time.process_time()
    _stream(series)
    assert (time.process_time() - start) / len(series.negative) < 500e-6
