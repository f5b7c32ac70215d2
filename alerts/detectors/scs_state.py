"""What the streaming form of SCS remembers: running sums, baselines, daily peaks, and the usual share."""

from collections import deque
from math import sqrt
from typing import NamedTuple

from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.scs_windows import PeakConstants


class RunningSums:
    """Prefix sums of a series, with zeros before its beginning; only the recent part is kept."""

    def __init__(self, reach: int) -> None:
        self._keep = reach + 2
        self.sums = [0.0] * self._keep

    def append(self, value: float) -> None:
        """Take in the next value."""
        self.sums.append(self.sums[-1] + value)
        if len(self.sums) > 4 * self._keep:
            del self.sums[: -self._keep]

    def window(self, length: int, lag: int = 0) -> float:
        """Sum over `length` bins that end `lag` bins before the newest one."""
        return self.sums[-1 - lag] - self.sums[-1 - lag - length]


class Recent:
    """Counts of the last hours, unknown ones as expected, and what was expected."""

    def __init__(self, constants: ScsConstants) -> None:
        reach = max(constants.window, constants.again_bins + constants.again_before, constants.odds.bins)
        self.filled, self.expected = RunningSums(reach), RunningSums(reach)

    def append(self, filled: float, expected: float) -> None:
        """Take in the next bin."""
        self.filled.append(filled)
        self.expected.append(expected)


class Baseline:
    """Seasonal expectation and two-week level from the bins before the present one."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        self._decay = 0.5 ** (1 / constants.half_life)
        self._mean_sum = self._mean_mass = 0.0
        width = 2 * constants.season_reach + 1
        reach = max(constants.level_bins, constants.day * constants.season_days + width)
        self._values, self._weights = RunningSums(reach), RunningSums(reach)
        first = constants.day - constants.season_reach
        last = first + constants.day * constants.season_days
        self._ends = slice(-first, -last, -constants.day)
        self._starts = slice(-first - width, -last - width, -constants.day)

    def predict(self) -> tuple[float, float]:
        """(expected, level) of the bin that comes next."""
        constants = self._constants
        mean = self._mean_sum / self._mean_mass if self._mean_mass > 0 else 0.0
        season = constants.season_prior * mean + self._season(self._values.sums)
        count = constants.season_prior + self._season(self._weights.sums)
        number = self._weights.window(constants.level_bins)
        level = self._values.window(constants.level_bins) / number if number > 0 else 0.0
        return season / count, level

    def append(self, value: float, used: bool) -> None:
        """Learn a bin; one that is not used counts for nothing."""
        self._mean_sum = self._mean_sum * self._decay + (value if used else 0.0)
        self._mean_mass = self._mean_mass * self._decay + used
        self._values.append(value if used else 0.0)
        self._weights.append(float(used))

    def _season(self, sums: list[float]) -> float:
        return sum(sums[self._ends]) - sum(sums[self._starts])


class UsualPeak(NamedTuple):
    """What is usual for the daily peak of a log ratio."""

    mean: float
    sd: float

    def units(self, ratio: float) -> float:
        """How far a ratio lies from it, in standard deviations of the peaks."""
        return (ratio - self.mean) / self.sd


class Calibration:
    """The daily peaks of one log ratio."""

    def __init__(self, constants: PeakConstants) -> None:
        self._constants = constants
        self._candidates: deque[tuple[int, float]] = deque()  # falling values: the first is the day's peak
        self._peaks: list[float] = []
        self._reach = constants.peak_gap + constants.day * constants.peak_days + 1
        self._count = 0

    def usual(self) -> UsualPeak:
        """For the ratio that comes next, from the complete days before it."""
        constants = self._constants
        days = max(0, min((self._count + 1 - constants.peak_gap) // constants.day, constants.peak_days))
        start = -constants.peak_gap
        peaks = self._peaks[start : start - constants.day * days : -constants.day] if days else []
        count, total = len(peaks), sum(peaks)
        weight = constants.prior_days + count
        mean = (constants.prior_days * constants.prior_mean + total) / weight
        spread = max(sum(peak * peak for peak in peaks) - total * total / max(count, 1), 0.0)
        return UsualPeak(mean, sqrt((constants.prior_days * constants.prior_sd**2 + spread) / weight))

    def append(self, value: float) -> None:
        """Learn a ratio."""
        candidates = self._candidates
        while candidates and candidates[-1][1] <= value:
            candidates.pop()
        candidates.append((self._count, value))
        if candidates[0][0] <= self._count - self._constants.day:
            candidates.popleft()
        self._count += 1
        self._peaks.append(candidates[0][1])
        if len(self._peaks) > 2 * self._reach:
            del self._peaks[: -self._reach]


class Share:
    """The usual negative share, and whether an hour's is higher (the share guard)."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        reach = constants.guard_history + constants.guard_bins
        self._negative, self._total = RunningSums(reach), RunningSums(reach)

    def append(self, negative: float, total: float, used: bool) -> None:
        """Learn a bin; one that is not used counts for nothing."""
        self._negative.append(negative if used else 0.0)
        self._total.append(total if used else 0.0)

    def usual(self, *, is_next: bool = False) -> float:
        """The share of the week before the last hour, as it is for the newest bin or for the one that comes next."""
        constants = self._constants
        lag = constants.guard_bins - is_next
        negative, total = (sums.window(constants.guard_history, lag) for sums in (self._negative, self._total))
        return min((negative + constants.prior_negative) / (total + constants.prior_total), 1.0)

    def is_high(self, share: float, hour: tuple[float, float]) -> bool:
        """Whether so many negative posts of so many are more than the usual share, by chance and by size."""
        constants, (seen, mentions) = self._constants, hour
        mean = mentions * share
        variance = mean * (1 - share) * (1 + constants.guard_dispersion * max(mentions - 1, 0.0))
        surprise = (seen - mean) / sqrt(variance + constants.guard_variance)
        ratio = seen / max(mean, constants.guard_floor)
        return seen >= constants.guard_min and surprise >= constants.guard_z and ratio >= constants.guard_ratio
