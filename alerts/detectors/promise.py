"""Whether alerts keep their promise: from publication to the first accepted notification within so many minutes.

The promise is made for sources that are asked every minute; one that is asked more rarely may be later by the
difference. Left out are posts whose pages tell no minute, posts that nobody polled for (imports), and the time that
a message waited on purpose (quiet hours, grouping).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from alerts.detectors.base import DetectionContext
from alerts.kinds import FIRING
from yuqing.domain.alert import Alert, Notification
from yuqing.domain.codec import from_json
from yuqing.domain.mention import TimePrecision
from yuqing.domain.ports import StoredMention

POLLING = timedelta(minutes=1)  # what the promise assumes
_EXACT = (TimePrecision.SECOND, TimePrecision.MINUTE)
STAGES = {"采集": ("published_at", "collected_at"), "打分": ("collected_at", "scored_at")}
ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Way:
    """How long an alert took in all, and each stage of it; `over` is the part beyond what its source allows."""

    at: datetime
    took: timedelta
    over: timedelta
    stages: Mapping[str, timedelta]


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept."""

    sentence: str
    since: datetime
    minutes: float


def broken_promise(
    context: DetectionContext, promise: timedelta, period: timedelta, fewest: int, share: float = 0.95
) -> Broken | None:
    """The alerts of the last `period` whose 95th percentile lies beyond the promise; None: it was kept."""
    ways = sorted(_ways(context, period), key=lambda way: way.over)
    if len(ways) < fewest:
        return None
    worst = ways[ceil(share * len(ways)) - 1]
    if worst.over <= promise:
        return None
    late = [way for way in ways if way.over > promise]
    stage = max(worst.stages, key=lambda name: worst.stages[name])
    sentence = (
        f"预警不够快：最近 {period // timedelta(days=1)} 天 {len(ways)} 起预警中 {len(late)} 起超过承诺的"
        f" {promise // timedelta(minutes=1)} 分钟，95% 的预警从发布到通知用了 {_minutes(worst.took)} 分钟以内；"
        f"最慢的一环是{stage}（{_minutes(worst.stages[stage])} 分钟）"
    )
    return Broken(sentence, min(way.at for way in late), _minutes(worst.took))


def _minutes(length: timedelta) -> int:
    return ceil(length / timedelta(minutes=1))


def _ways(context: DetectionContext, period: timedelta) -> list[_Way]:
    found = (from_json(Alert, document.body) for document in context.state.find("alert", limit=ALL))
    told = (alert for alert in found if "accepted_at" in alert.latency and "published_at" in alert.latency)
    recent = (alert for alert in told if timedelta(0) <= context.now - _time(alert, "accepted_at") <= period)
    ways = (_way(context, alert) for alert in recent)
    return [way for way in ways if way is not None]


def _way(context: DetectionContext, alert: Alert) -> _Way | None:
    posts = context.mentions.get(alert.evidence).values()
    published = _time(alert, "published_at")
    newest = next((post for post in posts if post.mention.published_at == published), None)
    source = None if newest is None else context.coverage.get(newest.mention.source_id)
    if newest is None or source is None or newest.mention.time_precision not in _EXACT:
        return None
    took = _time(alert, "accepted_at") - published - _waited(context, alert)
    allowed = max(source.interval - POLLING, timedelta(0))
    return _Way(published, took, took - allowed, _stages(alert, took, newest))


def _stages(alert: Alert, took: timedelta, newest: StoredMention) -> dict[str, timedelta]:
    parts = {
        name: _time(alert, second) - _time(alert, first)
        for name, (first, second) in STAGES.items()
        if first in alert.latency and second in alert.latency
    }
    scored = _time(alert, "scored_at") if "scored_at" in alert.latency else newest.stored_at
    parts["判断"] = _time(alert, "detected_at") - scored
    parts["发送"] = took - (_time(alert, "detected_at") - _time(alert, "published_at"))
    return parts


def _waited(context: DetectionContext, alert: Alert) -> timedelta:
    """How long the message that arrived first was held back on purpose."""
    found = context.state.find("notification", {"alert_id": alert.id, "kind": FIRING}, ALL)
    rows = [row for row in (from_json(Notification, each.body) for each in found) if row.accepted_at is not None]
    first = min(rows, key=lambda row: row.accepted_at or row.created_at, default=None)
    if first is None or first.meant_for is None:
        return timedelta(0)
    return max(first.meant_for - first.created_at, timedelta(0))


def _time(alert: Alert, stage: str) -> datetime:
    return datetime.fromisoformat(alert.latency[stage])
