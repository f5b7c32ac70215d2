"""What the models say about a mention."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yuqing.domain.mention import MentionId


class SentimentLabel(StrEnum):
    """Stance towards the subject."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True)
class Sentiment:
    """A stance with its probabilities, which sum to 1."""

    label: SentimentLabel
    negative: float
    neutral: float
    positive: float


@dataclass(frozen=True, slots=True)
class SubjectSentiment:
    """The stance of one mention towards one of its subjects."""

    subject_id: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class TopicScore:
    """An assigned topic id with its probability."""

    id: str
    probability: float


@dataclass(frozen=True, slots=True)
class SeverityScore:
    """Level 0-3 (see topics.yml) and the four probabilities behind it."""

    level: int
    probabilities: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Annotation:
    """Everything the models say about one mention. A later one replaces an earlier one.

    `by_subject` has one entry for each subject of the mention; `sentiment` is the stance of the whole text.
    """

    mention_id: MentionId
    sentiment: Sentiment
    by_subject: tuple[SubjectSentiment, ...]
    topics: tuple[TopicScore, ...]
    severity: SeverityScore
    model: str
    scored_at: datetime
