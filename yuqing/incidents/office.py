"""Everything about incidents, wired to an application: what the command line, the scheduler and the dashboard call."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

from config.incident_models import load_plan
from nlp.privacy import mask
from yuqing import gaps
from yuqing.audit import AuditTrail
from yuqing.coverage_view import load_coverage
from yuqing.domain.alert import Alert
from yuqing.domain.incident import Incident
from yuqing.domain.incident_plan import Plan
from yuqing.domain.ports import Channel
from yuqing.gaps import Assessment, Track
from yuqing.host import Host
from yuqing.hot_view import board_states, matched_topics
from yuqing.incidents.actions import IncidentActions
from yuqing.incidents.checker import StatementChecker
from yuqing.incidents.contacts import ContactBook
from yuqing.incidents.desk import LONGEST_TITLE, IncidentBook
from yuqing.incidents.file import FileMaker
from yuqing.incidents.joining import Joiner
from yuqing.incidents.merging import Merging
from yuqing.incidents.papers import IncidentPapers
from yuqing.incidents.reach import ReachReader
from yuqing.incidents.reminding import Reminder
from yuqing.incidents.review import Reviewer
from yuqing.incidents.rules import take_over
from yuqing.incidents.timeline import TimelineReader
from yuqing.seen import polled_sources


@dataclass(frozen=True)
class Office:
    """The parts, made when they are asked for. Coverage is read once: make a new office for a new look."""

    host: Host

    @cached_property
    def plan(self) -> Plan:
        """What the settings say, read again when a file has changed. Raises ConfigError."""
        folder = self.host.settings.config
        return _plan(folder, _stamp(folder))

    @cached_property
    def book(self) -> IncidentBook:
        """The incidents."""
        host = self.host
        return IncidentBook(host.state, host.clock, self.plan, AuditTrail(host.state, host.clock).record, mask)

    @cached_property
    def timeline(self) -> TimelineReader:
        """What happened when."""
        return TimelineReader(self.host.mentions, self.host.state)

    @cached_property
    def actions(self) -> IncidentActions:
        """What people do."""
        return IncidentActions(self.book, self.timeline.derived)

    @cached_property
    def papers(self) -> IncidentPapers:
        """What people write."""
        return IncidentPapers(self.book)

    @cached_property
    def merging(self) -> Merging:
        """Two become one."""
        return Merging(self.book)

    @cached_property
    def contacts(self) -> ContactBook:
        """Whom they speak to."""
        return ContactBook(self.host.state, self.book.audit, mask)

    @cached_property
    def reader(self) -> ReachReader:
        """How far an event has gone."""
        return ReachReader(self.host.mentions, self._is_complete, self._hot_lists)

    @cached_property
    def files(self) -> FileMaker:
        """Closing files."""
        host = self.host
        return FileMaker(
            self.book,
            host.mentions,
            self.timeline,
            self.reader,
            self.assess,
            {each.id: each.name for each in host.subjects},
            {each.id: each.name for each in host.topics},
            {each.id: each.name for each in host.sources},
        )

    def joiner(self, channels: Mapping[str, Channel] | None = None) -> Joiner:
        """What turns alerts into incidents; `channels` by receiver, for those who are told of overdue ones."""
        wanted = self.plan.overdue_receivers
        open_to = {name: channel for name, channel in (channels or {}).items() if name in wanted}
        reminder = Reminder(self.host.state, self.host.clock, open_to, self.host.settings.dashboard_url)
        reviewer = Reviewer(self.book, self.reader, reminder.remind)
        return Joiner(self.book, self.reader, reviewer, self.host.subjects)

    def of_alert(self, alert_id: str) -> Incident | None:
        """The incident that holds an alert; of several the newest."""
        found = [each for each in self.book.every() if alert_id in each.alerts and not each.merged_into]
        return max(found, key=lambda each: each.opened_at, default=None)

    def open_from(self, alert: Alert, by: str) -> Incident:
        """Open one by hand for an alert that no incident holds."""
        known = self.of_alert(alert.id)
        if known is not None:
            return known
        title = alert.summary[:LONGEST_TITLE]
        made = self.book.open(title, alert.subject_id, by, topic=alert.topic)
        return self.joiner().join(made.id, alert, by)

    def take_over(self, incident_id: str, lesson_id: str, by: str) -> Path:
        """A lesson becomes a rule file of the settings folder."""
        incident = self.book.get(incident_id)
        names = {each.id: each.name for each in self.host.subjects}
        brand = next(iter(names.values()), "")
        folder = self.host.settings.config / "rules"
        return take_over(self.papers, incident_id, lesson_id, by, folder, names.get(incident.subject_id, brand))

    def assess(self, subject_id: str, since: datetime, until: datetime) -> Assessment | None:
        """What was not seen of a period; None where nothing was ever crawled."""
        if not self._tracks:
            return None
        host = self.host
        watched = next((each for each in host.subjects if each.id == subject_id), None)
        sources = polled_sources(host.sources, host.settings.time_lapse)
        return gaps.assess(sources, self._tracks, watched, since, min(until, host.clock.now()), host.subjects)

    @cached_property
    def _tracks(self) -> tuple[Track, ...]:
        return gaps.tracks(load_coverage(self.host.state))

    def _is_complete(self, since: datetime, until: datetime) -> bool:
        seen = self.assess("", since, until)
        return seen is None or seen.is_complete

    def _hot_lists(self, subject_id: str, since: datetime) -> int:
        states = board_states(self.host.state, self.host.sources)
        found = matched_topics(self.host.state, states, since)
        return len({row.topic.board for row in found if subject_id in row.topic.subjects})


@cache
def _plan(folder: Path, _files: tuple[tuple[str, int], ...]) -> Plan:
    return load_plan(folder)


def _stamp(folder: Path) -> tuple[tuple[str, int], ...]:
    """Which files there are, and when each was written."""
    names = (*(folder / name for name in ("incidents.yml", "statement_words.yml")), *folder.glob("playbooks/*.yml"))
    return tuple(sorted((str(path), path.stat().st_mtime_ns) for path in names if path.is_file()))


def open_office(host: Host) -> Office:
    """The incidents of an application."""
    return Office(host)


def checker_of(folder: Path) -> StatementChecker:
    """The statement checker of a settings folder; it needs no store."""
    return StatementChecker(_plan(folder, _stamp(folder)).words, mask)
