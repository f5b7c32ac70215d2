"""Which bins of a scored series open an event, and, for subjects with many posts, after how many minutes of the bin.

A bin that is still open is judged every minute by the same statistic over windows that slide with the clock: the last
five minutes, the last fifty, the last hour. What is usual is what it was when the bin began. So nothing new has to be
calibrated, and a look inside the bin depends on nothing that comes after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from alerts.detectors.scs_constants import ScsConstants
from alerts.detectors.scs_odds import raised
from alerts.detectors.scs_pass import Counts, Pass, guard, ratios, weighed
from alerts.detectors.scs_policy import CLOSED, OpeningPolicy, Sums
from alerts.detectors.scs_windows import Bools, Floats, Ints, prefix, window


@dataclass(frozen=True, slots=True)
class Slide:
    """Counts of the five minutes that end `phase` minutes into each bin. Entries of unknown ones mean nothing.

    Nothing opens before the bin `since`: the windows that end there would reach back to where there are no slides.
    """

    phase: int
    negative: Floats
    total: Floats
    known: Bools
    since: int = 0


@dataclass(frozen=True, slots=True)
class _Look:
    """What the opening policy asks, for every bin, at one phase of it."""

    phase: int
    score: Floats
    guard: Bools
    sums: tuple[Floats, Floats, Floats, Floats]
    possible: Bools  # elsewhere nothing can open


def openings(counts: Counts, scored: Pass, slides: Sequence[Slide], constants: ScsConstants) -> tuple[Ints, Bools]:
    """(minutes of the bin after which a notification went out, 0 for none; whether an event is open)."""
    policy = OpeningPolicy(constants)
    looks = (*(_early(slide, counts, scored, constants) for slide in slides), _closed(counts, scored, constants))
    bins = len(counts.known)
    minute, is_open = np.zeros(bins, np.int64), np.zeros(bins, bool)
    # Bins in which nothing can open are passed over while nothing is open: most bins of most subjects.
    possible = np.flatnonzero(np.logical_or.reduce([look.possible for look in looks]))
    known_before = prefix(counts.known.astype(float))
    at = 0
    while at < bins:
        following = possible[np.searchsorted(possible, at) :]
        target = int(following[0]) if len(following) else bins
        policy.skip(target - at, int(known_before[target] - known_before[at]))
        for at in range(target, bins):
            minute[at] = _judged(policy, looks, bool(counts.known[at]), at)
            is_open[at] = policy.is_open
            if not policy.is_open:
                break
        at = max(at, target) + 1
    return minute, is_open


def _judged(policy: OpeningPolicy, looks: Sequence[_Look], known: bool, at: int) -> int:
    """Every look at one bin, in order: the phase of the one that opens an event, 0 when none does."""
    opened = 0
    for look in looks[:-1]:
        if look.possible[at] and policy.early(look.score[at].item(), _sums_at(look, at)):
            opened = look.phase
    last = looks[-1]
    step = policy.step(known, last.score[at].item(), bool(last.guard[at]), _sums_at(last, at))
    return CLOSED if step.opens else opened


def _closed(counts: Counts, scored: Pass, constants: ScsConstants) -> _Look:
    filled = np.where(counts.known, counts.negative, scored.usual.expected)
    sums = _sums(filled, scored.usual.expected, counts.negative, constants)
    possible = counts.known & scored.guard & (sums[3] >= constants.open_min)
    return _Look(CLOSED, scored.score, scored.guard, sums, possible)


def _early(slide: Slide, counts: Counts, scored: Pass, constants: ScsConstants) -> _Look:
    part = slide.phase / CLOSED
    before = scored.usual.expected
    expected = part * before + (1 - part) * np.concatenate((before[:1], before[:-1]))
    usual = replace(scored.usual, expected=expected)
    filled = np.where(slide.known, slide.negative, expected)
    negative, total = (np.where(slide.known, each, 0.0) for each in (slide.negative, slide.total))
    score = weighed(*ratios(filled, expected, usual.level, constants), usual, constants)
    score = raised(score, negative, total, usual, constants)
    high = guard(negative, None if counts.total is None else total, usual, constants)
    sums = _sums(filled, expected, negative, constants)
    many = slide.known & np.concatenate(([False], counts.known[:-1])) & (usual.level >= constants.minute_level)
    many[: slide.since] = False
    return _Look(slide.phase, score, high, sums, many & high & (sums[3] >= constants.open_min))


def _sums(
    filled: Floats, expected: Floats, seen: Floats, constants: ScsConstants
) -> tuple[Floats, Floats, Floats, Floats]:
    again = constants.again_bins
    recent, before = window(prefix(filled), again), window(prefix(filled), constants.again_before, again)
    return recent, before, window(prefix(expected), again), window(prefix(seen), constants.open_min_bins)


def _sums_at(look: _Look, at: int) -> Sums:
    return Sums(*(column[at].item() for column in look.sums))
