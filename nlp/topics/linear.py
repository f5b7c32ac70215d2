"""Topics (16, several at once) and severity (0-3) by one linear model, and the lexicons on top."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlp.features import FloatArray
from nlp.identity import model_name
from nlp.linear import MODELS, LinearModel, load_model, sigmoid, softmax
from nlp.text import prepare
from nlp.topics.cues import LEXICON as TOPIC_CUES
from nlp.topics.cues import CuedModel, TopicCues
from nlp.topics.severity import LEXICON as RISK_WORDS
from nlp.topics.severity import RiskWords, level_of, raise_to
from nlp.topics.words import LEXICON as TOPIC_WORDS
from nlp.topics.words import TopicWords
from nlp.variants import LEXICON as VARIANTS
from nlp.variants import variants
from yuqing.domain.annotation import SeverityScore, TopicScore

LEXICONS = (VARIANTS, TOPIC_WORDS, TOPIC_CUES, RISK_WORDS)
MOST_TOPICS = 3
OTHER = 15  # the last id of the taxonomy
LEAST_PROBABILITY = 0.25  # below it the best topic is a guess, and the text is `other`


def assign(probabilities: FloatArray, thresholds: FloatArray) -> list[list[int]]:
    """The topics of each row: up to three that reach their threshold, most probable first.

    Where none does, the best one, or `other` where that would be a guess. Thresholds are one per topic, or a row of
    them per text.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")
    limits = np.broadcast_to(thresholds, probabilities.shape)
    return [
        [int(index) for index in ranks if row[index] >= limit[index]][:MOST_TOPICS]
        or [int(ranks[0]) if row[ranks[0]] >= LEAST_PROBABILITY else OTHER]
        for row, limit, ranks in zip(probabilities, limits, order, strict=True)
    ]


class LinearTopics:
    """Topics and severity of raw texts by the shipped linear model and the risk words."""

    def __init__(self, model: LinearModel, metadata: Mapping[str, Any], risk: RiskWords) -> None:
        self._ids: tuple[str, ...] = tuple(metadata["topics"])
        cues = np.array(metadata["cues"], dtype=np.float32)
        self._model = CuedModel(model, TopicCues.load(self._ids), cues)
        self._risk = risk
        self._name = model_name("topics", metadata, *LEXICONS)
        self._words = TopicWords.load(self._ids)
        self._thresholds = np.array([metadata["thresholds"][topic] for topic in self._ids], dtype=np.float32)

    @classmethod
    def load(cls, folder: Path = MODELS / "topics") -> "LinearTopics":
        """The model of a folder, checked against its digest."""
        return cls(*load_model(folder), RiskWords.load())

    @property
    def name(self) -> str:
        """Name, version and digest."""
        return self._name

    def predict(self, texts: Sequence[str]) -> Sequence[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """Assigned topics (most probable first) and severity per text, in order."""
        prepared = [prepare(text) for text in texts]
        return self.answers(prepared, *self.chances(prepared), self._thresholds)

    def chances(self, prepared: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """What the model alone says: probabilities of the topics and of the severity levels."""
        scores = self._model.scores([variants().without_faces(text) for text in prepared])
        return sigmoid(scores[:, : len(self._ids)]), softmax(scores[:, len(self._ids) :])

    def answers(
        self, prepared: Sequence[str], topics: FloatArray, severity: FloatArray, thresholds: FloatArray
    ) -> list[tuple[tuple[TopicScore, ...], SeverityScore]]:
        """Topics and severity as they are reported: the lexicons have their say, thresholds decide."""
        topics = self._words.lift(topics, prepared)
        severity = raise_to(severity, [self._risk.level(text) for text in prepared])
        chosen = assign(topics, thresholds)
        return [
            (self._topics(indices, row), _severity(levels))
            for indices, row, levels in zip(chosen, topics.tolist(), severity.tolist(), strict=True)
        ]

    @property
    def ids(self) -> tuple[str, ...]:
        """The topic ids in the order of the columns."""
        return self._ids

    @property
    def thresholds(self) -> FloatArray:
        """From which probability each topic is assigned."""
        return self._thresholds

    def _topics(self, indices: Sequence[int], row: Sequence[float]) -> tuple[TopicScore, ...]:
        return tuple(TopicScore(self._ids[index], row[index]) for index in indices)


def _severity(levels: Sequence[float]) -> SeverityScore:
    zero, one, two, three = levels
    return SeverityScore(level_of(levels), (zero, one, two, three))
