"""What every detector gets and gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from alerts.coverage_bins import BIN, SourceCoverage, load_coverage
from alerts.series import Series, SeriesBuilder, closed_window
from alerts.watch import Watch
from yuqing.domain.alert import Detection, Rule
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.subject import Source, Subject, SubjectKind

# Competitors are watched for the report; nobody is woken for them unless a rule names them.
_OURS = frozenset({SubjectKind.BRAND, SubjectKind.PRODUCT, SubjectKind.CAMPAIGN, SubjectKind.PERSON})


@dataclass(frozen=True)
class DetectionContext:
    """One look at the stores at one time. Series and coverage are read once and shared by the rules."""

    mentions: MentionStore
    state: StateStore
    subjects: Sequence[Subject]
    sources: Sequence[Source]
    now: datetime
    topics: Mapping[str, str] = field(default_factory=dict)  # id -> Chinese name
    coverage_since: datetime | None = None  # None: as far back as the baselines of `now` reach

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

    def series(self, subject: Subject) -> Series:
        """The subject's series up to the last closed bin."""
        if subject.id not in self._series:
            others = {source.id for source in self.sources if not source.brings_mentions}
            seen = {name: coverage for name, coverage in self.coverage.items() if name not in others}
            builder = SeriesBuilder(self.mentions, seen)
            self._series[subject.id] = builder.build(subject, closed_window(self.now))
        return self._series[subject.id]

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
