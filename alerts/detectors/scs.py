"""SCS, self-calibrated surprise, over whole arrays: how unusual is this bin for *this* subject?

A bin's score is its distance from the subject's usual daily peak, in standard deviations of those peaks. Two log
ratios are scored: the bin against the two-week level, and the last ten bins against the seasonal expectation. Two
passes keep past incidents out of the baselines; a share guard keeps busy days (more of everything) apart from bad
ones. Where there are many posts the negative share is evidence of its own (`scs_odds.py`). A bin that nobody could
see is unknown: it is scored nan, and stands in as expected, never as zero.

Causal: a bin's result depends on that bin and earlier ones alone. `scs_stream.py` is the same computation bin by bin.
Subjects with many posts are also judged inside the open bin, minute by minute (`scs_openings.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.scs_odds import with_odds
from alerts.detectors.scs_openings import Slide, openings
from alerts.detectors.scs_pass import Counts, run_pass
from alerts.detectors.scs_windows import Bools as Bools
from alerts.detectors.scs_windows import Floats as Floats
from alerts.detectors.scs_windows import Ints, prefix, window


@dataclass(frozen=True, slots=True)
class ScsResult:
    """One entry per bin. `score` and `probability` are nan where the bin is unknown; `opens` marks notifications.

    `minute`: after how many minutes of its bin a notification went out, 0 where none did.
    """

    score: Floats
    expected: Floats
    probability: Floats
    guard: Bools
    opens: Bools
    is_open: Bools
    minute: Ints


def score_series(
    negative: Floats,
    total: Floats | None = None,
    known: Bools | None = None,
    constants: ScsConstants = DEFAULTS,
    slides: Sequence[Slide] = (),
) -> ScsResult:
    """Score every bin of a series. nan in `negative` or False in `known` is unknown; no totals: no share guard.

    `slides` (each as long as the series, in order of their phases) let an event open before its bin has closed.
    """
    if len(negative) == 0:
        nothing, never = np.zeros(0), np.zeros(0, bool)
        return ScsResult(nothing, nothing, nothing, never, never, never, np.zeros(0, np.int64))
    counts = _counts(negative, total, known)
    first = run_pass(counts, counts.known, np.zeros(len(counts.known), bool), constants)
    out = first.score >= constants.out_score
    if counts.total is not None:
        out |= (first.score >= constants.confirmed_score) & first.guard
    second = with_odds(counts, out, run_pass(counts, counts.known & ~out, out, constants), constants)
    probability = _probability(counts, counts.known & ~out, second.usual.expected, constants)
    minute, is_open = openings(counts, second, slides, constants)
    unknown = ~counts.known
    return ScsResult(
        np.where(unknown, np.nan, second.score),
        second.usual.expected,
        np.where(unknown, np.nan, probability),
        second.guard,
        minute > 0,
        is_open,
        minute,
    )


def _counts(negative: Floats, total: Floats | None, known: Bools | None) -> Counts:
    seen = np.isfinite(negative) if known is None else np.isfinite(negative) & known
    if total is not None:
        seen = seen & np.isfinite(total)
        total = np.where(seen, total, 0.0)
    return Counts(np.where(seen, negative, 0.0), total, seen)


def _probability(counts: Counts, used: Bools, expected: Floats, constants: ScsConstants) -> Floats:
    """P(at least so many in the window) under a negative binomial, dispersion by moments: for the reader only."""
    filled = np.where(counts.known, counts.negative, expected)
    seen, mean = (window(prefix(each), constants.window) for each in (filled, expected))
    excess, square = ((np.where(used, each, 0.0)) for each in ((seen - mean) ** 2 - mean, mean**2))
    top, bottom = (window(prefix(each), constants.dispersion_bins, constants.guard_bins) for each in (excess, square))
    raw = np.divide(top, bottom, out=np.full_like(top, constants.dispersion_high), where=bottom > 0)
    return tail_probability(seen, mean, np.clip(raw, constants.dispersion_low, constants.dispersion_high))


def tail_probability(seen: Floats, mean: Floats, dispersion: Floats) -> Floats:
    """P(X >= seen) for a negative binomial X with this mean and variance mean + dispersion * mean²."""
    size = 1 / dispersion
    odds = mean / (mean + size)
    return np.asarray(np.where(seen > 0, betainc(np.maximum(seen, 1e-9), size, odds), 1.0))
