"""Negative talk that grows over hours: told once, causally, and never out of what nobody saw."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from alerts.coverage_bins import Window
from alerts.detectors.courses import Course
from alerts.detectors.slow_burn import CONSTANTS, SlowBurn
from alerts.series import Series
from tests.unit.alerts import series_maker
from tests.unit.alerts.bank import shipped_rules
from tests.unit.alerts.series_maker import DAY, quiet, with_crisis
from yuqing.domain.alert import Rule

DAYS = 30
BURN = 26 * DAY
START = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
def rule() -> Rule:
    """The shipped rule."""
    return next(rule for rule in shipped_rules() if rule.id == "slow_burn")


def _burning(*, share: bool = True) -> series_maker.Series:
    """A day and a half in which the few negative posts grow sixfold, alone or with all others."""
    plain = quiet(DAYS, per_bin=0.1, seed=5)
    factor = np.ones(DAYS * DAY)
    factor[BURN : BURN + 300] = np.linspace(1, 6, 300)
    factor[BURN + 300 : BURN + 400] = 6
    rate = plain.negative.mean() * (factor - 1)
    negative = plain.negative + np.random.default_rng(3).poisson(rate)
    others = np.random.default_rng(4).poisson(4 * plain.negative.mean(), len(factor)).astype(float)
    others += 0 if share else np.random.default_rng(5).poisson(4 * rate)
    return replace(plain, negative=negative, total=negative + others)


def _course(rule: Rule, made: series_maker.Series) -> Course:
    series = Series(Window(START, len(made.negative)), made.negative, made.total, made.known)
    return SlowBurn().course(rule, series)


def test_a_burn_is_told_once_while_it_grows(rule: Rule) -> None:
    """One call, between the doubling and the plateau."""
    (opening,) = np.flatnonzero(_course(rule, _burning()).opens)
    assert BURN + 50 <= opening <= BURN + 300


def test_quiet_weeks_and_campaigns_are_not_told(rule: Rule) -> None:
    """Ordinary days, and a day on which there is more of everything."""
    assert not _course(rule, quiet(DAYS)).opens.any()
    assert not _course(rule, _burning(share=False)).opens.any()


def test_a_bin_never_depends_on_later_ones(rule: Rule) -> None:
    """The course of a prefix is the prefix of the course."""
    made = _burning()
    whole = _course(rule, made)
    for cut in (BURN + 90, BURN + 150, BURN + 260):
        part = _course(rule, series_maker.Series(made.negative[:cut], made.total[:cut], made.known[:cut]))
        np.testing.assert_array_equal(part.opens, whole.opens[:cut])
        np.testing.assert_array_equal(part.is_open, whole.is_open[:cut])


def test_what_nobody_saw_opens_and_ends_nothing(rule: Rule) -> None:
    """Dark bins in the middle of a burn leave the event as it is; in a dark burn nothing is claimed."""
    made = _burning()
    (opening,) = np.flatnonzero(_course(rule, made).opens)
    dark = series_maker.with_outage(made, int(opening) + 1, 2 * CONSTANTS.close)
    assert _course(rule, dark).is_open[opening : opening + 2 * CONSTANTS.close].all()
    assert not _course(rule, series_maker.with_outage(made, BURN, 4 * DAY - 1)).opens.any()


def test_a_spike_that_was_told_mutes_it_for_a_day(rule: Rule) -> None:
    """Three loud hours that ring as a spike ring once."""
    course = _course(rule, with_crisis(quiet(DAYS), BURN))
    assert not course.opens[BURN : BURN + CONSTANTS.mute].any()
