"""Stars that fall: by much, not by chance, and against the weeks before."""

from datetime import timedelta

from tests.unit.alerts.bank import NOW, Bank, shipped_rules
from yuqing.domain.alert import AlertState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import MentionKind, Platform

RULES = [rule for rule in shipped_rules() if rule.id == "rating_drop"]
HOUR = timedelta(hours=1)


def _reviews(bank: Bank, stars: int, count: int, since: float, until: float = 0.1) -> None:
    for i in range(count):
        at = NOW - since * HOUR + (since - until) * HOUR * (i + 0.5) / count
        bank.post(
            at,
            f"云江手机银行第{bank.posted}次评价",
            SentimentLabel.NEGATIVE if stars < 3 else SentimentLabel.POSITIVE,
            subjects=("yunjiang_app",),
            platform=Platform.APPSTORE,
            kind=MentionKind.REVIEW,
            rating=stars,
        )


def _usual() -> Bank:
    bank = Bank.empty()
    _reviews(bank, 5, 60, 27 * 24, 30)
    _reviews(bank, 4, 20, 27 * 24, 30)
    return bank


def test_the_message_says_the_stars_now_and_before() -> None:
    """Mean, number, how many of them are one or two stars, and what is usual."""
    bank = _usual()
    _reviews(bank, 1, 12, 20)
    (found,) = bank.engine(RULES).judge(NOW)
    assert found.sentence == "云江手机银行：24 小时内应用商店评分 1.0 星（12 条，其中一二星 12 条），平时 4.8 星"
    assert found.labels == {"rule": "rating_drop", "subject": "yunjiang_app"}


def test_few_reviews_and_a_short_past_say_nothing() -> None:
    """Seven angry reviews are too few; without a past nothing has fallen."""
    bank = _usual()
    _reviews(bank, 1, 7, 20)
    assert bank.engine(RULES).judge(NOW) == []
    alone = Bank.empty()
    _reviews(alone, 1, 30, 20)
    assert alone.engine(RULES).judge(NOW) == []


def test_it_ends_when_half_of_the_drop_is_made_good() -> None:
    """A running event is not switched off and on by a few better reviews."""
    bank = _usual()
    _reviews(bank, 1, 12, 10, 6)
    bank.engine(RULES).detect()
    _reviews(bank, 5, 30, 5)  # a mean of 3.9: fallen by 0.9
    bank.engine(RULES).detect()
    (alert,) = bank.engine(RULES).alerts()
    assert alert.state is AlertState.FIRING
    _reviews(bank, 5, 80, 4)  # 4.6
    bank.engine(RULES).detect()
    (alert,) = bank.engine(RULES).alerts()
    assert alert.state is AlertState.RESOLVED
    assert "1.0 星" in alert.summary  # its worst moment stays


def test_reviews_that_come_late_count_when_they_come() -> None:
    """A shop that shows yesterday's reviews today does not hide the fall."""
    bank = _usual()
    for i in range(12):
        bank.post(
            NOW - 40 * HOUR,
            f"云江手机银行闪退{i}",
            lag=38 * HOUR,
            subjects=("yunjiang_app",),
            platform=Platform.APPSTORE,
            kind=MentionKind.REVIEW,
            rating=1,
        )
    assert len(bank.engine(RULES).judge(NOW)) == 1
