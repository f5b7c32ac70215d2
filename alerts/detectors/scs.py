"""SCS, self-calibrated surprise, over whole arrays: how unusual is this bin for *this* subject?

A bin's score is its distance from the subject's usual daily peak, in standard deviations of those peaks. Two log
ratios are scored: the bin against the two-week level, and the last ten bins against the seasonal expectation. Two
passes keep past incidents out of the baselines; a share guard keeps busy days (more of everything) apart from bad
ones. A bin that nobody could see is unknown: it is scored nan, and stands in as expected, never as zero.

Causal: a bin's result depends on that bin and earlier ones alone. `scs_stream.py` is the same computation bin by bin.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter
from scipy.special import betainc

from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.scs_policy import OpeningPolicy

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ScsResult:
    """One entry per bin. `score` and `probability` are nan where the bin is unknown; `opens` marks notifications."""

    score: Floats
    expected: Floats
    probability: Floats
    guard: Bools
    opens: Bools
    is_open: Bools


@dataclass(frozen=True, slots=True)
class _Counts:
    negative: Floats  # 0 where unknown
    total: Floats | None
    known: Bools


@dataclass(frozen=True, slots=True)
class _Pass:
    score: Floats
    expected: Floats
    guard: Bools


def score_series(
    negative: Floats, total: Floats | None = None, known: Bools | None = None, constants: ScsConstants = DEFAULTS
) -> ScsResult:
    """Score every bin of a series. nan in `negative` or False in `known` is unknown; no totals: no share guard."""
    if len(negative) == 0:
        nothing, never = np.zeros(0), np.zeros(0, bool)
        return ScsResult(nothing, nothing, nothing, never, never, never)
    counts = _counts(negative, total, known)
    first = _run_pass(counts, counts.known, np.zeros(len(counts.known), bool), constants)
    out = first.score >= constants.out_score
    if counts.total is not None:
        out |= (first.score >= constants.confirmed_score) & first.guard
    second = _run_pass(counts, counts.known & ~out, out, constants)
    probability = _probability(counts, counts.known & ~out, second.expected, constants)
    opens, is_open = _openings(counts, second, constants)
    unknown = ~counts.known
    return ScsResult(
        np.where(unknown, np.nan, second.score),
        second.expected,
        np.where(unknown, np.nan, probability),
        second.guard,
        opens,
        is_open,
    )


def _counts(negative: Floats, total: Floats | None, known: Bools | None) -> _Counts:
    seen = np.isfinite(negative) if known is None else np.isfinite(negative) & known
    if total is not None:
        seen = seen & np.isfinite(total)
        total = np.where(seen, total, 0.0)
    return _Counts(np.where(seen, negative, 0.0), total, seen)


def _prefix(values: Floats) -> Floats:
    """Sums of the first i values, i = 0 … n."""
    return np.concatenate(([0.0], np.cumsum(values)))


def _window(prefix: Floats, length: int, lag: int = 0) -> Floats:
    """For each bin t the sum over the `length` bins that end `lag` bins before t (lag 0: including t)."""
    ends = np.arange(1, len(prefix)) - lag
    return np.asarray(prefix[np.maximum(ends, 0)] - prefix[np.maximum(ends - length, 0)])


def _run_pass(counts: _Counts, used: Bools, out: Bools, constants: ScsConstants) -> _Pass:
    expected, level = baselines(np.where(used, counts.negative, 0.0), used.astype(float), constants)
    filled = np.where(counts.known, counts.negative, expected)
    short = np.log((filled + constants.short_offset) / (level + constants.short_offset))
    window = np.log(
        (_window(_prefix(filled), constants.window) + constants.window_offset)
        / (_window(_prefix(expected), constants.window) + constants.window_offset)
    )
    clip = np.inf if counts.total is None else constants.share_clip
    limit = np.where(out, min(constants.out_clip, clip), clip)
    score = constants.short_weight * calibrated(short, limit, constants)
    score += (1 - constants.short_weight) * calibrated(window, limit, constants)
    return _Pass(score, expected, _guard(counts, used, constants))


def baselines(values: Floats, weights: Floats, constants: ScsConstants) -> tuple[Floats, Floats]:
    """The seasonal expectation and the two-week level of each bin, from the bins before it."""
    decay = 0.5 ** (1 / constants.half_life)
    # lfilter includes the present bin; a shift by one makes it the past.
    sums = np.concatenate(([0.0], lfilter([1.0], [1.0, -decay], values)[:-1]))
    mass = np.concatenate(([0.0], lfilter([1.0], [1.0, -decay], weights)[:-1]))
    mean = np.divide(sums, mass, out=np.zeros_like(sums), where=mass > 0)
    value_prefix, weight_prefix = _prefix(values), _prefix(weights)
    season = constants.season_prior * mean
    count = np.full_like(season, constants.season_prior)
    width = 2 * constants.season_reach + 1
    for days in range(1, constants.season_days + 1):
        lag = constants.day * days - constants.season_reach
        season += _window(value_prefix, width, lag)
        count += _window(weight_prefix, width, lag)
    total, number = (_window(prefix, constants.level_bins, 1) for prefix in (value_prefix, weight_prefix))
    return season / count, np.divide(total, number, out=np.zeros_like(total), where=number > 0)


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


def calibrated(ratio: Floats, limit: Floats | float, constants: PeakConstants) -> Floats:
    """How far a log ratio lies from the subject's usual daily peak, in standard deviations of the daily peaks.

    Peaks count up to `limit`.
    """
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
    return _standardise(ratio, count, total, squares, constants)


def _standardise(ratio: Floats, count: Floats, total: Floats, squares: Floats, constants: PeakConstants) -> Floats:
    weight = constants.prior_days + count
    mean = (constants.prior_days * constants.prior_mean + total) / weight
    spread = np.maximum(squares - total**2 / np.maximum(count, 1), 0.0)
    variance = (constants.prior_days * constants.prior_sd**2 + spread) / weight
    return np.asarray((ratio - mean) / np.sqrt(variance))


def _guard(counts: _Counts, used: Bools, constants: ScsConstants) -> Bools:
    """True where the negative share of the last hour is higher than usual, by chance and by size."""
    if counts.total is None:
        return np.ones(len(used), bool)
    usual = [
        _window(_prefix(np.where(used, each, 0.0)), constants.guard_history, constants.guard_bins)
        for each in (counts.negative, counts.total)
    ]
    share = np.clip((usual[0] + constants.prior_negative) / (usual[1] + constants.prior_total), 0.0, 1.0)
    negative, total = (_window(_prefix(each), constants.guard_bins) for each in (counts.negative, counts.total))
    mean = total * share
    # var of an overdispersed binomial; an empty hour (total 0) must not turn it negative.
    variance = mean * (1 - share) * (1 + constants.guard_dispersion * np.maximum(total - 1, 0))
    surprise = (negative - mean) / np.sqrt(variance + constants.guard_variance)
    ratio = negative / np.maximum(mean, constants.guard_floor)
    return np.asarray(
        (negative >= constants.guard_min) & (surprise >= constants.guard_z) & (ratio >= constants.guard_ratio)
    )


def _probability(counts: _Counts, used: Bools, expected: Floats, constants: ScsConstants) -> Floats:
    """P(at least so many in the window) under a negative binomial, dispersion by moments: for the reader only."""
    filled = np.where(counts.known, counts.negative, expected)
    seen, mean = (_window(_prefix(each), constants.window) for each in (filled, expected))
    excess, square = ((np.where(used, each, 0.0)) for each in ((seen - mean) ** 2 - mean, mean**2))
    top, bottom = (_window(_prefix(each), constants.dispersion_bins, constants.guard_bins) for each in (excess, square))
    raw = np.divide(top, bottom, out=np.full_like(top, constants.dispersion_high), where=bottom > 0)
    return tail_probability(seen, mean, np.clip(raw, constants.dispersion_low, constants.dispersion_high))


def tail_probability(seen: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """P(X >= seen) for a negative binomial X with this mean and variance mean + dispersion * mean²."""
    size = 1 / dispersion
    odds = mean / (mean + size)
    return np.asarray(np.where(seen > 0, betainc(np.maximum(seen, 1e-9), size, odds), 1.0))


def _openings(counts: _Counts, scored: _Pass, constants: ScsConstants) -> tuple[Bools, Bools]:
    policy = OpeningPolicy(constants)
    filled = np.where(counts.known, counts.negative, scored.expected)
    recent = _window(_prefix(filled), constants.again_bins)
    before = _window(_prefix(filled), constants.again_before, constants.again_bins)
    usual = _window(_prefix(scored.expected), constants.again_bins)
    seen = _window(_prefix(counts.negative), constants.open_min_bins)
    columns = (counts.known, scored.score, scored.guard, recent, before, usual, seen)
    opens, is_open = np.zeros(len(recent), bool), np.zeros(len(recent), bool)
    # Bins in which nothing can open are passed over while nothing is open: most bins of most subjects.
    possible = np.flatnonzero(counts.known & scored.guard & (seen >= constants.open_min))
    known_before = _prefix(counts.known.astype(float))
    at = 0
    while at < len(recent):
        following = possible[np.searchsorted(possible, at) :]
        target = int(following[0]) if len(following) else len(recent)
        policy.skip(target - at, int(known_before[target] - known_before[at]))
        for at in range(target, len(recent)):
            step = policy.step(*(column[at].item() for column in columns))
            opens[at], is_open[at] = step.opens, step.is_open
            if not step.is_open:
                break
        at = max(at, target) + 1
    return opens, is_open
