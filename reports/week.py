"""The period of a report and whom it is about: what every section starts from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reports import proofs
from reports.evidence import Evidence
from reports.measures import evaluate
from reports.stories import Stories
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import Platform
from yuqing.domain.ports import MentionQuery
from yuqing.domain.report import Figure, Section, Table
from yuqing.domain.subject import Backend, Source, Subject, TopicDefinition

DAY = timedelta(days=1)
USUAL_WEEKS = 4  # what "usual" means: the mean of so many weeks before
# The part of the hours that must have been seen before a zero among collected mentions is called a zero.
ENOUGH = 0.9

Cell = str | Figure


@dataclass(frozen=True)
class Week:
    """A subject over [since, until), its peers, the evidence that figures are taken from, and who tells stories."""

    evidence: Evidence
    subject: Subject
    competitors: tuple[Subject, ...]
    related: tuple[Subject, ...]
    topics: tuple[TopicDefinition, ...]
    sources: tuple[Source, ...]
    since: datetime
    until: datetime
    now: datetime
    stories: Stories | None = None

    @property
    def length(self) -> timedelta:
        """How long the period is; earlier periods are as long."""
        return self.until - self.since

    @property
    def all(self) -> MentionQuery:
        """Every mention of the subject in the period, also those that the platform has deleted since."""
        return self.about(self.subject)

    def about(self, subject: Subject) -> MentionQuery:
        """Every mention of some subject in the period."""
        return MentionQuery(subjects=(subject.id,), since=self.since, until=self.until, include_deleted=True)

    def before(self, query: MentionQuery, periods: int = 1) -> MentionQuery:
        """The same question about an earlier period."""
        back = periods * self.length
        return replace(query, since=self.since - back, until=self.until - back)

    def earlier(self, query: MentionQuery) -> list[MentionQuery]:
        """The same question about the periods that say what is usual."""
        return [self.before(query, number) for number in range(1, USUAL_WEEKS + 1)]

    def days(self) -> Iterator[tuple[datetime, datetime]]:
        """The days of the period; the last one may be cut."""
        at = self.since
        while at < self.until:
            yield at, min(at + DAY, self.until)
            at += DAY

    @property
    def source_ids(self) -> tuple[str, ...]:
        """Ids of the sources that were to be looked at."""
        return tuple(source.id for source in self.sources)

    def sources_of(self, platform: Platform) -> tuple[str, ...]:
        """Ids of the sources that show a platform; empty when its mentions come by import only."""
        return tuple(source.id for source in self.sources if source.kind == platform.value)

    def figure(self, name: str, unit: str, proof: Mapping[str, object]) -> Figure:
        """A figure with its proof."""
        return Figure(name, evaluate(proof, self.evidence), unit, proof)

    def counted(self, name: str, query: MentionQuery, completeness: float = ENOUGH) -> Figure:
        """How many mentions match, judged by the coverage of the platforms in question."""
        return self.figure(name, "条", proofs.count(query, self._sources_for(query), completeness))

    def changed(self, name: str, query: MentionQuery) -> Figure:
        """Growth against the period before, in per cent."""
        return self.figure(name, "环比%", proofs.change(query, self.before(query), self._sources_for(query)))

    def _sources_for(self, query: MentionQuery) -> tuple[str, ...]:
        if not query.platforms:
            return self.source_ids
        return tuple(source for platform in query.platforms for source in self.sources_of(platform))


def judged(query: MentionQuery) -> MentionQuery:
    """The part of the mentions whose stance is known."""
    return replace(query, scored=True)


def negative(query: MentionQuery) -> MentionQuery:
    """The negative ones among the mentions."""
    return replace(query, sentiments=(SentimentLabel.NEGATIVE,))


def negative_share(week: Week, name: str, query: MentionQuery) -> Figure:
    """Negative mentions in per cent of those whose stance is known."""
    return week.figure(name, "%", proofs.share(negative(query), judged(query)))


def watched(sources: Sequence[Source], evidence: Evidence, since: datetime, until: datetime) -> tuple[Source, ...]:
    """Sources that are on, or were looked at in the period. Imports have no hours."""
    return tuple(
        source
        for source in sources
        if source.backend is not Backend.IMPORT
        and source.brings_mentions
        and (source.enabled or _was_tried(source.id, evidence, since, until))
    )


def _was_tried(source: str, evidence: Evidence, since: datetime, until: datetime) -> bool:
    return any(state is not None for state in evidence.hours(source, since, until).states)


def find(section: Section, name: str) -> Figure:
    """The figure of a section by its name."""
    return next(figure for figure in section.figures if figure.name == name)


def cell(row: Sequence[Cell], column: int) -> Figure:
    """The figure in a table cell."""
    value = row[column]
    if isinstance(value, str):
        raise TypeError(f"column {column} holds text")
    return value


def figures(section: Section) -> Iterator[Figure]:
    """All figures of a section, in tables too."""
    yield from section.figures
    for table in section.tables:
        yield from _table_figures(table)


def _table_figures(table: Table) -> Iterator[Figure]:
    for row in table.rows:
        for value in row:
            if isinstance(value, Figure):
                yield value
