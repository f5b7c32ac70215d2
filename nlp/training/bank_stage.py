"""The bank texts: teachers that never judge what they learned, cleaner targets, and one student.

The comments of CCF BDCI 2021 and bank_topics were labelled by different people after different rules, and where both
label a text a quarter of the stances differ. So each has a head of its own, and how the two are weighed is decided on
texts that neither saw. Each teacher learns one half of the labelled rows and speaks about the rest and about
texts without labels; confident learning then finds the comments whose label the teachers do not believe.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nlp.linear import sigmoid, softmax
from nlp.sentiment.ensemble import COMMENTS, GUIDE, SEVERITY, TOPICS
from nlp.training.data import Row, TopicRow, Weighed, texts_of, without
from nlp.training.encoder import Start, encode, one_hot
from nlp.training.evaluation import stances
from nlp.training.fitting import Example, Plan, answers, fit
from nlp.training.invented import SOURCE as INVENTED
from nlp.training.invented import weighed
from nlp.training.sentiment import train_sentiment
from nlp.training.topics import strangers, topic_matrix, train_topics

HEADS: dict[str, int] = {COMMENTS: 3, GUIDE: 3, TOPICS: 16, SEVERITY: 4}
SHARES = {TOPICS: 0.5, SEVERITY: 0.5}
# How much the linear teacher counts beside the encoder teacher. Few rows of bank_topics are too little for 16 topics.
LINEAR_SHARE = {COMMENTS: 0.3, GUIDE: 0.3, TOPICS: 1.0, SEVERITY: 0.5}
STRANGERS_SET = "weibo2018"
TEACHERS = 2  # of each kind
OWN_SHARE = 0.6  # of teachers that start where the student starts, beside those of the other pretrained encoder
TEACHER_PLAN = Plan(epochs=5, rate=1e-4, head_factor=1.0, shares={TOPICS: 0.25, SEVERITY: 0.5})
STUDENT_PLAN = Plan(epochs=1, rate=1e-4, batch=48, shares=SHARES)
GOLD_EPOCHS = 4
TEACHER_SHARE = 0.3  # of the target of a labelled row
INVENTED_WEIGHT = 0.5  # they show ways of speaking, not how often people speak so
DOUBTED_SHARE = 0.7  # of the target of a row whose label the teachers do not believe
SEED = 13
log = logging.getLogger("nlp.training")


@dataclass(frozen=True, slots=True)
class Gold:
    """The labelled rows of a run; a text may be in both. Invented sentences stand among the topics."""

    comments: Sequence[Row]
    topics: Sequence[TopicRow]

    def texts(self) -> list[str]:
        """Each text once."""
        return list(dict.fromkeys(texts_of(self.comments, self.topics)))


Targets = dict[str, dict[str, Any]]  # text -> head -> probabilities


def gold_targets(gold: Gold) -> Targets:
    """What the labels say. Invented sentences teach the stance alone."""
    targets: Targets = {text: {} for text in gold.texts()}
    for row in gold.comments:
        targets[row.text][COMMENTS] = one_hot(row.label)
    for labelled, topics in zip(gold.topics, topic_matrix(gold.topics), strict=True):
        targets[labelled.text][GUIDE] = one_hot(labelled.label)
        if labelled.source != INVENTED:
            targets[labelled.text] |= {TOPICS: topics.astype(np.float32), SEVERITY: one_hot(labelled.severity, 4)}
    return targets


def importance(gold: Gold) -> dict[str, float]:
    """Square root of the inverse class share among the comments; 1 for the other texts, less for invented ones."""
    share = np.bincount([row.label for row in gold.comments], minlength=3) / len(gold.comments)
    weights = {row.text: INVENTED_WEIGHT if row.source == INVENTED else 1.0 for row in gold.topics}
    return weights | {row.text: float(np.sqrt(1 / (3 * share[row.label]))) for row in gold.comments}


def _examples(begun: Start, targets: Targets, weights: Mapping[str, float]) -> list[Example]:
    ids = encode(begun.tokenizer, list(targets))
    return [
        Example(tokens, heads, weights.get(text, 1.0))
        for tokens, (text, heads) in zip(ids, targets.items(), strict=True)
    ]


def learner(begun: Start) -> Start:
    """A copy of the beginning with fresh heads; the word embeddings stay as they are: bank rows are few."""
    network = deepcopy(begun.network)
    network.add_heads(HEADS)
    network.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    return Start(begun.tokenizer, network)


def speak(model: Start, texts: Sequence[str]) -> dict[str, Any]:
    """Probabilities of every head for each text."""
    scores = answers(model.network, encode(model.tokenizer, texts), list(HEADS))
    return {
        name: (sigmoid if name.endswith(":several") else softmax)(score)
        for name, score in zip(HEADS, scores, strict=True)
    }


Speaker = Callable[[Sequence[str]], Mapping[str, Any]]


def crossed(teach: Callable[[Gold, int], Speaker], gold: Gold, free: Sequence[str]) -> Targets:
    """What the teachers say about gold and free texts: of a gold text only the one who did not learn it."""
    texts = gold.texts()
    folds = np.random.default_rng(SEED).permutation(len(texts)) % TEACHERS
    said: Targets = {}
    parts = []
    for number in range(TEACHERS):
        asked = [text for text, fold in zip(texts, folds, strict=True) if fold == number]
        speaker = teach(evaluation_gold(gold.comments, gold.topics, set(asked)), number)
        answered = speaker(asked)
        said |= {text: {name: answered[name][row] for name in HEADS} for row, text in enumerate(asked)}
        parts.append(speaker(free))
    for row, text in enumerate(free):
        said[text] = {name: np.mean([part[name][row] for part in parts], axis=0) for name in HEADS}
    return said


def encoder_teacher(begun: Start, known: Gold, number: int) -> Speaker:
    """An encoder that learned one half."""
    log.info("教师模型 %d", number + 1)
    model = learner(begun)
    fit(
        model.network,
        _examples(begun, gold_targets(known), importance(known)),
        replace(TEACHER_PLAN, seed=SEED + number),
    )
    return lambda texts: speak(model, texts)


def linear_teacher(general: Mapping[str, Sequence[Row]], known: Gold, heard: Sequence[Weighed] = ()) -> Speaker:
    """The linear models that learned these rows, and what other teachers said where it is given."""
    comments = without(known.comments, {row.text for row in known.topics})
    written = weighed([row for row in known.topics if row.source == INVENTED])
    by_hand = [row for row in known.topics if row.source != INVENTED]
    stance = train_sentiment(comments, stances(by_hand), general, [*written, *heard]).model
    topics = train_topics(by_hand, strangers(general[STRANGERS_SET])).model

    def say(texts: Sequence[str]) -> Mapping[str, Any]:
        feeling, scores = softmax(stance.scores(texts)), topics.scores(texts)
        return {
            COMMENTS: feeling,
            GUIDE: feeling,
            TOPICS: sigmoid(scores[:, : HEADS[TOPICS]]),
            SEVERITY: softmax(scores[:, HEADS[TOPICS] :]),
        }

    return say


def mean_said(kinds: Sequence[tuple[float, Targets]]) -> Targets:
    """The mean of several kinds of encoder teachers, weighted by shares that sum to 1."""
    return {
        text: {name: sum(share * said[text][name] for share, said in kinds) for name in HEADS} for text in kinds[0][1]
    }


def both_said(encoder: Targets, linear: Targets) -> Targets:
    """The weighted mean of both kinds of teachers."""
    return {
        text: {name: (1 - share) * heads[name] + share * linear[text][name] for name, share in LINEAR_SHARE.items()}
        for text, heads in encoder.items()
    }


def doubted(gold: Gold, said: Targets) -> set[str]:
    """Comments whose label is probably wrong, by confident learning.

    A class is confidently predicted where its probability reaches the mean probability it has on rows that carry its
    label. Where the most probable confident class is another than the label, the label is doubted.
    """
    labels = np.array([row.label for row in gold.comments])
    chances = np.stack([said[row.text][COMMENTS] for row in gold.comments])
    limits = np.array([chances[labels == label, label].mean() for label in range(3)])
    confident = np.where(chances >= limits, chances, 0.0)
    best = confident.argmax(1)
    wrong = (confident.max(1) > 0) & (best != labels)
    return {row.text for row, is_wrong in zip(gold.comments, wrong, strict=True) if is_wrong}


def mixed_targets(gold: Gold, said: Targets, free: Sequence[str]) -> Targets:
    """Labels and teachers together for gold texts; the teachers alone for the others."""
    targets, suspects = gold_targets(gold), doubted(gold, said)
    log.info("置信学习：%d 条评论里有 %d 条标签存疑", len(gold.comments), len(suspects))
    mixed: Targets = {}
    for text, heads in targets.items():
        mixed[text] = dict(said[text])
        for name, truth in heads.items():
            share = DOUBTED_SHARE if name == COMMENTS and text in suspects else TEACHER_SHARE
            share = 0.0 if name == TOPICS else share
            mixed[text][name] = (1 - share) * truth + share * said[text][name]
    return mixed | {text: said[text] for text in free if text not in targets}


def student(begun: Start, gold: Gold, said: Targets, free: Sequence[str], plan: Plan = STUDENT_PLAN) -> Start:
    """The model that is shipped: gold texts several times, free texts once."""
    model = learner(begun)
    mixed = mixed_targets(gold, said, free)
    labelled = {text: mixed[text] for text in gold.texts()}
    others = {text: heads for text, heads in mixed.items() if text not in labelled}
    examples = GOLD_EPOCHS * _examples(begun, labelled, importance(gold)) + _examples(begun, others, {})
    log.info("学生模型：%d 条有标注，%d 条无标注", len(labelled), len(others))
    fit(model.network, examples, plan)
    return model


def evaluation_gold(comments: Sequence[Row], topics: Sequence[TopicRow], judged: set[str]) -> Gold:
    """The rows that may be learned when these texts are judged."""
    return Gold(without(comments, judged), [row for row in topics if row.text not in judged])
