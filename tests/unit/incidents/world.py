"""An office of incidents over stores in memory, with alerts and posts as a test needs them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from config.settings import Settings
from tests import worlds
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore, RecordingChannel
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, fingerprint
from yuqing.domain.annotation import (
    Annotation,
    Sentiment,
    SentimentLabel,
    SeverityScore,
    SubjectSentiment,
    TopicScore,
)
from yuqing.domain.codec import to_json
from yuqing.domain.incident import Incident
from yuqing.domain.mention import Author, AuthorKind, Mention, MentionId, MentionKind, Platform
from yuqing.domain.subject import Source, Subject, TopicDefinition
from yuqing.incidents.joining import JoinSummary
from yuqing.incidents.office import Office

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
NEGATIVE = Sentiment(SentimentLabel.NEGATIVE, 0.9, 0.08, 0.02)


@dataclass
class Bank:
    """The application behind an office."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    state: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    settings: Settings = field(default_factory=Settings)
    subjects: tuple[Subject, ...] = worlds.SUBJECTS
    sources: tuple[Source, ...] = ()
    topics: tuple[TopicDefinition, ...] = worlds.TOPICS
    channel: RecordingChannel = field(default_factory=RecordingChannel)

    def __post_init__(self) -> None:
        self.mentions = InMemoryMentionStore(self.clock)

    @property
    def office(self) -> Office:
        """A new one, as every process makes it."""
        return Office(self)

    def look(self) -> JoinSummary:
        """One look of the scheduler."""
        return self.office.joiner({"duty": self.channel}).look()

    def incidents(self) -> list[Incident]:
        """All of them."""
        return self.office.book.every()

    def post(
        self,
        name: str,
        minutes: int = 10,
        *,
        severity: int = 1,
        topic: str = "app",
        platform: Platform = Platform.WEIBO,
        subject: str = "yunjiang",
        outlet: str | None = None,
        root: str | None = None,
        cluster: str | None = None,
    ) -> MentionId:
        """A negative post so many minutes ago, scored."""
        at = self.clock.now() - timedelta(minutes=minutes)
        kind = AuthorKind.MEDIA if outlet else AuthorKind.PERSON
        mention = Mention(
            platform,
            MentionKind.POST,
            name,
            f"https://example.org/{name}",
            f"云江银行的事 {name}",
            at,
            at,
            author=Author("0" * 32, kind, outlet=outlet),
            root_id=MentionId(root) if root else None,
            subjects=(subject,),
        )
        chances = tuple(1.0 if level == severity else 0.0 for level in range(4))
        score = SeverityScore(severity, (chances[0], chances[1], chances[2], chances[3]))
        about = (SubjectSentiment(subject, NEGATIVE),)
        self.mentions.add([mention])
        self.mentions.annotate(
            [Annotation(mention.id, NEGATIVE, about, (TopicScore(topic, 0.9),), score, "test", self.clock.now())]
        )
        if cluster:
            self.mentions.set_clusters({mention.id: cluster})
        return mention.id

    def alert(
        self,
        rule: str = "spike",
        minutes: int = 5,
        *,
        subject: str = "yunjiang",
        severity: AlertSeverity = AlertSeverity.WARNING,
        topic: str = "app",
        evidence: tuple[MentionId, ...] = (),
        ended: int | None = None,
        **fields: object,
    ) -> Alert:
        """A stored alert that began so many minutes ago."""
        start = self.clock.now() - timedelta(minutes=minutes)
        labels = {"rule": rule, "subject": subject}
        mark = fingerprint(labels)
        made = Alert(
            id=f"{mark}-{start:%Y%m%d%H%M%S}",
            fingerprint=mark,
            labels=labels,
            state=AlertState.FIRING if ended is None else AlertState.RESOLVED,
            severity=severity,
            starts_at=start,
            ends_at=None if ended is None else self.clock.now() - timedelta(minutes=ended),
            updated_at=self.clock.now(),
            summary=f"{rule}：30 分钟内负面 86 条，平时 4 条",
            rule_id=rule,
            subject_id=subject,
            observed=86,
            expected=4,
            probability=None,
            evidence=evidence,
            topic=topic,
            **fields,  # type: ignore[arg-type]
        )
        self.state.save("alert", made.id, to_json(made))
        return made

    def actions(self) -> list[tuple[str, str]]:
        """Who did what, by the audit trail."""
        entries = self.state.find("audit")
        return [(str(entry.body["actor"]), str(entry.body["action"])) for entry in entries]
