"""Gathers the closing file of an incident from the stores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from yuqing.domain.alert import Alert
from yuqing.domain.incident import Incident
from yuqing.domain.incident_file import FileAlert, IncidentFile, PlatformCount
from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery, MentionStore, StoredMention, VolumeBin
from yuqing.domain.report import Chart, Quote
from yuqing.gaps import Assessment
from yuqing.incidents.desk import IncidentBook
from yuqing.incidents.reach import ReachReader, event_query
from yuqing.incidents.timeline import TimelineReader
from yuqing.labels import GRADES, PLATFORMS

Assess = Callable[[str, datetime, datetime], Assessment | None]
BEFORE, AFTER, LONGEST = timedelta(hours=6), timedelta(hours=2), timedelta(days=14)
MOST_QUOTES, MOST_WORDS, MOST_OUTLETS = 6, 140, 20
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class FileMaker:
    """`assess` tells what of a period was not seen of a subject; None: nothing was ever crawled."""

    book: IncidentBook
    mentions: MentionStore
    timeline: TimelineReader
    reader: ReachReader
    assess: Assess
    subjects: Mapping[str, str]
    topics: Mapping[str, str]
    sources: Mapping[str, str]

    def make(self, incident: Incident) -> IncidentFile:
        """Everything about an incident as it is known now."""
        now, plan = self.book.clock.now(), self.book.plan
        since, until = window(incident, now)
        seen = self.assess(incident.subject_id, since, until)
        stored = self.mentions.get(incident.evidence) if incident.evidence else {}
        playbooks = {each.id: each.name for each in plan.playbooks}
        statement = incident.statement
        wrong = self.book.checker.check(statement.text) if statement else []
        return IncidentFile(
            incident=incident,
            made_at=now,
            subject_name=self.subjects.get(incident.subject_id, incident.subject_id or "—"),
            topic_name=self.topics.get(incident.topic, incident.topic or "—"),
            grade_name=plan.terms[incident.grade].name,
            severity_name=plan.severities[min(incident.severity, len(plan.severities) - 1)],
            spread_name=plan.spreads[min(incident.spread, len(plan.spreads) - 1)].name,
            playbook_name=playbooks.get(incident.playbook, incident.playbook or "—"),
            timeline=self.timeline.read(incident),
            alerts=tuple(self._alert(alert) for alert in self.timeline.alerts(incident)),
            platforms=self._platforms(incident, now),
            charts=self._charts(incident, since, until, seen),
            quotes=quotes(list(stored.values())),
            findings=tuple(each.sentence for each in wrong),
            coverage=self._coverage(seen),
            outlets=self._outlets(incident, now),
            lost_evidence=len(incident.evidence) - len(stored),
        )

    def _alert(self, alert: Alert) -> FileAlert:
        told = tuple(
            f"{row.receiver} {row.accepted_at.astimezone(_SHANGHAI):%m-%d %H:%M}"
            for row in self.timeline.notices(alert)
            if row.accepted_at is not None
        )
        return FileAlert(alert.starts_at, alert.ends_at, GRADES[alert.severity], alert.summary, told)

    def _platforms(self, incident: Incident, now: datetime) -> tuple[PlatformCount, ...]:
        if not incident.subject_id:
            return ()
        found = self.mentions.facet(event_query(incident, now), "platform")
        return tuple(PlatformCount(PLATFORMS[Platform(each.value)], each.count) for each in found)

    def _outlets(self, incident: Incident, now: datetime) -> tuple[str, ...]:
        if not incident.subject_id:
            return ()
        return tuple(f"{each.value}（{each.count} 条）" for each in self.reader.outlets(incident, now)[:MOST_OUTLETS])

    def _charts(
        self, incident: Incident, since: datetime, until: datetime, seen: Assessment | None
    ) -> tuple[Chart, ...]:
        """Mentions of the subject by hour; an hour that was not seen is a gap, an hour without mentions is 0."""
        if not incident.subject_id:
            return ()
        step = _HOUR if until - since <= timedelta(days=4) else 4 * _HOUR
        query = MentionQuery(subjects=(incident.subject_id,), since=since, until=until)
        bins = self.mentions.volume(query, step, "sentiment")
        labels = tuple(f"{each.start.astimezone(_SHANGHAI):%m-%d %H:00}" for each in bins)
        names = (("负面", "negative"), ("中性", "neutral"), ("正面", "positive"))
        series = tuple((name, tuple(_value(each, key, step, seen) for each in bins)) for name, key in names)
        title = f"{self.subjects.get(incident.subject_id, incident.subject_id)} 声量（每 {step // _HOUR} 小时，条）"
        if not any(each.total for each in bins):
            return ()
        return (Chart(f"incident-{incident.id}", title, "stacked_bar", labels, series, self._coverage(seen)),)

    def _coverage(self, seen: Assessment | None) -> str:
        if seen is None:
            return "数据来自导入，没有采集记录。"
        if seen.is_complete:
            return ""
        missing = "、".join(dict.fromkeys(self.sources.get(gap.source, gap.source) for gap in seen.gaps))
        return f"采集不完整（{missing or '没有启用的来源'}）：条数是下限，空白不能当作没有。"


def _value(each: VolumeBin, key: str, step: timedelta, seen: Assessment | None) -> float | None:
    count = each.by.get(key, 0)
    if seen is not None and not count and seen.hides(each.start, each.start + step):
        return None
    return float(count)


def window(incident: Incident, now: datetime) -> tuple[datetime, datetime]:
    """The hours that a chart shows: some before the beginning, until the end or now; of a long one the first days."""
    since = (incident.began_at - BEFORE).replace(minute=0, second=0, microsecond=0)
    end = min((incident.resolved_at or now) + AFTER, now)
    until = min(max(end, since + 2 * _HOUR), since + LONGEST).replace(minute=0, second=0, microsecond=0)
    return since, until + _HOUR


def quotes(stored: Sequence[StoredMention]) -> tuple[Quote, ...]:
    """The oldest posts of the evidence, one of each story; what the platform deleted is left out."""
    stories: dict[str, StoredMention] = {}
    for post in sorted(stored, key=lambda each: (each.mention.published_at, each.mention.id)):
        if post.deleted_at is None and post.mention.text.strip():
            stories.setdefault(post.cluster_id or post.mention.id, post)
    return tuple(_quote(post) for post in list(stories.values())[:MOST_QUOTES])


def _quote(post: StoredMention) -> Quote:
    mention = post.mention
    words = " ".join(mention.text.split())
    text = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"
    return Quote(mention.id, text, mention.platform.value, mention.published_at, mention.url)
