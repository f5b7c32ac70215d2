"""What is special about some texts, and which mentions say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.keywords import Document, Keyword, KeywordFinder, log_likelihood
from nlp.segment import Segmenter
from yuqing.domain.mention import MentionId

OUTAGE = (
    "云江银行转账一直显示系统繁忙，急死人",
    "又是系统繁忙，转账转了半小时",
    "系统繁忙系统繁忙，钱到底出去没有",
    "云江银行App提示系统繁忙，房租交不了",
    "客服说系统繁忙让我等",
)
USUAL = (
    "云江银行的信用卡额度有点低",
    "转账手续费现在还收吗",
    "定期存款利率又降了",
    "去云江银行排队办了张卡",
    "理财到期了，收益一般",
    "房贷利率什么时候调整",
    "云江银行客服态度不错",
    "网点周末开门吗",
)


def documents(texts: tuple[str, ...], prefix: str, story: str | None = None) -> list[Document]:
    """Documents named prefix-0, prefix-1 …; each its own story unless one is given."""
    return [Document(MentionId(f"{prefix}-{n}"), text, story or f"{prefix}-{n}") for n, text in enumerate(texts)]


def found(*texts: Document) -> dict[str, Keyword]:
    """Keywords against the usual talk."""
    finder = KeywordFinder(ignored=["云江银行"])
    return {keyword.term: keyword for keyword in finder.find(texts, documents(USUAL, "usual"))}


def told(*texts: str) -> set[str]:
    """The keywords of some texts against a month of usual talk."""
    finder = KeywordFinder(ignored=["云江银行"])
    return {keyword.term for keyword in finder.find(documents(texts, "new"), documents(USUAL * 5, "usual"))}


def test_the_phrase_of_an_outage_comes_first_with_its_mentions() -> None:
    """A phrase in all new texts and no old one; every mention behind it is named, its parts are not repeated."""
    keywords = found(*documents(OUTAGE, "new"))
    first = next(iter(keywords.values()))
    assert first.term == "系统繁忙"
    assert (first.stories, first.background) == (5, 0)
    assert set(first.mention_ids) == {f"new-{n}" for n in range(5)}
    assert not {"系统", "繁忙", "云江银行", "转账"} & set(keywords)


def test_copies_of_one_text_are_one_story() -> None:
    """A chain letter does not make a keyword, however often it is posted."""
    copies = documents(("转发领红包速来领取",) * 40, "copy", story="one")
    assert found(*copies, *documents(OUTAGE, "new")).keys() == found(*documents(OUTAGE, "new")).keys()


def test_nothing_is_special_about_the_background_itself() -> None:
    """The same texts on both sides, or no texts at all, have no keywords."""
    assert found(*documents(USUAL, "again")) == {}
    assert found() == {}


def test_without_a_background_the_frequent_terms_are_told() -> None:
    """A subject's first day."""
    terms = [keyword.term for keyword in KeywordFinder().find(documents(OUTAGE, "new"), [])]
    assert terms[0] == "系统繁忙"


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 50), st.integers(1, 50))
def test_the_score_is_positive_only_for_what_is_more_frequent_here(a: int, b: int, n: int, m: int) -> None:
    """Never negative, and 0 where the background has the larger share."""
    a, b = min(a, n), min(b, m)
    score = log_likelihood(a, b, n, m)
    assert score >= 0
    assert (score == 0) == (a * m <= b * n) or score < 1e-9


def test_names_and_trade_words_stay_whole_and_signs_are_no_words() -> None:
    """A subject's name is one word; numbers, emoji, addresses and punctuation end a run."""
    segmenter = Segmenter(["金秋开户礼"])
    runs = segmenter.words("金秋开户礼的大额存单，收益2.3%😡 https://t.cn/x @小王 闪退")
    assert runs == [["金秋开户礼", "的", "大额存单"], ["收益"], ["闪退"]]


@pytest.mark.parametrize("text", ["", "，。！", "12345", "😡😡"])
def test_texts_without_words_have_none(text: str) -> None:
    """Nothing breaks on them."""
    assert Segmenter().words(text) == []


QUEUE = (
    "手机银行登录转圈转到天荒地老",
    "转圈转到天荒地老，客服电话也打不通",
    "谁家银行转圈转到天荒地老啊",
    "客服电话打不通，人工一直忙",
    "客服电话打不通怎么办",
    "打了三遍，客服电话打不通",
    "客服电话也打不通，跑网点去了",
)


def test_what_is_told_is_what_people_would_say() -> None:
    """Neither a flourish nor the piece of a phrase: the word, and the verb with its complement."""
    terms = told(*QUEUE)
    assert {"转圈", "客服电话打不通"} <= terms
    assert not {"转圈转到天荒地老", "天荒地老", "客服电话也打", "客服电话打"} & terms


def test_an_adverb_inside_makes_no_sentence_of_a_phrase() -> None:
    """What always goes on behind 也 is told to its end; 登录不了 is a phrase like 登录不上."""
    texts = (
        "客服电话也打不进去",
        "崩溃，客服电话也打不进去",
        "客服电话也打不进去！",
        "又登录不了",
        "登录不了，急",
        "我登录不了",
    )
    assert told(*texts) == {"客服电话也打不进去", "登录不了"}


def test_names_are_left_out_whether_or_not_the_dictionary_has_them() -> None:
    """What follows a name is no part of it; a name that only straddles two words is none."""
    conduct = ("员工行为不当", "又是员工行为不当", "员工行为不当，无语", "举报员工行为不当")
    texts = documents(("云江银行闪退", "云江银行卡闪退", "云江银行又闪退", "谁家闪退", *conduct), "new")
    finder = KeywordFinder(ignored=["云江银行", "工行"])
    terms = {keyword.term: keyword.stories for keyword in finder.find(texts, [])}
    assert terms["闪退"] == 4
    assert not any("云江" in term for term in terms)
    assert terms["员工行为不当"] == 4


def test_a_longer_form_that_adds_nothing_is_not_told_beside_the_shorter() -> None:
    """登录不上 and 登录不上去 are one thing; 登录密码 is another."""
    texts = (
        "今天登录不上", "怎么登录不上", "又登录不上。", "还是登录不上", "都登录不上去", "App登录不上去", "登录不上去了",
        "登录密码忘了", "改登录密码", "登录密码错误",
    )  # fmt: skip
    terms = told(*texts)
    assert {"登录不上", "登录密码"} <= terms
    assert "登录不上去" not in terms


def test_every_document_of_a_completed_phrase_is_named() -> None:
    """The evidence is that of the whole phrase, not of the piece it grew from."""
    texts = ("对方没收到钱", "对方没收到", "急，对方没收到", "对方没收了东西")
    (term,) = [each for each in found(*documents(texts, "new")).values() if each.term.startswith("对方")]
    assert (term.term, term.stories, set(term.mention_ids)) == ("对方没收到", 3, {"new-0", "new-1", "new-2"})
