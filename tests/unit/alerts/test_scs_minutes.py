"""The open bin, minute by minute: told earlier, told once, from nothing that comes later; both forms agree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.detectors.scs import ScsResult, score_series
from alerts.detectors.scs_constants import DEFAULTS
from alerts.detectors.scs_openings import Slide
from alerts.detectors.scs_stream import ScsStream
from tests.unit.alerts.series_maker import DAY, Series, quiet, with_crisis, with_outage

START = 20 * DAY + 100


def _slides(series: Series, seed: int = 5) -> tuple[Slide, ...]:
    """The series with its posts dealt to the minutes, as five minutes that end inside each bin."""
    rng = np.random.default_rng(seed)
    parts = [series.negative.astype(int), (series.total - series.negative).astype(int)]
    negative, others = (rng.multinomial(each, np.full(5, 0.2)).ravel().astype(float) for each in parts)
    known = np.repeat(series.known, 5).astype(float)
    five = [np.convolve(each, np.ones(5))[: len(each)] for each in (negative, negative + others, known)]
    return tuple(
        Slide(phase, five[0][phase - 1 :: 5], five[1][phase - 1 :: 5], five[2][phase - 1 :: 5] == 5)
        for phase in (1, 2, 3, 4)
    )


def _array(series: Series, slides: tuple[Slide, ...], *, totals: bool = True) -> ScsResult:
    return score_series(series.negative, series.total if totals else None, series.known, DEFAULTS, slides)


def _stream(series: Series, slides: tuple[Slide, ...], *, totals: bool = True) -> ScsResult:
    stream = ScsStream(has_totals=totals)
    steps = []
    for at, (x, n, known) in enumerate(zip(series.negative, series.total, series.known, strict=True)):
        for slide in slides:
            if slide.known[at]:
                stream.look(slide.phase, float(slide.negative[at]), float(slide.total[at]) if totals else None)
        steps.append(stream.update(float(x) if known else None, float(n) if totals and known else None))
    return ScsResult(*(np.array(column) for column in zip(*steps, strict=True)))


def _loud(seed: int = 1) -> Series:
    """A subject with many posts, an outage, and a crisis."""
    series = with_crisis(quiet(24, per_bin=5.0 + seed, seed=seed), START, per_bin=60.0)
    return with_outage(series, 12 * DAY + 30, 40)


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_both_forms_open_in_the_same_minute(seed: int, totals: bool) -> None:
    """Array and stream agree on every column, with looks inside the bins, some of them missing."""
    series = _loud(seed)
    slides = tuple(
        replace(slide, known=slide.known & (np.arange(24 * DAY) % 7 != slide.phase)) for slide in _slides(series)
    )
    array, stream = _array(series, slides, totals=totals), _stream(series, slides, totals=totals)
    assert array.opens.any()
    for name in ("score", "expected", "probability"):
        np.testing.assert_allclose(getattr(array, name), getattr(stream, name), rtol=1e-7, atol=1e-8, err_msg=name)
    for name in ("guard", "opens", "is_open", "minute"):
        np.testing.assert_array_equal(getattr(array, name), getattr(stream, name), err_msg=name)


@settings(max_examples=10, deadline=None)
@given(cut=st.integers(START - 5, START + 60), seed=st.integers(1, 3), phase=st.integers(0, 4))
def test_a_look_inside_a_bin_sees_nothing_later(cut: int, seed: int, phase: int) -> None:
    """With the open bin cut off after any of its minutes, what was told until then stays as it was."""
    series, slides = _loud(seed), _slides(_loud(seed))
    open_bin = Series(
        series.negative[: cut + 1], series.total[: cut + 1], series.known[: cut + 1] & (np.arange(cut + 1) < cut)
    )
    cut_off = tuple(
        Slide(
            each.phase,
            each.negative[: cut + 1],
            each.total[: cut + 1],
            each.known[: cut + 1] & ((np.arange(cut + 1) < cut) | (each.phase <= phase)),
        )
        for each in slides
    )
    whole, part = _array(series, slides).minute[: cut + 1], _array(open_bin, cut_off).minute
    np.testing.assert_array_equal(part[:cut], whole[:cut])
    assert part[cut] == (whole[cut] if whole[cut] <= phase else 0)


def test_many_posts_are_told_before_the_bin_closes() -> None:
    """The same opening, minutes earlier, and only once."""
    found = [_array(_loud(seed), slides) for seed in range(1, 6) for slides in ((), _slides(_loud(seed)))]
    minutes = [5 * int(np.flatnonzero(each.opens)[0]) + int(each.minute[each.opens][0]) for each in found]
    assert all(each.opens.sum() == 1 for each in found)
    gains = [closed - early for closed, early in zip(minutes[::2], minutes[1::2], strict=True)]
    assert min(gains) >= 0
    assert max(gains) >= 2
    assert any(0 < each.minute.max() < 5 for each in found)


def test_few_posts_wait_for_the_whole_bin() -> None:
    """A subject below the level is judged at the close of its bins, whatever the minutes say."""
    series = with_crisis(quiet(24), START, per_bin=30.0)
    result = _array(series, _slides(series))
    assert result.opens.any()
    assert set(result.minute[result.opens]) == {5}


def test_a_dark_bin_before_keeps_the_open_one_silent() -> None:
    """After a bin that nobody could see no look inside the next one opens anything."""
    series = with_outage(_loud(), START - 30, 30)
    result = _array(series, _slides(series))
    assert result.minute[START] in (0, 5)


def test_quiet_and_busy_days_are_quiet_every_minute() -> None:
    """Looks inside the bins raise nothing where the closed bins raise nothing."""
    series, burst = quiet(28, per_bin=6.0, seed=7), np.ones(28 * DAY)
    burst[START : START + 50] = 10
    busy = Series(series.negative * burst, series.total * burst, series.known)
    assert not _array(busy, _slides(busy)).opens.any()


def _uneven(days: int = 24) -> Series:
    """Much talk, and every day campaigns that bring five times as much of everything for two hours."""
    series, times = quiet(days, per_bin=10.0, seed=4), np.ones(days * DAY)
    for day in range(days):
        for begin in (30, 150):
            times[day * DAY + begin : day * DAY + begin + 24] = 5
    return Series(np.round(series.negative * times), np.round(series.total * times), series.known)


def test_a_crisis_that_is_no_taller_than_campaigns_is_told_by_its_share() -> None:
    """Counts that a campaign reaches every day, but of negative posts only: told with totals, unseen without."""
    series = with_crisis(_uneven(), START, per_bin=45.0)
    (opening,) = np.flatnonzero(_array(series, ()).opens)
    assert START <= opening <= START + 6
    assert not _array(series, (), totals=False).opens[START:].any()


def test_campaigns_and_fallen_totals_are_not_told_by_their_share() -> None:
    """More of everything is no crisis, and neither are as many negative posts as ever among fewer others."""
    series = _uneven()
    assert not _array(series, ()).opens.any()
    others = (series.total - series.negative) * np.where(np.arange(24 * DAY) // 36 == START // 36, 0.1, 1.0)
    assert not _array(replace(series, total=series.negative + np.round(others)), ()).opens.any()
