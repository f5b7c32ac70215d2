"""Who is told, and when not: routes, silences, quiet hours, and one message per event of a family."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from yuqing.domain.alert import Alert, AlertSeverity, Receiver, Route, Silence

SHANGHAI = ZoneInfo("Asia/Shanghai")
FAMILY_WINDOW = timedelta(hours=2)
# Nobody sleeps through these.
_ALWAYS = (AlertSeverity.CRITICAL,)


def labels_of(alert: Alert) -> Mapping[str, str]:
    """What matchers see: the alert's labels and its severity."""
    return {**alert.labels, "severity": alert.severity.value}


def matches(matchers: Mapping[str, str], alert: Alert) -> bool:
    """Every matcher equals the label; no matchers match everything."""
    labels = labels_of(alert)
    return all(labels.get(key) == value for key, value in matchers.items())


def receivers_of(alert: Alert, routes: Iterable[Route]) -> tuple[str, ...]:
    """The receivers of the first route that matches."""
    return next((route.receivers for route in routes if matches(route.matchers, alert)), ())


def silenced_by(alert: Alert, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """A silence that holds now and matches. One without matchers matches nothing: nobody silences all by accident."""
    for silence in silences:
        if silence.matchers and silence.starts_at <= now < silence.ends_at and matches(silence.matchers, alert):
            return silence
    return None


def quiet_until(alert: Alert, receiver: Receiver, now: datetime) -> datetime | None:
    """The end of the receiver's quiet hours when the alert can wait for it, else None."""
    hours = receiver.options.get("quiet_hours")
    if not isinstance(hours, str) or alert.severity in _ALWAYS:
        return None
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    local = now.astimezone(SHANGHAI)
    inside = begin <= local.time() < end if begin <= end else local.time() >= begin or local.time() < end
    if not inside:
        return None
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(now.tzinfo)


def inhibitors(
    alert: Alert, others: Iterable[Alert], parents: Mapping[str, str | None], shared: Mapping[str, float]
) -> list[Alert]:
    """The alerts of the same rule and family that were detected before and are about the same posts.

    A brand and its product spike together: one message is enough. `shared` tells for each subject which part of this
    alert's evidence is about it; only where that is at least half is the event the same. Coverage alerts neither
    inhibit nor are inhibited, and nothing inhibits a graver alert.
    """
    return [other for other in others if _inhibits(other, alert, parents, shared)]


def _inhibits(other: Alert, alert: Alert, parents: Mapping[str, str | None], shared: Mapping[str, float]) -> bool:
    return (
        other.rule_id == alert.rule_id
        and other.labels.get("group") == alert.labels.get("group")
        and _related(alert, other, parents)
        and abs(alert.starts_at - other.starts_at) <= FAMILY_WINDOW
        and order(other, parents) < order(alert, parents)
        and not _graver(alert, other)
        and shared.get(other.subject_id, 0.0) >= 0.5
    )


def order(alert: Alert, parents: Mapping[str, str | None]) -> tuple[str, bool, str]:
    """Who rings first: the one that was detected first; of two at once, the brand."""
    return alert.latency.get("detected_at", ""), parents.get(alert.subject_id) is not None, alert.id


def _related(alert: Alert, other: Alert, parents: Mapping[str, str | None]) -> bool:
    if not alert.subject_id or not other.subject_id or alert.subject_id == other.subject_id:
        return False
    return (parents.get(alert.subject_id) or alert.subject_id) == (parents.get(other.subject_id) or other.subject_id)


def _graver(alert: Alert, other: Alert) -> bool:
    order = list(AlertSeverity)
    return order.index(alert.severity) < order.index(other.severity)
