"""How often a rule rang here, and how often people found that it was nothing: the experience of this installation.

What people found is written on incidents: closed as a false alarm, or handled. An alert of an open incident, and one
that never became an incident, was judged by nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from yuqing.domain.alert import Alert
from yuqing.domain.codec import from_json
from yuqing.domain.incident import KIND as INCIDENT
from yuqing.domain.incident import Incident, IncidentStatus
from yuqing.domain.ports import StateStore

SPAN = timedelta(days=90)
_RANG = ("firing", "resolved")
_MANY = 1_000_000
_HANDLED = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Of one rule in the last three months: alerts, how many of them people judged, how many were false."""

    alerts: int = 0
    judged: int = 0
    false: int = 0

    def sentence(self) -> str:
        """For people; "" where it never rang before."""
        if not self.alerts:
            return ""
        rang = f"近 {SPAN.days} 天响过 {self.alerts} 次"
        if not self.judged:
            return f"{rang}，都还没有处置结论"
        return f"{rang}，有结论的 {self.judged} 次中误报 {self.false} 次（{self.false / self.judged:.0%}）"


def track_record(state: StateStore, alert: Alert, now: datetime) -> TrackRecord:
    """The record of an alert's rule before this alert."""
    rows = state.find("alert", {"rule_id": alert.rule_id}, _MANY)
    known = [from_json(Alert, row.body) for row in rows if row.id != alert.id and row.body["state"] in _RANG]
    mine = {each.id for each in known if now - SPAN <= each.starts_at <= alert.starts_at}
    done = [from_json(Incident, row.body) for row in state.find(INCIDENT, limit=_MANY)] if mine else []
    handled = [each for each in done if each.status in _HANDLED and not each.merged_into]
    judged = {name for each in handled for name in each.alerts} & mine
    false = {name for each in handled if each.is_false_alarm for name in each.alerts} & mine
    return TrackRecord(len(mine), len(judged), len(false))
