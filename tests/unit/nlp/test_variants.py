"""Dodged, dialectal and drawn words become the common spelling; ordinary text stays as it is."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.folding import fold
from nlp.variants import LEXICON, squeezed, variants

VARIANTS = variants()


@pytest.mark.parametrize(
    ("text", "common"),
    [
        ("取-不-出-钱-了，快看", "取不出钱了,快看"),
        ("云 江 银 行 又 崩 了", "云江银行又崩了"),
        ("闪/退闪/退", "闪退闪退"),
        ("要倒*闭了", "要倒闭了"),
        ("客🔴服🔴骗🔴人，真的", "客服骗人,真的"),
        ("辣鸡客fu", "垃圾客服"),
        ("手xu费扣了我三次", "手续费扣了我三次"),
        ("太LJ了", "太垃圾了"),
        ("转帐去帐户", "转账去账户"),
        ("呃人嘅", "骗人的"),
        ("卡又崩😡😡😡😡😡", "卡又崩[生气][生气][生气]"),
        ("办事👍🏻❤️", "办事[点赞][喜欢]"),
    ],
)
def test_what_is_meant_is_what_is_read(text: str, common: str) -> None:
    """Symbols between characters, homophones, pinyin, letters, dialect, repeated and tinted emoji."""
    assert VARIANTS.rewrite(fold(text)) == common


@pytest.mark.parametrize(
    "text",
    [
        "微信/支付宝都行，北京-上海的航班",
        "我在邮、工、招、中四家都有卡",
        "每个资料都交了，信用卡4张",
        "板上钉钉 说好的 送礼呢",
        "海宁办理才发现材料不对",
        "sljw这个代号",
        "一星★服务热情",
        "3.5.1版 打 不开",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """Lists, dates, versions, parts of longer words and two words apart are no dodges."""
    assert VARIANTS.rewrite(fold(text)) == fold(text)


def test_feelings_can_be_left_out_and_other_codes_stay() -> None:
    """What a post is about is read without its faces."""
    assert VARIANTS.without_faces(VARIANTS.rewrite("云江手机银行😡😡[doge]")) == "云江手机银行[doge]"


@given(st.text(alphabet="云江银行崩了垃圾辣鸡 -/*.。，lj😡👍🏻[怒]1A", max_size=40))
def test_rewriting_twice_changes_nothing_more_than_once(text: str) -> None:
    """What is rewritten is common: the second pass finds at most what the first one brought together."""
    once = VARIANTS.rewrite(fold(text))
    twice = VARIANTS.rewrite(once)
    assert VARIANTS.rewrite(twice) == twice


@given(st.text(alphabet="云江银行 -/*，.。aB1🔴", max_size=40))
def test_squeezed_text_knows_where_its_characters_stood(text: str) -> None:
    """Places rise, and each character is the one at its place."""
    found = squeezed(text)
    if found is not None:
        short, places = found
        assert [text[place] for place in places[:-1]] == list(short)
        assert all(left < right for left, right in pairwise(places))


def test_the_lexicon_contradicts_itself_nowhere() -> None:
    """Each spelling stands for one word, and no common word is a variant of another."""
    body = json.loads(LEXICON.read_text(encoding="utf-8"))
    tables = [body[group] for group in ("spell", "letters", "talk", "faces")]
    written = [variant for table in tables for variants in table.values() for variant in variants]
    assert len(written) == len(set(written))
    assert not set(written) & {word for table in tables for word in table}
