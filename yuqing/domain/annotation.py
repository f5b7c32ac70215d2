"""What the models say about a mention."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from yuqing.domain.mention import Mention, MentionId


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
    `text_digest` tells what was scored: a store leaves out the score of something else. None: taken as it is.
    """

    mention_id: MentionId
    sentiment: Sentiment
    by_subject: tuple[SubjectSentiment, ...]
    topics: tuple[TopicScore, ...]
    severity: SeverityScore
    model: str
    scored_at: datetime
    text_digest: str | None = None


def text_digest(mention: Mention) -> str:
    """What a score depends on (title, text and subjects) as 32 hex digits."""
    parts = (mention.title or "", mention.text, *sorted(set(mention.subjects)))
    return sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
