"""Whether scores still look as they did when the model was known to be right: profiles of many, and how they differ.

Population stability index (PSI) over fixed bins of the negative probability, shares of stances and topics, and the
share of character pairs that the fast model has never seen. A crisis moves the scores too: words that nobody has seen
before tell a new language from a bad week.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log, sqrt

from nlp.features import hash_counts
from nlp.linear import LinearModel
from nlp.text import prepare

EDGES = (0.01, 0.03, 0.06, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
FEW = 200
FEW_JUDGED = 30
_SMOOTHING = 0.5
_CHI_SQUARE_99 = {2: 9.21, 9: 21.67, 15: 30.58}  # by degrees of freedom
_SIGMAS = 2.58


class Level(StrEnum):
    """How far something moved."""

    WELL = "well"
    WATCH = "watch"
    LEFT = "left"
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Profile:
    """Many scores at a glance. `judged`: of mentions that people judged, how many, the sum of the negative
    probabilities that the model gave them, and how many are negative in truth."""

    n: int = 0
    bins: tuple[int, ...] = (0,) * (len(EDGES) + 1)
    negative: float = 0.0  # sum of the probabilities
    stances: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, int] = field(default_factory=dict)
    pairs: int = 0
    unknown: int = 0
    judged: int = 0
    judged_predicted: float = 0.0
    judged_negative: int = 0

    def __add__(self, other: "Profile") -> "Profile":
        return Profile(
            self.n + other.n,
            tuple(a + b for a, b in zip(self.bins, other.bins, strict=True)),
            self.negative + other.negative,
            dict(Counter(self.stances) + Counter(other.stances)),
            dict(Counter(self.topics) + Counter(other.topics)),
            self.pairs + other.pairs,
            self.unknown + other.unknown,
            self.judged + other.judged,
            self.judged_predicted + other.judged_predicted,
            self.judged_negative + other.judged_negative,
        )

    @property
    def unknown_share(self) -> float:
        """The share of character pairs that the model never saw."""
        return self.unknown / self.pairs if self.pairs else 0.0

    @property
    def negative_share(self) -> float:
        """The share of mentions that are called negative."""
        return self.stances.get("negative", 0) / self.n if self.n else 0.0

    @property
    def calibration_gap(self) -> float | None:
        """Mean probability less true share among judged mentions; None where too few are judged."""
        if self.judged < FEW_JUDGED:
            return None
        return (self.judged_predicted - self.judged_negative) / self.judged


@dataclass(frozen=True, slots=True)
class Scored:
    """What is looked at of one mention; `truth`: whether people call it negative."""

    text: str
    negative: float
    stance: str
    topics: tuple[str, ...]
    truth: bool | None = None


def profile(items: Sequence[Scored], model: LinearModel) -> Profile:
    """The profile of some scores."""
    bins = Counter(bisect_right(EDGES, item.negative) for item in items)
    pairs, unknown = unknown_pairs([item.text for item in items], model)
    judged = [item for item in items if item.truth is not None]
    return Profile(
        len(items),
        tuple(bins.get(index, 0) for index in range(len(EDGES) + 1)),
        sum(item.negative for item in items),
        dict(Counter(item.stance for item in items)),
        dict(Counter(topic for item in items for topic in item.topics)),
        pairs,
        unknown,
        len(judged),
        sum(item.negative for item in judged),
        sum(bool(item.truth) for item in judged),
    )


def unknown_pairs(texts: Sequence[str], model: LinearModel) -> tuple[int, int]:
    """How many different pairs of neighbouring characters the texts have, and how many the model never saw."""
    found = hash_counts([prepare(text) for text in texts], lowest=2, highest=2, bits=model.ngrams.bits)
    return len(found.columns), int((model.idf[found.columns] == 0).sum())


@dataclass(frozen=True, slots=True)
class Shift:
    """How a profile differs from the reference."""

    scores: float  # PSI of the negative probability
    stances: float
    topics: float
    unknown: float  # share now
    unknown_before: float
    calibration_gap: float | None
    level: Level
    reasons: tuple[str, ...]


def compare(reference: Profile, now: Profile) -> Shift:
    """How far the scores moved, and what says so."""
    scores = psi(reference.bins, now.bins)
    stances = psi(*_aligned(reference.stances, now.stances))
    topics = psi(*_aligned(reference.topics, now.topics))
    found = {
        "scores": _by_psi(scores, reference.n, now.n, len(EDGES)),
        "stances": _by_psi(stances, reference.n, now.n, 2),
        "topics": _by_psi(topics, sum(reference.topics.values()), sum(now.topics.values()), 15),
        "unknown": _by_unknown(reference.unknown_share, now.unknown_share),
        "calibration": _by_calibration(now),
    }
    level = Level.FEW if now.n < FEW else max(found.values(), key=_RANKS.index)
    reasons = tuple(name for name, each in found.items() if each is not Level.WELL) if level is not Level.FEW else ()
    gap = now.calibration_gap
    return Shift(scores, stances, topics, now.unknown_share, reference.unknown_share, gap, level, reasons)


_RANKS = (Level.WELL, Level.WATCH, Level.LEFT)


def psi(reference: Sequence[float], now: Sequence[float]) -> float:
    """Population stability index of two histograms over the same bins: 0 alike; above 0.25 commonly called a shift."""
    before, after = sum(reference) + _SMOOTHING * len(reference), sum(now) + _SMOOTHING * len(now)
    shares = [
        ((old + _SMOOTHING) / before, (new + _SMOOTHING) / after) for old, new in zip(reference, now, strict=True)
    ]
    return sum((new - old) * log(new / old) for old, new in shares)


def _aligned(reference: Mapping[str, int], now: Mapping[str, int]) -> tuple[list[int], list[int]]:
    names = sorted({*reference, *now})
    return [reference.get(name, 0) for name in names], [now.get(name, 0) for name in names]


def _by_psi(value: float, before: int, now: int, freedom: int) -> Level:
    """Small samples differ by chance: only what 1 of 100 such samples would exceed counts."""
    if not (before and now) or value <= _CHI_SQUARE_99[freedom] * (1 / before + 1 / now):
        return Level.WELL
    return Level.LEFT if value > 0.25 else Level.WATCH if value > 0.1 else Level.WELL


def _by_unknown(before: float, now: float) -> Level:
    if now > before + 0.05 and now > 1.5 * before:
        return Level.LEFT
    return Level.WATCH if now > before + 0.02 and now > 1.25 * before else Level.WELL


def _by_calibration(now: Profile) -> Level:
    """People judge a biased sample, so a gap among them asks for a look and proves nothing."""
    gap = now.calibration_gap
    if gap is None:
        return Level.WELL
    share = now.judged_negative / now.judged
    error = sqrt(max(share * (1 - share), 0.01) / now.judged)
    return Level.WATCH if abs(gap) > 0.1 and abs(gap) > _SIGMAS * error else Level.WELL
