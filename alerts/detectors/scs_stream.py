"""SCS bin by bin: the same scores as `scs.py` from running sums, for a series that grows.

Everything is kept in prefix sums that are long enough for the longest look back; a window is one subtraction. State is
never saved: it is rebuilt by feeding the stored counts again (about 50 µs a bin).
"""

from math import inf, log, nan
from typing import NamedTuple

from scipy.special import betainc

from alerts.detectors.scs_constants import DEFAULTS, ScsConstants
from alerts.detectors.scs_policy import CLOSED, OpeningPolicy, Sums
from alerts.detectors.scs_state import Baseline, Calibration, Recent, RunningSums, Share, UsualPeak


class ScsBin(NamedTuple):
    """What one bin came to; `score` and `probability` are nan when it is unknown.

    `minute`: after how many of its minutes a notification went out, 0 where none did.
    """

    score: float
    expected: float
    probability: float
    guard: bool
    opens: bool
    is_open: bool
    minute: int


class ScsLook(NamedTuple):
    """What a look inside the open bin came to."""

    score: float
    guard: bool
    opens: bool


class _Usual(NamedTuple):
    """What a bin is compared with; known when it begins."""

    expected: float
    level: float
    short: UsualPeak
    window: UsualPeak


class _Pass:
    """Baselines, ratios and calibration of one pass."""

    def __init__(self, constants: ScsConstants, has_totals: bool) -> None:
        self._constants = constants
        self._clip = constants.share_clip if has_totals else inf
        self._baseline = Baseline(constants)
        self._short, self._window = Calibration(constants), Calibration(constants)
        self.recent = Recent(constants)
        self.share = Share(constants)

    def usual(self) -> _Usual:
        """Of the bin that comes next."""
        return _Usual(*self._baseline.predict(), self._short.usual(), self._window.usual())

    def score(self, usual: _Usual, value: float, known: bool, out: bool) -> float:
        """The score of the next bin, whose ratios are learned."""
        filled = value if known else usual.expected
        self.recent.append(filled, usual.expected)
        short, window = ratios(filled, usual.level, self.recent, self._constants)
        limit = min(self._constants.out_clip, self._clip) if out else self._clip
        self._short.append(min(short, limit))
        self._window.append(min(window, limit))
        return weighed(short, window, usual, self._constants)

    def learn(self, value: float, total: float, used: bool) -> None:
        self._baseline.append(value, used)
        self.share.append(value, total, used)


def ratios(filled: float, level: float, recent: Recent, constants: ScsConstants) -> tuple[float, float]:
    """The two log ratios of the newest bin."""
    short = log((filled + constants.short_offset) / (level + constants.short_offset))
    seen, usual = recent.filled.window(constants.window), recent.expected.window(constants.window)
    return short, log((seen + constants.window_offset) / (usual + constants.window_offset))


def weighed(short: float, window: float, usual: _Usual, constants: ScsConstants) -> float:
    """The two ratios in units of their usual daily peaks, as one score."""
    weight = constants.short_weight
    return weight * usual.short.units(short) + (1 - weight) * usual.window.units(window)


class _Hour:
    """What was really counted lately: negative posts and all."""

    def __init__(self, constants: ScsConstants) -> None:
        reach = max(constants.guard_bins, constants.open_min_bins, constants.odds.bins)
        self.negative, self.total = RunningSums(reach), RunningSums(reach)

    def append(self, negative: float, total: float) -> None:
        self.negative.append(negative)
        self.total.append(total)

    def last(self, bins: int) -> tuple[float, float]:
        return self.negative.window(bins), self.total.window(bins)


class _Odds:
    """The share as evidence of its own (scs_odds.py)."""

    def __init__(self, constants: ScsConstants) -> None:
        self._odds = constants.odds
        self._peaks = Calibration(constants.odds)

    def usual(self) -> UsualPeak:
        return self._peaks.usual()

    def raised(self, score: float, ratio: float, usual: UsualPeak, seen: float, expected: float) -> float:
        loud = seen >= self._odds.least and seen >= self._odds.times * expected
        return max(score, usual.units(ratio) - self._odds.handicap) if loud else score

    def learn(self, ratio: float, out: bool) -> None:
        self._peaks.append(min(ratio, self._odds.clip, self._odds.out_clip if out else inf))

    def ratio(self, share: float, hour: _Hour) -> float:
        odds, usual = self._odds, min(share, self._odds.most)
        negative, total = hour.last(odds.bins)
        now = (negative + odds.weight * usual) / (total - negative + odds.weight * (1 - usual))
        return log(now * (1 - usual) / usual)


class _Slide:
    """One phase of the open bin: windows of whole bins that end so many minutes into it."""

    def __init__(self, constants: ScsConstants) -> None:
        self.recent, self.hour = Recent(constants), _Hour(constants)
        self.is_fed = False

    def feed(self, counts: tuple[float, float] | None, expected: float) -> None:
        """Counts of the five minutes that end now; None: unknown, they stand in as expected."""
        self.recent.append(expected if counts is None else counts[0], expected)
        self.hour.append(*((0.0, 0.0) if counts is None else counts))
        self.is_fed = True


