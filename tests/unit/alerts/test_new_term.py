"""A word that is new about a subject: several posts, none before, one event however many words."""

from datetime import timedelta

from tests.unit.alerts.bank import MINUTE, NOW, Bank, shipped_rules
from yuqing.domain.annotation import SentimentLabel

RULES = [rule for rule in shipped_rules() if rule.id == "new_term"]
TEXTS = (
    "云江银行的蓝鲸分期到底是什么，没签过字就扣钱",
    "查了账单才知道有个蓝鲸分期，云江银行客服说不清楚",
    "蓝鲸分期坑了我三百块，云江银行退钱",
    "家里老人也被开了蓝鲸分期，云江银行网点说是自愿的",
    "提醒大家看看云江银行账单里有没有蓝鲸分期",
)


def _bank(days: int = 21) -> Bank:
    bank = Bank.empty()
    if days:
        bank.quiet(days)
    return bank


def _say(bank: Bank, texts: tuple[str, ...] = TEXTS, label: SentimentLabel = SentimentLabel.NEGATIVE) -> None:
    for i, text in enumerate(texts):
        bank.post(NOW - (30 + 7 * i) * MINUTE, text, label)


def test_the_word_is_named_with_its_posts() -> None:
    """The sentence quotes it, the evidence is the posts that say it."""
    bank = _bank()
    _say(bank)
    (found,) = bank.engine(RULES).judge(NOW)
    assert found.sentence == "云江银行：负面内容中新出现“蓝鲸分期”（5 条），此前 14 天没有人提到"
    assert len(found.evidence) == 5


def test_copies_are_one_post_and_praise_is_none() -> None:
    """Five copies of one text, and five friendly posts, are no new word."""
    bank = _bank()
    _say(bank, TEXTS[:1] * 5)
    assert bank.engine(RULES).judge(NOW) == []
    friendly = _bank()
    _say(friendly, label=SentimentLabel.POSITIVE)
    assert friendly.engine(RULES).judge(NOW) == []


def test_without_a_past_nothing_is_new() -> None:
    """On the first day of a subject every word would be."""
    bank = _bank(0)
    _say(bank)
    assert bank.engine(RULES).judge(NOW) == []


def test_a_flood_of_words_rings_once() -> None:
    """A second new word an hour later joins the event."""
    bank = _bank()
    _say(bank)
    bank.engine(RULES).detect()
    bank.engine(RULES).notify()
    bank.clock.advance(timedelta(hours=1))
    for i, text in enumerate(TEXTS):
        bank.post(bank.clock.now() - (3 + i) * MINUTE, text.replace("蓝鲸分期", "白鹭计划"))
    bank.engine(RULES).detect()
    bank.engine(RULES).notify()
    assert len(bank.sent) == 1
