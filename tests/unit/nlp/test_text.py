"""Text is folded, cut and prepared without losing what matters."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import fold, fold_offsets, own_words, prepare, sentences


@given(st.text(max_size=60))
def test_every_folded_character_knows_where_it_came_from(text: str) -> None:
    """Offsets rise, fit the folded text, and lead back to a character that folds to it."""
    folded, offsets = fold(text), fold_offsets(text)
    assert len(offsets) == len(folded) + 1
    assert offsets == sorted(offsets)
    assert all(folded[at] in fold(text[offsets[at]]) for at in range(len(folded)))


def test_traditional_wide_and_invisible_forms_fold_together() -> None:
    """One spelling for comparison."""
    assert fold("雲江銀行ＡＰＰ\u200b　１") == "云江银行app 1"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("太离谱了//@路人甲:云江银行崩了//@乙：转", "太离谱了"),
        ("//@路人甲:云江银行崩了", ""),
        ("没有转发链", "没有转发链"),
        ("看这里 https://example.org//@x 吧", "看这里 https://example.org"),
    ],
)
def test_own_words_end_where_the_repost_chain_begins(text: str, own: str) -> None:
    """Other people's words are not the poster's stance."""
    assert own_words(text) == own


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("果然如此/@路人甲:云江银行崩了", "果然如此"),
        ("果然如此 / @路人甲：云江银行崩了", "果然如此"),
        ("果然如此\\\\@路人甲:云江银行崩了", "果然如此"),
        ("果然如此||@路人甲 :云江银行崩了", "果然如此"),
        ("果然如此/@[用户]:云江银行崩了/@[用户]:转", "果然如此"),
        ("转走//@甲/@乙:云江银行崩了", "转走"),
        ("网点/@小王 一起去", "网点/@小王 一起去"),
        ("看 https://example.org/@x:8080 吧", "看 https://example.org/@x:8080 吧"),
        ("看@小王https://example.org", "看@小王https://example.org"),
        ("客服说：不行/云江银行：公告", "客服说：不行/云江银行：公告"),
    ],
)
def test_other_strokes_open_a_chain_where_somebody_speaks(text: str, own: str) -> None:
    """One stroke or those of another keyboard, before an account with a colon; never an address or a plain colon."""
    assert own_words(text) == own


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("先转了 @路人甲:云江银行崩了", "先转了"),
        ("先转了@[用户] ：云江银行崩了", "先转了"),
        ("先转了 RT @路人甲: 云江银行崩了", "先转了"),
        ("先转了。转发 @路人甲：云江银行崩了", "先转了。"),
        ("@小王 先转了 @路人甲:云江银行崩了@乙:真的", "@小王 先转了"),
        ("@路人甲:云江银行崩了", "@路人甲:云江银行崩了"),
        ("@小王 @路人甲:云江银行崩了", "@小王 @路人甲:云江银行崩了"),
        ("转发 @路人甲：云江银行崩了", "转发 @路人甲：云江银行崩了"),
        ("[鼓掌] 回复@路人甲:我也这么看", "[鼓掌] 回复@路人甲:我也这么看"),
        ("Reply @路人甲:我也这么看", "Reply @路人甲:我也这么看"),
        ("据@路人甲 ：今天停业", "据@路人甲 ：今天停业"),
        ("气死了 @云江银行：你们退钱", "气死了 @云江银行：你们退钱"),
        ("客服说：不行", "客服说：不行"),
        ("云江银行：公告已发", "云江银行：公告已发"),
        ("评语 路人甲:云江银行崩了", "评语 路人甲:云江银行崩了"),
        ("看这个@路人甲https://example.org", "看这个@路人甲https://example.org"),
    ],
)
def test_of_a_repost_the_words_before_a_quoted_account_are_the_posters(text: str, own: str) -> None:
    """Not where that account is answered, addressed or a source, nor where nothing would be left."""
    assert own_words(text, is_repost=True) == own


@pytest.mark.parametrize("text", ["气死了 @路人甲:你们退钱", "【公告】@路人甲：今天停业"])
def test_what_is_no_repost_keeps_the_account_it_speaks_to(text: str) -> None:
    """In a post of one's own that form quotes a source or speaks to somebody."""
    assert own_words(text) == text


@given(st.text(alphabet="@＠[]/\\|:： 甲a云回复RT转h", max_size=40), st.booleans())
def test_own_words_are_the_beginning_of_the_text(text: str, is_repost: bool) -> None:
    """Whatever stands in it, and taking them twice changes nothing."""
    own = own_words(text, is_repost=is_repost)
    assert text.startswith(own)
    assert own_words(own, is_repost=is_repost) == own


@given(st.text(alphabet="云江银行。！？…\n ”)", max_size=40))
def test_sentences_point_into_the_text(text: str) -> None:
    """Each sentence is a stripped, non-empty piece of the text at its place, in order."""
    found = list(sentences(text))
    assert all(text[sentence.start : sentence.end] == sentence.text.strip() != "" for sentence in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


def test_prepared_text_keeps_feeling_and_drops_addresses() -> None:
    """URLs and @names become signs, hashtags open, emoji and [表情] are one code a feeling, unknown ones stay."""
    prepared = prepare("#云江银行闪退# @小王 看 https://t.cn/AbC [怒] 😡 [doge] 🐟")
    assert prepared == "云江银行闪退 ⟨a⟩ 看 ⟨u⟩ [生气] [生气] [doge] 🐟"
