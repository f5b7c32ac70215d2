"""The fast stance model: hashed n-grams, one matrix, calibrated probabilities, a threshold per class."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.features import FloatArray
from nlp.identity import model_name
from nlp.linear import MODELS, LinearModel, load_model, softmax
from nlp.text import prepare
from nlp.variants import LEXICON
from yuqing.domain.annotation import Sentiment, SentimentLabel

ORDER = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE)


def decide(probabilities: FloatArray, thresholds: tuple[float, float]) -> list[int]:
    """The class of each row: negative or positive where its probability reaches its threshold, else neutral.

    Where both do, the one that exceeds its own threshold by the larger factor.
    """
    negative = probabilities[:, 0] / thresholds[0]
    positive = probabilities[:, 2] / thresholds[1]
    choice = np.where((negative >= 1) & (negative >= positive), 0, np.where(positive >= 1, 2, 1))
    return [int(index) for index in choice]


class LinearSentiment:
    """Three-class stance of raw texts by the shipped linear model."""

    def __init__(self, model: LinearModel, metadata: Mapping[str, Any]) -> None:
        self._model = model
        self._name = model_name("linear", metadata, LEXICON)
        self._thresholds = (float(metadata["thresholds"]["negative"]), float(metadata["thresholds"]["positive"]))

    @classmethod
    def load(cls, folder: Path = MODELS / "sentiment") -> "LinearSentiment":
        """The model of a folder, checked against its digest."""
        return cls(*load_model(folder))

    @property
    def name(self) -> str:
        """Name, version and digest."""
        return self._name

    @property
    def thresholds(self) -> tuple[float, float]:
        """From which probability a text is called negative, and positive."""
        return self._thresholds

    def probabilities(self, texts: Sequence[str]) -> FloatArray:
        """Negative, neutral and positive probability of each text."""
        return softmax(self._model.scores([prepare(text) for text in texts]))

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One calibrated stance per text, in order."""
        probabilities = self.probabilities(texts)
        choices = decide(probabilities, self._thresholds)
        return [Sentiment(ORDER[choice], *row) for choice, row in zip(choices, probabilities.tolist(), strict=True)]
