"""Honest figures: every judged text is unknown to the model that judges it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import KFold

from nlp.linear import sigmoid, softmax
from nlp.sentiment.linear import decide
from nlp.topics.severity import RiskWords, level_of, raise_to
from nlp.topics.words import TopicWords
from nlp.training import topics as topic_recipe
from nlp.training.data import (
    GENERAL,
    Row,
    TopicRow,
    Weighed,
    bank_comments,
    bank_topics,
    texts_of,
    unlabelled,
    without,
)
from nlp.training.heard import heard_rows
from nlp.training.invented import invented_rows, weighed
from nlp.training.sentiment import Trained, train_sentiment
from nlp.training.topics import TOPICS, assigned_matrix, strangers, topic_matrix, train_topics

Array = Any
COMMENTS = "ccf_bdci2021_bank"
FOLDS = 4
SEED = 7


@dataclass(frozen=True, slots=True)
class Sets:
    """Everything that is learned from, read once."""

    train: list[Row]
    dev: list[Row]
    topics: list[TopicRow]
    general: dict[str, list[Row]]
    invented: Sequence[TopicRow] = ()  # learned from, never judged; so is what teachers said
    heard: Sequence[Weighed] = ()

    @property
    def beside(self) -> list[Weighed]:
        """What the linear stance model learns beside labelled texts."""
        return [*weighed(self.invented), *self.heard]


@dataclass(frozen=True, slots=True)
class Judged:
    """True classes, chosen classes and probabilities of some texts."""

    truth: Array
    labels: Array
    probabilities: Array


def load_sets(data: Path, *, with_heard: bool = True) -> Sets:
    """All sets below the shared data folder; what teachers said is left out where teachers are trained."""
    general = {name: load(data) for name, load in GENERAL.items()}
    train, dev, topics = bank_comments(data, "train"), bank_comments(data, "dev"), bank_topics(data)
    sets = Sets(train, dev, topics, general, invented_rows())
    return replace(sets, heard=heard_rows(_asked(sets, data))) if with_heard else sets


def _asked(sets: Sets, data: Path) -> list[str]:
    """The comments without labels that the teachers spoke about."""
    labelled = set(texts_of(sets.train, sets.dev, sets.topics))
    return [text for text in unlabelled(data, [COMMENTS])[COMMENTS] if text not in labelled]


def stances(rows: Sequence[TopicRow]) -> list[Row]:
    """The stance labels of bank_topics rows."""
    return [Row(row.text, row.label) for row in rows]


def judge_sentiment(trained: Trained, rows: Sequence[Row]) -> Judged:
    """What a model says about rows."""
    probabilities = softmax(trained.model.scores([row.text for row in rows]))
    return Judged(
        np.array([row.label for row in rows]), np.array(decide(probabilities, trained.thresholds)), probabilities
    )


def comments_dev(sets: Sets) -> Judged:
    """Bank comments: trained without any text of the dev split, judged on it."""
    known = {row.text for row in (*sets.dev, *sets.train)}
    train = without(sets.train, {row.text for row in sets.dev})
    topics = without(stances(sets.topics), known)
    return judge_sentiment(train_sentiment(train, topics, sets.general, sets.beside), sets.dev)


def topics_sentiment(sets: Sets) -> Judged:
    """bank_topics stance, out of fold; comments with a text of the judged fold are left out of training.

    So is what the teachers said: they learned most of these texts.
    """
    rows = stances(sets.topics)
    parts = []
    for known, asked in folds(len(rows)):
        judged = [rows[index] for index in asked]
        hidden = {row.text for row in judged}
        learned = [rows[index] for index in known]
        comments = without([*sets.train, *sets.dev], hidden | {row.text for row in learned})
        trained = train_sentiment(comments, learned, sets.general, weighed(sets.invented))
        parts.append((asked, judge_sentiment(trained, judged)))
    return _joined(parts)


def topics_and_severity(sets: Sets) -> tuple[Judged, Judged]:
    """bank_topics topics and severity (with risk words), out of fold."""
    rows, others = sets.topics, strangers(sets.general["weibo2018"])
    topic_parts, severity_parts = [], []
    for known, asked in folds(len(rows)):
        trained = train_topics([rows[index] for index in known], others)
        judged = [rows[index] for index in asked]
        scores = trained.model.scores([row.text for row in judged])
        topic_parts.append((asked, _judge_topics(trained, judged, scores)))
        severity_parts.append((asked, _judge_severity(judged, scores)))
    return _joined(topic_parts), _joined(severity_parts)


def _judge_topics(trained: topic_recipe.Trained, rows: Sequence[TopicRow], scores: Array) -> Judged:
    thresholds = np.array([trained.thresholds[topic] for topic in TOPICS])
    chances = TopicWords.load(TOPICS).lift(sigmoid(scores[:, : len(TOPICS)]), [row.text for row in rows])
    return Judged(topic_matrix(rows), assigned_matrix(chances, thresholds), chances)


def _judge_severity(rows: Sequence[TopicRow], scores: Array) -> Judged:
    risk = RiskWords.load()
    raised = raise_to(softmax(scores[:, len(TOPICS) :]), [risk.level(row.text) for row in rows])
    return Judged(np.array([row.severity for row in rows]), np.array([level_of(row) for row in raised]), raised)


def folds(rows: int) -> list[tuple[Array, Array]]:
    """Known and asked rows of each fold."""
    return list(KFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(rows)))


def _joined(parts: Sequence[tuple[Array, Judged]]) -> Judged:
    order = np.argsort(np.concatenate([asked for asked, _ in parts]))
    columns = [
        np.concatenate([getattr(judged, name) for _, judged in parts])[order]
        for name in ("truth", "labels", "probabilities")
    ]
    return Judged(*columns)
