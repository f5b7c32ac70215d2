"""Short invented texts for the smaller doubles, and when they appear: the same for the same seed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from simulator.corpus import Corpus
from simulator.scenario.grammar import YUNJIANG, Grammar
from simulator.scenario.phrases import events
from simulator.scenario.rhythm import everyday

_OPENINGS = ("", "更新之后", "今天上午", "连着两天", "说句实话，", "第三次了，", "给大家提个醒，", "排了半小时队，")
_MATTERS = (
    ("登录一直转圈", "bad"),
    ("人脸识别怎么都过不去", "bad"),
    ("转账提示成功却没到账", "bad"),
    ("客服电话永远在排队", "bad"),
    ("信用卡年费说好减免又扣了", "bad"),
    ("提前还款预约不上", "bad"),
    ("界面比以前清爽", "good"),
    ("柜台的姑娘讲得很明白", "good"),
    ("贷款利率比隔壁低一点", "good"),
    ("活动礼品三天就寄到了", "good"),
    ("字号终于可以调大", "good"),
)
_ENDINGS = ("。", "，希望改进。", "，大家怎么看？", "！", "，先记一笔。", "，等一个说法。")
_NAMES = ("云下听雨", "北岸小码头", "三更灯火", "一碗热干面", "不爱排队", "阿禾", "远山", "跑步的鱼")
# What a crisis of the scenario is about.
_CRISES = {"outage": ("app", events.OUTAGE), "rumour": ("liquidity", events.RUMOUR)}


def sentence(rng: Random, about: str) -> tuple[str, bool]:
    """Something that somebody says about a bank, and whether it is a complaint."""
    matter, mood = rng.choice(_MATTERS)
    return f"{rng.choice(_OPENINGS)}{about}{matter}{rng.choice(_ENDINGS)}", mood == "bad"


def nickname(rng: Random) -> str:
    """An invented name of an account."""
    return f"{rng.choice(_NAMES)}{rng.randrange(10, 100_000)}"


def moments(rng: Random, start: datetime, days: float, per_day: float, future: timedelta) -> list[datetime]:
    """When things are published, oldest first: from `days` before the start until `future` after it."""
    return list(everyday(rng, start - timedelta(days=days), start + future, per_day))


def echoes(
    rng: Random, corpus: Corpus, one_in: int, minutes: float, stories: tuple[str, ...] = tuple(_CRISES)
) -> Iterator[tuple[datetime, str]]:
    """What the crises of the scenario make people write here too: after every `one_in`-th post, some minutes later."""
    grammar = Grammar(rng)
    told = [post for post in corpus.posts if post.truth.story in stories]
    for post in told[::one_in]:
        topic, cores = _CRISES[post.truth.story]
        at = post.created + timedelta(seconds=60 + int(rng.expovariate(1 / (60 * minutes))))
        yield at, grammar.about(YUNJIANG, "negative", topic, cores).text
