"""SCS bin by bin: the same scores as `scs.py` from running sums, for a series that grows.

Everything is kept in prefix sums that are long enough for the longest look back; a window is one subtraction. State is
never saved: it is rebuilt by feeding the stored counts again (about 50 µs a bin).
"""

from collections import deque
from math import inf, log, nan, sqrt
from typing import NamedTuple

from scipy.special import betainc

from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.scs_policy import OpeningPolicy


class ScsBin(NamedTuple):
    """What one bin came to; `score` and `probability` are nan when it is unknown."""

    score: float
    expected: float
    probability: float
    guard: bool
    opens: bool
    is_open: bool


class _Sums:
    """Prefix sums of a series, with zeros before its beginning; only the recent part is kept."""

    def __init__(self, reach: int) -> None:
        self._keep = reach + 2
        self.sums = [0.0] * self._keep

    def append(self, value: float) -> None:
        self.sums.append(self.sums[-1] + value)
        if len(self.sums) > 4 * self._keep:
            del self.sums[: -self._keep]

    def window(self, length: int, lag: int = 0) -> float:
        """Sum over `length` bins that end `lag` bins before the newest one."""
        return self.sums[-1 - lag] - self.sums[-1 - lag - length]


class _Baseline:
    """Seasonal expectation and two-week level from the bins before the present one."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        self._decay = 0.5 ** (1 / constants.half_life)
        self._mean_sum = self._mean_mass = 0.0
        width = 2 * constants.season_reach + 1
        reach = max(constants.level_bins, constants.day * constants.season_days + width)
        self._values, self._weights = _Sums(reach), _Sums(reach)
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


class _Calibration:
    """A log ratio in units of the subject's usual daily peak."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        self._candidates: deque[tuple[int, float]] = deque()  # falling values: the first is the day's peak
        self._peaks: list[float] = []
        self._reach = constants.peak_gap + constants.day * constants.peak_days + 1
        self._count = 0

    def step(self, ratio: float, limit: float) -> float:
        self._append_peak(min(ratio, limit))
        constants = self._constants
        days = (self._count - constants.peak_gap) // constants.day
        days = max(0, min(days, constants.peak_days))
        start = -1 - constants.peak_gap
        peaks = self._peaks[start : start - constants.day * days : -constants.day] if days else []
        return self._standardise(ratio, peaks)

    def _append_peak(self, value: float) -> None:
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

    def _standardise(self, ratio: float, peaks: list[float]) -> float:
        constants, count, total = self._constants, len(peaks), sum(peaks)
        weight = constants.prior_days + count
        mean = (constants.prior_days * constants.prior_mean + total) / weight
        spread = max(sum(peak * peak for peak in peaks) - total * total / max(count, 1), 0.0)
        return (ratio - mean) / sqrt((constants.prior_days * constants.prior_sd**2 + spread) / weight)


class _Guard:
    """The share guard of one pass."""

    def __init__(self, constants: ScsConstants) -> None:
        self._constants = constants
        reach = constants.guard_history + constants.guard_bins
        self._usual = (_Sums(reach), _Sums(reach))

    def step(self, negative: float, total: float, used: bool, hour: tuple[float, float]) -> bool:
        constants = self._constants
        for sums, value in zip(self._usual, (negative, total), strict=True):
            sums.append(value if used else 0.0)
        usual = [sums.window(constants.guard_history, constants.guard_bins) for sums in self._usual]
        share = min((usual[0] + constants.prior_negative) / (usual[1] + constants.prior_total), 1.0)
        seen, mentions = hour
        mean = mentions * share
        variance = mean * (1 - share) * (1 + constants.guard_dispersion * max(mentions - 1, 0.0))
        surprise = (seen - mean) / sqrt(variance + constants.guard_variance)
        ratio = seen / max(mean, constants.guard_floor)
        return seen >= constants.guard_min and surprise >= constants.guard_z and ratio >= constants.guard_ratio


