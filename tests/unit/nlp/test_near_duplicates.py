"""Copies are found through the edits that desks make; articles of one pattern about other events are none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.near_duplicates import THRESHOLD, CopyFinder, clusters, letters, likeness, sketch
from yuqing.domain.mention import Mention, MentionId, MentionKind, Platform

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
ARTICLES = {
    "hours": (
        "云江银行昨日宣布，自下月起将二十家网点的服务时间延长至晚上七点。",
        "这些网点分布在云州市区和三个县城，周末照常营业。",
        "该行零售部负责人介绍，延长的时段可以办理开户、转账、挂失和社保卡激活。",
        "记者在城东支行看到，大厅已经贴出新的时间表，值班经理正在向客户说明。",
        "家住附近的陈先生说，以前下班赶不上柜台，现在可以吃过晚饭再来。",
        "业内人士认为，错时服务对上班族有吸引力，但也考验排班和安全管理。",
        "该行表示，将根据试行三个月的客流决定是否扩大范围。",
        "目前，手机银行仍可全天办理大部分业务，客户也可以提前预约取号。",
    ),
    "fine": (
        "监管部门近日公布的处罚信息显示，云江银行因贷后管理不到位被罚款八十万元。",
        "处罚决定书称，该行在三笔流动资金贷款的用途监控上未尽到职责。",
        "其中一笔贷款发放后被划转到借款人关联企业的账户，银行未及时发现。",
        "对上述行为负有责任的两名员工被给予警告。",
        "云江银行回应称，已经完成整改，相关贷款本息均已收回。",
        "该行去年以来压降了对公贷款中风险较高的部分，并上线了资金流向监测系统。",
        "分析人士指出，贷款用途管理是近几年检查的重点，中小银行被罚的情况较多。",
        "该行今年的年报将于四月底披露，届时会说明内控改进的情况。",
    ),
    "outage": (
        "昨天晚上八点左右，多名用户反映云江手机银行无法登录，转账页面一直显示加载。",
        "云江银行客服当时回复称系统正在维护，未说明恢复时间。",
        "到十点半，登录功能恢复，但部分用户的交易记录仍有延迟。",
        "该行今天上午发布说明，称故障由核心系统扩容时的网络切换引起。",
        "说明还提到，故障期间没有资金损失，重复扣款会在两个工作日内退回。",
        "有商户表示，收款码一度不能到账，只好请顾客付现金。",
        "这是该行今年第二次出现类似情况，一月份曾有一次二十分钟的中断。",
        "专家建议，银行应当在切换前公告，并准备可以快速退回的方案。",
    ),
}
# Of one pattern with "fine": the same words, another event.
OTHER_FINE = (
    "监管部门近日公布的处罚信息显示，云江银行因代销基金时风险提示不足被罚款三十五万元。",
    "处罚决定书称，该行两家支行的理财经理未按规定留存双录资料。",
    "其中一名客户购买的产品风险等级高于其承受能力，银行未要求书面确认。",
    "对上述行为负有责任的一名主管被给予警告。",
    "云江银行回应称，已经完成整改，相关客户均已达成一致。",
    "该行去年以来收紧了代销产品的准入，并上线了销售过程检查系统。",
    "分析人士指出，代销适当性管理是近几年检查的重点，中小银行被罚的情况较多。",
    "该行今年的年报将于四月底披露，届时会说明消保改进的情况。",
)


def edits(lines: tuple[str, ...]) -> Mapping[str, str]:
    """What other desks make of an article."""
    text = "\n".join(lines)
    return {
        "as it is": text,
        "head and tail": f"云州日报讯（记者 示例）{text}\n更多内容请关注本报客户端。",
        "one sentence left out": "\n".join(lines[:4] + lines[5:]),
        "one sentence put in": "\n".join((*lines[:3], "截至发稿时，记者尚未收到进一步的回应。", *lines[3:])),
        "one sentence reworded": "\n".join((*lines[:6], "对此，有专家表示还要继续观察后面的情况。", lines[7])),
        "other form": "　　" + text.replace("，", ", ").replace("\n", "\n\n　　").replace("银行", "銀行"),
        "cut": "\n".join(lines[:-1]),
    }


def of(one: str, other: str) -> float:
    """The likeness of two texts."""
    first, second = sketch(one), sketch(other)
    assert first is not None
    assert second is not None
    return likeness(first, second)


@pytest.mark.parametrize("name", sorted(ARTICLES))
def test_edited_copies_lie_above_the_threshold_and_other_articles_far_below(name: str) -> None:
    """Every edit against the original; the original against every other article, and the same pattern."""
    copies = edits(ARTICLES[name])
    original = copies["as it is"]
    assert {edit: round(of(original, text), 2) for edit, text in copies.items() if of(original, text) < THRESHOLD} == {}
    for other, lines in ARTICLES.items():
        if other != name:
            assert of(original, "\n".join(lines)) < THRESHOLD / 3


def test_articles_of_one_pattern_are_not_copies() -> None:
    """Two fines of one bank, told in the same words where the words are nobody's news."""
    assert of("\n".join(ARTICLES["fine"]), "\n".join(OTHER_FINE)) < THRESHOLD - 0.2


