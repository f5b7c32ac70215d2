"""The statement checker: it finds what is disguised, leaves alone what is allowed, and tells place and reason."""

import pytest

from config.incident_models import load_plan
from config.models import SHIPPED
from nlp.privacy import mask
from yuqing.domain.incident_plan import WordGroup, WordList
from yuqing.incidents.checker import StatementChecker, blocking

CHECKER = StatementChecker(load_plan(SHIPPED).words, mask)


def found(text: str) -> list[tuple[str, str]]:
    """What was found, with its category."""
    return [(each.text, each.category) for each in CHECKER.check(text)]


@pytest.mark.parametrize(
    ("text", "word", "category"),
    [
        ("这款产品保本。", "保本", "保本保息"),
        ("这款产品保 本。", "保 本", "保本保息"),
        ("这款产品保\u200b本。", "保\u200b本", "保本保息"),
        ("这款产品保·息。", "保·息", "保本保息"),
        ("服务水平最高级。", "最高级", "绝对化用语"),
        ("１００％安全", "１００％安全", "绝对化用语"),
        ("我行承诺赔偿全部损失。", "我行承诺", "承诺与保证"),
        ("纯属谣言，别有用心。", "纯属谣言", "指责客户与媒体"),
        ("已于【时间】恢复。", "【时间】", "没有填写"),
    ],
)
def test_a_word_is_found_however_it_is_written(text: str, word: str, category: str) -> None:
    """Full width, blanks, zero-width characters and dots do not hide it."""
    assert (word, category) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "本产品为非保本浮动收益型。",
        "本产品不保本，不承诺保本保息。",
        "我行将最大限度减少影响，以最快速度恢复。",
        "我们将确保本行系统稳定。",
        "各网点正常办理业务，如有疑问请到就近网点咨询。",
    ],
)
def test_what_is_allowed_is_left_alone(text: str) -> None:
    """Exceptions are longer than the word that they hold."""
    assert found(text) == []


def test_places_are_told_as_people_count() -> None:
    """Line and column from 1, offsets from 0; the reason and what to write instead stand in the sentence."""
    text = "第一行\n这里保本"
    [hit] = CHECKER.check(text)
    assert (hit.line, hit.column, text[hit.start : hit.end]) == (2, 3, "保本")
    assert hit.sentence.startswith("第 2 行第 3 字“保本”（保本保息）：")
    assert "广告法" in hit.sentence
    assert "写明产品类型" in hit.sentence


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("电话13812345678。", "个人信息·手机号", "13812345678"),
        ("电话 138 1234 5678 找我", "个人信息·手机号", "138 1234 5678"),
        ("邮箱 someone@bank.example", "个人信息·邮箱", "someone@bank.example"),
        ("客户经理：王小明", "个人信息·姓名", "王小明"),
    ],
)
def test_personal_data_is_found_with_its_place(text: str, kind: str, piece: str) -> None:
    """What the mask would hide may not be published, and it blocks."""
    [hit] = CHECKER.check(text)
    assert (hit.text, hit.category, hit.blocks) == (piece, kind, True)


def test_two_pieces_of_personal_data_keep_their_places() -> None:
    """Also where one stands right behind the other, and where the text holds a token already."""
    text = "见[手机号]，13812345678，someone@bank.example"
    assert [each.text for each in CHECKER.check(text)] == ["13812345678", "someone@bank.example"]


def test_the_banks_own_number_may_be_told() -> None:
    """Once the settings name it."""
    text = "请拨打 0571-8765 4321"
    assert [each.text for each in CHECKER.check(text)] == ["0571-8765 4321"]
    own = StatementChecker(WordList((), ("0571-87654321",)), mask)
    assert own.check(text) == []


def test_a_word_inside_a_longer_one_is_told_once() -> None:
    """The longest is the one that is told."""
    assert found("全额赔付")[0][0] == "全额赔付"
    assert [text for text, _ in found("绝对保证收益")] == ["保证收益"]


def test_a_group_that_only_advises_does_not_block() -> None:
    """It is told all the same."""
    hits = CHECKER.check("这只是个例。")
    assert [each.category for each in hits] == ["淡化与推诿"]
    assert blocking(hits) == []


def test_patterns_of_the_settings_are_looked_for() -> None:
    """On the text without its disguise."""
    group = WordGroup("rate", "收益率", (), "不得预测收益", patterns=(r"年化\d+(?:\.\d+)?%",))
    [hit] = StatementChecker(WordList((group,)), str).check("年化 ８%，欢迎")
    assert hit.text == "年化 ８%"
