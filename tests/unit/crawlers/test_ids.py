"""Ids that carry their time, and which time to believe."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract.ids import bid_to_mid, douyin_time, is_bid, is_mid, mid_to_bid, reconcile, weibo_time
from yuqing.domain.mention import TimePrecision

AT = datetime(2026, 3, 14, 1, 26, 53, tzinfo=UTC)


def test_the_pair_of_the_specification() -> None:
    """mid, bid and both times agree."""
    assert mid_to_bid("5276300844652167") == "Qw0VSjweX"
    assert bid_to_mid("Qw0VSjweX") == "5276300844652167"
    assert weibo_time("5276300844652167") == AT
    assert douyin_time("7616916679861102769") == AT


@given(st.integers(10**15, 10**16 - 1).map(str))
def test_mid_and_bid_are_two_spellings(mid: str) -> None:
    """Every mid comes back from its bid."""
    assert is_bid(mid_to_bid(mid))
    assert bid_to_mid(mid_to_bid(mid)) == mid


@given(st.text(max_size=20))
def test_no_text_makes_the_time_of_an_id_raise(text: str) -> None:
    """Any text gives a plausible time or None."""
    for found in (weibo_time(text), douyin_time(text)):
        assert found is None or 2009 <= found.year < 2100
    assert is_mid(text) in (True, False)


@pytest.mark.parametrize(
    ("apart", "precision", "expected"),
    [
        (timedelta(seconds=40), TimePrecision.MINUTE, (AT, TimePrecision.SECOND, False)),
        (timedelta(minutes=50), TimePrecision.HOUR, (AT, TimePrecision.SECOND, False)),
        (timedelta(hours=6), TimePrecision.MINUTE, (AT + timedelta(hours=6), TimePrecision.MINUTE, False)),
        (timedelta(days=365), TimePrecision.MINUTE, (AT, TimePrecision.SECOND, True)),
    ],
    ids=["refines-minute", "refines-hour", "scheduled-post", "wrong-year"],
)
def test_the_display_is_refined_kept_or_overruled(
    apart: timedelta, precision: TimePrecision, expected: tuple[datetime, TimePrecision, bool]
) -> None:
    """By how far it lies from the time in the id."""
    assert reconcile(AT + apart, precision, AT) == expected


def test_one_of_both_times_is_enough() -> None:
    """And none is none."""
    assert reconcile(None, TimePrecision.DAY, AT) == (AT, TimePrecision.SECOND, False)
    assert reconcile(AT, TimePrecision.DAY, None) == (AT, TimePrecision.DAY, False)
    assert reconcile(None, TimePrecision.DAY, None) is None
