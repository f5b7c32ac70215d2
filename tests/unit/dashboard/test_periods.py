"""Periods: whole bins on the clock of Shanghai."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import periods
from dashboard.format import local

MOMENTS = st.integers(1_735_000_000, 1_798_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(MOMENTS, st.sampled_from(list(periods.NAMES)))
def test_a_period_ends_now_and_begins_on_a_bin(now: datetime, name: str):
    """It covers the present, is about as long as it says, and begins on a whole hour or midnight."""
    period = periods.period(name, now)
    assert period.until - periods.MINUTE <= now < period.until
    length = {"24h": 24, "7d": 168, "28d": 672, "90d": 2160}[name]
    assert abs((period.until - period.since).total_seconds() / 3600 - length) <= 24
    start = local(period.since)
    assert (start.minute, start.second) == (0, 0)
    if period.interval >= periods.DAY:
        assert start.hour == 0


@given(MOMENTS, st.sampled_from(list(periods.NAMES)))
def test_the_previous_period_is_as_long_and_ends_where_this_begins(now: datetime, name: str):
    """Changes compare equal lengths."""
    period = periods.period(name, now)
    assert period.previous.until == period.since
    assert period.previous.until - period.previous.since == period.until - period.since


@pytest.mark.parametrize("name", list(periods.NAMES))
def test_a_period_is_the_same_for_a_minute(name: str):
    """So that cached reads are found again."""
    now = datetime(2026, 11, 23, 3, 7, 1, tzinfo=UTC)
    assert periods.period(name, now) == periods.period(name, now + timedelta(seconds=58))
