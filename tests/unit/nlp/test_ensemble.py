"""Linear model and transformer together: who is asked, what is remembered, and how both are weighed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from nlp.features import FloatArray
from nlp.sentiment.ensemble import (
    COMMENTS,
    GUIDE,
    SEVERITY,
    TOPICS,
    EncoderSentiment,
    EnsembleSentiment,
    Stack,
)
from nlp.sentiment.linear import LinearSentiment
from yuqing.domain.annotation import SentimentLabel

LINEAR = LinearSentiment.load()
IDENTITY = np.eye(3)
COMPLAINT, QUESTION = "什么垃圾银行，服务态度差得要命，再也不用了", "请问信用卡怎么查账单日？"


def stack(*shares: float) -> dict[str, object]:
    """A stack that adds log probabilities with these shares."""
    weights = np.concatenate([share * IDENTITY for share in shares]).tolist()
    return {"weights": weights, "bias": [0.0, 0.0, 0.0], "thresholds": {"negative": 0.4, "positive": 0.4}}


class FakeEncoder:
    """Calls every text what it is told to, and remembers what it read."""

    name = "fake-1"

    def __init__(
        self, stance: int = 0, ensemble: tuple[float, ...] = (0.5, 0.5, 0.0), limit: float = 0.3, sure: float = 2.0
    ) -> None:
        self.asked: list[str] = []
        self._stance = stance
        self.metadata = {
            "heads": {COMMENTS: [0, 3], GUIDE: [3, 6], TOPICS: [6, 22], SEVERITY: [22, 26]},
            "stance": {
                "encoder": stack(0.5, 0.5),
                "ensemble": stack(*ensemble),
                "route": {"negative": limit, "positive": 2 * limit, "sure": sure},
            },
        }

    def heads(self, texts: Sequence[str]) -> Mapping[str, FloatArray]:
        """Scores of every head."""
        self.asked += texts
        stance = np.tile(8 * np.eye(3, dtype=np.float32)[self._stance], (len(texts), 1))
        rest = {TOPICS: np.zeros((len(texts), 16), np.float32), SEVERITY: np.zeros((len(texts), 4), np.float32)}
        return {COMMENTS: stance, GUIDE: stance, **rest}


def test_the_cascade_asks_the_transformer_only_where_something_is_at_stake() -> None:
    """A complaint is read twice; a plain question and an empty text are not."""
    encoder = FakeEncoder()
    texts = [QUESTION, COMPLAINT, "", "  "]
    answers = EnsembleSentiment(LINEAR, encoder, is_cascade=True).predict(texts)
    assert encoder.asked == [COMPLAINT]
    alone = LINEAR.predict(texts)
    assert [answers[0], answers[2], answers[3]] == [alone[0], alone[2], alone[3]]
    assert answers[1].negative > 0.99


def test_what_the_linear_model_is_sure_of_is_not_read_again() -> None:
    """A plain complaint keeps the linear answer where certainty is enough."""
    encoder = FakeEncoder(stance=2, sure=0.5)
    assert EnsembleSentiment(LINEAR, encoder, is_cascade=True).predict([COMPLAINT]) == LINEAR.predict([COMPLAINT])
    assert encoder.asked == []


def test_the_ensemble_asks_about_every_text_that_says_something() -> None:
    """All but the blank one, and the answers keep their order."""
    encoder = FakeEncoder(stance=2)
    answers = EnsembleSentiment(LINEAR, encoder, is_cascade=False).predict([QUESTION, "", COMPLAINT])
    assert encoder.asked == [QUESTION, COMPLAINT]
    assert [answer.label for answer in answers] == [
        SentimentLabel.POSITIVE,
        LINEAR.predict([""])[0].label,
        SentimentLabel.POSITIVE,
    ]


def test_the_stack_weighs_both_models() -> None:
    """With the whole weight on the linear model its probabilities come back."""
    texts = [QUESTION, COMPLAINT]
    answers = EnsembleSentiment(LINEAR, FakeEncoder(ensemble=(0.0, 0.0, 1.0)), is_cascade=False).predict(texts)
    alone = LINEAR.probabilities(texts)
    assert np.allclose([[a.negative, a.neutral, a.positive] for a in answers], alone, atol=1e-4)


def test_the_transformer_alone_answers_with_its_own_stack() -> None:
    """Stance and name are its own; nothing in gives nothing out."""
    model = EncoderSentiment(FakeEncoder(stance=0))
    assert [answer.label for answer in model.predict(["随便"])] == [SentimentLabel.NEGATIVE]
    assert model.predict([]) == []
    assert model.name == "fake-1"


def test_names_tell_the_two_models_and_how_they_are_joined() -> None:
    """What is stored with an annotation tells a cascade from an ensemble."""
    names = {EnsembleSentiment(LINEAR, FakeEncoder(), is_cascade=kind).name for kind in (True, False)}
    assert names == {f"cascade({LINEAR.name}+fake-1)", f"ensemble({LINEAR.name}+fake-1)"}


def test_a_stack_gives_probabilities() -> None:
    """Rows sum to 1 even where a model is certain."""
    body = Stack.of(stack(1.0, 1.0))
    certain = np.array([[1.0, 0.0, 0.0]], dtype=np.float32)
    assert body.probabilities(certain, certain).sum() == pytest.approx(1.0)
    assert body.thresholds == (0.4, 0.4)
