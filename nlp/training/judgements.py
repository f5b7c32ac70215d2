"""What an evaluation run said about texts it did not learn: probabilities only, so that figures need no training.

The file holds no text, only a digest that tells whether the shared data are still those that were judged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp.sentiment.ensemble import COMMENTS, GUIDE, SEVERITY, TOPICS
from nlp.topics.severity import RiskWords, level_of, raise_to
from nlp.topics.words import TopicWords
from nlp.training.combine import Evidence, band_for, cascade, judged_stack, judged_topics
from nlp.training.data import TopicRow, texts_digest, texts_of
from nlp.training.evaluation import Judged, Sets, folds
from nlp.training.metrics import sentiment_figures, severity_figures, topic_figures
from nlp.training.topics import TOPICS as TOPIC_IDS
from nlp.training.topics import topic_matrix
from yuqing.domain.errors import InputError

Array = Any
Share = float | Array
JUDGED = Path(__file__).parents[2] / "benchmarks" / "encoder_judged.npz"
LINEAR = "linear"
ALONE = (COMMENTS, GUIDE)
TOGETHER = (COMMENTS, GUIDE, LINEAR)
ROUTED = 0.15  # share of ordinary comments that the cascade sends to the encoder
TOPIC_SHARE = 0.5  # of the encoder in topics and severity of the texts that it reads


@dataclass(frozen=True, slots=True)
class Judgements:
    """Stances of comments and bank_topics rows; topics and severity of the latter."""

    evidence: Evidence
    topic_rows: Sequence[TopicRow]
    columns: Mapping[str, Array]

    @property
    def topic_truth(self) -> Array:
        """Rows by topics, 1 where assigned by hand."""
        return topic_matrix(self.topic_rows)

    def topics(self, share: Share = TOPIC_SHARE) -> Array:
        """Topic probabilities of both models together, lexicon included; share 0 is the linear model."""
        chances = blended(self._part("linear", TOPICS), self._part("encoder", TOPICS), share)
        return TopicWords.load(TOPIC_IDS).lift(chances, [row.text for row in self.topic_rows])

    def assigned(self, share: Share = TOPIC_SHARE) -> Array:
        """Topics by a threshold chosen on other rows."""
        return judged_topics(self.topics(share), self.topic_truth)

    def severity(self, share: Share = TOPIC_SHARE) -> Judged:
        """Severity of both models together, risk words included."""
        risk = RiskWords.load()
        chances = blended(self._part("linear", SEVERITY), self._part("encoder", SEVERITY), share)
        raised = raise_to(chances, [risk.level(row.text) for row in self.topic_rows])
        truth = np.array([row.severity for row in self.topic_rows])
        return Judged(truth, np.array([level_of(row) for row in raised]), raised)

    def stance(self, names: Sequence[str]) -> Judged:
        """Stances by a stack that was fitted on other rows."""
        return judged_stack(self.evidence, names)

    def _part(self, model: str, head: str) -> Array:
        return self.columns[f"{model}.{head}"][~self.evidence.is_comment]


def blended(linear: Array, encoder: Array, share: Share) -> Array:
    """The weighted mean of two models' probabilities; the encoder's share is one for all, or a column."""
    return np.asarray((1 - share) * linear + share * encoder, dtype=np.float32)


def part(judged: Judged, rows: Array) -> Judged:
    """Some of the judged rows."""
    return Judged(judged.truth[rows], judged.labels[rows], judged.probabilities[rows])


def quarter(rows: Sequence[TopicRow]) -> list[TopicRow]:
    """The first fold of bank_topics: what the evaluation run of the encoder judges."""
    return [rows[index] for index in folds(len(rows))[0][1]]


def load_judgements(path: Path, sets: Sets) -> Judgements:
    """The judgements beside the true labels. Raises InputError when they are about other texts."""
    topic_rows = quarter(sets.topics)
    with np.load(path, allow_pickle=False) as stored:
        if str(stored["digest"]) != texts_digest(texts_of(sets.dev, topic_rows)):
            raise InputError("encoder_judged.npz 判的不是现在这份数据，请重新运行 python -m nlp.training encoder")
        columns = {name: stored[name].astype(np.float32) for name in stored.files if "." in name}
    truth = np.array([*(row.label for row in sets.dev), *(row.label for row in topic_rows)])
    is_comment = np.arange(len(truth)) < len(sets.dev)
    models = {
        COMMENTS: columns[f"encoder.{COMMENTS}"],
        GUIDE: columns[f"encoder.{GUIDE}"],
        LINEAR: columns[f"linear.{GUIDE}"],
    }
    return Judgements(Evidence(truth, is_comment, models), topic_rows, columns)


def encoder_results(found: Judgements, measured: Callable[..., Any]) -> dict[str, dict[str, Any]]:
    """Figures of the encoder alone, with the linear model, and as the cascade: set -> model -> figures, on equal rows.

    `quarter` is the part of bank_topics that the evaluation run did not learn.
    """
    rows, raw = found.evidence.is_comment, found.evidence.models[LINEAR]
    stances = {"linear": (LINEAR,), "encoder": ALONE, "ensemble": TOGETHER}
    said = {name: found.stance(models) for name, models in stances.items()}
    band = band_for(raw[rows], ROUTED)
    said["cascade"] = cascade(raw, said["ensemble"], band)

    def stance(judged: Judged) -> Any:
        return measured(sentiment_figures, judged.truth, judged.labels, judged.probabilities)

    def severity(judged: Judged) -> Any:
        return measured(severity_figures, judged.truth, judged.labels, judged.probabilities)

    read = TOPIC_SHARE * band.holds(raw[~rows])[:, None]
    shares: dict[str, Share] = {"linear": 0.0, "cascade": read, "ensemble": TOPIC_SHARE}
    return {
        "comments": {name: stance(part(body, rows)) for name, body in said.items() if name != "linear"},
        "quarter": {name: stance(part(body, ~rows)) for name, body in said.items()},
        "quarter_topics": {
            name: measured(topic_figures, found.topic_truth, found.assigned(share)) for name, share in shares.items()
        },
        "quarter_severity": {name: severity(found.severity(share)) for name, share in shares.items()},
    }
