"""What is quoted to people is a whole word, a name or a phrase."""

import pytest

from nlp.whole_terms import is_quotable, whole


@pytest.mark.parametrize(
    "term", ["人脸识别", "手势登录", "短信验证码", "账户冻结", "蓝鲸分期", "挤兑", "云享贷", "融e联", "u盾", "强制升级"]
)
def test_words_names_and_phrases_are_quoted(term: str) -> None:
    """Products with Latin letters and names that the dictionary does not know as well."""
    assert is_quotable(term)
    assert whole(term, [f"今天{term}又来了", f"说说{term}，大家小心"]) == term


@pytest.mark.parametrize(
    "term", ["我用", "每次", "查个余额", "不升级", "还要", "真是", "很多", "进去", "融e", "更方便"]
)
def test_pieces_of_sentences_are_not(term: str) -> None:
    """Pronouns, measures, negations, adverbs, halves of names."""
    assert not is_quotable(term)


def test_a_name_that_is_cut_is_completed() -> None:
    """Every text goes on with the same character: it belongs to the name. Where they differ nothing is added."""
    assert whole("融e", ["融e联打不开了", "我的融e联又崩", "求助融e联"]) == "融e联"
    assert whole("融e", ["融e联打不开了", "我的融e行又崩", "求助融e购"]) is None


def test_a_whole_word_is_not_grown_into_a_sentence() -> None:
    """Although copies of one text go on alike."""
    assert whole("蓝鲸分期", ["蓝鲸分期坑人不浅"] * 5) == "蓝鲸分期"
