"""One post that weighs: reach, negativity and severity together, told once for a story."""

from dataclasses import replace
from datetime import timedelta

from tests.unit.alerts.bank import MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Engagement, FollowerBand

RULES = [rule for rule in shipped_rules() if rule.id == "influential_post"]
TEXT = "云江银行这么处理客户的投诉，我不能接受"


def _look(bank: Bank) -> None:
    bank.engine(RULES).detect()
    bank.engine(RULES).notify()
    bank.clock.advance(MINUTE)


def test_the_message_says_who_where_and_how_far() -> None:
    """Class of the account, platform, estimated reach; the weight with its factors among the facts."""
    bank = Bank.empty()
    bank.post(NOW - 3 * MINUTE, TEXT, followers=FollowerBand.OVER_1M)
    (found,) = bank.engine(RULES).judge(NOW)
    who = "云江银行：个人账号（粉丝超过 100 万）在微博发布负面内容，估计触达 15 万人"
    assert found.sentence == f"{who}：“{TEXT}”"
    facts = dict(found.facts)
    assert (found.observed, found.measure, facts["估计触达"]) == (150_000, "估计触达人数", "15 万人")
    assert facts["影响分"] == "101,250（触达人数 × 负面概率 90% × 严重度“较重”的系数 0.75）"
    assert facts["规则的界限"].startswith("影响分 ")


def test_each_factor_counts() -> None:
    """The same reach: mild words, doubtful stance and praise stay below; grave ones do not."""
    for label, severity, fires in (
        (SentimentLabel.NEGATIVE, 3, True),
        (SentimentLabel.NEGATIVE, 0, False),
        (SentimentLabel.POSITIVE, 3, False),
    ):
        bank = Bank.empty()
        bank.post(NOW - 3 * MINUTE, TEXT, label, followers=FollowerBand.OVER_1M, severity=severity)
        assert bool(bank.engine(RULES).judge(NOW)) is fires


def test_a_post_that_spreads_grows_into_the_rule() -> None:
    """Nothing at first; after thousands of reposts it is told, once."""
    bank = Bank.empty()
    mention = bank.post(NOW - 10 * MINUTE, TEXT)
    _look(bank)
    assert bank.sent == []
    grown = replace(mention, collected_at=NOW, engagement=Engagement(likes=900, comments=800, shares=2_500))
    bank.mentions.add([grown])
    _look(bank)
    _look(bank)
    assert len(bank.sent) == 1


def test_copies_by_other_big_accounts_are_the_same_event() -> None:
    """A second and an earlier-collected copy join the running event instead of ringing again."""
    bank = Bank.empty()
    bank.post(NOW - 5 * MINUTE, TEXT, followers=FollowerBand.OVER_1M)
    _look(bank)
    bank.post(NOW - 20 * MINUTE, TEXT + "！", followers=FollowerBand.OVER_1M)
    _look(bank)
    assert len(bank.sent) == 1
    (alert,) = bank.engine(RULES).alerts()
    assert len(alert.evidence) == 2
    bank.post(bank.clock.now() - 2 * MINUTE, "云江银行连夜把网点关了，储户都在外面", followers=FollowerBand.OVER_1M)
    _look(bank)
    assert len(bank.sent) == 2


def test_old_posts_are_no_news() -> None:
    """Two days old and known for two days: over."""
    bank = Bank.empty()
    bank.post(NOW - timedelta(hours=50), TEXT, followers=FollowerBand.OVER_1M)
    bank.clock.set(NOW - timedelta(hours=49))
    engine = bank.engine(RULES)
    assert engine.judge(NOW) == []
