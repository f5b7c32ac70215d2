"""Invented five-minute series with a day cycle, for the detector's tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAY = 288


@dataclass(frozen=True)
class Series:
    """Counts of one invented subject."""

    negative: Floats
    total: Floats
    known: NDArray[np.bool_]


def quiet(days: int, per_bin: float = 0.4, seed: int = 1) -> Series:
    """Some days of ordinary talk, more by day than by night, a tenth of it negative."""
    rng = np.random.default_rng(seed)
    bins = np.arange(days * DAY)
    rate = per_bin * (1.2 + np.sin(2 * np.pi * bins / DAY))
    negative = rng.poisson(rate).astype(float)
    return Series(negative, negative + rng.poisson(9 * rate), np.ones(len(bins), bool))


def with_crisis(series: Series, start: int, length: int = 36, per_bin: float = 12.0, seed: int = 2) -> Series:
    """The same with extra negative posts."""
    extra = np.zeros_like(series.negative)
    extra[start : start + length] = np.random.default_rng(seed).poisson(per_bin, length)
    return Series(series.negative + extra, series.total + extra, series.known)


def with_outage(series: Series, start: int, length: int, *, reported: bool = True) -> Series:
    """The same with nothing arriving for a while, reported by the crawlers or not."""
    negative, total, known = series.negative.copy(), series.total.copy(), series.known.copy()
    negative[start : start + length] = total[start : start + length] = 0.0
    known[start : start + length] = not reported
    return Series(negative, total, known)
