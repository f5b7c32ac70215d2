"""How encoder and linear model are weighed: fitted on texts that neither learned, judged in folds of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from nlp.sentiment.ensemble import Band, Stack, stacked
from nlp.sentiment.linear import decide
from nlp.training.evaluation import Judged
from nlp.training.sentiment import recall_thresholds
from nlp.training.topics import TOPICS, assigned_matrix

Array = Any
FOLDS = 5
SEED = 13
REGULARISATION = 0.03
TOPIC_ROW_WEIGHT = 1.0  # traffic is more than comments; the error of the probabilities on comments stays below 0.03
POSITIVE_FACTOR = 2.0  # a text goes to the encoder at a negative probability p or a positive one of this times p
SURE = 0.45  # from this probability on the encoder changes next to nothing


@dataclass(frozen=True, slots=True)
class Evidence:
    """Judged texts: first comments, then texts of bank_topics, with the probabilities of every model."""

    truth: Array
    is_comment: Array
    models: Mapping[str, Array]  # comments, guide, linear

    def inputs(self, names: Sequence[str]) -> list[Array]:
        """The probabilities of these models."""
        return [self.models[name] for name in names]


def fit_stack(evidence: Evidence, names: Sequence[str], rows: Array) -> Stack:
    """Weights, bias and thresholds from these rows."""
    features = stacked(*(model[rows] for model in evidence.inputs(names)))
    truth, is_comment = evidence.truth[rows], evidence.is_comment[rows]
    regression = LogisticRegression(C=REGULARISATION, max_iter=500)
    regression.fit(features, truth, sample_weight=np.where(is_comment, 1.0, TOPIC_ROW_WEIGHT))
    weights = regression.coef_.T.astype(np.float32)
    stack = Stack(weights, regression.intercept_.astype(np.float32), (0.5, 0.5))
    chances = stack.probabilities(*(model[rows] for model in evidence.inputs(names)))
    return Stack(stack.weights, stack.bias, recall_thresholds(chances[is_comment], truth[is_comment]))


def judged_stack(evidence: Evidence, names: Sequence[str]) -> Judged:
    """What stacks say about rows that they were not fitted on."""
    probabilities = np.zeros((len(evidence.truth), 3), dtype=np.float32)
    labels = np.ones(len(evidence.truth), dtype=int)
    strata = evidence.truth * 2 + evidence.is_comment
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(strata, strata):
        stack = fit_stack(evidence, names, known)
        probabilities[asked] = stack.probabilities(*(model[asked] for model in evidence.inputs(names)))
        labels[asked] = decide(probabilities[asked], stack.thresholds)
    return Judged(evidence.truth, labels, probabilities)


def stack_body(stack: Stack) -> dict[str, Any]:
    """A stack as it is stored."""
    return {
        "weights": np.round(stack.weights.astype(float), 5).tolist(),
        "bias": np.round(stack.bias.astype(float), 5).tolist(),
        "thresholds": {"negative": stack.thresholds[0], "positive": stack.thresholds[1]},
    }


def band_for(linear: Array, share: float) -> Band:
    """The band that sends this share of texts to the encoder, as nearly as its lower limit can."""
    if share >= 1:
        return Band(0.0, 0.0, 2.0)
    limits = np.quantile(linear[:, 0], np.linspace(0, 1, 400))
    bands = [Band(round(float(limit), 4), round(POSITIVE_FACTOR * float(limit), 4), SURE) for limit in limits]
    return min(bands, key=lambda band: abs(float(np.mean(band.holds(linear))) - share))


def cascade(linear: Array, ensemble: Judged, band: Band) -> Judged:
    """The ensemble inside the band; outside what the linear model is sure of, and neutral where nothing is at stake."""
    routed = band.holds(linear)
    plain = np.where(linear[:, 0] >= band.sure, 0, np.where(linear[:, 2] >= band.sure, 2, 1))
    return Judged(
        ensemble.truth,
        np.where(routed, ensemble.labels, plain),
        np.where(routed[:, None], ensemble.probabilities, linear),
    )


def topic_thresholds(chances: Array, truth: Array) -> float:
    """The one threshold for all topics with the best micro-F1: too few rows are left to choose sixteen."""
    grid = np.arange(0.2, 0.61, 0.02)
    return round(float(max(grid, key=lambda value: _micro(chances, truth, value))), 2)


def judged_topics(chances: Array, truth: Array) -> Array:
    """Topics assigned by a threshold chosen on the other folds."""
    said = np.zeros(truth.shape, dtype=bool)
    for part in range(FOLDS):
        asked = np.arange(len(truth)) % FOLDS == part
        limit = topic_thresholds(chances[~asked], truth[~asked])
        said[asked] = assigned_matrix(chances[asked], np.full(len(TOPICS), limit))
    return said


def _micro(chances: Array, truth: Array, limit: float) -> float:
    said = assigned_matrix(chances, np.full(len(TOPICS), limit))
    return float(2 * np.sum(said & (truth == 1)) / max(said.sum() + truth.sum(), 1))
