"""Everything the models say about mentions: what to read of a text, and what to say about each of its subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.match import Match, SubjectMatcher
from nlp.text import is_bare_repost, own_words, sentences
from yuqing.domain.annotation import Annotation, Sentiment, SubjectSentiment, text_digest
from yuqing.domain.mention import Mention, MentionKind
from yuqing.domain.ports import SentimentModel, TopicModel

LONG_TEXT = 300  # characters; from here on a text is read as title, lead and the sentences that name a subject
LEAD = 200
CLOSE = 100  # a person who tells a long story says at its end what to think of it; an article ends in a disclaimer
MOST_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of one mention: the text that speaks for the whole, and one text for each subject."""

    whole: str
    by_subject: tuple[tuple[str, str], ...]


class DefaultScorer:
    """Scores mentions in batches. Every text is scored once, however many subjects share it."""

    def __init__(self, sentiment: SentimentModel, topics: TopicModel, matcher: SubjectMatcher | None = None) -> None:
        self._sentiment = sentiment
        self._topics = topics
        self._matcher = matcher or SubjectMatcher(())

    def score(self, mentions: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
        """One annotation per mention, in order."""
        readings = [self.read(mention) for mention in mentions]
        stances = self._stances(readings)
        labelled = self._topics.predict([reading.whole for reading in readings])
        return [
            Annotation(
                mention_id=mention.id,
                sentiment=stances[reading.whole],
                by_subject=tuple(SubjectSentiment(subject, stances[text]) for subject, text in reading.by_subject),
                topics=topics,
                severity=severity,
                model=self.model,
                scored_at=now,
                text_digest=text_digest(mention),
            )
            for mention, reading, (topics, severity) in zip(mentions, readings, labelled, strict=True)
        ]

    @property
    def model(self) -> str:
        """The names and versions behind an annotation."""
        names = (self._sentiment.name, self._topics.name)
        return names[0] if names[0] == names[1] else "+".join(names)

    def read(self, mention: Mention) -> Reading:
        """The poster's own words; of a long text its title, lead and the sentences that name a subject."""
        text = speaking_text(mention.title, mention.text, is_repost=mention.kind is MentionKind.REPOST)
        named = self._naming_sentences(text) if len(mention.subjects) > 1 or len(text) > LONG_TEXT else []
        close = "" if mention.kind is MentionKind.ARTICLE else text[-CLOSE:]
        whole = _condensed(mention.title, text, close, [sentence for sentence, _ in named])
        parts = ((subject, _about(subject, mention.subjects, named) or whole) for subject in mention.subjects)
        return Reading(whole, tuple(parts))

    def _stances(self, readings: Sequence[Reading]) -> dict[str, Sentiment]:
        texts = list(
            dict.fromkeys(
                text for reading in readings for text in (reading.whole, *(text for _, text in reading.by_subject))
            )
        )
        return dict(zip(texts, self._sentiment.predict(texts), strict=True))

    def _naming_sentences(self, text: str) -> list[tuple[str, Match]]:
        matched = ((sentence.text, self._matcher.match(sentence.text)) for sentence in sentences(text))
        return [(sentence, match) for sentence, match in matched if match.subjects]


def speaking_text(title: str | None, text: str, *, is_repost: bool) -> str:
    """Title and text; of a repost chain the poster's own words, and the whole chain only where there are none."""
    own = own_words(text, is_repost=is_repost)
    if is_repost or own != text:
        text = text if is_bare_repost(own) else own
    return f"{title}。{text}" if title and not text.startswith(title) else text


def _condensed(title: str | None, text: str, close: str, naming: Sequence[str]) -> str:
    if len(text) <= LONG_TEXT:
        return text
    lead = text[: LEAD + len(title or "")]
    return "\n".join(dict.fromkeys([lead, *naming]))[: MOST_CHARACTERS - CLOSE - 1] + (close and f"\n{close}")


def _about(subject_id: str, subjects: Sequence[str], named: Sequence[tuple[str, Match]]) -> str:
    """The sentences that name a subject, where the text has several subjects; empty: the whole text speaks."""
    if len(subjects) < 2:
        return ""
    return "\n".join(sentence for sentence, match in named if subject_id in match.subjects)[:MOST_CHARACTERS]
