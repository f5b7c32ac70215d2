"""Risk words: what is new to us wakes people, however late we learnt of it; history does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank, annotation, shipped_rules
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import TimePrecision

HOUR = timedelta(hours=1)
RUMOUR = "听说云江银行好多网点都取不出钱，挤兑了"


@pytest.fixture
def bank() -> Bank:
    """A source that has been read for a week."""
    made = Bank.empty()
    made.polls(NOW - 7 * DAY, NOW)
    return made


def _sent(bank: Bank) -> list[str]:
    engine = bank.engine([rule for rule in shipped_rules() if rule.id == "keyword"])
    engine.detect()
    engine.notify()
    return bank.sent


@pytest.mark.parametrize("hours", [0.02, 5.9, 6.5, 12, 40])
def test_a_rumour_that_is_seen_late_is_told(bank: Bank, hours: float) -> None:
    """Published in the night, seen when the session is renewed: told then."""
    bank.post(NOW - hours * HOUR, RUMOUR, lag=hours * HOUR)
    assert len(_sent(bank)) == 1


def test_news_that_names_only_the_day_is_told(bank: Bank) -> None:
    """An article of today, stored as of midnight, read in the afternoon."""
    article = replace(
        bank.made(NOW.replace(hour=0) - 8 * HOUR, RUMOUR, lag=12 * HOUR, subjects=("yunjiang",), source="weibo"),
        time_precision=TimePrecision.DAY,
    )
    bank.mentions.add([article])
    bank.mentions.annotate([annotation(article, SentimentLabel.NEGATIVE, 2, "liquidity")])
    assert len(_sent(bank)) == 1


def test_old_rumours_are_history(bank: Bank) -> None:
    """Three weeks old, found today by a new search term: nobody is woken."""
    bank.post(NOW - 21 * DAY, RUMOUR, lag=21 * DAY)
    bank.post(NOW - 3 * DAY, RUMOUR, lag=3 * DAY)
    assert _sent(bank) == []


def test_the_first_crawl_of_a_source_wakes_nobody_for_yesterday() -> None:
    """What a source held before it was first read counts by its publication."""
    bank = Bank.empty()
    bank.cover(NOW - 28 * DAY, NOW - MINUTE)
    for hours in (500, 40, 7):
        bank.post(NOW - hours * HOUR, RUMOUR, lag=hours * HOUR)
    assert _sent(bank) == []
    bank.post(NOW - 2 * HOUR, RUMOUR, lag=2 * HOUR)
    assert len(_sent(bank)) == 1


def test_late_posts_of_a_told_event_are_not_told_again(bank: Bank) -> None:
    """The rumour of last night goes on to come in: one mail."""
    for i in range(4):
        bank.post(NOW + i * HOUR - 9 * HOUR, RUMOUR, lag=9 * HOUR)
        bank.clock.set(NOW + i * HOUR)
        assert len(_sent(bank)) == 1


def test_a_post_that_is_seen_again_is_no_news(bank: Bank) -> None:
    """More likes on yesterday's rumour do not wake anybody a second time."""
    at = NOW - MINUTE
    post = bank.post(at, RUMOUR, lag=timedelta(0))
    assert len(_sent(bank)) == 1
    bank.clock.advance(30 * HOUR)
    again = replace(post, collected_at=bank.clock.now(), engagement=replace(post.engagement, likes=5_000))
    bank.mentions.add([again])
    assert len(_sent(bank)) == 1
