"""The desk: everything that a person does to an incident. One change at a time, written down, and never over another's.

A change of a part (owner, grade, status, a step, the statement, the post-mortem) says which revision of the incident
was seen; where somebody changed the same part since, it raises `Stale` and writes nothing. Changes of different parts
do not hinder one another. The audit entry comes before the change: an action without an entry must not exist.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from zoneinfo import ZoneInfo

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict, InputError
from yuqing.domain.incident import KIND, SYSTEM, Entry, EntryKind, Grade, Incident, IncidentStatus, Stale, Touch
from yuqing.domain.incident_plan import Plan, planned_steps
from yuqing.domain.ports import Clock, StateStore
from yuqing.incidents.checker import Mask, StatementChecker

ALL = 1_000_000
TRIES = 30
LONGEST_TEXT, LONGEST_NAME, LONGEST_TITLE = 20_000, 30, 80
_SHANGHAI = ZoneInfo("Asia/Shanghai")
Audit = Callable[[str, str, str, Mapping[str, str] | None], object]
Change = Callable[[Incident, datetime], Incident]
PARTS: Mapping[str, str] = {
    "owner": "负责人",
    "grade": "等级",
    "status": "状态",
    "title": "标题",
    "statement": "声明",
    "post_mortem": "复盘",
    "step": "步骤",
    "lesson": "经验",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One action: who, what the audit calls it, which part it changes (empty: it only adds), what was seen."""

    by: str
    name: str
    part: str = ""
    seen: int | None = None
    detail: Mapping[str, str] | None = None


@dataclass(frozen=True)
class IncidentBook:
    """Incidents in the state store, and the one way in which they change."""

    state: StateStore
    clock: Clock
    plan: Plan
    audit: Audit
    mask: Mask

    @cached_property
    def checker(self) -> StatementChecker:
        """What looks over statements."""
        return StatementChecker(self.plan.words, self.mask)

    def get(self, incident_id: str) -> Incident:
        """One incident. Raises InputError when there is none."""
        return self._loaded(incident_id)[0]

    def find(self, incident_id: str) -> Incident | None:
        """One incident, or None."""
        document = self.state.load(KIND, incident_id)
        return None if document is None else from_json(Incident, document.body)

    def every(self, *, only_open: bool = False) -> list[Incident]:
        """All incidents: those that are worked on by grade, then the others; the newest first."""
        where = {"is_open": True} if only_open else None
        found = [from_json(Incident, document.body) for document in self.state.find(KIND, where, ALL)]
        return sorted(found, key=_urgency)

    def add(self, incident: Incident) -> bool:
        """Store a new one; False when it exists."""
        try:
            self.state.save(KIND, incident.id, _body(incident), expected_version=0)
        except Conflict:
            return False
        return True

    def change(self, incident_id: str, act: Act, change: Change) -> Incident:
        """Carry out an action. Raises InputError, or `Stale` where another was faster; then nothing is written."""
        name = act.by if act.by == SYSTEM else person(act.by)
        now = self.clock.now()
        told = act.by == SYSTEM
        for _ in range(TRIES):
            incident, version = self._loaded(incident_id)
            _check_seen(incident, act)
            changed = change(incident, now)
            if changed is incident:
                return incident
            if not told:
                self.audit(name, f"incident.{act.name}", incident_id, act.detail or {})
                told = True
            stored = _revised(changed, act.part, name, now)
            try:
                self.state.save(KIND, incident_id, _body(stored), expected_version=version)
            except Conflict:
                continue  # somebody was faster: is it still what we saw?
            return stored
        raise Conflict(f"事件 {incident_id} 正被频繁更新，请再试一次")

    def _loaded(self, incident_id: str) -> tuple[Incident, int]:
        document = self.state.load(KIND, incident_id)
        if document is None:
            raise InputError(f"没有事件 {incident_id}")
        return from_json(Incident, document.body), document.version

    def clean(self, text: str, what: str, longest: int = LONGEST_TEXT) -> str:
        """A text as it may be stored: personal data masked. Raises InputError for none or one too long."""
        found = self.mask(text.strip())
        if not found:
            raise InputError(f"请填写{what}")
        if len(found) > longest:
            raise InputError(f"{what}最多 {longest} 个字")
        return found

    def open(
        self,
        title: str,
        subject_id: str,
        by: str,
        *,
        topic: str = "",
        grade: Grade = Grade.IV,
        note: str = "",
        previous: str = "",
    ) -> Incident:
        """Open one by hand. The audit entry comes first."""
        name, now = person(by), self.clock.now()
        made = new_incident(
            self.plan,
            self.clean(title, "标题", LONGEST_TITLE),
            subject_id,
            topic,
            grade,
            now,
            opened_by=name,
            mark=f"{title}|{name}",
            previous=previous,
        )
        told = f"开立事件，定为 {grade.value} 级" + (f"：{self.clean(note, '说明')}" if note.strip() else "")
        made = replace(made, graded_by=name, entries=(Entry(now, EntryKind.ACTION, told, name),))
        self.audit(name, "incident.open", made.id, {"subject": subject_id, "topic": topic, "grade": grade.value})
        if not self.add(made):
            raise InputError(f"刚刚已开立同名事件 {made.id}")
        return made


