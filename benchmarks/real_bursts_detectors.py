"""The detectors that `real_bursts.py` compares, each on one series: those of the product as it ships them, two common
rules, and two that only help to understand the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.detectors import DETECTORS as RULE_TYPES
from alerts.detectors.base import ReadsCounts
from alerts.detectors.scs import score_series
from alerts.detectors.scs_stream import ScsStream
from alerts.rules import load_rule_file
from alerts.series import Series
from benchmarks.real_bursts_judging import LATE, Burst, Judged, bursts, judge
from benchmarks.real_bursts_series import Bools, Case, Floats
from benchmarks.spikes import day_above_week, hour_times_three, shipped_constants
from config.loader import load_yaml
from yuqing.domain.alert import Rule
from yuqing.domain.subject import Subject, SubjectKind

RULES = Path(__file__).resolve().parent.parent / "config" / "rules"
SUBJECT = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",))
OURS, BOTH, NO_SHARE, ZERO = "spike", "spike + slow_burn", "spike, no share guard", "spike, unread = 0"
HOUR_RULE, DAY_RULE = "1h x3, >=10", "24h > mean+3sd"
Opens = list[int]
Marks = Bools | NDArray[np.int64]  # per bin whether, or in which of its minutes, somebody is called


class Said(NamedTuple):
    """What the stream said about one bin: score (nan: unknown), usual negatives, whether the share was worse, and
    whether it told of something."""

    score: float
    expected: float
    guard: bool
    opens: bool


@dataclass(frozen=True)
class Result:
    """One series, its bursts, and what each detector did; `bins` is what the stream said."""

    case: Case
    bursts: list[Burst]
    bins: list[Said]
    opens: Mapping[str, Opens]
    judged: Mapping[str, Judged]
    is_same: bool  # whether the stream opened where the product's replay of the whole series did


@cache
def rule(name: str) -> Rule:
    """A shipped rule."""
    path = RULES / f"{name}.yml"
    return load_rule_file(path, load_yaml(path)).domain()


def streamed(series: Series) -> list[Said]:
    """The spike detector fed bin by bin; unknown bins as unknown."""
    stream = ScsStream(shipped_constants())
    negative, total = (np.where(series.known, each, np.nan).tolist() for each in (series.negative, series.total))
    pairs = zip(negative, total, strict=True)
    bins = (stream.update(None) if isnan(seen) else stream.update(seen, posts) for seen, posts in pairs)
    return [Said(each.score, each.expected, each.guard, each.opens) for each in bins]


def replayed(name: str, series: Series) -> Opens:
    """Where a shipped rule would have told of something, by the same interface as `yuqing backtest`."""
    detector = RULE_TYPES[rule(name).type]
    assert isinstance(detector, ReadsCounts)
    return [place for place, _ in detector.replay(rule(name), SUBJECT, series)]


def without_share(series: Series) -> Opens:
    """For the diagnosis alone: the same constants, and nothing asked of the negative share."""
    return _places(score_series(series.negative, None, series.known, shipped_constants()).opens)


def unread_as_zero(series: Series) -> Opens:
    """For the diagnosis alone: what would happen if nobody told apart an hour unread from an hour of silence."""
    negative, total = (np.where(series.known, each, 0.0) for each in (series.negative, series.total))
    return _places(score_series(negative, total, None, shipped_constants()).opens)


def _common(detector: Callable[[Mapping[str, Floats]], Marks], series: Series) -> Opens:
    """A rule that counts what is stored: what was not read is nothing to it."""
    return _places(detector({"neg": np.where(series.known, series.negative, 0.0)}))


def _places(marks: Marks) -> Opens:
    return [int(place) for place in np.flatnonzero(marks)]


def result_of(case: Case) -> Result:
    """Find the bursts, run every detector, and compare."""
    series, found = case.series, bursts(case.series, case.judged_from)
    bins = streamed(series)
    spike = [place for place, each in enumerate(bins) if each.opens]
    opens = {
        OURS: spike,
        BOTH: sorted({*spike, *replayed("slow_burn", series)}),
        HOUR_RULE: _common(hour_times_three, series),
        DAY_RULE: _common(day_above_week, series),
        NO_SHARE: without_share(series),
    }
    if not series.known.all():
        opens[ZERO] = unread_as_zero(series)
    judged = {name: judge(each, found, case.judged_from) for name, each in opens.items()}
    return Result(case, found, bins, opens, judged, spike == replayed("spike", series))


def why_missed(bins: Sequence[Said], burst: Burst) -> str:
    """What kept the spike detector quiet about a burst: `score` (not unusual enough for this subject), `share`
    (unusual, but not worse), or `pause` (an event told shortly before, or too few posts in the half hour)."""
    during = bins[burst.begin : burst.end + LATE + 1]
    high = [each for each in during if each.score >= shipped_constants().open_score]
    if not high:
        return "score"
    return "pause" if any(each.guard for each in high) else "share"
