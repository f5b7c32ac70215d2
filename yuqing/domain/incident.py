"""Incidents: what people do about an event, from its first post to the closed file.

An alert tells that something happens; an incident is the work on it. Whatever a person decides stands here, with who
and when, never on an alert.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from yuqing.domain.errors import Conflict
from yuqing.domain.mention import MentionId

KIND, CONTACT_KIND = "incident", "incident_contact"
SYSTEM = ""  # who did it, where nobody did


class Grade(StrEnum):
    """How grave, I the gravest. The values are stored and shown."""

    I = "I"  # noqa: E741
    II = "II"
    III = "III"
    IV = "IV"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Grade).index(self)


class IncidentStatus(StrEnum):
    """How far the work is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    HANDLING = "handling"
    RESOLVED = "resolved"
    CLOSED = "closed"


_NEXT: Mapping[IncidentStatus, tuple[IncidentStatus, ...]] = {
    IncidentStatus.OPEN: (IncidentStatus.ACKNOWLEDGED, IncidentStatus.HANDLING, IncidentStatus.CLOSED),
    IncidentStatus.ACKNOWLEDGED: (IncidentStatus.HANDLING, IncidentStatus.RESOLVED, IncidentStatus.CLOSED),
    IncidentStatus.HANDLING: (IncidentStatus.RESOLVED,),
    IncidentStatus.RESOLVED: (IncidentStatus.CLOSED, IncidentStatus.HANDLING),
    IncidentStatus.CLOSED: (IncidentStatus.HANDLING,),
}


def next_statuses(status: IncidentStatus) -> tuple[IncidentStatus, ...]:
    """Where the work may go from here. Closing before it was handled is for false alarms only."""
    return _NEXT[status]


class EntryKind(StrEnum):
    """What a line of the timeline tells of."""

    POST = "post"
    ALERT = "alert"
    NOTICE = "notice"
    ACTION = "action"
    NOTE = "note"
    STATEMENT = "statement"
    CONTACT = "contact"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `at` is when it happened, `by` who did it (empty: the system)."""

    at: datetime
    kind: EntryKind
    text: str
    by: str = SYSTEM


class StepState(StrEnum):
    """What became of a step of the playbook."""

    TODO = "todo"
    DONE = "done"
    SKIPPED = "skipped"  # with a reason


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the playbook as this incident has it; ticked off by a person. `due` None: without a time limit."""

    id: str
    text: str
    required: bool = True
    due: datetime | None = None
    state: StepState = StepState.TODO
    by: str = ""
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of the statement. Drafts are added, never changed; `number` counts from 1."""

    number: int
    text: str = field(repr=False)
    by: str
    at: datetime
    based_on: int = 0
    approved_by: str = ""
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostMortem:
    """What was learned."""

    cause: str
    went_well: str = ""
    to_improve: str = ""
    by: str = ""
    at: datetime | None = None


class LessonState(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    TAKEN = "taken"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Lesson:
    """New words to watch, proposed after an incident; taken over they are a rule file that `example` makes fire."""

    id: str
    name: str
    words: tuple[str, ...]
    reason: str
    example: str
    by: str
    at: datetime
    exceptions: tuple[str, ...] = ()
    state: LessonState = LessonState.PROPOSED
    decided_by: str = ""
    decided_at: datetime | None = None
    rule_id: str = ""


class ContactKind(StrEnum):
    """Who is spoken to."""

    MEDIA = "media"
    OPINION_LEADER = "opinion_leader"
    REGULATOR = "regulator"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation or a public account, and where the bank's own address book has its number.

    Never a person's name, number or address, and never the author of a mention.
    """

    id: str
    kind: ContactKind
    name: str
    desk: str = ""  # 部门或岗位
    reference: str = ""  # where the bank's own address book has it
    note: str = ""


@dataclass(frozen=True, slots=True)
class Touch:
    """Who changed a part last; `revision` is that of the incident after the change."""

    revision: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One event that people handle.

    `revision` grows with every change and `touched` tells for each part (owner, grade, status, statement …) which
    change was its last: who wants to change a part says which revision was seen, and is told when somebody was faster.
    """

    id: str
    title: str
    subject_id: str
    topic: str
    grade: Grade
    status: IncidentStatus
    opened_at: datetime
    opened_by: str
    began_at: datetime  # when the event itself began: its first post or the beginning of its first alert
    last_alert_at: datetime
    respond_by: datetime
    resolve_by: datetime
    playbook: str = ""
    owner: str = ""
    graded_by: str = SYSTEM
    severity: int = 0
    spread: int = 0
    spread_is_floor: bool = False  # the sources were not all seen: it may have gone farther
    suggested: Grade | None = None  # what the matrix says, where a person said something else
    responded_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    is_false_alarm: bool = False
    alerts: tuple[str, ...] = ()
    detached: tuple[str, ...] = ()
    evidence: tuple[MentionId, ...] = ()
    steps: tuple[Step, ...] = ()
    drafts: tuple[Draft, ...] = ()
    post_mortem: PostMortem | None = None
    lessons: tuple[Lesson, ...] = ()
    entries: tuple[Entry, ...] = ()
    previous: str = ""  # an earlier incident of which this is the return
    merged_into: str = ""
    told: tuple[str, ...] = ()  # what was said of its deadlines
    revision: int = 0
    touched: Mapping[str, Touch] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """False when the file is closed."""
        return self.status is not IncidentStatus.CLOSED

    @property
    def is_worked_on(self) -> bool:
        """True until somebody says that it is resolved."""
        return self.status not in (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)

    @property
    def statement(self) -> Draft | None:
        """The draft that was approved last."""
        return next((draft for draft in reversed(self.drafts) if draft.approved_at is not None), None)

    def steps_open(self) -> tuple[Step, ...]:
        """Required steps that nobody has done or skipped."""
        return tuple(step for step in self.steps if step.required and step.state is StepState.TODO)


class Stale(Conflict):
    """Somebody else changed the same part since it was read: the text says who and when; nothing was written."""

    def __init__(self, what: str, touch: Touch, shown_at: str) -> None:
        super().__init__(f"{what}已由 {touch.by or '系统'} 在 {shown_at} 修改，您的改动没有写入；请看过新内容再决定")
        self.touch = touch


@dataclass(frozen=True, slots=True)
class Deadline:
    """The next thing that is due, and whether its time has passed."""

    what: str  # respond | resolve
    due: datetime
    is_over: bool


def deadline(incident: Incident, now: datetime) -> Deadline | None:
    """The clock of an incident: first somebody must respond, then it must be resolved. None when nothing is due."""
    if not incident.is_worked_on:
        return None
    what, due = ("resolve", incident.resolve_by)
    if incident.responded_at is None:
        what, due = "respond", incident.respond_by
    return Deadline(what, due, now >= due)


def late_steps(incident: Incident, now: datetime) -> tuple[Step, ...]:
    """Steps whose time has passed and that nobody has ticked off."""
    if not incident.is_worked_on:
        return ()
    return tuple(step for step in incident.steps if step.state is StepState.TODO and step.due and now >= step.due)
