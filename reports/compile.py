"""Compile the weekly opinion report: numbers from the stores, sentences from the numbers, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from reports.evidence import Evidence
from reports.sections import competitors as peers
from reports.sections import coverage, definitions, events, platforms, stories, summary, voices, volume
from reports.sections import topics as topics_section
from reports.stories import Stories
from reports.week import Week, watched
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.report import Report, Section
from yuqing.domain.subject import Source, Subject, TopicDefinition
from yuqing.jobs.report import report_id


class SectionWriter(Protocol):
    """One section: its data, and its sentences written from that data alone."""

    @property
    def ID(self) -> str:  # noqa: N802 - modules are writers too, and these are their constants
        """Stable id."""
        ...

    def build(self, week: Week, /) -> Section:
        """The section without sentences."""
        ...

    def sentences(self, section: Section, report: Report, /) -> tuple[str, ...]:
        """The sentences of the finished section."""
        ...


# The order of the report.
WRITERS: tuple[SectionWriter, ...] = (
    summary,
    volume,
    platforms,
    topics_section,
    peers,
    events,
    stories,
    voices.NEGATIVE,
    voices.POSITIVE,
    coverage,
    definitions,
)


@dataclass(frozen=True)
class Compiler:
    """What a report is about and where its facts are; `compile(since, until, now)` makes one."""

    mentions: MentionStore
    state: StateStore
    subject: Subject
    competitors: tuple[Subject, ...]
    topics: tuple[TopicDefinition, ...]
    sources: tuple[Source, ...]
    related: tuple[Subject, ...] = ()
    stories: Stories | None = None  # None: a report without the section of stories and words

    def compile(self, since: datetime, until: datetime, now: datetime) -> Report:
        """The report of [since, until) as far as it is known at `now`."""
        self.mentions.refresh()
        evidence = Evidence(self.mentions, self.state)
        sources = watched(self.sources, evidence, since, until)
        parties = self.subject, self.competitors, self.related, self.topics
        return _written(Week(evidence, *parties, sources, since, until, now, self.stories))


def compile_report(
    mentions: MentionStore,
    state: StateStore,
    subject: Subject,
    competitors: Sequence[Subject],
    topics: Sequence[TopicDefinition],
    sources: Sequence[Source],
    since: datetime,
    until: datetime,
    now: datetime,
    related: Sequence[Subject] = (),
    told: Stories | None = None,
) -> Report:
    """The weekly report of a subject over [since, until).

    `related` are its products, campaigns and people: their alerts are listed among the events.
    """
    parties = subject, tuple(competitors), tuple(topics), tuple(sources), tuple(related)
    return Compiler(mentions, state, *parties, told).compile(since, until, now)


def written_again(section: Section, report: Report) -> tuple[str, ...]:
    """The sentences that the figures of a section give; () for a section that nobody writes."""
    return next((writer.sentences(section, report) for writer in WRITERS if section.id == writer.ID), ())


def _written(week: Week) -> Report:
    writers = (writer for writer in WRITERS if writer is not stories or week.stories is not None)
    sections = tuple(writer.build(week) for writer in writers)
    head = Report(
        id=report_id(week.subject.id, week.since, week.until),
        subject_id=week.subject.id,
        subject_name=week.subject.name,
        since=week.since,
        until=week.until,
        compiled_at=week.now,
    )
    return replace(
        head,
        sections=tuple(replace(each, sentences=written_again(each, head)) for each in sections),
        notes=next(coverage.notes(each, week.evidence) for each in sections if each.id == coverage.ID),
    )
