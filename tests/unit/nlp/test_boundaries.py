"""A piece grows to the whole that people write; what stands alone does not."""

import pytest

from nlp.boundaries import GAP, Boundaries, Form, Line
from nlp.phrases import Phrases
from nlp.segment import plain_segmenter


def line(text: str, story: str = "s") -> Line:
    """The line of a text."""
    return Line.of(plain_segmenter().words(text), story)


def whole(piece: str, *texts: str) -> str | None:
    """The whole of a piece (words with a blank between) in these texts, each a story of its own."""
    lines = tuple(line(text, str(number)) for number, text in enumerate(texts))
    form = Boundaries(Phrases(plain_segmenter())).whole(Form(piece.replace(" ", GAP), lines))
    return form.said if form else None


def test_a_line_tells_what_stands_beside_a_term() -> None:
    """Punctuation ends a run; the first and the last word have nothing beside them; each place counts."""
    made = line("系统繁忙，提示系统繁忙请稍后")
    assert list(made.beside(f"系统{GAP}繁忙", after=True)) == ["", "请"]
    assert list(made.beside(f"系统{GAP}繁忙", after=False)) == ["", "提示"]
    assert (made.holds(f"繁忙{GAP}请"), made.holds(f"繁忙{GAP}提示")) == (True, False)
    assert list(line("").beside("系统", after=True)) == []
    assert "系统" not in repr(made)


@pytest.mark.parametrize(
    ("piece", "found", "texts"),
    [
        ("对方 没收", "对方没收到", ("钱转了对方没收到", "对方没收到钱", "为什么对方没收到啊")),
        ("不靠", "不靠谱", ("太不靠谱了", "这家不靠谱", "不靠谱的客服")),
        ("处理", "处理中", ("一直处理中", "还在处理中。", "显示处理中呢")),
        ("卡 被 复制", "卡被复制", ("卡被复制了吧", "卡被复制了", "我的卡被复制了")),
        ("系统 繁忙", "系统繁忙", ("又系统繁忙", "系统繁忙，等", "说系统繁忙让我等")),
        ("转圈", "转圈", ("登录页转圈转到天荒地老", "转圈转到天荒地老", "一直转圈转到天荒地老")),
        ("客服 电话 也 打", "客服电话也打不通", ("客服电话也打不通", "客服电话也打不通！", "客服电话也打不通急")),
        ("银行 你 出来", None, ("银行你出来解释一下", "银行你出来说清楚", "银行你出来道歉")),
    ],
)  # fmt: skip
def test_pieces_are_completed_and_words_left_alone(piece: str, found: str | None, texts: tuple[str, ...]) -> None:
    """Complements and cut words are added, particles are not; a sentence has no whole."""
    assert whole(piece, *texts) == found


def test_two_stories_that_go_on_alike_may_be_chance() -> None:
    """Nothing grows by them."""
    assert whole("对方 没收", "对方没收到钱", "对方没收到") == whole("对方 没收", "对方没收过钱", "对方没收到")
