"""Rule type `slow_burn`: negative talk that grows over hours and never jumps, which `spike` tells late or not at all.

Three windows (two, six and twelve hours) are compared with what the subject's own past promises for the same hours, in
units of its usual daily peaks of that comparison: e = ln((sum + 1) / (usual sum + 1)), as in SCS but slower. It must
also be a matter of share (more posts of every kind is a campaign), and still go on in the last hour and a half. A
spike that has just been told of mutes it for a day: one event, one call.

Constants were chosen on seeds 21-33 of the shared bank, and are not those of any series that is watched.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from alerts.detectors.courses import Course, Holding, Ours, Told, after, hours_of, period, rolling, sums
from alerts.detectors.scs_constants import DEFAULTS
from alerts.detectors.scs_windows import Bools, Floats, calibrated
from alerts.detectors.spike import spike_result
from alerts.detectors.wording import length_words, stamp, usual
from alerts.rule_options import SlowBurnOptions, SpikeOptions
from alerts.series import Series
from yuqing.domain.alert import Rule


@dataclass(frozen=True, slots=True)
class SlowBurnConstants:
    """The frozen numbers; lengths in bins of five minutes."""

    windows: tuple[int, ...] = (24, 72, 144)
    day: int = 288
    offset: float = 1.0
    score: float = 1.0
    # the subject's usual daily peaks of the ratio
    peak_days: int = 28
    peak_gap: int = 288
    peak_clip: float = 0.9  # a past crisis must not deafen it
    prior_days: float = 4.0
    prior_mean: float = 0.3
    prior_sd: float = 0.3
    # share guard
    history: int = 2_016
    share_z: float = 4.3
    share_odds: float = 1.7  # negative posts to others: a share cannot double where half of the talk is negative
    share_dispersion: float = 0.02
    prior_negative: float = 5.0
    prior_total: float = 50.0
    # still going on
    recent: int = 18
    recent_ratio: float = 2.2
    # one call for one event
    close: int = 36
    pause: int = 288
    mute: int = 288


CONSTANTS = SlowBurnConstants()
SPIKE = replace(DEFAULTS, open_min=SpikeOptions().min_posts)  # whose events mute it, and whose baseline it reads


class _Counts(NamedTuple):
    """A series with unknown bins filled: as expected where the past is compared, with nothing where posts count."""

    negative: Floats
    total: Floats
    filled: Floats
    expected: Floats


class SlowBurn(Ours):
    """Implements CountRule."""

    def course(self, rule: Rule, series: Series) -> Course:
        """What it says about every bin."""
        fewest = SlowBurnOptions.model_validate(dict(rule.options)).min_posts
        negative = np.where(series.known, series.negative, 0.0)
        enough = {window: rolling(negative, window) >= fewest for window in CONSTANTS.windows}
        holds = np.zeros(len(series.known), bool)
        if not any(each.any() for each in enough.values()):
            return Course(holds, holds)  # most subjects: never so many, whatever was usual
        result = spike_result(series, SPIKE)
        counts = _counts(series, result.expected)
        for window, seen in enough.items():
            shared = seen & _share(counts, window)
            if shared.any():
                holds |= shared & (_score(counts, window) >= CONSTANTS.score)
        holds &= _goes_on(counts) & (np.cumsum(series.known) > DEFAULTS.min_history)
        muted = after(result.opens, CONSTANTS.mute + 1)
        return Holding(holds, holds, series.known, CONSTANTS.close, CONSTANTS.pause, muted).course()

    def told(self, rule: Rule, name: str, series: Series, index: int) -> Told:
        """The figures of the window that says most."""
        expected = spike_result(series, SPIKE).expected
        figures = {length: _figures(series, expected, index, length) for length in CONSTANTS.windows}
        length = max(figures, key=lambda each: (figures[each][0] + 1) / (figures[each][1] + 1))
        seen, mean = figures[length]
        since, until = period(series, index, length)
        rows = (
            ("观察到", f"{stamp(since)} 起 {length_words(hours_of(length))}内 {seen:.0f} 条负面"),
            ("平时同一时段", usual(mean).strip()),
            ("为什么现在说", "没有突然的跳升，但持续高于本主体自己的日常起伏，仍在继续"),
        )
        sentence = f"{name}：负面持续升高，{length_words(hours_of(length))}内 {seen:.0f} 条，平时{usual(mean)}"
        return Told(sentence, (since, until), seen, round(mean, 2), rows, loudness=(seen + 1) / (mean + 1))


def _figures(series: Series, expected: Floats, index: int, length: int) -> tuple[float, float]:
    part = slice(max(index + 1 - length, 0), index + 1)
    return sums(series, index, length)[0], float(expected[part][series.known[part]].sum())


def _counts(series: Series, expected: Floats) -> _Counts:
    known = series.known
    negative, total = np.where(known, series.negative, 0.0), np.where(known, series.total, 0.0)
    return _Counts(negative, total, np.where(known, series.negative, expected), expected)


def _score(counts: _Counts, window: int) -> Floats:
    """How far the window lies above the usual daily peaks, in their standard deviations."""
    seen, mean = rolling(counts.filled, window), rolling(counts.expected, window)
    ratio = np.log((seen + CONSTANTS.offset) / (mean + CONSTANTS.offset))
    return calibrated(ratio, CONSTANTS.peak_clip, CONSTANTS)


def _share(counts: _Counts, window: int) -> Bools:
    """The negative share of the window is higher than in the week before it, by chance and by size."""
    seen, posts = rolling(counts.negative, window), rolling(counts.total, window)
    usual_seen = rolling(counts.negative, CONSTANTS.history, window)
    usual_posts = rolling(counts.total, CONSTANTS.history, window)
    share = (usual_seen + CONSTANTS.prior_negative) / (usual_posts + CONSTANTS.prior_total)
    share = np.clip(share, 0.0, 1.0)
    mean = posts * share
    variance = mean * (1 - share) * (1 + CONSTANTS.share_dispersion * np.maximum(posts - 1, 0))
    high = (seen - mean) / np.sqrt(variance + 0.25) >= CONSTANTS.share_z
    odds = share / np.maximum(1 - share, 0.02)
    return np.asarray(high & (seen >= CONSTANTS.share_odds * odds * np.maximum(posts - seen, 0.0)))


def _goes_on(counts: _Counts) -> Bools:
    recent = rolling(counts.negative, CONSTANTS.recent) + 1
    mean = rolling(counts.expected, CONSTANTS.recent) + 1
    return np.asarray(recent >= CONSTANTS.recent_ratio * mean)