class _Pass:
    """Baselines, ratios and calibration of one pass."""

    def __init__(self, constants: ScsConstants, has_totals: bool) -> None:
        self._constants = constants
        self._clip = constants.share_clip if has_totals else inf
        self._baseline = _Baseline(constants)
        self._short, self._window = _Calibration(constants), _Calibration(constants)
        reach = max(constants.window, constants.again_bins + constants.again_before)
        self.filled, self.expected = _Sums(reach), _Sums(reach)
        self.guard = _Guard(constants)

    def score(self, value: float, known: bool, out: bool) -> tuple[float, float]:
        """(score, expected) of the next bin; learns it unless it is unknown or out."""
        constants = self._constants
        expected, level = self._baseline.predict()
        filled = value if known else expected
        self.filled.append(filled)
        self.expected.append(expected)
        short = log((filled + constants.short_offset) / (level + constants.short_offset))
        seen, usual = self.filled.window(constants.window), self.expected.window(constants.window)
        window = log((seen + constants.window_offset) / (usual + constants.window_offset))
        limit = min(constants.out_clip, self._clip) if out else self._clip
        score = constants.short_weight * self._short.step(short, limit)
        score += (1 - constants.short_weight) * self._window.step(window, limit)
        return score, expected

    def learn(self, value: float, used: bool) -> None:
        self._baseline.append(value, used)


class ScsStream:
    """Feed bins in order; a bin's result never changes afterwards."""

    def __init__(self, constants: ScsConstants = DEFAULTS, *, has_totals: bool = True) -> None:
        self._constants, self._has_totals = constants, has_totals
        self._first, self._second = _Pass(constants, has_totals), _Pass(constants, has_totals)
        hour = max(constants.guard_bins, constants.open_min_bins)
        self._hour = (_Sums(hour), _Sums(hour))
        reach = constants.dispersion_bins + constants.guard_bins
        self._excess, self._square = _Sums(reach), _Sums(reach)
        self._policy = OpeningPolicy(constants)

    def update(self, negative: float | None, total: float | None = None) -> ScsBin:
        """Judge the next bin; None is unknown. With totals, a bin without one is unknown."""
        known = negative is not None and (total is not None or not self._has_totals)
        x, n = (negative or 0.0, total or 0.0) if known else (0.0, 0.0)
        for sums, value in zip(self._hour, (x, n), strict=True):
            sums.append(value)
        out = self._is_out(x, n, known)
        score, expected = self._second.score(x, known, out)
        guard = self._finish(self._second, x, n, known and not out)
        probability = self._probability(known and not out)
        opens, is_open = self._open(known, score, guard)
        if not known:
            score = probability = nan
        return ScsBin(score, expected, probability, guard, opens, is_open)

    def _is_out(self, x: float, n: float, known: bool) -> bool:
        score, _ = self._first.score(x, known, False)
        guard = self._finish(self._first, x, n, known)
        confirmed = self._has_totals and guard and score >= self._constants.confirmed_score
        return score >= self._constants.out_score or confirmed

    def _finish(self, one: _Pass, x: float, n: float, used: bool) -> bool:
        one.learn(x, used)
        if not self._has_totals:
            return True
        bins = self._constants.guard_bins
        return one.guard.step(x, n, used, (self._hour[0].window(bins), self._hour[1].window(bins)))

    def _open(self, known: bool, score: float, guard: bool) -> tuple[bool, bool]:
        constants, filled = self._constants, self._second.filled
        recent = filled.window(constants.again_bins)
        before = filled.window(constants.again_before, constants.again_bins)
        usual = self._second.expected.window(constants.again_bins)
        seen = self._hour[0].window(constants.open_min_bins)
        step = self._policy.step(known, score, guard, recent, before, usual, seen)
        return step.opens, step.is_open

    def _probability(self, used: bool) -> float:
        constants = self._constants
        seen, mean = self._second.filled.window(constants.window), self._second.expected.window(constants.window)
        self._excess.append((seen - mean) ** 2 - mean if used else 0.0)
        self._square.append(mean * mean if used else 0.0)
        square = self._square.window(constants.dispersion_bins, constants.guard_bins)
        excess = self._excess.window(constants.dispersion_bins, constants.guard_bins)
        raw = excess / square if square > 0 else constants.dispersion_high
        dispersion = min(max(raw, constants.dispersion_low), constants.dispersion_high)
        if seen <= 0:
            return 1.0
        return float(betainc(max(seen, 1e-9), 1 / dispersion, mean * dispersion / (mean * dispersion + 1)))
