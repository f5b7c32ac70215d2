"""The frozen numbers of SCS, self-calibrated surprise (see docs in scs.py). All lengths are counted in bins.

They were chosen on 5-minute bins (288 a day) and are not tuned to any series that the product watches; those of the
share's evidence and of the open bin on seeds 1-3 and 21-25 of the shared bank (docs/reference/detector.md).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OddsConstants:
    """Of the share as evidence (scs_odds.py)."""

    bins: int = 6
    weight: float = 60.0  # so many posts of the usual share are added to those that were seen
    most: float = 0.98
    least: float = 20.0  # negative posts
    times: float = 2.75  # as many as expected
    handicap: float = 1.6  # taken off, so that one threshold serves both kinds of evidence
    # the subject's usual daily peaks of the log odds
    day: int = 288
    peak_gap: int = 72
    peak_days: int = 35
    prior_days: float = 4.0
    prior_mean: float = 0.5
    prior_sd: float = 0.3
    clip: float = 0.9
    out_clip: float = 0.6


@dataclass(frozen=True, slots=True)
class ScsConstants:
    """Named defaults; both forms of the detector read the same instance."""

    day: int = 288
    # 1. baselines
    half_life: int = 864  # of the running mean: 3 days
    season_days: int = 14
    season_reach: int = 9  # bins on either side of the same time of day
    season_prior: float = 72.0  # weight of the running mean inside the seasonal one
    level_bins: int = 4_032  # 14 days
    # 2. log ratios
    short_offset: float = 0.5
    window: int = 10
    window_offset: float = 1.0
    # 3. self-calibration on the subject's own daily peaks
    peak_gap: int = 72
    peak_days: int = 35
    prior_days: float = 4.0
    prior_mean: float = 1.2
    prior_sd: float = 0.7
    short_weight: float = 0.4
    # 4. what is left out of the second pass
    out_score: float = 2.2
    confirmed_score: float = 0.3
    out_clip: float = 1.2
    share_clip: float = 1.6  # only with totals: a past campaign must not deafen a subject
    # 5. share guard
    guard_bins: int = 12
    guard_history: int = 2_016  # 7 days
    guard_min: float = 3.0
    guard_z: float = 2.0
    guard_ratio: float = 1.3
    guard_floor: float = 0.3
    guard_dispersion: float = 0.02
    guard_variance: float = 0.25
    prior_negative: float = 5.0
    prior_total: float = 50.0
    # the share as evidence of its own
    odds: OddsConstants = OddsConstants()  # frozen, so it may be shared
    # 6. opening and closing; an event opens only with so many posts in the last half hour (the rule says how many)
    open_min: float = 0.0
    open_min_bins: int = 6
    open_score: float = 0.9
    refractory: float = 4.0
    refractory_half_life: float = 72.0
    close_score: float = 0.54
    close_bins: int = 12
    # judged every minute, inside the open bin, from so many negative posts per bin on
    minute_level: float = 2.0
    minute_score: float = 0.9
    # 7. re-ignition
    again_after: int = 96  # 8 hours
    again_until: int = 864  # 3 days
    again_bins: int = 6
    again_before: int = 24
    again_min: float = 6.0
    again_ratio: float = 2.0
    again_excess: float = 2.0
    again_sd: float = 3.0
    again_dispersion: float = 0.05
    # probability for the reader
    dispersion_bins: int = 2_016
    dispersion_low: float = 0.02
    dispersion_high: float = 4.0
    # silent until so many known bins have been seen: 2 days
    min_history: int = 576


DEFAULTS = ScsConstants()
