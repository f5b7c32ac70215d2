"""The recipe of the topic and severity model: a regression per topic over n-grams and cue words, one for severity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from nlp.linear import LinearModel, NgramSettings, sigmoid
from nlp.topics.cues import CuedModel, TopicCues
from nlp.topics.linear import assign
from nlp.training.data import Row, TopicRow
from nlp.training.vectors import count_matrix, inverse_frequency, spread, weighted

Array = Any
NGRAMS = NgramSettings(lowest=1, highest=2, bits=17)
SEED = 13
LEAST_TEXTS = 2
REGULARISATION = 4.0  # of the topics
SEVERITY_REGULARISATION = 12.0
BIAS_SCALE = 5.0  # how freely the bias of a topic moves: a rare one is not drowned by it
CUE_SHARE = 0.3  # scale of the cue columns beside n-gram rows of length 1
FOLDS = 4
LEVELS = 4
STRANGERS = 300  # general posts that teach what is none of a bank's business
STRANGER_WEIGHT = 0.3
TOPICS = (
    "app", "card", "loan", "deposit", "wealth", "fee", "payment", "service", "collection", "fraud", "privacy",
    "marketing", "compliance", "governance", "liquidity", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trained:
    """A calibrated model of 16 topic scores and 4 severity scores, with a threshold per topic."""

    model: CuedModel
    thresholds: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Sample:
    features: Array  # n-grams, then a column of cues per topic
    topics: Array  # (rows, topics) of 0 and 1
    severity: Array
    importance: Array


def topic_matrix(rows: Sequence[TopicRow]) -> Array:
    """Rows by topics, 1 where the topic is assigned."""
    return np.array([[int(topic in row.topics) for topic in TOPICS] for row in rows])


def strangers(general: Sequence[Row]) -> list[TopicRow]:
    """A fixed draw of general posts that name no bank, as topic `other` without risk."""
    free = [row for row in general if not any(word in row.text for word in ("银行", "卡", "贷", "钱", "款"))]
    drawn = np.random.default_rng(SEED).choice(len(free), size=min(STRANGERS, len(free)), replace=False)
    return [TopicRow(free[index].text, 1, ("other",), 0, "general") for index in sorted(drawn)]


def train_topics(rows: Sequence[TopicRow], others: Sequence[TopicRow]) -> Trained:
    """Fit on labelled rows and strangers; calibrate and choose thresholds out of fold on the labelled rows."""
    members = [*rows, *others]
    counts = count_matrix([row.text for row in members], NGRAMS)
    idf = inverse_frequency(counts[: len(rows)], LEAST_TEXTS)
    importance = np.where(np.arange(len(members)) < len(rows), 1.0, STRANGER_WEIGHT)
    severity = np.array([row.severity for row in members])
    cues = TopicCues.load(TOPICS)
    features = _beside(weighted(counts, idf), cues.find([row.text for row in members]))
    sample = _Sample(features, topic_matrix(members), severity, importance)
    scores = _out_of_fold(sample)[: len(rows)]
    stretch, shift = _calibration(scores, sample.topics[: len(rows)], severity[: len(rows)])
    chances = sigmoid((scores @ stretch + shift)[:, : len(TOPICS)])
    weights, bias = _fit(sample)
    calibrated = weights @ stretch
    ngrams, spoken = calibrated[: -len(TOPICS)], CUE_SHARE * calibrated[-len(TOPICS) :]
    model = LinearModel(NGRAMS, idf, spread(ngrams, idf), bias @ stretch + shift, _blank())
    return Trained(CuedModel(model, cues, spoken.astype(np.float32)), _thresholds(chances, sample.topics[: len(rows)]))


def _blank() -> Array:
    """A text that says nothing: topic `other`, no risk."""
    return np.array([3.0 if topic == "other" else -5.0 for topic in TOPICS] + [3.0, 0.0, -2.0, -4.0])


def _beside(ngrams: Array, cues: Array) -> Array:
    return sparse.hstack([ngrams, sparse.csr_matrix(CUE_SHARE * cues)]).tocsr()


def _fit(sample: _Sample) -> tuple[Array, Array]:
    """Weights (columns, 16 + 4) and bias. Cues are about topics: severity does better without them."""
    topics = [_regression().fit(sample.features, truth, sample.importance) for truth in sample.topics.T]
    ngrams = sample.features[:, : -len(TOPICS)]
    levels = LogisticRegression(C=SEVERITY_REGULARISATION, max_iter=300, tol=1e-3)
    levels.fit(ngrams, sample.severity, sample.importance)
    silent = np.zeros((len(TOPICS), LEVELS))
    columns = [*(regression.coef_.T for regression in topics), np.concatenate([levels.coef_.T, silent])]
    bias = [*(regression.intercept_ for regression in topics), levels.intercept_]
    return np.concatenate(columns, axis=1), np.concatenate(bias)


def _regression() -> Any:
    return LogisticRegression(C=REGULARISATION, solver="liblinear", intercept_scaling=BIAS_SCALE, tol=1e-3)


def _out_of_fold(sample: _Sample) -> Array:
    scores = np.zeros((sample.topics.shape[0], len(TOPICS) + LEVELS))
    for known, asked in KFold(FOLDS, shuffle=True, random_state=SEED).split(scores):
        part = _Sample(sample.features[known], sample.topics[known], sample.severity[known], sample.importance[known])
        weights, bias = _fit(part)
        scores[asked] = sample.features[asked] @ weights + bias
    return scores


def _calibration(scores: Array, topics: Array, severity: Array) -> tuple[Array, Array]:
    """A matrix and a shift: Platt scaling per topic, vector scaling of the severity levels."""
    size = len(TOPICS)
    stretch, shift = np.zeros((size + LEVELS, size + LEVELS)), np.zeros(size + LEVELS)
    for index in range(size):
        platt = LogisticRegression(C=10.0).fit(scores[:, [index]], topics[:, index])
        stretch[index, index], shift[index] = platt.coef_[0, 0], platt.intercept_[0]
    levels = LogisticRegression(C=1.0, max_iter=500).fit(scores[:, size:], severity)
    stretch[size:, size:], shift[size:] = levels.coef_.T, levels.intercept_
    return stretch, shift


def _thresholds(chances: Array, topics: Array) -> dict[str, float]:
    """Start from the best common threshold, then move one topic at a time while micro-F1 gains."""
    grid = np.arange(0.2, 0.61, 0.05)
    best = np.full(len(TOPICS), max(grid, key=lambda value: _micro_f1(chances, topics, np.full(len(TOPICS), value))))
    for index in range(len(TOPICS)):
        trials = [np.where(np.arange(len(TOPICS)) == index, value, best) for value in grid]
        best = max([best, *trials], key=lambda trial: _micro_f1(chances, topics, trial))
    return {topic: round(float(value), 2) for topic, value in zip(TOPICS, best, strict=True)}


def _micro_f1(chances: Array, topics: Array, thresholds: Array) -> float:
    said = assigned_matrix(chances, thresholds)
    return float(2 * np.sum(said & (topics == 1)) / max(said.sum() + topics.sum(), 1))


def assigned_matrix(chances: Array, thresholds: Array) -> Array:
    """Rows by topics, true where the topic is assigned."""
    said = np.zeros(chances.shape, dtype=bool)
    for row, indices in enumerate(assign(chances, thresholds)):
        said[row, indices] = True
    return said
