"""One author with one text is one voice: a robot's push rings nothing, hides nothing, and deafens nobody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.detectors import DETECTORS
from tests.fakes import InMemoryMentionStore
from tests.unit.alerts.bank import MINUTE, NOW, Bank, annotation, shipped_rules
from yuqing.domain.alert import Detection
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Author, MentionId

PUSH = "云江银行手机银行又打不开了，转账全部失败，大家快把钱取出来，不要再相信他们"
HALF_HOUR, HOUR = 30 * MINUTE, 60 * MINUTE


@pytest.fixture
def bank() -> Bank:
    """Ten quiet days."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=48)
    bank.cover(NOW - timedelta(days=11), NOW)
    return bank


def _say(bank: Bank, at: datetime, author: str, text: str, root: str | None = None) -> None:
    made = bank.made(at, text, lag=MINUTE / 2, subjects=("yunjiang",), source="weibo")
    mention = replace(made, author=Author(author), root_id=None if root is None else MentionId(root))
    bank.mentions.add([mention])
    bank.mentions.annotate([annotation(mention, SentimentLabel.NEGATIVE, 2, "app")])


def _push(bank: Bank, posts: int, author: Callable[[int], str], until: datetime = NOW, hours: float = 0.5) -> None:
    """The same words again and again, each time with another number behind them."""
    for i in range(posts):
        _say(bank, until - hours * HOUR * (1 - i / posts), author(i), f"{PUSH}{i}")


def _told(bank: Bank, kind: str = "spike") -> list[Detection]:
    rule = next(rule for rule in shipped_rules() if rule.id == kind)
    found = DETECTORS[kind].detect(rule, bank.engine([rule]).context(bank.clock.now()))
    return [each for each in found if each.subject_id == "yunjiang"]


@pytest.mark.parametrize(
    ("kind", "posts", "hours"), [("spike", 40, 0.5), ("slow_burn", 16, 6), ("negative_share", 16, 6)]
)
def test_one_author_is_no_crowd_under_any_rule_that_counts(bank: Bank, kind: str, posts: int, hours: float) -> None:
    """Copies by one author ring nothing; the same posts by as many accounts do."""
    crowd = replace(bank, mentions=InMemoryMentionStore(bank.clock))
    crowd.quiet(days=10, per_day=48)
    _push(bank, posts, lambda _: "robot", hours=hours)
    _push(crowd, posts, lambda i: f"account{i}", hours=hours)
    assert _told(bank, kind) == []
    assert len(_told(crowd, kind)) == 1


def test_many_authors_with_one_text_are_a_crowd(bank: Bank) -> None:
    """Eighty accounts that say the same are told: whether they are bought is for people to find out."""
    _push(bank, 80, lambda i: f"account{i}")
    (told,) = _told(bank)
    assert told.observed == 80
    assert told.facts == ()


def test_an_author_with_many_texts_is_counted(bank: Bank) -> None:
    """Different words of one author are different posts."""
    for i in range(40):
        words = "".join(chr(0x4E00 + 37 * i + 211 * j) for j in range(30))
        _say(bank, NOW - HALF_HOUR * (1 - i / 40), "writer", words)
    (told,) = _told(bank)
    assert told.observed == 40


def test_reposts_of_one_root_by_one_author_are_one_voice(bank: Bank) -> None:
    """However different the words that an author puts above the same post."""
    for i in range(40):
        words = "".join(chr(0x4E00 + 37 * i + 211 * j) for j in range(30))
        _say(bank, NOW - HALF_HOUR * (1 - i / 40), "writer", words, root="weibo:post:first")
    assert _told(bank) == []


def test_a_crowd_beneath_a_push_is_told_with_its_own_figures(bank: Bank) -> None:
    """Thirty people and eighty copies: thirty-one voices, and the message says what was left out."""
    _push(bank, 80, lambda _: "robot")
    bank.outage(posts=30)
    (told,) = _told(bank)
    assert 29 <= told.observed <= 31
    assert "同一作者重复发布" in dict(told.facts)["观察到"]
    assert "31 条" in told.sentence or "30 条" in told.sentence or "29 条" in told.sentence


def test_a_push_does_not_deafen_for_the_hours_after_it(bank: Bank) -> None:
    """A crowd two hours after a robot's push is told as if there had been no push."""
    bank.outage(posts=30)
    alone = _told(bank)
    _push(bank, 200, lambda _: "robot", until=NOW - 2 * HOUR)
    after = _told(bank)
    assert [each.event_start for each in after] == [each.event_start for each in alone]
    assert [each.observed for each in after] == [each.observed for each in alone]


def test_a_copy_is_told_from_what_came_before_it(bank: Bank) -> None:
    """What is left out up to a time does not depend on what is published later."""
    _push(bank, 80, lambda _: "robot")
    bank.outage(posts=30)
    (before,) = _told(bank)
    later = bank.clock.now() + HOUR
    _push(bank, 40, lambda _: "robot", until=later)
    (again,) = _told(bank)
    assert (again.event_start, again.observed) == (before.event_start, before.observed)
