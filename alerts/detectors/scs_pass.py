"""One pass of SCS over whole arrays: what is expected of each bin, how far it lies from that, and its share."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.scs_windows import Bools, Floats, Peaks, prefix, usual_peaks, window


@dataclass(frozen=True, slots=True)
class Counts:
    """What was seen; entries are 0 where unknown."""

    negative: Floats
    total: Floats | None
    known: Bools


@dataclass(frozen=True, slots=True)
class Usual:
    """What a bin is compared with: nothing of it depends on the bin itself."""

    expected: Floats
    level: Floats
    short: Peaks
    window: Peaks
    share: Floats | None  # negative part of the week before the last hour; None without totals
    odds: Peaks | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """The score of every bin, and whether its negative share is high enough for an event."""

    score: Floats
    guard: Bools
    usual: Usual


def run_pass(counts: Counts, used: Bools, out: Bools, constants: ScsConstants) -> Pass:
    """Score every bin against the `used` ones before it; peaks of bins that are `out` count for less."""
    expected, level = baselines(np.where(used, counts.negative, 0.0), used.astype(float), constants)
    filled = np.where(counts.known, counts.negative, expected)
    short, wide = ratios(filled, expected, level, constants)
    clip = np.inf if counts.total is None else constants.share_clip
    limit = np.where(out, min(constants.out_clip, clip), clip)
    peaks = (usual_peaks(short, limit, constants), usual_peaks(wide, limit, constants))
    usual = Usual(expected, level, *peaks, _usual_share(counts, used, constants))
    return Pass(weighed(short, wide, usual, constants), guard(counts.negative, counts.total, usual, constants), usual)


def baselines(values: Floats, weights: Floats, constants: ScsConstants) -> tuple[Floats, Floats]:
    """The seasonal expectation and the two-week level of each bin, from the bins before it."""
    decay = 0.5 ** (1 / constants.half_life)
    # lfilter includes the present bin; a shift by one makes it the past.
    sums = np.concatenate(([0.0], lfilter([1.0], [1.0, -decay], values)[:-1]))
    mass = np.concatenate(([0.0], lfilter([1.0], [1.0, -decay], weights)[:-1]))
    mean = np.divide(sums, mass, out=np.zeros_like(sums), where=mass > 0)
    value_sums, weight_sums = prefix(values), prefix(weights)
    season = constants.season_prior * mean
    count = np.full_like(season, constants.season_prior)
    width = 2 * constants.season_reach + 1
    for days in range(1, constants.season_days + 1):
        lag = constants.day * days - constants.season_reach
        season += window(value_sums, width, lag)
        count += window(weight_sums, width, lag)
    total, number = (window(sums, constants.level_bins, 1) for sums in (value_sums, weight_sums))
    return season / count, np.divide(total, number, out=np.zeros_like(total), where=number > 0)


def ratios(filled: Floats, expected: Floats, level: Floats, constants: ScsConstants) -> tuple[Floats, Floats]:
    """The two log ratios: the bin against the level, the last ten bins against what was expected of them."""
    short = np.log((filled + constants.short_offset) / (level + constants.short_offset))
    seen, usual = (window(prefix(each), constants.window) for each in (filled, expected))
    return short, np.log((seen + constants.window_offset) / (usual + constants.window_offset))


def weighed(short: Floats, wide: Floats, usual: Usual, constants: ScsConstants) -> Floats:
    """The two ratios in units of their usual daily peaks, as one score."""
    weight = constants.short_weight
    return weight * usual.short.units(short) + (1 - weight) * usual.window.units(wide)


def _usual_share(counts: Counts, used: Bools, constants: ScsConstants) -> Floats | None:
    if counts.total is None:
        return None
    usual = [
        window(prefix(np.where(used, each, 0.0)), constants.guard_history, constants.guard_bins)
        for each in (counts.negative, counts.total)
    ]
    return np.clip((usual[0] + constants.prior_negative) / (usual[1] + constants.prior_total), 0.0, 1.0)


def guard(seen: Floats, posts: Floats | None, usual: Usual, constants: ScsConstants) -> Bools:
    """True where the negative share of the last hour is higher than usual, by chance and by size."""
    share = usual.share
    if posts is None or share is None:
        return np.ones(len(seen), bool)
    negative, total = (window(prefix(each), constants.guard_bins) for each in (seen, posts))
    mean = total * share
    # var of an overdispersed binomial; an empty hour (total 0) must not turn it negative.
    variance = mean * (1 - share) * (1 + constants.guard_dispersion * np.maximum(total - 1, 0))
    surprise = (negative - mean) / np.sqrt(variance + constants.guard_variance)
    ratio = negative / np.maximum(mean, constants.guard_floor)
    return np.asarray(
        (negative >= constants.guard_min) & (surprise >= constants.guard_z) & (ratio >= constants.guard_ratio)
    )
