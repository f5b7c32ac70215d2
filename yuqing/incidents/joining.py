"""Alerts become incidents: one look finds what no incident has yet, joins or opens, and brings grades up to date.

Everything is derived from what is stored, so a crash at any moment is made up for by the next look. One process looks
at a time: two would open two incidents for the two alerts of one event.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.codec import from_json
from yuqing.domain.incident import (
    KIND,
    SYSTEM,
    Entry,
    EntryKind,
    Incident,
    IncidentStatus,
)
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.incidents.actions import with_grade
from yuqing.incidents.desk import ALL, LONGEST_TITLE, Act, IncidentBook, added, new_incident
from yuqing.incidents.lease import KIND as LOOK
from yuqing.incidents.lease import turn
from yuqing.incidents.reach import ReachReader
from yuqing.incidents.relation import Relation
from yuqing.incidents.review import Reviewer

# An alert that ended before so long, and that nobody made an incident of, is history: no installation begins with it.
RECENT = timedelta(hours=24)
PAUSE = timedelta(minutes=5)
_LOUD = (AlertSeverity.CRITICAL, AlertSeverity.WARNING, AlertSeverity.INFO)


@dataclass(frozen=True, slots=True)
class JoinSummary:
    """What became of one look."""

    opened: int = 0
    joined: int = 0
    raised: int = 0
    overdue: int = 0

    @property
    def changed(self) -> bool:
        """True when something happened."""
        return any(asdict(self).values())

    def as_json(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """For people."""
        told = f"新开事件 {self.opened} 起，并入预警 {self.joined} 起，升级 {self.raised} 起"
        return f"{told}，超时 {self.overdue} 起"


@dataclass(frozen=True)
class Joiner:
    """Joins alerts to incidents."""

    book: IncidentBook
    reader: ReachReader
    reviewer: Reviewer
    subjects: Sequence[Subject]

    def look(self) -> JoinSummary:
        """Once. Safe to repeat and to run in several processes."""
        with turn(self.book.state, self.book.clock.now()) as is_ours:
            if not is_ours:
                return JoinSummary()
            self.reader.mentions.refresh()
            done = Counter(self._place(alert) for alert in self._unplaced())
            measure = self._is_time(bool(done["opened"] + done["joined"]))
            found = self.book.every(only_open=True)
            reviewed = Counter(word for each in found for word in self.reviewer.review(each, measure=measure))
            return JoinSummary(done["opened"], done["joined"], reviewed["raised"], reviewed["overdue"])

    def _is_time(self, is_news: bool) -> bool:
        """Whether the reach is measured again: after news at once, else every few minutes. It reads all coverage."""
        state, now = self.book.state, self.book.clock.now()
        found = state.load(LOOK, "reach")
        if found is not None and not is_news:
            since = now - datetime.fromisoformat(str(found.body["at"]))
            if timedelta(0) <= since < PAUSE:
                return False
        state.save(LOOK, "reach", {"at": now.isoformat()})
        return True

    def _unplaced(self) -> list[Alert]:
        """Alerts about subjects that no incident holds: those that may open one first, each kind the oldest first."""
        held = self._held()
        found = [alert for alert in self._alerts() if alert.id not in held and self._concerns_us(alert)]
        return sorted(found, key=lambda alert: (not self._opens(alert), alert.starts_at, alert.id))

    def _opens(self, alert: Alert) -> bool:
        return _LOUD.index(alert.severity) <= _LOUD.index(self.book.plan.open_from)

    def _held(self) -> set[str]:
        documents = self.book.state.find(KIND, None, ALL)
        lists = (document.body.get(name, ()) for document in documents for name in ("alerts", "detached"))
        return {str(each) for held in lists if isinstance(held, list | tuple) for each in held}

    def _alerts(self) -> Iterator[Alert]:
        now = self.book.clock.now()
        for state in (AlertState.FIRING, AlertState.RESOLVED):
            for document in self.book.state.find("alert", {"state": state.value}, ALL):
                alert = from_json(Alert, document.body)
                if alert.ends_at is None or now - alert.ends_at <= RECENT:
                    yield alert

    def _concerns_us(self, alert: Alert) -> bool:
        """The crawlers' own alerts are the operator's, and those about other banks nobody's here."""
        kinds = {subject.id: subject.kind for subject in self.subjects}
        ours = kinds.get(alert.subject_id, SubjectKind.COMPETITOR) is not SubjectKind.COMPETITOR
        return ours and alert.severity in _LOUD

    def _place(self, alert: Alert) -> str:
        """Join the incident that it is about, or open one where it is loud enough."""
        known = [each for each in self.book.every() if not each.merged_into]
        relation = Relation(self.reader.mentions, self.subjects, self.book.plan)
        mine = relation.incident_of(alert, [each for each in known if each.is_open])
        if mine is not None:
            self.join(mine.id, alert)
            return "joined"
        if not self._opens(alert):
            return "left"
        past = relation.incident_of(alert, [each for each in known if not each.is_open])
        return "opened" if self._open(alert, past.id if past else "") else "left"

    def join(self, incident_id: str, alert: Alert, by: str = SYSTEM) -> Incident:
        """Write an alert into an incident; one that was resolved is handled again."""

        def joined(incident: Incident, now: datetime) -> Incident:
            if alert.id in incident.alerts:
                return incident
            return self._with(incident, alert, now, by)

        part = "status" if self.book.get(incident_id).status is IncidentStatus.RESOLVED else ""
        return self.book.change(incident_id, Act(by, "alert.join", part, detail={"alert": alert.id}), joined)

    def _with(self, incident: Incident, alert: Alert, now: datetime, by: str) -> Incident:
        entries = [Entry(now, EntryKind.SYSTEM, f"并入预警：{alert.summary}", by)]
        changed = replace(
            incident,
            subject_id=self._broader(incident.subject_id, alert.subject_id),
            topic=incident.topic or alert.topic,
            alerts=(*incident.alerts, alert.id),
            detached=tuple(each for each in incident.detached if each != alert.id),
            evidence=tuple(dict.fromkeys((*incident.evidence, *alert.evidence))),
            began_at=min(incident.began_at, self._beginning(alert)),
            last_alert_at=max(incident.last_alert_at, alert.starts_at),
        )
        if incident.status is IncidentStatus.RESOLVED:
            changed = replace(changed, status=IncidentStatus.HANDLING, resolved_at=None)
            entries.append(Entry(now, EntryKind.SYSTEM, "再起：处置后又有预警，重新打开", SYSTEM))
        return added(changed, *entries)

    def _broader(self, first: str, second: str) -> str:
        """A brand's event and its product's is the brand's, and so is that of two of its products."""
        if not first or not second or first == second:
            return first or second
        return self._parents.get(first) or self._parents.get(second) or first

    @property
    def _parents(self) -> Mapping[str, str | None]:
        return {subject.id: subject.parent for subject in self.subjects}

    def _beginning(self, alert: Alert) -> datetime:
        first = self.reader.first_post(alert.evidence)
        return alert.starts_at if first is None else min(first, alert.starts_at)

    def _open(self, alert: Alert, previous: str) -> bool:
        plan, now = self.book.plan, self.book.clock.now()
        severity = plan.severity(self.reader.severity(alert.evidence), [alert.severity], alert.topic)
        blank = new_incident(
            plan,
            self._title(alert),
            alert.subject_id,
            alert.topic,
            plan.grade(severity, 0),
            now,
            mark=alert.id,
            began_at=self._beginning(alert),
            previous=previous,
        )
        reach = self.reader.read(blank, now)
        made = with_grade(self.book, blank, plan.grade(severity, plan.spread(reach)))
        told = [Entry(now, EntryKind.SYSTEM, f"由预警自动开立，定为 {made.grade.value} 级：{alert.summary}")]
        if previous:
            told.append(Entry(now, EntryKind.SYSTEM, f"与已结案的事件 {previous} 相关，可能是再起"))
        made = replace(
            made,
            severity=severity,
            spread=plan.spread(reach),
            spread_is_floor=reach.is_floor,
            last_alert_at=alert.starts_at,
            alerts=(alert.id,),
            evidence=alert.evidence,
        )
        return self.book.add(added(made, *told))

    def _title(self, alert: Alert) -> str:
        return alert.summary if len(alert.summary) <= LONGEST_TITLE else f"{alert.summary[: LONGEST_TITLE - 1]}…"
