"""How numbers and quotes are written."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.labels import period, show
from reports.quoting import LONGEST, distinct, piece_of
from reports.wording import trend, with_unit
from tests.unit.reports.small import SINCE, UNTIL
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.ports import StoredMention
from yuqing.domain.report import Figure
from yuqing.labels import OUTCOMES, PLATFORMS, SENTIMENTS


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.0, "条", "1,234"),
        (None, "条", "无数据"),
        (0.0, "条", "0"),
        (12.34, "%", "12.3%"),
        (-4.25, "环比%", "−4.2%"),
        (3.0, "环比%", "+3.0%"),
        (-1.5, "百分点", "−1.5"),
        (7.25, "分钟", "7.2"),
        (420.0, "分钟", "420"),
        (86.0, "", "86"),
        (0.31, "", "0.31"),
    ],
)
def test_figures_as_text(value, unit, text):
    """Counts whole, shares with one decimal, changes with their sign, unknown as 无数据."""
    assert show(Figure("x", value, unit, {})) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12.34, "环比%", "增加 12.3%"),
        (-12.34, "环比%", "减少 12.3%"),
        (0.01, "环比%", "基本持平"),
        (-2.0, "百分点", "减少 2.0 百分点"),
    ],
)
def test_trends_as_words(value, unit, text):
    """The sign becomes a verb; what rounds to nothing is level."""
    assert trend(Figure("x", value, unit, {})) == text


def test_units_follow_numbers_but_not_percentages():
    """5 条, 5.0%, 无数据."""
    figures = Figure("x", 5.0, "条", {}), Figure("x", 5.0, "%", {}), Figure("x", None, "条", {})
    assert [with_unit(figure) for figure in figures] == ["5 条", "5.0%", "无数据"]


def test_the_period_names_its_last_day():
    """The end is exclusive; days are days in China; another year is written out."""
    assert period(SINCE, UNTIL) == "2026-03-09—03-15"
    assert period(SINCE - timedelta(days=70), SINCE - timedelta(days=63)) == "2025-12-29—2026-01-04"


def test_every_value_of_the_enumerations_has_a_chinese_name():
    """No reader meets an English id."""
    assert set(PLATFORMS) == set(Platform)
    assert set(SENTIMENTS) == set(SentimentLabel)
    assert set(OUTCOMES) == set(Outcome)


def test_long_texts_are_cut_behind_a_sentence():
    """The cut falls behind a full stop when there is one far enough."""
    text = "云江银行今天又登录不上。" * 20
    assert piece_of(text) == "云江银行今天又登录不上。" * 10


@given(st.text(max_size=400))
def test_a_piece_is_always_literal(text):
    """Whatever the text, the quote stands in it and is short enough."""
    piece = piece_of(text)
    assert piece in text
    assert len(piece) <= LONGEST


def test_copies_with_another_greeting_are_one_story():
    """Letter pairs tell copies from other complaints about the same thing."""
    when = SINCE
    texts = (
        "昨天云江银行App又登录不了，转圈转到天荒地老",
        "早上云江银行App又登录不了，转圈转到天荒地老！",
        "云江银行信用卡年费怎么又收了",
    )
    stored = [
        StoredMention(
            Mention(Platform.WEIBO, MentionKind.POST, str(n), "https://w.example", text, when, when), None, when
        )
        for n, text in enumerate(texts)
    ]
    assert [quote.text for quote in distinct(stored)] == [texts[0], texts[2]]
