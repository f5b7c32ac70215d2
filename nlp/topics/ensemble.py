"""Topics and severity by linear model and transformer together, with the same lexicons on top."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp.features import FloatArray
from nlp.linear import sigmoid, softmax
from nlp.sentiment.ensemble import SEVERITY, TOPICS, Heads
from nlp.text import prepare
from nlp.topics.linear import LinearTopics
from yuqing.domain.annotation import SeverityScore, TopicScore


def blended(linear: FloatArray, encoder: FloatArray, share: float) -> FloatArray:
    """The weighted mean of two models' probabilities."""
    return np.asarray((1 - share) * linear + share * encoder, dtype=np.float32)


class EnsembleTopics:
    """Both models; the cascade asks the transformer only where the linear model sees some severity."""

    def __init__(self, linear: LinearTopics, encoder: Heads, *, is_cascade: bool) -> None:
        settings = encoder.metadata["topics"]
        self._linear = linear
        self._encoder = encoder
        self._share = float(settings["share"])
        self._thresholds = np.array([settings["thresholds"][topic] for topic in linear.ids], dtype=np.float32)
        self._limit = float(settings["route"]) if is_cascade else 0.0
        self._kind = "cascade" if is_cascade else "ensemble"

    @property
    def name(self) -> str:
        """Names and versions of both."""
        return f"{self._kind}({self._linear.name}+{self._encoder.name})"

    def predict(self, texts: Sequence[str]) -> Sequence[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """Assigned topics (most probable first) and severity per text, in order."""
        prepared = [prepare(text) for text in texts]
        topics, severity = self._linear.chances(prepared)
        answers = self._linear.answers(prepared, topics, severity, self._linear.thresholds)
        asked = np.flatnonzero(self._routed(prepared, severity)).tolist()
        if asked:
            heads = self._encoder.heads([texts[index] for index in asked])
            better = self._linear.answers(
                [prepared[index] for index in asked],
                blended(topics[asked], sigmoid(heads[TOPICS]), self._share),
                blended(severity[asked], softmax(heads[SEVERITY]), self._share),
                self._thresholds,
            )
            for index, answer in zip(asked, better, strict=True):
                answers[index] = answer
        return answers

    def _routed(self, prepared: Sequence[str], severity: FloatArray) -> Any:
        speaking = np.array([bool(text) for text in prepared], dtype=bool)
        return speaking & (severity[:, 1:].sum(axis=1) >= self._limit)
