"""A week small enough to count by hand: every helper here writes exactly what its arguments say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from reports.compile import compile_report
from tests.fakes import InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.annotation import Annotation, Sentiment, SentimentLabel, SeverityScore, SubjectSentiment, TopicScore
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.mention import Engagement, Mention, MentionId, MentionKind, Platform
from yuqing.domain.report import Figure, Report, Section
from yuqing.domain.subject import Backend, Source, Subject, SubjectKind, TopicDefinition

SINCE = datetime(2026, 3, 8, 16, tzinfo=UTC)  # Monday 9 March, midnight in China
WEEK = timedelta(days=7)
UNTIL = SINCE + WEEK
NOW = UNTIL + timedelta(hours=8)

OURS = Subject("yunjiang", "云江银行", SubjectKind.BRAND, ("云江银行",))
PEER = Subject("haizhou", "海州银行", SubjectKind.COMPETITOR, ("海州银行",))
CAMPAIGN = Subject("goldenautumn", "金秋开户礼", SubjectKind.CAMPAIGN, ("金秋开户礼",), parent="yunjiang")
TOPICS = (TopicDefinition("app", "手机银行", ""), TopicDefinition("fee", "收费计息", ""))
WEIBO = Source("weibo_search", "weibo", "微博搜索", Backend.WEB, "公开信息", True, 300)
DOUYIN = Source("douyin_search", "douyin", "抖音搜索", Backend.WEB, "公开信息", True, 600)
NEGATIVE, NEUTRAL, POSITIVE = SentimentLabel


@dataclass
class Small:
    """Two stores and the words to fill them."""

    mentions: InMemoryMentionStore = field(default_factory=InMemoryMentionStore)
    state: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    numbers: Iterable[int] = field(default_factory=lambda: count(1))

    def say(
        self,
        at: datetime,
        label: SentimentLabel | None = NEUTRAL,
        *,
        subjects: tuple[str, ...] = ("yunjiang",),
        platform: Platform = Platform.WEIBO,
        topic: str = "app",
        severity: int = 0,
        text: str = "云江银行的事，第{n}回",
        likes: int | None = None,
        kind: MentionKind = MentionKind.POST,
        title: str | None = None,
    ) -> MentionId:
        """One mention; label None leaves it unscored."""
        n = next(iter(self.numbers))
        mention = Mention(
            platform, kind, f"n{n:04d}", f"https://{platform.value}.example/{n}", text.format(n=n), at,
            at + timedelta(minutes=2), title=title, subjects=subjects, engagement=Engagement(likes=likes),
        )  # fmt: skip
        self.mentions.add([mention])
        if label is not None:
            self.mentions.annotate([annotation(mention, label, topic, severity)])
        return mention.id

    def looked(
        self, source: str, since: datetime, until: datetime, status: Outcome = Outcome.OK, query: str = "云江银行"
    ) -> None:
        """One coverage row per day of the time."""
        at = since
        while at < until:
            end = min(at + timedelta(days=1), until)
            row = Coverage(source, query, at, end, status, end)
            self.state.save("coverage", row.key, to_json(row))
            at = end

    def alarm(self, at: datetime, **changes: object) -> Alert:
        """A resolved spike of two hours, not acknowledged unless `changes` say so."""
        facts: dict[str, object] = {
            "id": f"spike-{at:%d%H%M}", "fingerprint": "f" * 16, "labels": {"rule": "spike"},
            "state": AlertState.RESOLVED, "severity": AlertSeverity.CRITICAL, "starts_at": at,
            "ends_at": at + timedelta(hours=2), "updated_at": at + timedelta(hours=2), "summary": "云江银行：负面激增",
            "rule_id": "spike", "subject_id": "yunjiang", "observed": 30.0, "expected": 4.0, "probability": 1e-6,
            "evidence": (), "latency": {
                "published_at": (at - timedelta(minutes=6)).isoformat(),
                "accepted_at": (at + timedelta(minutes=1)).isoformat(),
            },
        }  # fmt: skip
        alert = Alert(**{**facts, **changes})  # type: ignore[arg-type]
        self.state.save("alert", alert.id, to_json(alert))
        return alert

    def report(
        self,
        *,
        sources: tuple[Source, ...] = (WEIBO, DOUYIN),
        competitors: tuple[Subject, ...] = (PEER,),
        since: datetime = SINCE,
        until: datetime = UNTIL,
        now: datetime = NOW,
    ) -> Report:
        """The report of the week."""
        return compile_report(
            self.mentions, self.state, OURS, competitors, TOPICS, sources, since, until, now, related=(CAMPAIGN,)
        )


def annotation(mention: Mention, label: SentimentLabel, topic: str, severity: int) -> Annotation:
    """What a sure model would say."""
    odds = {each: 0.9 if each is label else 0.05 for each in SentimentLabel}
    sentiment = Sentiment(label, odds[NEGATIVE], odds[NEUTRAL], odds[POSITIVE])
    levels = tuple(0.97 if level == severity else 0.01 for level in range(4))
    return Annotation(
        mention.id, sentiment, tuple(SubjectSentiment(subject, sentiment) for subject in mention.subjects),
        (TopicScore(topic, 0.9),), SeverityScore(severity, levels), "test/1", mention.collected_at,
    )  # type: ignore[arg-type]  # fmt: skip


def all_seen(small: Small, weeks: int = 6) -> Small:
    """Both sources were read completely in this week and the weeks before."""
    for source in (WEIBO, DOUYIN):
        small.looked(source.id, SINCE - (weeks - 1) * WEEK, UNTIL)
    return small


def section(report: Report, id: str) -> Section:
    """A section by its id."""
    return next(each for each in report.sections if each.id == id)


def value(report: Report, section_id: str, name: str) -> float | None:
    """The value of a figure by its name, in tables too."""
    found = section(report, section_id)
    cells = (cell for table in found.tables for row in table.rows for cell in row if isinstance(cell, Figure))
    return next(figure.value for figure in (*found.figures, *cells) if figure.name == name)
