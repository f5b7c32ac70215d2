"""Rules, what they detect, what is told to whom, and what came of it. Alertmanager's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from yuqing.domain.mention import MentionId


class AlertSeverity(StrEnum):
    """How loudly an alert speaks; the Chinese grade in mails is 高/中/低/运维."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Rule:
    """One warning rule from rules/*.yml. `options` is what the detector of this type understands."""

    id: str
    type: str
    name: str
    severity: AlertSeverity
    subjects: tuple[str, ...] = ()  # empty: every brand, product, campaign and person
    version: int = 1
    enabled: bool = True
    options: Mapping[str, object] = field(default_factory=dict)
    pending_for: timedelta = timedelta(0)  # so long it must hold before anybody is told
    keep_firing_for: timedelta = timedelta(0)  # so long it must be gone before it is over


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One equal bin of a negative series. None is unknown (coverage was bad), never 0."""

    start: datetime
    negative: int | None
    total: int | None


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule that holds now: observed against expected, with the evidence. `sentence` explains it in Chinese."""

    rule_id: str
    subject_id: str
    severity: AlertSeverity
    sentence: str
    detected_at: datetime
    window_start: datetime
    window_end: datetime
    observed: float
    expected: float | None
    probability: float | None
    evidence: tuple[MentionId, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    is_new: bool = True  # False: the event goes on; keeps the alert firing and tells nobody again
    event_start: datetime | None = None  # when the event began, the same on every look; None: window_start
    facts: tuple[tuple[str, str], ...] = ()  # the reason as (name, words): observed, usual, since when, the limit
    loudness: float | None = None  # how much it says; an alert shows its loudest moment. None: `observed`
    measure: str = ""  # what `observed` counts, for people; empty: posts


class AlertState(StrEnum):
    """Alertmanager's life of an alert."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    DROPPED = "dropped"  # was gone before it had held long enough: nobody was told, nobody will be


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hex digits that depend on the labels and not on their order."""
    canonical = "\x1e".join(f"{key}\x1f{labels[key]}" for key in sorted(labels))
    return sha256(canonical.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Alert:
    """A firing or resolved event of one fingerprint. `id` = fingerprint + start, so every event has its own row."""

    id: str
    fingerprint: str
    labels: Mapping[str, str]
    state: AlertState
    severity: AlertSeverity
    starts_at: datetime
    ends_at: datetime | None
    updated_at: datetime
    summary: str
    rule_id: str
    subject_id: str
    observed: float
    expected: float | None
    probability: float | None
    evidence: tuple[MentionId, ...]
    latency: Mapping[str, str] = field(default_factory=dict)  # stage name -> ISO time
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    topic: str = ""  # what most of the evidence was about when it fired; routes may ask for it
    assigned_to: str | None = None
    assigned_at: datetime | None = None
    owed: bool = False  # it ended, and not everybody has been told yet
    facts: tuple[tuple[str, str], ...] = ()  # see Detection
    loudness: float | None = None
    measure: str = ""
    growth: tuple[tuple[datetime, float], ...] = ()  # when `observed` had become so much


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is told about alerts whose labels match, between two times. Author and reason are mandatory."""

    id: str
    matchers: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told: one channel with its address. Secrets stay in the settings, not here."""

    id: str
    channel: str
    options: Mapping[str, object] = field(default_factory=dict)


Matchers = Mapping[str, str | tuple[str, ...]]  # label -> its value, or any of several


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told next when nobody has acknowledged for so long."""

    after: timedelta
    receivers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Alerts whose labels match go to these receivers; the first route that matches wins.

    `proceed` looks at the routes behind it as well. Alerts with the same `group_by` labels share a message: the first
    waits `group_wait` for others, later ones come at most every `group_interval`. While nobody acknowledges, the
    message is repeated after `repeat_interval`, then twice as late each time; the `escalation` chain begins at once.
    """

    receivers: tuple[str, ...]
    matchers: Matchers = field(default_factory=dict)
    proceed: bool = False
    group_by: tuple[str, ...] = ()
    group_wait: timedelta = timedelta(0)
    group_interval: timedelta = timedelta(0)
    repeat_interval: timedelta | None = None
    escalation: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alert that matches `source` fires, those that match `target` with the same `equal` labels are held."""

    source: Matchers
    target: Matchers
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a message; `cid` makes it addressable from the HTML part."""

    cid: str
    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageLink:
    """A button of a message: its Chinese word and where it leads. A signed address is a key: it is not shown."""

    label: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel delivers. `dedup_key` is the same for every attempt at the same notification.

    `markdown` is the body for chat robots, without subject and links; None: they get the text.
    """

    subject: str
    text: str
    dedup_key: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    payload: Mapping[str, object] = field(default_factory=dict)  # what a webhook gets
    markdown: str | None = None
    links: tuple[MessageLink, ...] = ()
    severity: AlertSeverity | None = None


class NotificationState(StrEnum):
    """Life of one delivery: rows change only by conditional updates."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    FAILED = "failed"  # will be tried again at `not_before`
    DEAD = "dead"  # permanent refusal or too many attempts
    SILENCED = "silenced"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one receiver about one change of an alert, with everything that happened to it."""

    id: str
    alert_id: str
    receiver: str
    kind: str  # firing | repeat-1… | escalation-1… | surge-1… | resolved
    state: NotificationState
    created_at: datetime
    updated_at: datetime
    attempts: int = 0
    not_before: datetime | None = None
    accepted_at: datetime | None = None
    detail: str = ""
    group: str = ""  # those of the same group may share a message
    members: tuple[str, ...] = ()  # which other notifications its message carries; fixed by the first claim
    carried_by: str = ""  # whose message carries this one
    meant_for: datetime | None = None  # held back on purpose until then (quiet hours, grouping, a silence)
    delays: int = 0  # attempts that were told to come later; they do not count
    doubts: int = 0  # attempts without an answer, or with one that leaves open whether the message arrived
