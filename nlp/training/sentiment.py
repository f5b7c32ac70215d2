"""The recipe of the stance model: helpers on general sets, one regression on bank texts, folded into one matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold

from nlp.linear import LinearModel, NgramSettings, softmax
from nlp.sentiment.linear import decide
from nlp.training.data import Row
from nlp.training.vectors import count_matrix, inverse_frequency, spread, weighted

Array = Any
NGRAMS = NgramSettings(lowest=1, highest=3, bits=18)
SEED = 13
LEAST_TEXTS = 2
REGULARISATION = 8.0
HELPER_REGULARISATION = 2.0
HELPER_SHARE = 0.15  # how strongly a helper's standardised score enters; n-gram rows have length 1
TOPIC_ROW_WEIGHT = 1.0  # hand-labelled texts: cleaner, but of other kinds than comments
TOPIC_ROW_CALIBRATION = 0.3  # their class shares are not natural
FOLDS = 4


@dataclass(frozen=True, slots=True)
class Trained:
    """A calibrated model with its thresholds (negative, positive)."""

    model: LinearModel
    thresholds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Helpers:
    """Linear scores learned elsewhere: standardised(x) = x @ weights + bias."""

    weights: Array
    bias: Array


def train_sentiment(comments: Sequence[Row], topics: Sequence[Row], general: Mapping[str, Sequence[Row]]) -> Trained:
    """Fit on bank comments and bank_topics rows, with helpers from the general sets; calibrate out of fold."""
    texts = [row.text for row in (*comments, *topics)]
    labels = np.array([row.label for row in (*comments, *topics)])
    is_comment = np.arange(len(texts)) < len(comments)
    counts = count_matrix(texts, NGRAMS)
    idf = inverse_frequency(counts, LEAST_TEXTS)
    rows = weighted(counts, idf)
    helpers = _helpers(general, idf, rows)
    features = sparse.hstack([rows, HELPER_SHARE * (rows @ helpers.weights + helpers.bias)]).tocsr()
    importance = _importance(labels, is_comment)
    scores = _out_of_fold(features, labels, importance)
    calibration = LogisticRegression(C=100.0).fit(
        scores, labels, sample_weight=np.where(is_comment, 1.0, TOPIC_ROW_CALIBRATION)
    )
    thresholds = best_thresholds(softmax(calibration.decision_function(scores)), labels, is_comment)
    weights, bias = _folded(_fit(features, labels, importance), helpers)
    calibrated = spread(weights @ calibration.coef_.T, idf)
    share = np.bincount(labels[is_comment], minlength=3) + 1
    blank = np.log(share / share.sum())
    model = LinearModel(NGRAMS, idf, calibrated, bias @ calibration.coef_.T + calibration.intercept_, blank)
    return Trained(model, thresholds)


def _importance(labels: Array, is_comment: Array) -> Array:
    """Square root of the inverse class share among the comments: between blind to and obsessed by rare classes."""
    share = np.bincount(labels[is_comment], minlength=3) / max(is_comment.sum(), 1)
    return np.where(is_comment, np.sqrt(1 / (3 * share))[labels], TOPIC_ROW_WEIGHT)


def _fit(features: Array, labels: Array, importance: Array) -> Any:
    regression = LogisticRegression(C=REGULARISATION, max_iter=400, tol=1e-3)
    return regression.fit(features, labels, sample_weight=importance)


def _out_of_fold(features: Array, labels: Array, importance: Array) -> Array:
    scores = np.zeros((len(labels), 3))
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(scores, labels):
        scores[asked] = _fit(features[known], labels[known], importance[known]).decision_function(features[asked])
    return scores


def _helpers(general: Mapping[str, Sequence[Row]], idf: Array, rows: Array) -> _Helpers:
    columns = [_helper(members, idf) for members in general.values()]
    weights = np.concatenate(columns, axis=1) if columns else np.zeros((rows.shape[1], 0))
    scores = rows @ weights
    deviation = np.maximum(scores.std(axis=0), 1e-9)
    return _Helpers(weights / deviation, -scores.mean(axis=0) / deviation)


def _helper(members: Sequence[Row], idf: Array) -> Array:
    """Weights of one general set over the columns that bank texts use: one per class, or one for two classes."""
    features = weighted(count_matrix([row.text for row in members], NGRAMS), idf)
    labels = [row.label for row in members]
    regression = LogisticRegression(C=HELPER_REGULARISATION, class_weight="balanced", max_iter=300, tol=1e-3)
    return regression.fit(features, labels).coef_.T


def _folded(regression: Any, helpers: _Helpers) -> tuple[Array, Array]:
    """Helpers and regression are both linear, so together they are one matrix."""
    size = helpers.weights.shape[0]
    own, on_helpers = regression.coef_[:, :size].T, HELPER_SHARE * regression.coef_[:, size:].T
    return own + helpers.weights @ on_helpers, regression.intercept_ + helpers.bias @ on_helpers


def best_thresholds(probabilities: Array, labels: Array, is_comment: Array) -> tuple[float, float]:
    """The pair that is most useful over both kinds of text, out of fold."""
    grid = [(negative, positive) for negative in np.arange(0.2, 0.56, 0.02) for positive in np.arange(0.2, 0.56, 0.04)]
    # Comments count double: their class shares are those of ordinary traffic.
    parts = [part for part in (is_comment, is_comment, ~is_comment) if part.any()]

    def quality(pair: tuple[float, float]) -> float:
        return float(
            np.mean([_usefulness(labels[part], np.array(decide(probabilities[part], pair))) for part in parts])
        )

    best = max(grid, key=quality)
    return round(float(best[0]), 2), round(float(best[1]), 2)


def _usefulness(truth: Array, said: Array) -> float:
    """Agreement beyond chance, and the negative class once more: it is what people are woken for."""
    return float(cohen_kappa_score(truth, said)) + _f1(truth == 0, said == 0)


def _f1(truth: Array, said: Array) -> float:
    return float(2 * np.sum(truth & said) / max(np.sum(truth) + np.sum(said), 1))
