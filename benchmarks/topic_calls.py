"""For benchmarks/topic_series.py: which openings people are called for, and second matters inside crises.

What joins is no call, by the product's own judgement (alerts/matter.py, alerts/joining.py). Every post here has one
topic, so nothing joins by posts about two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.joining import MOSTLY
from alerts.matter import excess, is_part

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Call = tuple[int, int]  # bin and topic, -1: the whole subject
JOIN, HOUR, MATCH = 24, 12, 36  # bins


@dataclass(frozen=True)
class Openings:
    """What the rules find in the series of a subject. `negative`: one row a topic."""

    negative: Floats
    known: Bools
    whole: Sequence[int]
    parts: Sequence[Call]
    is_open: Bools


def calls(found: Openings) -> list[Call]:
    """In the order of time; a crisis and a topic in the same bin: the crisis first."""
    total = found.negative.sum(axis=0)
    told: list[Call] = []
    for at, topic in sorted([(at, -1) for at in found.whole] + list(found.parts)):
        if topic < 0:
            is_known = any(_is_most(found.negative[other], total, at) for _, other in _recent(told, at) if other >= 0)
        else:
            heads = [
                head for head in found.whole if head <= at and (at - head <= JOIN or found.is_open[head : at + 1].all())
            ]
            is_known = any(is_part(found.negative[topic], total, found.known, head, at) for head in heads)
            is_known |= any(other == topic for _, other in _recent(told, at))
        if not is_known:
            told.append((at, topic))
    return told


def _is_on(found: Openings, head: int, at: int) -> bool:
    return at - head <= JOIN or bool(found.is_open[head : at + 1].all())


def _recent(told: Iterable[Call], at: int) -> list[Call]:
    return [call for call in told if 0 <= at - call[0] <= JOIN]


def _is_most(part: Floats, total: Floats, at: int) -> bool:
    """Whether at least half of the posts that show an event of the subject are about a topic."""
    shown = slice(max(at - HOUR + 1, 0), at + 1)
    return bool(part[shown].sum() >= MOSTLY * total[shown].sum())


@dataclass(frozen=True)
class Second:
    """A second matter of the same subject: from when, in which topic, so many posts a bin."""

    onset: int
    topic: int
    extra: Floats
    is_visible: bool  # it at least triples the topic's negative posts

    def is_called(self, found: Iterable[Call]) -> bool:
        """Whether somebody is called for it, not only for the subject."""
        return any(topic == self.topic and self.onset <= at <= self.onset + MATCH for at, topic in found)


def seconds(negative: Floats, known: Bools, onsets: Iterable[int], rng: np.random.Generator) -> list[Second]:
    """One for each crisis: half an hour to two hours after its onset, 10 to 60 posts an hour, in another topic than
    that which leads the crisis."""
    found = []
    for onset in onsets:
        leading = int(np.argmax(negative[:, onset : onset + HOUR].sum(axis=1)))
        at = onset + int(rng.integers(6, 24))
        topic = int(rng.choice([each for each in range(len(negative)) if each != leading]))
        peak = np.exp(rng.uniform(np.log(10), np.log(60))) / 12
        shape = np.concatenate((np.linspace(0.3, 1, int(rng.integers(1, 7))), np.ones(int(rng.integers(12, 49)))))
        shape = np.concatenate((shape, 0.5 ** (np.arange(72) / 18)))
        if at + len(shape) > negative.shape[1]:
            continue
        extra = rng.poisson(peak * shape) * known[at : at + len(shape)]
        usual = excess(negative[topic], known, at, at + 24).usual / 24
        found.append(Second(at, topic, extra.astype(float), bool(peak >= 2 * usual)))
    return found
