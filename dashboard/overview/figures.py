"""The five figures at the top of the overview: computed here, without Streamlit, shown by `kpis`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dashboard import format as fmt
from dashboard.frames import Tally
from dashboard.labels import UNKNOWN
from dashboard.periods import Period
from yuqing.domain.alert import Alert, AlertState
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import VolumeBin
from yuqing.gaps import Assessment


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as it is shown. `worse_when` says which direction is bad news; `caution` explains a doubtful one."""

    label: str
    value: str
    delta: str | float | None
    worse_when: str  # up | down | never
    trend: tuple[float | None, ...]
    caution: str = ""


def _caution(now: Assessment, before: Assessment) -> str:
    if not before.is_comparable:
        return "上期大部分时间没有采集，不可比。"
    return "" if now.is_complete and before.is_complete else "采集不完整，变化仅供参考。"


def _trend(bins: Sequence[VolumeBin], interval: timedelta, seen: Assessment) -> tuple[int | None, ...]:
    unknown = [each.total == 0 and seen.touches(each.start, each.start + interval) for each in bins]
    return tuple(None if lost else each.total for each, lost in zip(bins, unknown, strict=True))


def volume(
    label: str,
    totals: tuple[int, int],
    bins: Sequence[VolumeBin],
    interval: timedelta,
    seen: tuple[Assessment, Assessment],
    worse_when: str = "never",
) -> Figure:
    """A count now and before. A zero that nobody can vouch for is 未知."""
    (current, previous), (now, before) = totals, seen
    shown = now.shown(current)
    delta = None if shown is None or not before.is_comparable else _change(current, previous)
    return Figure(label, fmt.count(shown), delta, worse_when, _trend(bins, interval, now), _caution(now, before))


def _change(current: int, previous: int) -> str | float:
    return fmt.relative(current - previous, previous) if current != previous else 0


def negative_share(
    now_before: tuple[Tally, Tally], bins: Sequence[VolumeBin], seen: tuple[Assessment, Assessment]
) -> Figure:
    """Negative among the scored."""
    now, before = (each.negative_share for each in now_before)
    change = None if now is None or before is None else now - before
    trend = tuple(_bin_share(each, SentimentLabel.NEGATIVE) for each in bins)
    delta = None if change is None or not seen[1].is_comparable else fmt.points(change) if abs(change) >= 0.0005 else 0
    value = UNKNOWN if now is None and not seen[0].is_complete else fmt.share(now)
    return Figure("负面占比", value, delta, "up", trend, _caution(*seen))


def net_sentiment(
    now_before: tuple[Tally, Tally], bins: Sequence[VolumeBin], seen: tuple[Assessment, Assessment]
) -> Figure:
    """Positive minus negative per hundred scored."""
    now, before = (each.net for each in now_before)
    change = None if now is None or before is None else now - before
    delta = None if change is None or not seen[1].is_comparable else f"{change:+.0f}" if abs(change) >= 0.5 else 0
    value = UNKNOWN if now is None and not seen[0].is_complete else fmt.signed(now)
    return Figure("净情感", value, delta, "down", tuple(_bin_net(each) for each in bins), _caution(*seen))


def _scored(each: VolumeBin) -> int:
    return sum(each.by.get(label, 0) for label in SentimentLabel)


def _bin_share(each: VolumeBin, label: SentimentLabel) -> float | None:
    return 100 * each.by.get(label, 0) / _scored(each) if _scored(each) else None


def _bin_net(each: VolumeBin) -> float | None:
    positive, negative = (_bin_share(each, label) for label in (SentimentLabel.POSITIVE, SentimentLabel.NEGATIVE))
    return None if positive is None or negative is None else positive - negative


def active_alerts(alerts: Sequence[Alert], period: Period, bins: int, before_seen: Assessment) -> Figure:
    """Alerts firing now; the change is of alerts that began in the period against the one before."""
    firing = sum(each.state is AlertState.FIRING for each in alerts)
    began = [each for each in alerts if period.since <= each.starts_at < period.until]
    before = [each for each in alerts if period.previous.since <= each.starts_at < period.since]
    trend = [0.0] * bins
    for each in began:
        trend[min(bins - 1, (each.starts_at - period.since) // period.interval)] += 1
    change = len(began) - len(before)
    delta = None if not before_seen.is_comparable else f"{change:+d} 起新预警" if change else 0
    return Figure("活跃预警", fmt.count(firing), delta, "up", tuple(trend))
