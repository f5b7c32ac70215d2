"""What the report is told about content: the events and the rising words of the store (see reports.stories)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from nlp.segment import Segmenter
from reports.stories import Story
from yuqing.domain.ports import MentionStore
from yuqing.domain.subject import Subject
from yuqing.events_view import EventReader
from yuqing.insight import InsightReader


@dataclass(frozen=True)
class ReportStories:
    """Reads the store with one dictionary for both questions; built when the first is asked."""

    mentions: MentionStore
    subjects: Sequence[Subject]

    def events(self, subject: Subject, since: datetime, until: datetime, most: int) -> Sequence[Story]:
        """See reports.stories.Stories."""
        reader = EventReader(self.mentions, self.subjects, most, segmenter=self._segmenter)
        return [Story(event.label, event.mention_ids) for event in reader.read(subject, since, until).events]

    def rising(self, subject: Subject, since: datetime, until: datetime) -> Sequence[str]:
        """See reports.stories.Stories."""
        reader = InsightReader(self.mentions, self.subjects, segmenter=self._segmenter)
        return [keyword.term for keyword in reader.rising(subject, since, until)]

    @cached_property
    def _segmenter(self) -> Segmenter:
        return Segmenter(tuple(name for each in self.subjects for name in (each.name, *each.aliases)))