def article(number: int, text: str, subjects: tuple[str, ...] = ("yunjiang",)) -> Mention:
    """A mention with a text."""
    return Mention(Platform.NEWS, MentionKind.ARTICLE, f"{number:04}", "u", text, NOW, NOW, subjects=subjects)


def test_five_copies_are_one_cluster() -> None:
    """And a sixth article about the same bank is none of them."""
    copies = list(edits(ARTICLES["hours"]).values())[:5]
    found = clusters([article(n, text) for n, text in enumerate([*copies, "\n".join(ARTICLES["fine"])])])
    assert len(found) == 5
    assert len(set(found.values())) == 1
    assert MentionId("news:article:0005") not in found


def test_all_copies_of_all_articles_fall_into_their_own_clusters() -> None:
    """Twenty-one texts and one of the same pattern, mixed: three clusters, nothing astray."""
    texts = [(name, text) for name, lines in ARTICLES.items() for text in edits(lines).values()]
    texts.append(("other", "\n".join(OTHER_FINE)))
    order = sorted(range(len(texts)), key=lambda n: n * 7 % len(texts))
    found = clusters([article(n, texts[n][1]) for n in order])
    for one, other in combinations(range(len(texts)), 2):
        together = found.get(article(one, "").id, f"alone {one}") == found.get(article(other, "").id, f"alone {other}")
        assert together == (texts[one][0] == texts[other][0])


def test_the_same_words_about_another_bank_are_no_copy() -> None:
    """Notices of one template name different banks."""
    text = "\n".join(ARTICLES["hours"])
    found = clusters([article(1, text), article(2, text.replace("云江", "海州"), ("haizhou",))])
    assert found == {}


def test_short_texts_are_never_copies() -> None:
    """Hundreds of people write the same two words."""
    assert clusters([article(n, "转发微博") for n in range(9)]) == {}
    assert sketch("云江银行的App又登不上去了") is None


def test_what_is_known_changes_nothing_and_what_was_edited_is_seen_anew() -> None:
    """Placing twice is placing once; a new text of a mention replaces the old one."""
    finder = CopyFinder()
    text = "\n".join(ARTICLES["fine"])
    first, second = article(1, text), article(2, text)
    assert finder.place(first) == {}
    joined = finder.place(second)
    assert set(joined) == {first.id, second.id}
    assert finder.place(first) == finder.place(second) == {}
    assert finder.place(replace(second, text="\n".join(ARTICLES["hours"])), joined[second.id]) == {}
    assert finder.place(article(3, "\n".join(ARTICLES["hours"]))) == {
        article(3, "").id: joined[second.id],
    }


def test_a_cluster_that_is_stored_is_joined_and_never_renamed() -> None:
    """In a new process the stored clusters come first; new copies take their name."""
    finder = CopyFinder()
    text = "\n".join(ARTICLES["outage"])
    assert finder.place(article(1, text), "c-old") == {}
    assert finder.place(article(2, text)) == {article(2, "").id: "c-old"}


def test_memory_is_bounded() -> None:
    """Beyond the capacity the oldest text is forgotten, with its buckets."""
    finder = CopyFinder(capacity=3)
    for number in range(30):
        finder.place(article(number, f"云江银行第{number}号公告说的是完全不一样的事情{number * 7919}" * 3))
    assert len(finder) == 3
    assert sum(len(bucket) for bucket in finder._buckets.values()) <= 3 * 16


@given(st.text(max_size=300))
def test_any_text_is_like_itself(text: str) -> None:
    """A sketch is a function of the letters: spaces and punctuation change nothing."""
    found = sketch(text)
    assert (found is None) == (len(letters(text)) < 24)
    if found is not None:
        assert likeness(found, found) == 1.0
