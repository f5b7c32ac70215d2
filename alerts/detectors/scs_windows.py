"""Sums over moving windows, and the usual daily peak of a log ratio: what both SCS and the slow burn are made of."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class PeakConstants(Protocol):
    """Which days a log ratio is compared with, in bins, and what is believed before there are any."""

    @property
    def day(self) -> int: ...
    @property
    def peak_days(self) -> int: ...
    @property
    def peak_gap(self) -> int: ...
    @property
    def prior_days(self) -> float: ...
    @property
    def prior_mean(self) -> float: ...
    @property
    def prior_sd(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Peaks:
    """What is usual for the daily peak of a log ratio, in each bin."""

    mean: Floats
    sd: Floats

    def units(self, ratio: Floats) -> Floats:
        """How far a ratio lies from the usual peak, in standard deviations of the peaks."""
        return np.asarray((ratio - self.mean) / self.sd)


def prefix(values: Floats) -> Floats:
    """Sums of the first i values, i = 0 … n."""
    return np.concatenate(([0.0], np.cumsum(values)))


def window(sums: Floats, length: int, lag: int = 0) -> Floats:
    """For each bin t the sum over the `length` bins that end `lag` bins before t (lag 0: including t)."""
    ends = np.arange(1, len(sums)) - lag
    return np.asarray(sums[np.maximum(ends, 0)] - sums[np.maximum(ends - length, 0)])


def calibrated(ratio: Floats, limit: Floats | float, constants: PeakConstants) -> Floats:
    """How far a log ratio lies from the subject's usual daily peak, in standard deviations of the daily peaks.

    Peaks count up to `limit`.
    """
    return usual_peaks(ratio, limit, constants).units(ratio)


def usual_peaks(ratio: Floats, limit: Floats | float, constants: PeakConstants) -> Peaks:
    """What was usual before each bin: the bin itself and the hours before it have no part in it."""
    day = constants.day
    # origin shifts the centred filter so that entry t is the maximum over the day that ends with t.
    peaks = maximum_filter1d(np.minimum(ratio, limit), day, origin=day // 2 - 1 + day % 2, mode="nearest")
    count, total, squares = np.zeros_like(ratio), np.zeros_like(ratio), np.zeros_like(ratio)
    for back in range(constants.peak_days):
        lag = constants.peak_gap + day * back
        first = lag + day - 1  # the day must be complete
        if first >= len(ratio):
            break
        peak = peaks[day - 1 : len(ratio) - lag]
        count[first:] += 1
        total[first:] += peak
        squares[first:] += peak**2
    weight = constants.prior_days + count
    mean = (constants.prior_days * constants.prior_mean + total) / weight
    spread = np.maximum(squares - total**2 / np.maximum(count, 1), 0.0)
    return Peaks(mean, np.sqrt((constants.prior_days * constants.prior_sd**2 + spread) / weight))
