"""What every detector gets and gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, runtime_checkable

from alerts.coverage_bins import BIN, SourceCoverage, Window, load_coverage
from alerts.ledger import Ledger, SeriesBook
from alerts.matter import Matters
from alerts.series import Series, SeriesBuilder, closed_window
from alerts.watch import Watch
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.mention import Mention, MentionId
from yuqing.domain.ports import MentionStore, StateStore, StoredMention
from yuqing.domain.subject import Source, Subject, SubjectKind

# Competitors are watched for the report; nobody is woken for them unless a rule names them.
_OURS = frozenset({SubjectKind.BRAND, SubjectKind.PRODUCT, SubjectKind.CAMPAIGN, SubjectKind.PERSON})


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A term, in how many different posts it is, and which."""

    text: str
    posts: int
    mention_ids: tuple[MentionId, ...]


class Senses(Protocol):
    """What the language models know and the detectors only ask: given from outside."""

    def reach(self, mention: Mention) -> int | None:
        """How many people a post may have reached; None: nothing is known."""
        ...

    def terms(self, posts: Sequence[StoredMention], least: int, ignored: Iterable[str]) -> Sequence[FoundTerm]:
        """Terms in at least so many different posts, most frequent first; copies of a post count once."""
        ...


@dataclass(frozen=True)
class DetectionContext:
    """One look at the stores at one time. Series and coverage are read once and shared by the rules."""

    mentions: MentionStore
    state: StateStore
    subjects: Sequence[Subject]
    sources: Sequence[Source]
    now: datetime
    topics: Mapping[str, str] = field(default_factory=dict)  # id -> Chinese name
    senses: Senses | None = None  # without them the rule types that need them say nothing
    coverage_since: datetime | None = None  # None: as far back as the baselines of `now` reach
    book: SeriesBook = field(default_factory=SeriesBook)  # what earlier looks of this process have read

    @cached_property
    def coverage(self) -> Mapping[str, SourceCoverage]:
        """What was seen of each polled source within the baseline's history."""
        intervals = {source.id: timedelta(seconds=source.interval_seconds) for source in self.sources}
        since = self.coverage_since or closed_window(self.now).start
        return load_coverage(self.state, intervals, since - BIN)

    @cached_property
    def watched(self) -> Mapping[str, datetime]:
        """Since when each enabled source is watched without a pause."""
        return Watch(self.state).since()

    @cached_property
    def _series(self) -> dict[str, Series]:
        return {}

    @cached_property
    def _ledgers(self) -> dict[str, Ledger]:
        return {}

    @cached_property
    def _builder(self) -> SeriesBuilder:
        others = {source.id for source in self.sources if not source.brings_mentions}
        seen = {name: coverage for name, coverage in self.coverage.items() if name not in others}
        return SeriesBuilder(self.mentions, seen)

    def gather(self) -> None:
        """Ask the store for the counts of all subjects at once; those who then ask for a series find it read."""
        subjects = tuple(subject.id for subject in self.subjects)
        self._ledgers.update(self.book.read(self.mentions, subjects, closed_window(self.now)))

    def series(self, subject: Subject, window: Window | None = None) -> Series:
        """The subject's series up to the last closed bin, or over a window."""
        key = f"{subject.id}|{window}"
        if key not in self._series:
            ledger = None if window else self._ledger(subject)
            self._series[key] = self._builder.build(subject, window or closed_window(self.now), ledger)
        return self._series[key]

    def series_of(self, subject_id: str) -> Series | None:
        """The series of a subject by its id; None for one that is not known (any more)."""
        known = next((subject for subject in self.subjects if subject.id == subject_id), None)
        return None if known is None else self.series(known)

    @property
    def matters(self) -> Matters:
        """What tells a second matter of a subject from the first."""
        return Matters(self.mentions, self.series_of)

    def _ledger(self, subject: Subject) -> Ledger:
        if subject.id not in self._ledgers:
            self._ledgers.update(self.book.read(self.mentions, (subject.id,), closed_window(self.now)))
        return self._ledgers[subject.id]

    def subjects_of(self, rule: Rule) -> list[Subject]:
        """The subjects that a rule judges."""
        if rule.subjects:
            return [subject for subject in self.subjects if subject.id in rule.subjects]
        return [subject for subject in self.subjects if subject.kind in _OURS]


class Detector(Protocol):
    """One rule type."""

    def detect(self, rule: Rule, context: DetectionContext) -> list[Detection]:
        """What holds now under this rule."""
        ...


@runtime_checkable
class ReadsCounts(Protocol):
    """A rule type whose judgement of every bin can be had in one pass over a series."""

    def subjects(self, rule: Rule, context: DetectionContext) -> Sequence[Subject]:
        """Whose series it judges."""
        ...

    def replay(
        self, rule: Rule, subject: Subject, series: Series, topics: Mapping[str, str] | None = None
    ) -> list[tuple[int, str]]:
        """Every opening of a series: the bin after which it would have been told, and its sentence.

        `topics` are the names of the topics by id, for rules that watch a subject topic by topic.
        """
        ...
