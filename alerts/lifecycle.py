"""The life of an alert, as a pure function: what holds now + what is known -> what changes.

Terms are Alertmanager's. An event is one alert: its fingerprint comes from the labels of the detection, its id from
fingerprint and start. While the detection holds the alert fires and nothing is sent again. It is resolved when the
detection has been gone for the quiet time. A detection that is new although its alert is firing (a second wave)
resolves that one and begins another event.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from alerts.surges import grown
from yuqing.domain.alert import Alert, AlertState, Detection, fingerprint

# Late posts can move the first bin of an event a little: what starts this close to a known event is that event.
SAME_EVENT = timedelta(hours=1)
_OPEN = (AlertState.PENDING, AlertState.FIRING)


class ChangeKind(StrEnum):
    """What happened to an alert."""

    CREATED = "created"
    FIRED = "fired"  # was pending, fires now
    CONTINUED = "continued"
    REOPENED = "reopened"  # was resolved too early: the same event, told nobody again
    RESOLVED = "resolved"
    DROPPED = "dropped"  # was pending and is gone: it never fired


@dataclass(frozen=True, slots=True)
class Change:
    """An alert as it is to be stored."""

    kind: ChangeKind
    alert: Alert


@dataclass(frozen=True, slots=True)
class Timing:
    """`pending_for`: how long a detection must hold before it fires; `quiet`: how long it must be gone to resolve."""

    pending_for: timedelta = timedelta(0)
    quiet: timedelta = timedelta(0)


Timings = Callable[[str], Timing]  # by rule id


def advance(
    detections: Iterable[Detection], known: Sequence[Alert], now: datetime, timing: Timing | Timings
) -> list[Change]:
    """The changes of one look. `known`: open alerts, and past ones of the same fingerprints."""
    timings: Timings = (lambda _rule: timing) if isinstance(timing, Timing) else timing
    changes: list[Change] = []
    touched: set[str] = set()
    for detection in detections:
        for change in _step(detection, known, now, timings(detection.rule_id)):
            changes.append(change)
            touched.add(change.alert.id)
    gone = (alert for alert in known if alert.state in _OPEN and alert.id not in touched)
    return changes + [_ended(alert, now) for alert in gone if _is_over(alert, now, timings(alert.rule_id))]


def _is_over(alert: Alert, now: datetime, timing: Timing) -> bool:
    """What has not fired yet must hold without a gap."""
    return alert.state is AlertState.PENDING or now - alert.updated_at >= timing.quiet


def _step(detection: Detection, known: Sequence[Alert], now: datetime, timing: Timing) -> list[Change]:
    mark, start = fingerprint(detection.labels), _start(detection)
    mine = [alert for alert in known if alert.fingerprint == mark]
    current = max((a for a in mine if a.state in _OPEN), key=lambda a: a.starts_at, default=None)
    if current is None:
        past = max((a for a in mine if abs(a.starts_at - start) <= SAME_EVENT), key=lambda a: a.starts_at, default=None)
        return [_created(detection, now, timing) if past is None else _reopened(past, detection, now, timing)]
    if detection.is_new and start - current.starts_at > SAME_EVENT:
        return [_ended(current, now), _created(detection, now, timing)]
    return [_continued(current, detection, now, timing)]


def _start(detection: Detection) -> datetime:
    return detection.event_start or detection.window_start


def event_id(mark: str, start: datetime) -> str:
    """Fingerprint and start to the second: every event has its own."""
    return f"{mark}-{start.astimezone(UTC):%Y%m%d%H%M%S}"


def _created(detection: Detection, now: datetime, timing: Timing) -> Change:
    mark, start = fingerprint(detection.labels), _start(detection)
    alert = Alert(
        id=event_id(mark, start),
        fingerprint=mark,
        labels=dict(detection.labels),
        state=AlertState.PENDING if timing.pending_for else AlertState.FIRING,
        severity=detection.severity,
        starts_at=start,
        ends_at=None,
        updated_at=now,
        summary=detection.sentence,
        rule_id=detection.rule_id,
        subject_id=detection.subject_id,
        observed=detection.observed,
        expected=detection.expected,
        probability=detection.probability,
        evidence=detection.evidence,
        facts=detection.facts,
        loudness=detection.loudness,
        measure=detection.measure,
        growth=grown((), now, detection.observed),
        latency={"detected_at": detection.detected_at.isoformat()},
    )
    return Change(ChangeKind.CREATED, alert)


def _continued(alert: Alert, detection: Detection, now: datetime, timing: Timing) -> Change:
    held = datetime.fromisoformat(alert.latency.get("detected_at", alert.updated_at.isoformat()))
    if alert.state is AlertState.PENDING and now - held >= timing.pending_for:
        return Change(ChangeKind.FIRED, replace(_refreshed(alert, detection, now), state=AlertState.FIRING))
    return Change(ChangeKind.CONTINUED, _refreshed(alert, detection, now))


def _refreshed(alert: Alert, detection: Detection, now: datetime) -> Alert:
    """The event goes on: the alert shows its loudest moment so far."""
    if _loudness(detection) < _loudness(alert):
        return replace(alert, updated_at=now)
    return replace(
        alert,
        updated_at=now,
        summary=detection.sentence,
        observed=detection.observed,
        expected=detection.expected,
        probability=detection.probability,
        evidence=detection.evidence,
        facts=detection.facts,
        loudness=detection.loudness,
        growth=grown(alert.growth, now, detection.observed),
    )


def _loudness(of: Alert | Detection) -> float:
    return of.observed if of.loudness is None else of.loudness


def _reopened(alert: Alert, detection: Detection, now: datetime, timing: Timing) -> Change:
    if alert.state is AlertState.DROPPED:  # nobody has heard of it: it waits again from now
        again = replace(alert, latency={**alert.latency, "detected_at": detection.detected_at.isoformat()})
        state = AlertState.PENDING if timing.pending_for else AlertState.FIRING
        return Change(ChangeKind.CREATED, replace(_refreshed(again, detection, now), state=state, ends_at=None))
    return Change(
        ChangeKind.REOPENED, replace(_refreshed(alert, detection, now), state=AlertState.FIRING, ends_at=None)
    )


def _ended(alert: Alert, now: datetime) -> Change:
    if alert.state is AlertState.PENDING:
        return Change(ChangeKind.DROPPED, replace(alert, state=AlertState.DROPPED, ends_at=now, updated_at=now))
    return Change(ChangeKind.RESOLVED, replace(alert, state=AlertState.RESOLVED, ends_at=now, updated_at=now))
