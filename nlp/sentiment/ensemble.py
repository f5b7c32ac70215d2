"""Linear model and transformer together: on every text, or (the cascade) where something may be at stake.

Most posts about banks are plainly neutral, some plainly are complaints, and the linear model says so two orders of
magnitude faster. A text in between is read by the transformer as well, and both together decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nlp.features import FloatArray
from nlp.linear import softmax
from nlp.sentiment.linear import ORDER, LinearSentiment, decide
from nlp.text import prepare
from yuqing.domain.annotation import Sentiment

COMMENTS, GUIDE, TOPICS, SEVERITY = "comments", "guide", "topics:several", "severity"


class Heads(Protocol):
    """What is used of the encoder."""

    @property
    def name(self) -> str: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...

    def heads(self, texts: Sequence[str]) -> Mapping[str, FloatArray]: ...


@dataclass(frozen=True, slots=True)
class Band:
    """Where the linear model sees something at stake and is not sure: the texts that a cascade reads twice."""

    negative: float
    positive: float
    sure: float

    def holds(self, linear: FloatArray) -> Any:
        """Whether each row of probabilities lies in the band."""
        at_stake = (linear[:, 0] >= self.negative) | (linear[:, 2] >= self.positive)
        return at_stake & (np.maximum(linear[:, 0], linear[:, 2]) < self.sure)


@dataclass(frozen=True, slots=True)
class Stack:
    """A linear calibration over the log probabilities of several models, and a threshold per class."""

    weights: FloatArray  # (models x 3, 3)
    bias: FloatArray  # (3,)
    thresholds: tuple[float, float]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Stack":
        """As stored in a model file."""
        thresholds = (float(body["thresholds"]["negative"]), float(body["thresholds"]["positive"]))
        return cls(np.array(body["weights"], dtype=np.float32), np.array(body["bias"], dtype=np.float32), thresholds)

    def probabilities(self, *models: FloatArray) -> FloatArray:
        """Calibrated probabilities; `models` are the probabilities of each model, in the order of training."""
        return softmax(stacked(*models) @ self.weights + self.bias)


def stacked(*models: FloatArray) -> FloatArray:
    """The features of a stack: log probabilities side by side."""
    return np.asarray(np.log(np.clip(np.concatenate(models, axis=1), 1e-5, 1.0)), dtype=np.float32)


class EncoderSentiment:
    """The transformer alone."""

    def __init__(self, encoder: Heads) -> None:
        self._encoder = encoder
        self._stack = Stack.of(encoder.metadata["stance"]["encoder"])

    @property
    def name(self) -> str:
        """Name and version."""
        return self._encoder.name

    def reads(self, texts: Sequence[str]) -> Any:
        """The transformer reads every text that says something."""
        return speaking(texts)

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One calibrated stance per text, in order."""
        if not texts:
            return []
        heads = self._encoder.heads(texts)
        rows = self._stack.probabilities(softmax(heads[COMMENTS]), softmax(heads[GUIDE]))
        return _sentiments(rows, decide(rows, self._stack.thresholds))


class EnsembleSentiment:
    """Both models; `routed` leaves texts without anything at stake to the linear one alone."""

    def __init__(self, linear: LinearSentiment, encoder: Heads, *, is_cascade: bool) -> None:
        self._linear = linear
        self._encoder = encoder
        self._stack = Stack.of(encoder.metadata["stance"]["ensemble"])
        limits = encoder.metadata["stance"]["route"]
        self._band = Band(**limits) if is_cascade else None
        self._kind = "cascade" if is_cascade else "ensemble"

    @property
    def name(self) -> str:
        """Names and versions of both."""
        return f"{self._kind}({self._linear.name}+{self._encoder.name})"

    def predict(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One calibrated stance per text, in order."""
        rows = self._linear.probabilities(texts)
        choices = np.array(decide(rows, self._linear.thresholds), dtype=np.int64)
        asked: list[int] = np.flatnonzero(self.routed(texts, rows)).tolist()
        if asked:
            heads = self._encoder.heads([texts[index] for index in asked])
            rows[asked] = self._stack.probabilities(softmax(heads[COMMENTS]), softmax(heads[GUIDE]), rows[asked])
            choices[asked] = decide(rows[asked], self._stack.thresholds)
        return _sentiments(rows, choices.tolist())

    def reads(self, texts: Sequence[str]) -> Any:
        """Whether the transformer reads each text."""
        return self.routed(texts, self._linear.probabilities(texts))

    def routed(self, texts: Sequence[str], rows: FloatArray) -> Any:
        """Whether the transformer reads each text; one that says nothing needs no second reader."""
        return speaking(texts) & (self._band.holds(rows) if self._band else True)


def speaking(texts: Sequence[str]) -> Any:
    """Whether anything is left of each text when it is prepared."""
    return np.array([bool(prepare(text)) for text in texts], dtype=bool)


def _sentiments(rows: FloatArray, choices: Sequence[int]) -> list[Sentiment]:
    return [
        Sentiment(ORDER[choice], negative, neutral, positive)
        for choice, (negative, neutral, positive) in zip(choices, rows.tolist(), strict=True)
    ]
