"""Topics and severity where the transformer reads a text as well: a weighted mean of both models."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from nlp.features import FloatArray
from nlp.linear import sigmoid, softmax
from nlp.sentiment.ensemble import SEVERITY, TOPICS, Heads
from nlp.text import prepare
from nlp.topics.linear import LinearTopics
from yuqing.domain.annotation import SeverityScore, TopicScore


class Reader(Protocol):
    """A stance model that says which texts the transformer reads."""

    def reads(self, texts: Sequence[str]) -> Any: ...


class BlendedTopics:
    """The linear model for every text; of those that the stance model has the transformer read, both together.

    The lexicons have the last word, as in the linear model alone. A text is read once: the transformer remembers what
    it said about it when it was asked for the stance.
    """

    def __init__(self, linear: LinearTopics, encoder: Heads, reader: Reader) -> None:
        self._linear = linear
        self._encoder = encoder
        self._reader = reader
        settings: Mapping[str, float] = encoder.metadata["blend"]
        self._share = float(settings["share"])
        self._threshold = float(settings["topic_threshold"])

    @property
    def name(self) -> str:
        """That of the linear model, marked; the transformer's is part of the stance model's."""
        return f"blended({self._linear.name})"

    def predict(self, texts: Sequence[str]) -> Sequence[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """Assigned topics (most probable first) and severity per text, in order."""
        if not texts:
            return []
        prepared = [prepare(text) for text in texts]
        topics, severity = self._linear.chances(prepared)
        thresholds = np.tile(self._linear.thresholds, (len(texts), 1))
        asked: list[int] = np.flatnonzero(self._reader.reads(texts)).tolist()
        if asked:
            heads = self._encoder.heads([texts[index] for index in asked])
            topics[asked] = self._mean(topics[asked], heads[TOPICS], sigmoid)
            severity[asked] = self._mean(severity[asked], heads[SEVERITY], softmax)
            thresholds[asked] = self._threshold
        return self._linear.answers(prepared, topics, severity, thresholds)

    def _mean(self, linear: FloatArray, scores: FloatArray, chances: Callable[[FloatArray], FloatArray]) -> FloatArray:
        return np.asarray((1 - self._share) * linear + self._share * chances(scores), dtype=np.float32)
