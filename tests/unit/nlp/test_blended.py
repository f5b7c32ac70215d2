"""Topics and severity of both models: who is asked about which text, and what is said where the transformer reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nlp.sentiment.ensemble import SEVERITY, TOPICS
from nlp.topics.blended import BlendedTopics
from nlp.topics.linear import LinearTopics

LINEAR = LinearTopics.load()
PLAIN = "云江银行柜台排队两小时，窗口只开一个"
OTHER = "请问年费多少"


class OneTopic:
    """A transformer that is sure of one topic and one severity, and keeps count of what it was asked."""

    name = "fake"

    def __init__(self, topic: int, severity: int, share: float = 0.9) -> None:
        self.metadata: Mapping[str, Any] = {"blend": {"share": share, "topic_threshold": 0.4}}
        self.asked: list[str] = []
        self._topic, self._severity = topic, severity

    def heads(self, texts: Sequence[str]) -> Mapping[str, Any]:
        """Scores far apart."""
        self.asked += texts
        topics = np.full((len(texts), 16), -9.0, dtype=np.float32)
        topics[:, self._topic] = 9.0
        severity = np.zeros((len(texts), 4), dtype=np.float32)
        severity[:, self._severity] = 9.0
        return {TOPICS: topics, SEVERITY: severity}


class Only:
    """Reads these texts."""

    def __init__(self, *texts: str) -> None:
        self._texts = texts

    def reads(self, texts: Sequence[str]) -> Any:
        """Whether each is one of them."""
        return np.array([text in self._texts for text in texts], dtype=bool)


def test_the_transformer_is_asked_about_the_texts_that_are_read_alone() -> None:
    """The other texts get the very answer of the linear model."""
    encoder = OneTopic(topic=3, severity=0)
    answers = BlendedTopics(LINEAR, encoder, Only(PLAIN)).predict([OTHER, PLAIN])
    assert encoder.asked == [PLAIN]
    assert answers[0] == LINEAR.predict([OTHER])[0]
    assert answers[1][0][0].id == LINEAR.ids[3]


def test_nobody_is_asked_about_nothing() -> None:
    """No text, no answer; no text to read, no question."""
    encoder = OneTopic(topic=3, severity=0)
    model = BlendedTopics(LINEAR, encoder, Only())
    assert model.predict([]) == []
    assert model.predict([PLAIN]) == LINEAR.predict([PLAIN])
    assert encoder.asked == []


def test_a_risk_word_is_not_outvoted_by_the_transformer_either() -> None:
    """A run on the bank stays grave where the transformer sees nothing."""
    text = "云江银行网点挤兑，根本取不出钱！"
    [(_, severity)] = BlendedTopics(LINEAR, OneTopic(topic=3, severity=0), Only(text)).predict([text])
    assert severity.level == LINEAR.predict([text])[0][1].level == 3


def test_the_share_says_how_much_the_transformer_counts() -> None:
    """At a share of zero its topic is not assigned, though the linear model's topics meet another threshold."""
    weak, strong = (
        BlendedTopics(LINEAR, OneTopic(topic=12, severity=0, share=share), Only(PLAIN)) for share in (0.0, 0.9)
    )
    topics = [{topic.id for topic in model.predict([PLAIN])[0][0]} for model in (weak, strong)]
    assert LINEAR.ids[12] not in topics[0]
    assert LINEAR.ids[12] in topics[1]
