"""The shipped models: stance, topics, severity and the risk words, on invented sentences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nlp.registry import load_sentiment, load_topics
from nlp.sentiment.huggingface import label_columns
from nlp.sentiment.linear import decide
from nlp.sentiment.snownlp_baseline import SnowNlpSentiment
from nlp.topics.linear import LEAST_PROBABILITY, OTHER, assign
from nlp.topics.severity import RiskWords, level_of, raise_to
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import ModelError

SENTIMENT, TOPICS = load_sentiment(), load_topics()
FLOATS = st.floats(0.015625, 1, width=32)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("什么垃圾银行，服务态度差得要命，再也不用了", SentimentLabel.NEGATIVE),
        ("手机银行又闪退，更新之后根本登不上去，太差了", SentimentLabel.NEGATIVE),
        ("请问信用卡怎么查账单日？", SentimentLabel.NEUTRAL),
        ("很好用，界面清爽，转账方便，五星好评", SentimentLabel.POSITIVE),
        ("", SentimentLabel.NEUTRAL),
        ("⟁⟁⟁", SentimentLabel.NEUTRAL),
    ],
)
def test_plain_stances_are_recognised(text: str, label: SentimentLabel) -> None:
    """Sentences that leave no doubt, and texts that say nothing."""
    assert SENTIMENT.predict([text])[0].label is label


def test_answers_are_probabilities_in_order() -> None:
    """One answer per text in the order of the texts, summing to 1, the same every time."""
    texts = ["太差了", "请问额度多少", "谢谢客服，很满意"] * 3
    answers = SENTIMENT.predict(texts)
    assert answers == [SENTIMENT.predict([text])[0] for text in texts]
    assert all(abs(a.negative + a.neutral + a.positive - 1) < 1e-5 for a in answers)
    assert SENTIMENT.predict([]) == []
    assert TOPICS.predict([]) == []


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("手机银行App更新后闪退，短信验证码收不到，登录不上", "app"),
        ("信用卡申请被拒，额度太低，想提额", "card"),
        ("基金亏了，理财经理推荐的理财产品收益太低", "wealth"),
        ("银行信息泄露，客户资料被卖", "privacy"),
        ("听说这家银行要挤兑了", "liquidity"),
        ("今天天气真好，去爬山吧", "other"),
    ],
)
def test_plain_topics_are_recognised(text: str, topic: str) -> None:
    """The topic is among the assigned ones."""
    topics, _ = TOPICS.predict([text])[0]
    assert topic in {score.id for score in topics}
    assert [score.probability for score in topics] == sorted((s.probability for s in topics), reverse=True)


@pytest.mark.parametrize("word", ["挤兑", "取不出钱", "双规", "信息泄露", "监守自盗"])
def test_a_crisis_word_is_never_outvoted(word: str) -> None:
    """However friendly the rest of the text, the level is 3 and the probabilities agree."""
    _, severity = TOPICS.predict([f"天气真好，大家都很开心，听说{word}了，谢谢客服，非常满意"])[0]
    assert severity.level == 3
    assert severity.probabilities[3] >= 0.5 - 1e-6
    assert abs(sum(severity.probabilities) - 1) < 1e-5


def test_a_denied_rumour_weighs_one_level_less() -> None:
    """辟谣 close by takes one level off; far away it does not."""
    risk = RiskWords.load()
    assert risk.level("官方辟谣：挤兑不实") == 2
    assert risk.level("挤兑" + "，" * 30 + "辟谣") == 3
    assert risk.level("请问利率多少") == 0


def test_risk_words_are_found_with_their_level() -> None:
    """Every hit is reported, so that a page can show why."""
    found = RiskWords({2: ["盗刷"], 3: ["挤兑"]}, ["辟谣"], 4).find("盗刷和挤兑")
    assert [(hit.word, hit.level) for hit in found] == [("盗刷", 2), ("挤兑", 3)]


@given(arrays(np.float32, (5, 4), elements=FLOATS), st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_a_floor_raises_and_never_lowers(raw: np.ndarray, floors: list[int]) -> None:
    """The level is the higher of the model's and the floor; rows stay probabilities."""
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    raised = raise_to(probabilities, floors)
    np.testing.assert_allclose(raised.sum(axis=1), 1, rtol=1e-5)
    for before, after, floor in zip(probabilities, raised, floors, strict=True):
        assert level_of(after) >= floor
        assert level_of(after) >= level_of(before)


def test_thresholds_decide_between_classes() -> None:
    """Rare classes need their threshold, not the majority; of two the larger excess wins."""
    rows = np.array([[0.4, 0.5, 0.1], [0.2, 0.7, 0.1], [0.1, 0.5, 0.4], [0.35, 0.2, 0.45]], np.float32)
    assert decide(rows, (0.3, 0.3)) == [0, 1, 2, 2]


def test_topics_are_at_most_three_and_never_a_guess() -> None:
    """Three at most; without one above its threshold the best, or `other` where the best is hardly likely."""
    thresholds = np.full(16, 0.3, np.float32)
    row = np.zeros((3, 16), np.float32)
    row[0, :5] = (0.5, 0.9, 0.6, 0.7, 0.4)
    row[1, 2] = 0.25
    row[2, 4] = LEAST_PROBABILITY / 2
    assert assign(row, thresholds) == [[1, 3, 2], [2], [OTHER]]


def test_snownlp_answers_behind_the_same_interface() -> None:
    """The baseline gives probabilities too, also for nothing."""
    good, empty = SnowNlpSentiment().predict(["质量很好，非常满意", ""])
    assert good.label is SentimentLabel.POSITIVE
    assert empty.label is SentimentLabel.NEUTRAL
    assert abs(good.negative + good.neutral + good.positive - 1) < 1e-9


@pytest.mark.parametrize("name", ["bert", "hf", ""])
def test_unknown_models_are_named(name: str) -> None:
    """The message lists what exists."""
    with pytest.raises(ModelError, match="snownlp"):
        load_sentiment(name)
    with pytest.raises(ModelError, match="linear"):
        load_topics(name)


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        ({0: "NEGATIVE", 1: "neutral", 2: "Positive"}, ((0,), (1,), (2,))),
        ({0: "负面", 1: "正面"}, ((0,), (), (1,))),
        ({i: f"{i + 1} stars" for i in range(5)}, ((0, 1), (2,), (3, 4))),
    ],
)
def test_labels_of_foreign_checkpoints_are_understood(labels: dict[int, str], columns: tuple[tuple[int, ...]]) -> None:
    """By name, in English, Chinese or stars."""
    found = label_columns(labels)
    assert tuple(found[label] for label in SentimentLabel) == columns


@pytest.mark.parametrize("labels", [{0: "LABEL_0", 1: "LABEL_1"}, {0: "negative", 1: "neutral"}])
def test_labels_that_say_nothing_are_refused(labels: dict[int, str]) -> None:
    """Guessing the order of LABEL_0 and LABEL_1 could turn every alarm round."""
    with pytest.raises(ModelError, match="标签"):
        label_columns(labels)
