"""When a burst begins, for `real_bursts.py`: found from the whole series, past and future, by no detector's rule.

Ordinary days reach up to the median of the daily highest hours of six weeks on either side, plus three robust standard
deviations of them (1.4826 x the median distance from the median), and at least LEAST. A burst is a stretch of hours
above that; stretches less than twelve hours apart are one burst. It begins at the five minutes that best part the
hours before it crossed the line into two Poisson rates, a lower and a higher one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from alerts.series import Series
from benchmarks.real_bursts_series import DAY_BINS, HOUR_BINS, WEEK_BINS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LEAST = 10.0
AROUND = 42  # days on either side
SPREADS = 3 * 1.4826
APART = 12 * HOUR_BINS
LOOK_BACK = 8 * HOUR_BINS
BIG = 2.0  # times the line
SHARE = 1.3  # times the usual negative share
EARLY = HOUR_BINS  # an alert so long before the begin saw the same burst
LATE = 6 * HOUR_BINS  # and so long after its end
AFTER = DAY_BINS  # what comes so long after its end is a repetition, neither found nor false


@dataclass(frozen=True, slots=True)
class Burst:
    """From its begin to its last hour above the line. `peak` is its highest hour, `line` what it had to exceed,
    `share_ratio` its negative share by that of the rest of the series."""

    begin: int
    end: int
    peak: float
    line: float
    share_ratio: float

    @property
    def is_big(self) -> bool:
        """Whether it reached twice the line."""
        return self.peak >= BIG * self.line

    @property
    def is_worse(self) -> bool:
        """Whether more of what was said was negative than usual, not only more was said."""
        return self.share_ratio >= SHARE


@dataclass(frozen=True, slots=True)
class Judged:
    """What one detector did on one series: minutes to the first alert of each burst (None: missed), alerts elsewhere,
    and further alerts of bursts already told."""

    delays: tuple[int | None, ...]
    false: tuple[int, ...]
    repeats: int


def hourly(series: Series) -> Floats:
    """Negatives of the hour that ends with each bin; unknown bins add nothing."""
    sums = np.cumsum(np.where(series.known, series.negative, 0.0))
    return np.asarray(sums - np.concatenate((np.zeros(HOUR_BINS), sums[:-HOUR_BINS])))


def ordinary_line(hours: Floats, known: Bools) -> Floats:
    """How high ordinary days reach around each bin; days of which nothing is known do not count."""
    days = -(-len(hours) // DAY_BINS)
    padded = np.full(days * DAY_BINS, np.nan)
    padded[: len(hours)] = np.where(known, hours, np.nan)
    peaks = np.where(np.isnan(padded), -np.inf, padded).reshape(days, DAY_BINS).max(axis=1)
    lines = [_line(peaks[max(day - AROUND, 0) : day + AROUND + 1]) for day in range(days)]
    return np.repeat(lines, DAY_BINS)[: len(hours)]


def _line(peaks: Floats) -> float:
    seen = peaks[np.isfinite(peaks)]
    if not len(seen):
        return LEAST
    middle = float(np.median(seen))
    return max(LEAST, middle + SPREADS * float(np.median(np.abs(seen - middle))))


def change(counts: Floats) -> int:
    """The place that best parts counts into a lower and then a higher Poisson rate; 0 where nothing rises."""
    left, total = np.cumsum(counts)[:-1], counts.sum()
    places = np.arange(1, len(counts))
    rates = left / places, (total - left) / (len(counts) - places)
    # The log likelihood of two Poisson rates, without what does not depend on the place.
    gain = xlogy(left, rates[0]) + xlogy(total - left, rates[1])
    rising = rates[1] > rates[0]
    return int(places[np.argmax(np.where(rising, gain, -np.inf))]) if rising.any() else 0


def bursts(series: Series, judged_from: int) -> list[Burst]:
    """The bursts that begin in the judged part of a series."""
    hours = hourly(series)
    line = ordinary_line(hours, series.known)
    above = np.flatnonzero((hours > line) & series.known)
    if not len(above):
        return []
    cuts = [i + 1 for i, (before, after) in enumerate(pairwise(above)) if after - before > APART]
    stretches = [(int(part[0]), int(part[-1])) for part in np.split(above, cuts)]
    begins = [_begin(series, first) for first, _ in stretches]
    inside = _inside([(begin, last) for begin, (_, last) in zip(begins, stretches, strict=True)], len(hours))
    usual = _share(series, series.known & ~inside)
    found = []
    for begin, (first, last) in zip(begins, stretches, strict=True):
        during = np.zeros(len(hours), bool)
        during[begin : last + 1] = True
        ratio = _share(series, series.known & during) / usual
        found.append(Burst(begin, last, float(hours[first : last + 1].max()), float(line[first]), ratio))
    return [burst for burst in found if burst.begin >= judged_from]


def _inside(stretches: Sequence[tuple[int, int]], length: int) -> Bools:
    marks = np.zeros(length, bool)
    for begin, last in stretches:
        marks[begin : last + 1] = True
    return marks


def _share(series: Series, part: Bools) -> float:
    return float((series.negative[part].sum() + 0.5) / (series.total[part].sum() + 1))


def _begin(series: Series, crossing: int) -> int:
    """The change before the crossing, among the bins that are known without a gap up to it."""
    first = max(crossing + 1 - LOOK_BACK, 0)
    unknown = np.flatnonzero(~series.known[first : crossing + 1])
    first += int(unknown[-1]) + 1 if len(unknown) else 0
    return first + change(series.negative[first : crossing + 1])


def judge(opens: Sequence[int], found: Sequence[Burst], judged_from: int) -> Judged:
    """Match alerts with bursts. Delays count from the begin to the end of the alert's bin, and are never below 0; from
    the begin of the next burst on, an alert belongs to that one."""
    judged = [each for each in opens if each >= judged_from]
    delays: list[int | None] = []
    told: set[int] = set()
    repeats = 0
    for burst, following in zip_longest(found, found[1:]):
        limit = following.begin - EARLY if following else inf
        own = [each for each in judged if burst.begin - EARLY <= each <= burst.end + AFTER and each < limit]
        timely = [each for each in own if each <= burst.end + LATE]
        delays.append(max((timely[0] - burst.begin + 1) * 5, 0) if timely else None)
        repeats += len(own) - bool(timely)
        told.update(own)
    return Judged(tuple(delays), tuple(each for each in judged if each not in told), repeats)


def weeks(series: Series, judged_from: int) -> float:
    """Weeks of the judged part of which something is known."""
    return float(series.known[judged_from:].sum()) / WEEK_BINS
