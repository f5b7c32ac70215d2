"""What reads as a whole word or phrase, and what as a piece of a sentence."""

import pytest

from nlp.phrases import Phrases
from nlp.segment import plain_segmenter


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    """The judge, with the dictionary alone."""
    return Phrases(plain_segmenter())


@pytest.mark.parametrize(
    "term",
    [
        "转圈", "系统繁忙", "客服电话打不通", "登录不上", "对方没收到", "处理中", "不让取", "无法登录", "客服态度差",
        "手机银行崩了", "卡死", "融e联", "u盾", "app", "打开就闪退", "重新登录", "强制更新", "助纣为虐",
    ],
)  # fmt: skip
def test_words_and_phrases_are_whole(phrases: Phrases, term: str) -> None:
    """Verbs with what completes them, denials, names with Latin letters, phrases with an adverb inside."""
    assert phrases.is_whole(term)


@pytest.mark.parametrize(
    "term",
    [
        "客服电话也打", "对方没", "总是提示", "更新才能", "推销电话连", "活动规则偷偷", "每次", "真是", "上去", "不上",
        "手机银行崩", "电话连我姓名", "信息是不是被卖", "坑不坑", "银行你出来解释", "小时没到账", "会谢", "太难用",
        "失联了", "服了", "还款的", "被冻结",
    ],
)  # fmt: skip
def test_pieces_of_sentences_are_not(phrases: Phrases, term: str) -> None:
    """Function words at the ends, verbs cut from their complement, speech to somebody, questions."""
    assert not phrases.is_whole(term)


def test_what_can_be_said_in_one_breath_is_compact(phrases: Phrases) -> None:
    """A name may be longer than a phrase, a phrase longer than half a sentence."""
    assert phrases.is_compact("小资钱包涉嫌诈骗")
    assert phrases.is_compact("个人信息保护管理办法")
    assert not phrases.is_compact("转圈转到天荒地老")


def test_a_tail_adds_nothing(phrases: Phrases) -> None:
    """登录不上去 says 登录不上; 登录密码 says more than 登录."""
    assert phrases.adds_nothing("去")
    assert not phrases.adds_nothing("密码")
    assert not phrases.adds_nothing("不上")
