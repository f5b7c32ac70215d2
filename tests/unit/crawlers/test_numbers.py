"""Counts as platforms print them; unknown is never 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract.numbers import Count, parse_count

FORMS = [
    *[(word, Count(0)) for word in ("转发", "评论", "赞", "点赞", "收藏", "", "-")],
    ("12", Count(12)),
    (12, Count(12)),
    ("1,234", Count(1234)),
    ("1.2万", Count(12000, is_approx=True)),
    ("评论 1.2万", Count(12000, is_approx=True)),
    ("1.2w", Count(12000, is_approx=True)),
    ("1.2K", Count(1200, is_approx=True)),
    ("100万+", Count(1_000_000, is_approx=True, lower_bound=True)),
    ("1.05亿", Count(105_000_000, is_approx=True)),
    ("10万+", Count(100_000, is_approx=True, lower_bound=True)),
    ("999+", Count(999, is_approx=True, lower_bound=True)),
    ("326 万热度", Count(3_260_000, is_approx=True)),
    ("3.4万次播放", Count(34000, is_approx=True)),
    ("１２３", Count(123)),
    *[(value, Count(None)) for value in (None, True, "很多", -3, 2.5, [], 10**15, "9" * 40)],
]


@pytest.mark.parametrize(("raw", "expected"), FORMS, ids=[repr(form[0])[:14] for form in FORMS])
def test_every_form(raw: object, expected: Count) -> None:
    """The table of forms."""
    assert parse_count(raw) == expected


@given(st.integers(0, 10**12))
def test_plain_numbers_read_back(number: int) -> None:
    """With and without separators."""
    assert parse_count(str(number)).value == number
    assert parse_count(f"转发 {number:,}").value == number


@given(st.integers(1, 9999), st.integers(0, 9))
def test_units_lose_no_cent(whole: int, tenth: int) -> None:
    """12345.6万 is exact: no floating point in between."""
    assert parse_count(f"{whole}.{tenth}万").value == whole * 10_000 + tenth * 1_000


@given(st.text(max_size=30))
def test_no_text_makes_it_raise(text: str) -> None:
    """Any text gives a count or unknown."""
    value = parse_count(text).value
    assert value is None or value >= 0
