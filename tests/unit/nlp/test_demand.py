"""Wishes and questions are found in people's own words; complaints dressed as questions are not."""

from dataclasses import replace

import pytest

from nlp.demand import DemandKind, demand_signals, demands
from tests.contract.samples import NEGATIVE, NEUTRAL, annotation, mention
from yuqing.domain.annotation import Sentiment
from yuqing.domain.mention import Engagement
from yuqing.domain.ports import StoredMention

WISH, QUESTION = DemandKind.WISH, DemandKind.QUESTION


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("希望能加个指纹登录，输密码太烦", [(WISH, "加个指纹登录")]),
        ("用着挺好。建议增加深色模式！", [(WISH, "增加深色模式")]),
        ("什么时候能支持数字人民币", [(WISH, "数字人民币")]),
        ("請問信用卡年費怎麼免？", [(QUESTION, "")]),
        ("异地取现要手续费吗，多少", [(QUESTION, "")]),
        ("大额存单最低多少起存？周末能买吗？", [(QUESTION, "")]),
        ("凭什么不让取钱？", []),
        ("怎么又登不上去了？", []),
        ("客服是摆设吗？请问呢？", [(QUESTION, "")]),
        ("建议大家去别家", []),
        ("希望不大", []),
        ("转走//@某人:希望能支持零钱罐", []),
        ("云江银行今天发布公告", []),
        ("", []),
    ],
)
def test_what_a_text_asks_for(text: str, expected: list[tuple[DemandKind, str]]) -> None:
    """Kind, and of a wish what is wished for; advice, rhetoric and other people's words are none."""
    assert [(found.kind, found.wanted) for found in demands(text)] == expected


def stored(native_id: str, text: str, stance: Sentiment, topic: str, **more: object) -> StoredMention:
    """A scored mention."""
    post = mention(native_id, text)
    return replace(StoredMention(post, annotation(post, stance, [], [topic], 0), post.collected_at), **more)  # type: ignore[arg-type]


def test_signals_are_counted_by_product_with_their_mentions() -> None:
    """Copies are one story, the loudest example comes first, complaints and other products stay out."""
    loud = mention("2", "求支持指纹登录", engagement=Engagement(likes=900))
    items = [
        stored("1", "希望能加个指纹登录", NEUTRAL, "app"),
        StoredMention(loud, annotation(loud, NEGATIVE, [], ["app"], 1), loud.collected_at),
        stored("3", "建议增加深色模式", NEUTRAL, "app", cluster_id="c-1"),
        stored("4", "建议增加深色模式", NEUTRAL, "app", cluster_id="c-1"),
        stored("5", "请问额度在哪看？", NEGATIVE, "card"),
        stored("6", "请问额度在哪看？", NEUTRAL, "card"),
        stored("7", "请问今天星期几？", NEUTRAL, "other"),
        replace(stored("8", "希望能加个桌面组件", NEUTRAL, "app"), annotation=None),
    ]
    wishes, questions = demand_signals(items, frozenset({"app", "card"}))
    assert (wishes.product, wishes.kind, wishes.stories, len(wishes.mention_ids)) == ("app", WISH, 3, 4)
    assert wishes.examples[0][0] == loud.id
    assert wishes.examples[0][1].wanted == "指纹登录"
    assert (questions.product, questions.kind, questions.mention_ids) == ("card", QUESTION, ("weibo:post:6",))
