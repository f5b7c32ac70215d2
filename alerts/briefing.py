"""Everything a message says about an alert, collected from the stores; no wording of mails here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from alerts.coverage_bins import BIN, Window
from alerts.detectors.base import DetectionContext
from alerts.detectors.drivers import Drivers, deduplicated, drivers, negative_query
from alerts.detectors.new_term import fresh_terms
from alerts.detectors.scs import score_series
from alerts.matter import Event
from alerts.series import Series
from alerts.track_record import TrackRecord, track_record
from yuqing.domain.alert import Alert, AlertState, Rule, SeriesPoint
from yuqing.domain.codec import from_json
from yuqing.domain.ports import MentionQuery, Page, StoredMention
from yuqing.domain.subject import Subject

POSTS = 5
TERMS = 6
SHOWN = timedelta(hours=6)
RECENT = timedelta(hours=4)
LEAD = timedelta(minutes=30)
WEEK_BINS = 2_016


@dataclass(frozen=True, slots=True)
class Shares:
    """Negative posts among all, in the event and in the week before it; None where nothing was seen."""

    now: float | None
    usual: float | None
    is_new: bool = False  # the week before was seen, and nothing was said in it


@dataclass(frozen=True, slots=True)
class Gap:
    """A source that was not seen completely in the last hours."""

    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Briefing:
    """The facts of one message."""

    alert: Alert
    rule_name: str
    subject_name: str
    posts: tuple[StoredMention, ...] = ()
    first: StoredMention | None = None  # the first post of the event
    drivers: Drivers | None = None
    shares: Shares | None = None
    points: tuple[SeriesPoint, ...] = ()
    expected: tuple[float, ...] = field(default=(), repr=False)
    gaps: tuple[Gap, ...] = ()
    sources: int = 0  # how many sources are polled
    complete: bool = True  # False: the stores did not answer, only the alert itself is told
    rule_type: str = ""
    record: TrackRecord = field(default_factory=TrackRecord)
    beside: tuple[Alert, ...] = ()  # of an alert about a topic: the events of the whole subject that go on
    terms: tuple[str, ...] = ()  # hashtags and words that were hardly there in the week before


@dataclass(frozen=True)
class Briefer:
    """Collects the facts at one time."""

    context: DetectionContext
    rules: Mapping[str, Rule]

    def brief(self, alert: Alert) -> Briefing:
        """The facts about an alert as the stores know them now."""
        gaps, sources = self._gaps()
        record = track_record(self.context.state, alert, self.context.now)
        plain = replace(
            self.outline(alert), posts=self._posts(alert), gaps=gaps, sources=sources, complete=True, record=record
        )
        subject = self._subject(alert)
        if subject is None:
            return plain
        whole = self.context.series(subject)
        series = whole.about(topic) if (topic := alert.labels.get("topic", "")) else whole
        points, expected = self._shown(series, alert)
        found = drivers(self.context.mentions, self._query(alert))
        return replace(
            plain,
            first=self._first(alert),
            beside=self._beside(alert) if topic else (),
            drivers=found,
            terms=self._terms(alert, subject, found.terms),
            shares=_shares(series, alert),
            points=points,
            expected=expected,
        )

    def _beside(self, alert: Alert) -> tuple[Alert, ...]:
        """A second matter beside the first: the message says that it is one."""
        found = self.context.state.find("alert", {"state": AlertState.FIRING.value})
        firing = [from_json(Alert, each.body) for each in found if each.body.get("subject_id") == alert.subject_id]
        whole = [each for each in firing if set(each.labels) == {"rule", "subject"} and each.expected is not None]
        earlier = [each for each in whole if each.starts_at < alert.starts_at]  # a later one may be the same matter
        return tuple(each for each in earlier if not self._is_one(alert, each))

    def _is_one(self, alert: Alert, other: Alert) -> bool:
        """Whether both tell of one matter; a graver alert about a topic is told beside a milder one of the subject."""
        rise, event = Event(alert.starts_at, alert.evidence), Event(other.starts_at, other.evidence)
        return self.context.matters.is_one(alert.subject_id, alert.labels["topic"], rise, event)

    def _terms(self, alert: Alert, subject: Subject, tags: Sequence[str]) -> tuple[str, ...]:
        """Hashtags first; a word that one of them has already says nothing more."""
        words = fresh_terms(self.context, subject, self._query(alert))
        return (*tags, *(word for word in words if not any(word in tag for tag in tags)))[:TERMS]

    def outline(self, alert: Alert) -> Briefing:
        """What the alert itself says: enough to tell people when the stores do not answer."""
        rule, subject = self.rules.get(alert.rule_id), self._subject(alert)
        name = rule.name if rule else alert.rule_id
        kind = rule.type if rule else ""
        return Briefing(alert, name, subject.name if subject else "", complete=False, rule_type=kind)

    def _subject(self, alert: Alert) -> Subject | None:
        return next((each for each in self.context.subjects if each.id == alert.subject_id), None)

    def _query(self, alert: Alert) -> MentionQuery:
        """The posts of the event: those of the evidence where words were found, the negative ones of a spike."""
        since = alert.starts_at - LEAD
        if alert.expected is None and alert.evidence:
            return MentionQuery(ids=alert.evidence, subjects=(alert.subject_id,), since=since)
        query = negative_query(alert.subject_id, since, max(self.context.now, alert.updated_at))
        topic = alert.labels.get("topic", "")
        return replace(query, topics=(topic,)) if topic else query

    def _first(self, alert: Alert) -> StoredMention | None:
        items = self.context.mentions.search(self._query(alert), Page(1, sort="published_asc")).items
        return items[0] if items else None

    def _posts(self, alert: Alert) -> tuple[StoredMention, ...]:
        stored = self.context.mentions.get(alert.evidence)
        known = [stored[key] for key in alert.evidence if key in stored and stored[key].deleted_at is None]
        return tuple(deduplicated(known, POSTS))

    def _shown(self, series: Series, alert: Alert) -> tuple[tuple[SeriesPoint, ...], tuple[float, ...]]:
        """The last hours up to now, and what was expected in them."""
        bins = max(SHOWN // BIN, min((series.window.end - alert.starts_at + SHOWN // 2) // BIN, 288))
        expected = score_series(series.negative, series.total, series.known).expected
        return series.points(bins), tuple(float(value) for value in expected[-bins:])

    def _gaps(self) -> tuple[tuple[Gap, ...], int]:
        """Which sources were not seen completely in the last hours, and for how long altogether."""
        now = self.context.now
        bins = RECENT // BIN
        # The newest bins are still being read: only what should long have been seen is missing.
        gaps = []
        names = {source.id: source.name for source in self.context.sources}
        others = {source.id for source in self.context.sources if not source.brings_mentions}
        found = {source: each for source, each in self.context.coverage.items() if source not in others}
        for source, coverage in sorted(found.items()):
            end = now - max(2 * coverage.interval, coverage.lag)
            polled, seen = coverage.seen((), Window(end - bins * BIN, bins))
            missing = int(np.count_nonzero(polled & ~seen)) * int(BIN.total_seconds() // 60)
            if missing:
                gaps.append(Gap(names.get(source, source), missing))
        return tuple(gaps), len(found)


def _shares(series: Series, alert: Alert) -> Shares:
    opened = min(max((alert.starts_at - series.window.start) // BIN, 0), series.window.bins)
    before = max(opened - LEAD // BIN, 0)  # the posts that opened it are no part of the usual
    week = slice(max(before - WEEK_BINS, 0), before)
    is_new = bool(series.known[week].any() and not series.total[week][series.known[week]].any())
    return Shares(_share(series, opened, series.window.bins), _share(series, week.start, before), is_new)


def _share(series: Series, first: int, last: int) -> float | None:
    part = slice(first, last)
    known = series.known[part]
    total = float(series.total[part][known].sum())
    return float(series.negative[part][known].sum()) / total if total else None