class ScsStream:
    """Feed bins in order; a bin's result never changes afterwards. Between two bins `look` judges the open one."""

    def __init__(self, constants: ScsConstants = DEFAULTS, *, has_totals: bool = True) -> None:
        self._constants, self._has_totals = constants, has_totals
        self._first, self._second = _Pass(constants, has_totals), _Pass(constants, has_totals)
        self._hour, self._odds = _Hour(constants), _Odds(constants)
        reach = constants.dispersion_bins + constants.guard_bins
        self._excess, self._square = RunningSums(reach), RunningSums(reach)
        self._policy = OpeningPolicy(constants)
        self._slides = {phase: _Slide(constants) for phase in range(1, CLOSED)}
        self._is_known = False  # the bin before
        self._expected = 0.0  # of the bin before
        self._bins = 0
        self._opened = 0  # the minute of the open bin in which it opened an event

    def look(self, phase: int, negative: float | None, total: float | None = None) -> ScsLook:
        """Judge the open bin after `phase` of its minutes by the counts of the five minutes that end now. Before the
        bin's `update`, the phases in order; one that was not looked at is unknown."""
        known = negative is not None and (total is not None or not self._has_totals)
        usual = self._second.usual()
        slide = self._slides[phase]
        slide.feed((negative or 0.0, total or 0.0) if known else None, self._expected_at(phase, usual.expected))
        score, guard = self._judge_slide(slide, usual)
        many = known and self._is_known and usual.level >= self._constants.minute_level
        opens = many and guard and self._policy.early(score, _sums(slide.recent, slide.hour, self._constants))
        self._opened = phase if opens else self._opened
        return ScsLook(score, guard, opens)

    def _expected_at(self, phase: int, expected: float) -> float:
        part = phase / CLOSED
        return part * expected + (1 - part) * (self._expected if self._bins else expected)

    def _judge_slide(self, slide: _Slide, usual: _Usual) -> tuple[float, bool]:
        filled = slide.recent.filled.window(1)
        short, window = ratios(filled, usual.level, slide.recent, self._constants)
        score = weighed(short, window, usual, self._constants)
        if not self._has_totals:
            return score, True
        share, odds = self._second.share.usual(is_next=True), self._constants.odds
        expected = slide.recent.expected.window(odds.bins)
        ratio = self._odds.ratio(share, slide.hour)
        score = self._odds.raised(score, ratio, self._odds.usual(), slide.hour.negative.window(odds.bins), expected)
        return score, self._second.share.is_high(share, slide.hour.last(self._constants.guard_bins))

    def update(self, negative: float | None, total: float | None = None) -> ScsBin:
        """Judge the next bin; None is unknown. With totals, a bin without one is unknown."""
        known = negative is not None and (total is not None or not self._has_totals)
        x, n = (negative or 0.0, total or 0.0) if known else (0.0, 0.0)
        self._hour.append(x, n)
        out = self._is_out(x, n, known)
        usual = self._second.usual()
        self._close_slides(usual.expected)
        score = self._second.score(usual, x, known, out)
        self._second.learn(x, n, known and not out)
        guard, score = self._shared(score, out)
        probability = self._probability(known and not out)
        step = self._policy.step(known, score, guard, _sums(self._second.recent, self._hour, self._constants))
        self._is_known, self._expected, self._bins = known, usual.expected, self._bins + 1
        minute, self._opened = CLOSED if step.opens else self._opened, 0
        if not known:
            score = probability = nan
        return ScsBin(score, usual.expected, probability, guard, minute > 0, step.is_open, minute)

    def _close_slides(self, expected: float) -> None:
        for phase, slide in self._slides.items():
            if not slide.is_fed:
                slide.feed(None, self._expected_at(phase, expected))
            slide.is_fed = False

    def _is_out(self, x: float, n: float, known: bool) -> bool:
        first = self._first
        score = first.score(first.usual(), x, known, False)
        first.learn(x, n, known)
        guard = self._has_totals and first.share.is_high(
            first.share.usual(), self._hour.last(self._constants.guard_bins)
        )
        return score >= self._constants.out_score or (guard and score >= self._constants.confirmed_score)

    def _shared(self, score: float, out: bool) -> tuple[bool, float]:
        """(share guard, score with the share's evidence) of the newest bin."""
        if not self._has_totals:
            return True, score
        share, bins = self._second.share.usual(), self._constants.odds.bins
        ratio = self._odds.ratio(share, self._hour)
        expected = self._second.recent.expected.window(bins)
        score = self._odds.raised(score, ratio, self._odds.usual(), self._hour.negative.window(bins), expected)
        self._odds.learn(ratio, out)
        return self._second.share.is_high(share, self._hour.last(self._constants.guard_bins)), score

    def _probability(self, used: bool) -> float:
        constants, recent = self._constants, self._second.recent
        seen, mean = recent.filled.window(constants.window), recent.expected.window(constants.window)
        self._excess.append((seen - mean) ** 2 - mean if used else 0.0)
        self._square.append(mean * mean if used else 0.0)
        square = self._square.window(constants.dispersion_bins, constants.guard_bins)
        excess = self._excess.window(constants.dispersion_bins, constants.guard_bins)
        raw = excess / square if square > 0 else constants.dispersion_high
        dispersion = min(max(raw, constants.dispersion_low), constants.dispersion_high)
        if seen <= 0:
            return 1.0
        return float(betainc(max(seen, 1e-9), 1 / dispersion, mean * dispersion / (mean * dispersion + 1)))


def _sums(recent: Recent, hour: _Hour, constants: ScsConstants) -> Sums:
    """What the policy asks."""
    again = constants.again_bins
    return Sums(
        recent.filled.window(again),
        recent.filled.window(constants.again_before, again),
        recent.expected.window(again),
        hour.negative.window(constants.open_min_bins),
    )
