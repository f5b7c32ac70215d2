"""Who is told, and when not: routes, silences, quiet hours, inhibition, and one message per event of a family."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from yuqing.domain.alert import Alert, AlertSeverity, Detection, Inhibition, Matchers, Receiver, Route, Silence

SHANGHAI = ZoneInfo("Asia/Shanghai")
FAMILY_WINDOW = timedelta(hours=2)
# Nobody sleeps through these, unless the receiver says otherwise (`quiet_except`).
_ALWAYS = (AlertSeverity.CRITICAL.value,)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A receiver and the route that led there."""

    receiver: str
    route: Route


def labels_of(alert: Alert) -> Mapping[str, str]:
    """What matchers see: the alert's labels, its severity and its topic."""
    topic = {"topic": alert.topic} if alert.topic else {}
    return {**alert.labels, **topic, "severity": alert.severity.value}


def matches(matchers: Matchers, alert: Alert) -> bool:
    """Every matcher holds (the label, or one of several values); no matchers match everything."""
    labels = labels_of(alert)
    return all(labels.get(key) in ((value,) if isinstance(value, str) else value) for key, value in matchers.items())


def deliveries_of(alert: Alert, routes: Iterable[Route]) -> tuple[Delivery, ...]:
    """Each receiver of the first route that matches, and of those behind it while they say `proceed`."""
    found: dict[str, Delivery] = {}
    for route in routes:
        if not matches(route.matchers, alert):
            continue
        for name in route.receivers:
            found.setdefault(name, Delivery(name, route))
        if not route.proceed:
            break
    return tuple(found.values())


def group_of(alert: Alert, delivery: Delivery, family: str) -> str:
    """The group whose notifications share a message; empty where the route does not group."""
    if not delivery.route.group_by:
        return ""
    labels = labels_of(alert)
    values = ",".join(f"{label}={labels.get(label, '')}" for label in delivery.route.group_by)
    return f"{delivery.receiver}|{family}|{values}"


def silenced_by(alert: Alert, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """A silence that holds now and matches. One without matchers matches nothing: nobody silences all by accident."""
    for silence in silences:
        if silence.matchers and silence.starts_at <= now < silence.ends_at and matches(silence.matchers, alert):
            return silence
    return None


def quiet_until(alert: Alert, receiver: Receiver, now: datetime) -> datetime | None:
    """The end of the receiver's quiet hours when the alert can wait for it, else None."""
    hours = receiver.options.get("quiet_hours")
    loud = receiver.options.get("quiet_except")
    if not isinstance(hours, str) or alert.severity.value in (loud if isinstance(loud, list | tuple) else _ALWAYS):
        return None
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    local = now.astimezone(SHANGHAI)
    inside = begin <= local.time() < end if begin <= end else local.time() >= begin or local.time() < end
    if not inside:
        return None
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(now.tzinfo)


def inhibited_by(alert: Alert, firing: Iterable[Alert], rules: Iterable[Inhibition]) -> Alert | None:
    """A firing alert that keeps this one quiet by a rule of the settings. Nothing keeps itself quiet."""
    asked = [rule for rule in rules if matches(rule.target, alert)]
    for other in firing if asked else ():
        if other.id != alert.id and any(_quiets(rule, other, alert) for rule in asked):
            return other
    return None


def _quiets(rule: Inhibition, other: Alert, alert: Alert) -> bool:
    """Two alerts that both match both sides would keep each other quiet for ever: neither does."""
    if not matches(rule.source, other) or (matches(rule.source, alert) and matches(rule.target, other)):
        return False
    labels, theirs = labels_of(alert), labels_of(other)
    return all(labels.get(name) == theirs.get(name) for name in rule.equal)


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
        and all(other.labels.get(label) == alert.labels.get(label) for label in ("group", "topic"))
        and related(alert, other, parents)
        and abs(alert.starts_at - other.starts_at) <= FAMILY_WINDOW
        and order(other, parents) < order(alert, parents)
        and not _graver(alert, other)
        and shared.get(other.subject_id, 0.0) >= 0.5
    )


def order(alert: Alert, parents: Mapping[str, str | None]) -> tuple[str, bool, bool, str]:
    """Who rings first: the one that was detected first; of two at once, the one about more: all topics, the brand."""
    is_part = parents.get(alert.subject_id) is not None
    return alert.latency.get("detected_at", ""), "topic" in alert.labels, is_part, alert.id


def related(alert: Alert, other: Alert, parents: Mapping[str, str | None]) -> bool:
    """Whether two alerts are about different subjects of one family."""
    if not alert.subject_id or not other.subject_id or alert.subject_id == other.subject_id:
        return False
    return (parents.get(alert.subject_id) or alert.subject_id) == (parents.get(other.subject_id) or other.subject_id)


def gravity(alert: Alert | Detection) -> int:
    """0 for the gravest."""
    return list(AlertSeverity).index(alert.severity)


def _graver(alert: Alert, other: Alert) -> bool:
    return gravity(alert) < gravity(other)
