"""The recipe of the stance model: helpers on general sets, one regression on bank texts, folded into one matrix."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlp.linear import LinearModel, NgramSettings, softmax
from nlp.training.data import Row, Weighed
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
STATED_RECALL = 0.55  # of negative and of positive comments; thresholds are as high as it allows


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


def train_sentiment(
    comments: Sequence[Row],
    topics: Sequence[Row],
    general: Mapping[str, Sequence[Row]],
    beside: Sequence[Weighed] = (),
) -> Trained:
    """Fit on bank comments, bank_topics and the texts beside them, with helpers from the general sets.

    Calibration and thresholds are found out of fold, on labelled texts alone.
    """
    members: list[Row | Weighed] = [*comments, *topics, *beside]
    labels = np.array([row.label for row in members])
    real, is_comment = (np.arange(len(members)) < size for size in (len(comments) + len(topics), len(comments)))
    ordinary = np.concatenate([is_comment[real], [row.is_ordinary for row in beside]]).astype(bool)
    size = np.concatenate([np.ones(int(real.sum())), [row.weight for row in beside]])
    counts = count_matrix([row.text for row in members], NGRAMS)
    idf = inverse_frequency(counts, LEAST_TEXTS)
    rows = weighted(counts, idf)
    helpers = _helpers(general, idf, rows)
    features = sparse.hstack([rows, HELPER_SHARE * (rows @ helpers.weights + helpers.bias)]).tocsr()
    importance = size * _importance(labels, is_comment, ordinary)
    scores = _out_of_fold(features, labels, importance, int(real.sum()))
    calibration = LogisticRegression(C=100.0).fit(
        scores, labels[real], sample_weight=np.where(is_comment[real], 1.0, TOPIC_ROW_CALIBRATION)
    )
    chances = softmax(calibration.decision_function(scores))
    thresholds = recall_thresholds(chances[is_comment[real]], labels[is_comment])
    weights, bias = _folded(_fit(features, labels, importance), helpers)
    calibrated = spread(weights @ calibration.coef_.T, idf)
    share = np.bincount(labels[is_comment], minlength=3) + 1
    blank = np.log(share / share.sum())
    model = LinearModel(NGRAMS, idf, calibrated, bias @ calibration.coef_.T + calibration.intercept_, blank)
    return Trained(model, thresholds)


def _importance(labels: Array, is_comment: Array, ordinary: Array) -> Array:
    """Square root of the inverse class share among the comments: between blind to and obsessed by rare classes."""
    share = np.bincount(labels[is_comment], minlength=3) / max(is_comment.sum(), 1)
    return np.where(ordinary, np.sqrt(1 / (3 * share))[labels], TOPIC_ROW_WEIGHT)


def _fit(features: Array, labels: Array, importance: Array) -> Any:
    regression = LogisticRegression(C=REGULARISATION, max_iter=400, tol=1e-3)
    return regression.fit(features, labels, sample_weight=importance)


def _out_of_fold(features: Array, labels: Array, importance: Array, real: int) -> Array:
    """Scores of the first `real` rows; the rows behind them are learned in every fold."""
    scores, behind = np.zeros((real, 3)), np.arange(real, len(labels))
    for part, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(scores, labels[:real]):
        known = np.concatenate([part, behind])
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


def recall_thresholds(probabilities: Array, labels: Array) -> tuple[float, float]:
    """The highest threshold (negative, positive) that still finds the stated share of the texts of its class.

    So precision is as high as that recall allows. The texts have to be ordinary ones that the model did not learn. Of a
    class without any text the threshold is one half.
    """
    negative, positive = (_reaching(probabilities[labels == stance, stance], STATED_RECALL) for stance in (0, 2))
    return negative, positive


def _reaching(chances: Array, recall: float) -> float:
    if not len(chances):
        return 0.5
    last = float(np.sort(chances)[::-1][max(int(np.ceil(recall * len(chances))) - 1, 0)])
    return max(round(math.floor(1000 * last) / 1000, 3), 0.001)  # a threshold of nothing would divide by it
