"""What has become of an open incident since the last look: who took it, how far it has gone, what is overdue."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yuqing.domain.alert import Alert
from yuqing.domain.codec import from_json
from yuqing.domain.errors import ChannelError
from yuqing.domain.incident import (
    SYSTEM,
    Deadline,
    Entry,
    EntryKind,
    Grade,
    Incident,
    IncidentStatus,
    deadline,
    late_steps,
)
from yuqing.domain.incident_plan import Reach
from yuqing.incidents.actions import UNSENT, with_grade
from yuqing.incidents.desk import Act, IncidentBook, added
from yuqing.incidents.reach import ReachReader
from yuqing.labels import DEADLINES

# Sends the reminder of a deadline to everybody who is to know, once each. Raises ChannelError.
Remind = Callable[[Incident, Deadline], None]


@dataclass(frozen=True)
class Reviewer:
    """Brings an incident up to date. Levels never fall; what a person said stays and is only questioned."""

    book: IncidentBook
    reader: ReachReader
    remind: Remind

    def review(self, incident: Incident, *, measure: bool = True) -> Iterator[str]:
        """Yields `raised` and `overdue` where that is new. `measure`: look as well how far it has gone."""
        if not incident.is_worked_on:
            return
        alerts = [alert for alert in map(self._alert, incident.alerts) if alert is not None]
        reach = self.reader.read(incident, self.book.clock.now()) if measure else None

        def reviewed(found: Incident, now: datetime) -> Incident:
            if not found.is_worked_on:
                return found
            changed = self._overdue(self._graded(_mirrored(found, alerts), alerts, reach, now), now)
            return found if changed == found else changed

        after = self.book.change(incident.id, Act(SYSTEM, "review"), reviewed)
        if after.grade.rank < incident.grade.rank:
            yield "raised"
        if set(after.told) - set(incident.told):
            yield "overdue"
        self._tell(after)

    def _alert(self, alert_id: str) -> Alert | None:
        document = self.book.state.load("alert", alert_id)
        return None if document is None else from_json(Alert, document.body)

    def _graded(self, incident: Incident, alerts: Sequence[Alert], reach: Reach | None, now: datetime) -> Incident:
        plan = self.book.plan
        seen = self.reader.severity(incident.evidence)
        severity = max(incident.severity, plan.severity(seen, [alert.severity for alert in alerts], incident.topic))
        spread = max(incident.spread, plan.spread(reach) if reach else 0)
        is_floor = reach.is_floor if reach else incident.spread_is_floor
        said = plan.grade(severity, spread)
        changed = replace(incident, severity=severity, spread=spread, spread_is_floor=is_floor)
        if said.rank >= incident.grade.rank:
            return replace(changed, suggested=None)
        if incident.graded_by:
            return _suggested(changed, said, now)
        words = f"{plan.severities[severity]} × {plan.spreads[spread].name}"
        told = Entry(now, EntryKind.SYSTEM, f"等级 {incident.grade.value} → {said.value}（{words}）")
        return added(with_grade(self.book, changed, said), told)

    def _overdue(self, incident: Incident, now: datetime) -> Incident:
        """What has passed its time is told once: the deadline of the grade, and each step of the playbook."""
        told = list(incident.told)
        entries = []
        clock = deadline(incident, now)
        if clock is not None and clock.is_over and clock.what not in told:
            told.append(clock.what)
            entries.append(Entry(now, EntryKind.SYSTEM, f"已超过{DEADLINES[clock.what]}时限"))
        for step in late_steps(incident, now):
            if step.id not in told:
                told.append(step.id)
                entries.append(Entry(now, EntryKind.SYSTEM, f"步骤超时：{step.text}"))
        return added(replace(incident, told=tuple(told)), *entries) if entries else incident

    def _tell(self, incident: Incident) -> None:
        clock = deadline(incident, self.book.clock.now())
        failed = f"{UNSENT}{clock.what}" if clock else ""
        if clock is None or not clock.is_over or failed in incident.told:
            return
        try:
            self.remind(incident, clock)
        except ChannelError as error:
            if error.permanent:  # what can help is tried again by the next look
                self.book.change(incident.id, Act(SYSTEM, "unsent"), _unsent(failed))


def _unsent(mark: str) -> Callable[[Incident, datetime], Incident]:
    def noted(incident: Incident, now: datetime) -> Incident:
        told = Entry(now, EntryKind.SYSTEM, "超时提醒没有送达：渠道拒绝")
        return added(replace(incident, told=(*incident.told, mark)), told)

    return noted


def _mirrored(incident: Incident, alerts: Sequence[Alert]) -> Incident:
    """Who confirmed an alert on the phone has taken the incident; the posts of its alerts are its evidence."""
    posts = tuple(dict.fromkeys((*incident.evidence, *(post for alert in alerts for post in alert.evidence))))
    changed = replace(incident, evidence=posts)
    taken = [(alert.acknowledged_at, alert) for alert in alerts if alert.acknowledged_at is not None]
    if not taken or incident.responded_at is not None:
        return changed
    at, alert = min(taken, key=lambda each: each[0])
    name = alert.acknowledged_by or ""
    told = Entry(at, EntryKind.ACTION, "在预警中确认，接手处理", name)
    status = IncidentStatus.ACKNOWLEDGED if incident.status is IncidentStatus.OPEN else incident.status
    owner = incident.owner or alert.assigned_to or name
    return added(replace(changed, status=status, responded_at=max(at, incident.opened_at), owner=owner), told)


def _suggested(incident: Incident, said: Grade, now: datetime) -> Incident:
    if incident.suggested is said:
        return incident
    told = Entry(now, EntryKind.SYSTEM, f"系统建议升为 {said.value} 级（现为 {incident.graded_by} 所定）")
    return added(replace(incident, suggested=said), told)
