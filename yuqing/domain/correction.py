"""What a person says of a mention instead of the models, and what holds then."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from yuqing.domain.annotation import (
    Annotation,
    Sentiment,
    SentimentLabel,
    SeverityScore,
    SubjectSentiment,
    TopicScore,
)
from yuqing.domain.mention import Mention, MentionId


@dataclass(frozen=True, slots=True)
class Correction:
    """The judgement of a person on one mention. None (or empty) = not judged, so the models' word stands.

    `sentiment` is the stance of the whole text, `stances` that towards single subjects; `added` and `removed` are
    subjects that the matcher missed or took wrongly. It holds for the words that were judged (`words`): a mention
    that says something else later is the models' again.
    """

    mention_id: MentionId
    by: str
    at: datetime
    words: str
    sentiment: SentimentLabel | None = None
    stances: tuple[tuple[str, SentimentLabel], ...] = ()
    topics: tuple[str, ...] | None = None
    severity: int | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when nothing was judged: it takes an earlier correction back."""
        return not (self.stances or self.added or self.removed) and (self.sentiment, self.topics, self.severity) == (
            None,
            None,
            None,
        )


def words_digest(mention: Mention) -> str:
    """What a judgement depends on (title and text) as 32 hex digits."""
    return sha256(f"{mention.title or ''}\x1f{mention.text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def corrected_subjects(subjects: tuple[str, ...], correction: Correction | None) -> tuple[str, ...]:
    """The subjects without those that a person took away, with those that a person added."""
    if correction is None or not (correction.added or correction.removed):
        return subjects
    kept = (subject for subject in subjects if subject not in correction.removed)
    return tuple(dict.fromkeys((*kept, *correction.added)))


def corrected(annotation: Annotation, correction: Correction | None, subjects: tuple[str, ...]) -> Annotation:
    """The scores that count: the models', with what a person said in their place, as sure as a person is.

    A stance of the whole text is that towards the subject where there is one subject only.
    """
    if correction is None:
        return annotation
    return replace(
        annotation,
        sentiment=annotation.sentiment if correction.sentiment is None else certain(correction.sentiment),
        by_subject=_by_subject(annotation, correction, subjects),
        topics=annotation.topics if correction.topics is None else tuple(TopicScore(t, 1.0) for t in correction.topics),
        severity=annotation.severity if correction.severity is None else certain_severity(correction.severity),
    )


def _by_subject(
    annotation: Annotation, correction: Correction, subjects: tuple[str, ...]
) -> tuple[SubjectSentiment, ...]:
    said = dict(correction.stances)
    if correction.sentiment is not None and len(subjects) == 1:
        said.setdefault(subjects[0], correction.sentiment)
    scored = {entry.subject_id: entry.sentiment for entry in annotation.by_subject}
    judged = {subject: certain(label) for subject, label in said.items()}
    return tuple(
        SubjectSentiment(subject, stance)
        for subject in subjects
        if (stance := judged.get(subject, scored.get(subject))) is not None
    )


def certain(label: SentimentLabel) -> Sentiment:
    """A stance without doubt."""
    order = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL, SentimentLabel.POSITIVE)
    negative, neutral, positive = (float(each is label) for each in order)
    return Sentiment(label, negative, neutral, positive)


def certain_severity(level: int) -> SeverityScore:
    """A severity without doubt."""
    none, low, middle, high = (float(each == level) for each in range(4))
    return SeverityScore(level, (none, low, middle, high))
