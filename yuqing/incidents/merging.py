"""Two incidents of one event become one, by hand: the other's file stays, closed, and says where the work goes on."""

from dataclasses import dataclass, replace
from datetime import datetime

from yuqing.domain.errors import InputError
from yuqing.domain.incident import Entry, EntryKind, Incident, IncidentStatus
from yuqing.incidents.desk import Act, IncidentBook, added, person


@dataclass(frozen=True)
class Merging:
    """Merges incidents. The one that stays is written first: a crash in between leaves two, and merging again helps."""

    book: IncidentBook

    def merge(self, incident_id: str, into: str, by: str, seen: int | None = None) -> Incident:
        """Bring alerts and evidence of one into another and close it; returns the one that stays."""
        name, other = person(by), self.book.get(incident_id)
        self._may(other, self.book.get(into))

        def received(incident: Incident, now: datetime) -> Incident:
            if set(other.alerts) <= set(incident.alerts) and _told(other) in (each.text for each in incident.entries):
                return incident
            return added(
                replace(
                    incident,
                    alerts=tuple(dict.fromkeys((*incident.alerts, *other.alerts))),
                    evidence=tuple(dict.fromkeys((*incident.evidence, *other.evidence))),
                    began_at=min(incident.began_at, other.began_at),
                    last_alert_at=max(incident.last_alert_at, other.last_alert_at),
                ),
                Entry(now, EntryKind.ACTION, _told(other), name),
            )

        def ended(incident: Incident, now: datetime) -> Incident:
            told = Entry(now, EntryKind.ACTION, f"并入事件 {into}，在那里继续处置", name)
            closed = replace(incident, status=IncidentStatus.CLOSED, closed_at=now, merged_into=into)
            return added(replace(closed, resolved_at=incident.resolved_at or now), told)

        stays = self.book.change(into, Act(name, "merge.receive", detail={"from": incident_id}), received)
        self.book.change(incident_id, Act(name, "merge", "status", seen, {"into": into}), ended)
        return stays

    def _may(self, incident: Incident, into: Incident) -> None:
        if incident.id == into.id:
            raise InputError("不能并入自己")
        for each in (incident, into):
            if not each.is_open:
                raise InputError(f"事件 {each.id} 已结案，不能合并")


def _told(other: Incident) -> str:
    return f"并入事件 {other.id}“{other.title}”"
