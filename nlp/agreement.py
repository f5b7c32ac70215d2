"""How far a model and people agree, with intervals: precision and recall of a class, kappa, and their uncertainty."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

_Z = 1.959964  # two-sided 95 %
_RESAMPLES = 1_000
_SEED = 13


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; None where there is nothing to divide by."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """hits / of."""
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's interval, which is right for few cases too; (0, 1) where nothing is known."""
        if not self.of:
            return 0.0, 1.0
        share, n = self.hits / self.of, self.of
        middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        spread = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n)) / (1 + _Z**2 / n)
        return max(0.0, middle - spread), min(1.0, middle + spread)


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa with its 95 % bootstrap interval; None where one class only makes it meaningless."""

    value: float | None
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A model's labels against people's: how many pairs, the class that matters, and all classes together."""

    n: int
    same: Share
    precision: Share
    recall: Share
    kappa: Kappa


def agreement(pairs: Sequence[tuple[str, str]], positive: str) -> Agreement:
    """Of pairs (what people say, what the model said); `positive` is the class whose precision and recall count."""
    truth = [pair[0] == positive for pair in pairs]
    said = [pair[1] == positive for pair in pairs]
    both = sum(t and s for t, s in zip(truth, said, strict=True))
    return Agreement(
        len(pairs),
        Share(sum(t == s for t, s in pairs), len(pairs)),
        Share(both, sum(said)),
        Share(both, sum(truth)),
        kappa(pairs),
    )


def kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> Kappa:
    """Agreement beyond chance."""
    labels = {label: index for index, label in enumerate(sorted({each for pair in pairs for each in pair}, key=str))}
    if len(labels) < 2:
        return Kappa(None, (-1.0, 1.0))
    table = np.zeros((len(labels), len(labels)))
    for (truth, said), count in Counter(pairs).items():
        table[labels[truth], labels[said]] = count
    value = _kappa(table)
    draws = np.random.default_rng(_SEED).multinomial(len(pairs), table.ravel() / table.sum(), size=_RESAMPLES)
    resampled = [each for draw in draws if (each := _kappa(draw.reshape(table.shape))) is not None]
    low, high = np.quantile(resampled, (0.025, 0.975)) if resampled else (-1.0, 1.0)
    return Kappa(value, (float(low), float(high)))


def _kappa(table: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> float | None:
    total = table.sum()
    chance = float((table.sum(axis=0) * table.sum(axis=1)).sum() / total**2)
    return None if chance >= 1 else (float(np.trace(table) / total) - chance) / (1 - chance)


def overlap(pairs: Sequence[tuple[frozenset[str], frozenset[str]]]) -> tuple[Share, Share]:
    """Micro precision and recall of sets of labels (people's, the model's)."""
    hits = sum(len(truth & said) for truth, said in pairs)
    return Share(hits, sum(len(said) for _, said in pairs)), Share(hits, sum(len(truth) for truth, _ in pairs))
