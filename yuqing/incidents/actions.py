"""What people do with an incident: take it, grade it, move it on, tick off steps, write down, close."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yuqing.domain.errors import InputError
from yuqing.domain.incident import (
    Entry,
    EntryKind,
    Grade,
    Incident,
    IncidentStatus,
    Step,
    StepState,
    next_statuses,
)
from yuqing.domain.incident_plan import planned_steps
from yuqing.incidents.desk import LONGEST_NAME, LONGEST_TITLE, Act, IncidentBook, added, person
from yuqing.labels import DEADLINES, INCIDENT_STATUSES

UNSENT = "unsent-"  # before the deadline whose reminder could not be delivered

Frozen = Callable[[Incident], Sequence[Entry]]


def _nothing(_incident: Incident) -> Sequence[Entry]:
    return ()


@dataclass(frozen=True)
class IncidentActions:
    """Carries out what people say. `derived` are the lines of the timeline that are not stored: closing keeps them."""

    book: IncidentBook
    derived: Frozen = _nothing

    def acknowledge(self, incident_id: str, by: str) -> Incident:
        """Somebody looks after it; the first one stays. Who has no owner gets this one."""
        name = person(by)

        def taken(incident: Incident, now: datetime) -> Incident:
            if incident.responded_at is not None:
                return incident
            self._must_be_open(incident)
            told = Entry(now, EntryKind.ACTION, "接手处理", name)
            status = IncidentStatus.ACKNOWLEDGED if incident.status is IncidentStatus.OPEN else incident.status
            return added(replace(incident, status=status, responded_at=now, owner=incident.owner or name), told)

        return self.book.change(incident_id, Act(name, "acknowledge", "status"), taken)

    def assign(self, incident_id: str, owner: str, by: str, seen: int | None = None) -> Incident:
        """Whose task it is."""
        name, to = person(by), person(owner)

        def assigned(incident: Incident, now: datetime) -> Incident:
            if incident.owner == to:
                return incident
            self._must_be_open(incident)
            before = f"（原为 {incident.owner}）" if incident.owner else ""
            told = Entry(now, EntryKind.ACTION, f"负责人定为 {to}{before}", name)
            return added(replace(incident, owner=to), told)

        return self.book.change(incident_id, Act(name, "assign", "owner", seen, {"owner": to}), assigned)

    def grade(self, incident_id: str, grade: Grade, reason: str, by: str, seen: int | None = None) -> Incident:
        """What a person says counts from then on; the deadlines move with it, the steps of a new playbook are added."""
        name, why = person(by), self.book.clean(reason, "定级理由", 200)

        def graded(incident: Incident, now: datetime) -> Incident:
            self._must_be_open(incident)
            if incident.grade is grade and incident.graded_by:
                return incident
            told = Entry(now, EntryKind.ACTION, f"等级 {incident.grade.value} → {grade.value}：{why}", name)
            return added(with_grade(self.book, replace(incident, graded_by=name, suggested=None), grade), told)

        return self.book.change(incident_id, Act(name, "grade", "grade", seen, {"grade": grade.value}), graded)

    def move(self, incident_id: str, to: IncidentStatus, by: str, note: str = "", seen: int | None = None) -> Incident:
        """The next status. Raises InputError where the work does not allow it, and says what is missing."""
        name = person(by)
        why = self.book.clean(note, "说明", 500) if note.strip() else ""

        def moved(incident: Incident, now: datetime) -> Incident:
            if incident.status is to:
                return incident
            self._may_move(incident, to, why)
            word = INCIDENT_STATUSES[to]
            reopened = to is IncidentStatus.HANDLING and not incident.is_worked_on
            changed = "重新打开" if reopened else f"状态改为“{word}”"
            told = Entry(now, EntryKind.ACTION, f"{changed}{'：' + why if why else ''}", name)
            return added(self._stamped(incident, to, now, name), told)

        return self.book.change(incident_id, Act(name, f"status.{to.value}", "status", seen), moved)

    def _may_move(self, incident: Incident, to: IncidentStatus, why: str) -> None:
        if to not in next_statuses(incident.status):
            names = "、".join(INCIDENT_STATUSES[each] for each in next_statuses(incident.status))
            raise InputError(f"“{INCIDENT_STATUSES[incident.status]}”之后只能是：{names}")
        if incident.merged_into:
            raise InputError(f"事件已并入 {incident.merged_into}，请在那里处置")
        if to is not IncidentStatus.CLOSED:
            return
        if incident.status is not IncidentStatus.RESOLVED:
            if not why:
                raise InputError("没有处置就结案须写明为何是误报")
            return
        if missing := incident.steps_open():
            raise InputError(
                f"还有 {len(missing)} 个必做步骤没有完成或说明：{'；'.join(each.text for each in missing)}"
            )
        if incident.post_mortem is None:
            raise InputError("结案前须填写复盘（至少写明原因）")

    def _stamped(self, incident: Incident, to: IncidentStatus, now: datetime, name: str) -> Incident:
        responded = incident.responded_at or now
        if to is IncidentStatus.RESOLVED:
            return replace(incident, status=to, resolved_at=now, responded_at=responded)
        if to is IncidentStatus.CLOSED:
            is_false = incident.status is not IncidentStatus.RESOLVED
            kept = tuple(self.derived(incident))
            closed = replace(incident, entries=(*kept, *incident.entries), is_false_alarm=is_false)
            return replace(closed, status=to, closed_at=now, resolved_at=closed.resolved_at or now)
        reopened = replace(incident, status=to, resolved_at=None, closed_at=None, responded_at=responded)
        return replace(reopened, owner=incident.owner or name, is_false_alarm=False)

    def step(
        self, incident_id: str, step_id: str, state: StepState, by: str, note: str = "", seen: int | None = None
    ) -> Incident:
        """Tick off a step, skip it with a reason, or take that back."""
        name = person(by)
        why = self.book.clean(note, "说明", 300) if note.strip() else ""
        if state is StepState.SKIPPED and not why:
            raise InputError("不做这一步须写明理由")

        def ticked(incident: Incident, now: datetime) -> Incident:
            self._must_be_open(incident)
            step = _step(incident, step_id)
            if (step.state, step.note) == (state, why):
                return incident
            done = replace(step, state=state, by=name, at=now, note=why)
            if state is StepState.TODO:
                done = replace(step, state=state, by="", at=None, note="")
            steps = tuple(done if each.id == step_id else each for each in incident.steps)
            word = {StepState.DONE: "完成", StepState.SKIPPED: "不做", StepState.TODO: "改为未完成"}[state]
            told = Entry(now, EntryKind.ACTION, f"{word}：{step.text}{'（' + why + '）' if why else ''}", name)
            return added(replace(incident, steps=steps), told)

        detail = {"step": step_id, "state": state.value}
        return self.book.change(incident_id, Act(name, "step", f"step:{step_id}", seen, detail), ticked)

    def add_step(self, incident_id: str, text: str, by: str) -> Incident:
        """A step that no playbook knew."""
        name, words = person(by), self.book.clean(text, "步骤", 200)

        def extended(incident: Incident, now: datetime) -> Incident:
            self._must_be_open(incident)
            made = Step(f"own{len(incident.steps) + 1}", words, required=False)
            told = Entry(now, EntryKind.ACTION, f"增加步骤：{words}", name)
            return added(replace(incident, steps=(*incident.steps, made)), told)

        return self.book.change(incident_id, Act(name, "step.add"), extended)

    def rename(self, incident_id: str, title: str, by: str, seen: int | None = None) -> Incident:
        """A better title."""
        name, words = person(by), self.book.clean(title, "标题", LONGEST_TITLE)

        def renamed(incident: Incident, now: datetime) -> Incident:
            if incident.title == words:
                return incident
            self._must_be_open(incident)
            told = Entry(now, EntryKind.ACTION, f"标题改为“{words}”", name)
            return added(replace(incident, title=words), told)

        return self.book.change(incident_id, Act(name, "title", "title", seen), renamed)

    def note(
        self,
        incident_id: str,
        text: str,
        by: str,
        *,
        at: datetime | None = None,
        kind: EntryKind = EntryKind.NOTE,
        contact: str = "",
    ) -> Incident:
        """A line on the timeline by hand, also of a closed file and of an earlier time; `contact`: with whom it was."""
        name, words = person(by), self.book.clean(text, "记录", 2_000)
        whom = self.book.clean(contact, "联系对象", 2 * LONGEST_NAME) if contact else ""
        told = f"{whom}：{words}" if whom else words
        used = EntryKind.CONTACT if whom else kind

        def noted(incident: Incident, now: datetime) -> Incident:
            if at is not None and at > now:
                raise InputError("记录的时间不能在将来")
            return added(incident, Entry(at or now, used, told, name))

        return self.book.change(incident_id, Act(name, f"note.{used.value}"), noted)

    def detach(self, incident_id: str, alert_id: str, by: str) -> Incident:
        """An alert that is about something else; no look joins it again by itself."""
        name = person(by)

        def detached(incident: Incident, now: datetime) -> Incident:
            self._must_be_open(incident)
            if alert_id not in incident.alerts:
                return incident
            kept = tuple(each for each in incident.alerts if each != alert_id)
            told = Entry(now, EntryKind.ACTION, f"移出预警 {alert_id}", name)
            return added(replace(incident, alerts=kept, detached=(*incident.detached, alert_id)), told)

        return self.book.change(incident_id, Act(name, "alert.detach", detail={"alert": alert_id}), detached)

    def _must_be_open(self, incident: Incident) -> None:
        if not incident.is_open:
            raise InputError("事件已结案；要再处理请先重新打开")


def _step(incident: Incident, step_id: str) -> Step:
    for step in incident.steps:
        if step.id == step_id:
            return step
    raise InputError(f"没有步骤 {step_id}")


def with_grade(book: IncidentBook, incident: Incident, grade: Grade) -> Incident:
    """With this grade: its deadlines from the opening on, and the steps that its playbook adds. None is taken away."""
    terms, playbook = book.plan.terms[grade], book.plan.playbook_for(incident.topic, grade)
    known = {step.text for step in incident.steps}
    taken = {step.id for step in incident.steps}
    fresh = [step for step in planned_steps(playbook, incident.opened_at) if step.text not in known]
    named = tuple(replace(step, id=f"{step.id}_{grade.value.lower()}") if step.id in taken else step for step in fresh)
    return replace(
        incident,
        grade=grade,
        respond_by=incident.opened_at + terms.respond,
        resolve_by=incident.opened_at + terms.resolve,
        playbook=playbook.id if playbook else incident.playbook,
        steps=(*incident.steps, *named),
        told=tuple(each for each in incident.told if each not in DEADLINES and not each.startswith(UNSENT)),
    )
