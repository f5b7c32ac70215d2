"""The masking benchmark on a smaller sample: nothing leaks, and invented ordinary sentences stay as they are."""

import pytest

from benchmarks import masking, robustness, scoring
from nlp.privacy import mask


def test_no_class_of_personal_data_leaks() -> None:
    """Every class, generated with right check digits, in the ways people write them."""
    found = masking.recall(per_class=30)
    assert len(found) >= 12
    assert {kind: share for kind, (share, _, _) in found.items() if share < 1} == {}


def test_what_is_not_masked_counts_as_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge can say no: a mask that does nothing leaks everything."""
    monkeypatch.setattr(masking, "mask", lambda text: text)
    assert {share for share, _, _ in masking.recall(per_class=5).values()} == {0.0}


def test_the_full_benchmark_has_a_thousand_sentences() -> None:
    """Different numbers, the same for the same seed."""
    made = masking.secrets()
    assert len(made) >= 1_000
    assert len({secret.secret for secret in made}) > 0.95 * len(made)
    assert masking.secrets(seed=1) == masking.secrets(seed=1) != made


def test_ordinary_sentences_stay() -> None:
    """Neither the robustness set nor the comments of the speed benchmark hold anything to mask."""
    texts = [*(row.text for row in robustness.rows()), *scoring.comments(500)]
    assert [text for text in texts if mask(text) != text] == []


@pytest.mark.parametrize(
    "text",
    [
        "营业厅一三五上午开，二四六下午开",
        "加VIP客户经理微信",
        "客户经理高高在上，理财经理安排得明明白白",
        "户名文字写错了",
        "一九九八年七月一日开的户",
        "二〇二六年一一月二三日公告",
        "理财经理方便的时候回个电话",
        "我是业务员申请，柜员刁难，大堂经理冷漠，柜员查了也不说",
        "户主房产不给，业务员许诺的没兑现，柜员马上下班",
        "金额13812345678.00元",
        "工号：330122 的柜员",
    ],
)
def test_words_that_look_like_personal_data_stay(text: str) -> None:
    """Weekdays, dates in words, a VIP and manners of a manager."""
    assert mask(text) == text
