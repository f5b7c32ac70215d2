"""What a report is given about content: which mentions tell one story, and which words became frequent.

The models find it; the report counts again whatever it states about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from yuqing.domain.mention import MentionId
from yuqing.domain.subject import Subject


@dataclass(frozen=True, slots=True)
class Story:
    """Negative mentions that tell of the same thing, and the words that set them off, the strongest first."""

    words: tuple[str, ...]
    mention_ids: tuple[MentionId, ...]


class Stories(Protocol):
    """Finds stories and words of a subject over [since, until)."""

    def events(self, subject: Subject, since: datetime, until: datetime, most: int) -> Sequence[Story]:
        """The stories among its newest `most` negative mentions, the largest first."""
        ...

    def rising(self, subject: Subject, since: datetime, until: datetime) -> Sequence[str]:
        """Words that are said more than in the four weeks before, the surest first."""
        ...
