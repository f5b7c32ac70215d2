"""Numbers and times as Chinese readers write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import format as fmt

NOW = datetime(2026, 11, 23, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "未知"),
        (0, "0"),
        (999, "999"),
        (12345, "12,345"),
        (123_456, "12.3万"),
        (250_000_000, "2.5亿"),
        (-7, "-7"),
    ],
)
def test_counts(number: int | None, text: str):
    """Unknown is a word, large numbers are in 万 and 亿."""
    assert fmt.count(number) == text


def test_times_are_those_of_shanghai():
    """03:07 UTC is 11:07 in Shanghai."""
    assert fmt.stamp(NOW) == "2026-11-23 11:07"
    assert fmt.short_stamp(NOW) == "11-23 11:07"
    assert fmt.naive_iso(NOW) == "2026-11-23T11:07:00"
    assert fmt.stamp(None) == "未知"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 秒"), (40, "40 秒"), (300, "5 分"), (7_500, "2 小时 5 分"), (86_400, "1 天"), (273_600, "3 天 4 小时")],
)
def test_durations_have_two_units(seconds: int, text: str):
    """The two largest units are enough."""
    assert fmt.duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("minutes", "text"), [(95, "95 分"), (312, "5.2 小时"), (4464, "3.1 天")])
def test_short_durations_have_one_number(minutes: int, text: str):
    """A tile on a phone has room for one number."""
    assert fmt.short_duration(timedelta(minutes=minutes)) == text


def test_ago_turns_into_a_date_after_a_day():
    """Old things have a date."""
    assert fmt.ago(NOW - timedelta(seconds=20), NOW) == "刚刚"
    assert fmt.ago(NOW - timedelta(minutes=5), NOW) == "5 分钟前"
    assert fmt.ago(NOW - timedelta(hours=3), NOW) == "3 小时前"
    assert fmt.ago(NOW - timedelta(days=2), NOW) == "11-21 11:07"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "无数据"), (0.25, "25.0%"), (0.0004, "0.0400%"), (3e-9, "<0.0001%")]
)
def test_probabilities_fit_a_tile(value: float | None, text: str):
    """No scientific notation for people at night."""
    assert fmt.probability(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "未知"), (86.0, "86"), (4.2, "4.2"), (0.31, "0.31"), (1234.56, "1,234.6")]
)
def test_observed_and_expected(value: float | None, text: str):
    """Counts without decimals, shares with two."""
    assert fmt.number(value) == text


def test_a_change_from_nothing_has_no_per_cent():
    """Ten more than none is not infinitely many per cent."""
    assert fmt.relative(10, 0) == "+10"
    assert fmt.relative(10, 40) == "+25% (+10)"
    assert fmt.points(-0.031) == "-3.1 百分点"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///etc/passwd", ""])
def test_only_web_links_become_clickable(url: str):
    """Anything else is not a link."""
    assert fmt.safe_url(url) is None
    assert fmt.safe_url("https://weibo.example/1") == "https://weibo.example/1"


@given(st.text(max_size=60))
def test_plain_text_has_no_markup_left(text: str):
    """Every sign that Markdown or Streamlit reads is behind a backslash, and nothing is lost."""
    escaped = fmt.plain(text)
    for sign in "*_[]`$:<":
        assert escaped.count(sign) == escaped.count(f"\\{sign}")
    assert escaped.replace("\\", "") == text.replace("\\", "")


@given(st.text(max_size=300))
def test_a_clipped_text_is_one_short_line(text: str):
    """Tables never grow by a long post."""
    assert len(fmt.clip(text, 50)) <= 50
    assert "\n" not in fmt.clip(text, 50)


def test_spans_and_lists():
    """The second date only where it differs; long lists end with a number."""
    assert fmt.span(NOW, NOW + timedelta(hours=1)) == "11-23 11:07 至 12:07"
    assert fmt.span(NOW, NOW + timedelta(days=1)) == "11-23 11:07 至 11-24 11:07"
    assert fmt.listing(["甲", "乙"]) == "甲、乙"
    assert fmt.listing(["甲", "乙", "丙", "丁"]) == "甲、乙、丙等 4 个"


def test_a_title_that_repeats_the_text_is_not_said_twice() -> None:
    """股吧 and App Store cut their titles from the text; a headline of its own stands."""
    assert fmt.heading("云江银行App登不上", "云江银行App登不上去，试了四回") == ""
    assert fmt.heading("云江银行回应故障", "据了解，今天上午") == "云江银行回应故障"
    assert fmt.heading(None, "正文") == ""