def new_incident(
    plan: Plan,
    title: str,
    subject_id: str,
    topic: str,
    grade: Grade,
    now: datetime,
    *,
    mark: str,
    opened_by: str = SYSTEM,
    began_at: datetime | None = None,
    previous: str = "",
) -> Incident:
    """An incident with its deadlines and the steps of its playbook. The same mark at the same time has the same id."""
    terms, playbook = plan.terms[grade], plan.playbook_for(topic, grade)
    digest = sha256(f"{mark}|{now.isoformat()}".encode()).hexdigest()[:5]
    return Incident(
        id=f"{now.astimezone(_SHANGHAI):%Y%m%d}-{digest}",
        title=title,
        subject_id=subject_id,
        topic=topic,
        grade=grade,
        status=IncidentStatus.OPEN,
        opened_at=now,
        opened_by=opened_by,
        began_at=began_at or now,
        last_alert_at=now,
        respond_by=now + terms.respond,
        resolve_by=now + terms.resolve,
        playbook=playbook.id if playbook else "",
        steps=planned_steps(playbook, now),
        previous=previous,
    )


def person(text: str) -> str:
    """A name as a person writes it. Raises InputError for none, one too long, or signs that are no name."""
    name = " ".join(text.split())
    if not name:
        raise InputError("请填写姓名，之后可以查到是谁处理的")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(f"姓名最多 {LONGEST_NAME} 个字，不含特殊符号")
    return name


def added(incident: Incident, *entries: Entry) -> Incident:
    """With lines on its timeline."""
    return replace(incident, entries=(*incident.entries, *entries))


def _check_seen(incident: Incident, act: Act) -> None:
    touch = incident.touched.get(act.part) if act.part and act.seen is not None else None
    if touch is not None and act.seen is not None and touch.revision > act.seen:
        what = PARTS[act.part.partition(":")[0]]
        raise Stale(what, touch, f"{touch.at.astimezone(_SHANGHAI):%m-%d %H:%M}")


def _revised(incident: Incident, part: str, by: str, now: datetime) -> Incident:
    revision = incident.revision + 1
    touched = {**incident.touched, part: Touch(revision, by, now)} if part else incident.touched
    return replace(incident, revision=revision, touched=touched)


def _body(incident: Incident) -> dict[str, object]:
    return {**to_json(incident), "is_open": incident.is_open}


def _urgency(incident: Incident) -> tuple[bool, int, float]:
    return (
        not incident.is_worked_on,
        incident.grade.rank if incident.is_worked_on else 0,
        -incident.opened_at.timestamp(),
    )


def titles(incidents: Sequence[Incident]) -> dict[str, str]:
    """Id -> title."""
    return {incident.id: incident.title for incident in incidents}
