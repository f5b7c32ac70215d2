"""Texts that were once read wrongly: cut at an address, taken for a repost, or far too slow."""

from pathlib import Path

import pytest

from nlp.keywords import Document, KeywordFinder, _without
from nlp.scorer import speaking_text
from nlp.text import own_words
from nlp.training.corrections import with_corrections
from nlp.training.data import TopicRow, Weighed
from nlp.training.evaluation import Sets


@pytest.mark.parametrize(
    "text",
    [
        "投诉/@云江银行：退钱",
        "我的工资呢/@云江银行客服：快解冻",
        "Email me at foo@bar.example: please",
        "云江银行经理邮箱 li@bank.example：投诉发这里",
        "今晚@8:00云江银行门口维权",
        "曝光 @银保监会：退我血汗钱",
    ],
)
@pytest.mark.parametrize("is_repost", [False, True])
def test_who_speaks_to_somebody_is_not_cut(text: str, is_repost: bool) -> None:
    """A complaint that is addressed to a bank, a mail address and a time of day open no quote."""
    assert own_words(text, is_repost=is_repost) == text


@pytest.mark.parametrize("sign", ["转发：", "【转发】", "轉發 ", "RT: ", "分享 ", "https://example.com/a1 "])
def test_a_bare_sign_of_reposting_says_nothing(sign: str) -> None:
    """Then what was reposted is read."""
    text = f"{sign}@小王：云江银行取不出钱"
    assert speaking_text(None, text, is_repost=True) == text


def test_feelings_are_own_words() -> None:
    """Two angry faces are a stance, not a bare sign."""
    assert speaking_text(None, "😡😡//@小王：云江银行服务真好", is_repost=True) == "😡😡"


def test_names_in_a_long_text_are_found_word_by_word() -> None:
    """Ten thousand times the subject's name: each is taken out, and what stands between stays."""
    run = ["云江银行", "还", "钱"] * 10_000
    assert list(_without(["云江银行"], run)) == [["还", "钱"]] * 10_000
    assert list(_without(["员行"], ["员工", "行为"])) == [["员工", "行为"]]


def _documents(texts: list[str]) -> list[Document]:
    return [Document(str(place), text, str(place)) for place, text in enumerate(texts)]


def test_a_term_has_as_many_stories_as_were_asked_for() -> None:
    """Seven of ten go on alike: the phrase of the seven is no answer to who wants ten."""
    tails = ["占线"] * 7 + ["欠费"] * 3
    texts = [f"第{chr(0x4E10 + place)}，客服电话{tail}，哎" for place, tail in enumerate(tails)]
    found = {each.term: each.stories for each in KeywordFinder().find(_documents(texts), [], least=10)}
    assert found.keys() == {"客服电话"}
    assert found["客服电话"] == 10


def test_a_phrase_of_five_words_may_begin_with_one_character() -> None:
    """It stands there in every story, so it belongs to it."""
    before = ["早上", "救命", "姐妹们", "无语", "真烦", "谁懂", "哎呀", "求助", "老板", "妈妈"]
    texts = [f"{each}，老网点自助取款机吞卡，气死" for each in before]
    others = _documents(["今天天气不错", "去银行办卡", "排队很久"] * 5)
    background = [Document(f"b{each.id}", each.text, f"b{each.id}") for each in others]
    assert KeywordFinder().find(_documents(texts), background)[0].term == "老网点自助取款机吞卡"


def test_a_correction_holds_against_what_is_learned_beside(tmp_path: Path) -> None:
    """The same text is not taught with two stances."""
    path = tmp_path / "corrections.jsonl"
    path.write_text('{"text": "还钱", "sentiment": "negative", "kind": "post"}\n', encoding="utf-8")
    written = TopicRow("还钱", 2, ("app",), 0, "invented")
    sets = Sets([], [], [], {}, (written,), (Weighed("还钱", 1, 0.7), Weighed("不还", 1, 0.7)))
    found = with_corrections(sets, path)
    assert found.invented == ()
    assert [row.text for row in found.heard] == ["不还"]
