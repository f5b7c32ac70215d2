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
