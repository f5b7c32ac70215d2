"""Rule types `negative_share` and `campaign`: what part of the talk is negative, however much talk there is.

`spike` asks whether there are more negative posts; this asks whether the mood has turned. The share of the last hours
is compared with the week before them; it must be higher by chance (four standard deviations of an overdispersed
binomial), by odds, and above a floor. Both sides count only bins that were seen. Told once: a spike that has just
been told of the same subject mutes it for a day.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from alerts.coverage_bins import BIN
from alerts.detectors.base import DetectionContext
from alerts.detectors.courses import Course, Holding, Ours, Told, after, hours_of, period, rolling
from alerts.detectors.scs import Bools, Floats
from alerts.detectors.slow_burn import SPIKE
from alerts.detectors.spike import spike_result
from alerts.detectors.wording import length_words, stamp
from alerts.rule_options import CampaignOptions, ShareOptions
from alerts.series import Series
from yuqing.domain.alert import Rule
from yuqing.domain.subject import Subject, SubjectKind

WEEK, DAY = 2_016, 288
Z = 4.0
DISPERSION = 0.02
SEEN = 0.5  # part of the window's bins that must have been seen
ENDS = 0.75  # of the limits, for the end of an event
PRIOR = (5.0, 50.0)  # negative, all


class _Shares(NamedTuple):
    """Per bin: negative and all posts of the window, the usual share, how far the one lies above the other."""

    negative: Floats
    total: Floats
    usual: Floats
    surprise: Floats
    seen: Floats


class NegativeShare(Ours):
    """Implements CountRule."""

    options: type[ShareOptions] = ShareOptions
    mute = DAY
    z = Z

    def course(self, rule: Rule, series: Series) -> Course:
        """What it says about every bin."""
        options = self.options.model_validate(dict(rule.options))
        length = _bins(options)
        if _most(series.negative, series.known, length) < options.min_negative:
            return Course(np.zeros(len(series.known), bool), np.zeros(len(series.known), bool))
        shares = _shares(series, length)
        enough = (shares.total >= options.min_posts) & (shares.negative >= options.min_negative)
        holds = enough & (shares.seen >= SEEN) & (shares.surprise >= self.z) & _above(shares, options, 1.0)
        if not holds.any():
            return Course(holds, holds)
        stays = _above(shares, options, ENDS)
        muted = after(spike_result(series, SPIKE).opens, self.mute + 1) if self.mute else None
        return Holding(holds, stays, series.known, length, DAY, muted).course()

    def told(self, rule: Rule, name: str, series: Series, index: int) -> Told:
        """The share of the window that ends here."""
        options = self.options.model_validate(dict(rule.options))
        length = _bins(options)
        shares = _shares(series, length)
        negative, total, usual = (float(each[index]) for each in (shares.negative, shares.total, shares.usual))
        since, until = period(series, index, length)
        share, window = negative / max(total, 1.0), length_words(hours_of(length))
        limit = f"占比须达 {options.min_share:.0%}，且负面与其他之比为此前的 {options.times:g} 倍"
        rows = (
            ("观察到", f"{stamp(since)} 起 {window}内 {total:.0f} 条，其中负面 {negative:.0f} 条，占 {share:.0%}"),
            ("平时", f"此前一周负面占 {usual:.0%}，同样多的内容里约 {total * usual:.0f} 条负面"),
            ("规则的界限", limit),
        )
        sentence = f"{name}：{window}内负面占 {share:.0%}（{negative:.0f}/{total:.0f}），平时 {usual:.0%}"
        return Told(sentence, (since, until), negative, round(total * usual, 2), rows, loudness=share)


class Campaign(NegativeShare):
    """The same for campaigns that run: they are young, so fewer posts and a shorter past are enough."""

    options = CampaignOptions
    mute = 0
    z = 2.5

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """The campaigns among the rule's subjects."""
        return [each for each in context.subjects_of(rule) if each.kind is SubjectKind.CAMPAIGN]


def _most(values: Floats, known: Bools, length: int) -> float:
    """The largest sum of any window."""
    return float(rolling(np.where(known, values, 0.0), length).max(initial=0.0))


def _bins(options: ShareOptions) -> int:
    return max(round(options.window_hours * 3600 / BIN.total_seconds()), 1)


def _shares(series: Series, length: int) -> _Shares:
    key = f"shares:{length}"
    found = series.derived.get(key)
    if not isinstance(found, _Shares):
        series.derived[key] = found = _measured(series, length)
    return found


def _measured(series: Series, length: int) -> _Shares:
    known = series.known
    negative, total = (rolling(np.where(known, each, 0.0), length) for each in (series.negative, series.total))
    before = [rolling(np.where(known, each, 0.0), WEEK, length) for each in (series.negative, series.total)]
    usual = np.clip((before[0] + PRIOR[0]) / (before[1] + PRIOR[1]), 0.0, 1.0)
    mean = total * usual
    variance = mean * (1 - usual) * (1 + DISPERSION * np.maximum(total - 1, 0))
    surprise = (negative - mean) / np.sqrt(variance + 0.25)
    return _Shares(negative, total, usual, np.asarray(surprise), rolling(known.astype(float), length) / length)


def _above(shares: _Shares, options: ShareOptions, part: float) -> Bools:
    """The share and the odds are at least this part of the limits."""
    share = shares.negative >= part * options.min_share * np.maximum(shares.total, 1.0)
    odds = shares.usual / np.maximum(1 - shares.usual, 0.02)
    return np.asarray(share & (shares.negative >= part * options.times * odds * (shares.total - shares.negative)))
