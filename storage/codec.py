"""Mentions and annotations as compact plain data. Written out by hand: reflection costs more than the write itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from storage.times import micros, moment
from yuqing.domain.annotation import (
    Annotation,
    Sentiment,
    SentimentLabel,
    SeverityScore,
    SubjectSentiment,
    TopicScore,
)
from yuqing.domain.correction import Correction
from yuqing.domain.mention import (
    Author,
    AuthorKind,
    Engagement,
    FollowerBand,
    Mention,
    MentionId,
    MentionKind,
    Platform,
    TimePrecision,
)

Plain = dict[str, Any]


def dump(value: object) -> str:
    """Compact JSON that every store can hold: lone surrogates, which UTF-8 has no form for, are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if is_encodable(text) else json.dumps(value, separators=(",", ":"))


def is_encodable(text: str) -> bool:
    """False for text with lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def equals(body: Mapping[str, object], where: Mapping[str, str | int | bool]) -> bool:
    """True when the top-level keys of a document equal `where`, in type too: True == 1 in Python, not in JSON."""
    return all(key in body and body[key] == value and type(body[key]) is type(value) for key, value in where.items())


def mention_to_plain(mention: Mention) -> Plain:
    """The plain form of a mention; what is empty is left out. The enumerations are strings."""
    plain = {
        "platform": mention.platform,
        "kind": mention.kind,
        "native_id": mention.native_id,
        "url": mention.url,
        "text": mention.text,
        "published": micros(mention.published_at),
        "collected": micros(mention.collected_at),
        "title": mention.title,
        "precision": mention.time_precision,
        "author": _author_to_plain(mention.author),
        "engagement": engagement_to_plain(mention.engagement),
        "parent_id": mention.parent_id,
        "root_id": mention.root_id,
        "region": mention.region,
        "hashtags": mention.hashtags,
        "subjects": mention.subjects,
        "keywords": mention.keywords,
        "rating": mention.rating,
        "truncated": mention.text_truncated or None,
        "source_id": mention.source_id or None,
        "query_id": mention.query_id or None,
        "parser": mention.parser_version or None,
        "raw_ref": mention.raw_ref,
    }
    return {key: value for key, value in plain.items() if value is not None and value != ()}


def mention_from_plain(plain: Mapping[str, Any]) -> Mention:
    """The mention of a plain form."""
    get = plain.get
    return Mention(
        platform=Platform(plain["platform"]),
        kind=MentionKind(plain["kind"]),
        native_id=plain["native_id"],
        url=plain["url"],
        text=plain["text"],
        published_at=moment(plain["published"]),
        collected_at=moment(plain["collected"]),
        title=get("title"),
        time_precision=TimePrecision(plain["precision"]),
        author=_author_from_plain(get("author")),
        engagement=Engagement(*get("engagement", ())),
        parent_id=get("parent_id"),
        root_id=get("root_id"),
        region=get("region"),
        hashtags=tuple(get("hashtags", ())),
        subjects=tuple(get("subjects", ())),
        keywords=tuple(get("keywords", ())),
        rating=get("rating"),
        text_truncated=get("truncated", False),
        source_id=get("source_id", ""),
        query_id=get("query_id", ""),
        parser_version=get("parser", ""),
        raw_ref=get("raw_ref"),
    )


def engagement_to_plain(engagement: Engagement) -> tuple[int | None, ...]:
    """Likes, comments, shares, views; empty when nothing is known."""
    counts = (engagement.likes, engagement.comments, engagement.shares, engagement.views)
    return () if counts == (None, None, None, None) else counts


def _author_to_plain(author: Author) -> Plain | None:
    plain = {"pseudonym": author.pseudonym, "outlet": author.outlet}
    if author.kind is not AuthorKind.UNKNOWN:
        plain["kind"] = author.kind.value
    if author.followers is not FollowerBand.UNKNOWN:
        plain["followers"] = author.followers.value
    return {key: value for key, value in plain.items() if value is not None} or None


def _author_from_plain(plain: Mapping[str, Any] | None) -> Author:
    if plain is None:
        return Author()
    return Author(
        pseudonym=plain.get("pseudonym"),
        kind=AuthorKind(plain.get("kind", AuthorKind.UNKNOWN)),
        followers=FollowerBand(plain.get("followers", FollowerBand.UNKNOWN)),
        outlet=plain.get("outlet"),
    )


@dataclass(frozen=True, slots=True)
class Labels:
    """Everything that is said of a mention: by the models now and before, and by a person."""

    annotation: Annotation | None = None
    earlier: tuple[Annotation, ...] = ()
    correction: Correction | None = None


def labels_to_text(labels: Labels) -> str | None:
    """The stored form; None when nothing is said. It begins as that of the annotation alone."""
    plain = {} if labels.annotation is None else annotation_to_plain(labels.annotation)
    if labels.earlier:
        plain["earlier"] = [annotation_to_plain(each) for each in labels.earlier]
    if labels.correction is not None:
        plain["correction"] = _correction_to_plain(labels.correction)
    return dump(plain) if plain else None


def labels_from_text(mention_id: MentionId, text: str | None) -> Labels:
    """What is said of a mention."""
    if not text:
        return Labels()
    plain = json.loads(text)
    correction = plain.get("correction")
    return Labels(
        annotation_from_plain(mention_id, plain) if "sentiment" in plain else None,
        tuple(annotation_from_plain(mention_id, each) for each in plain.get("earlier", ())),
        None if correction is None else _correction_from_plain(mention_id, correction),
    )


def _correction_to_plain(correction: Correction) -> Plain:
    plain = {
        "by": correction.by,
        "at": micros(correction.at),
        "words": correction.words,
        "sentiment": correction.sentiment,
        "stances": correction.stances,
        "topics": correction.topics,
        "severity": correction.severity,
        "added": correction.added,
        "removed": correction.removed,
    }
    # No topics at all is a judgement too.
    return {key: value for key, value in plain.items() if value is not None and (value != () or key == "topics")}


def _correction_from_plain(mention_id: MentionId, plain: Mapping[str, Any]) -> Correction:
    sentiment, topics = plain.get("sentiment"), plain.get("topics")
    return Correction(
        mention_id=mention_id,
        by=plain["by"],
        at=moment(plain["at"]),
        words=plain["words"],
        sentiment=None if sentiment is None else SentimentLabel(sentiment),
        stances=tuple((subject, SentimentLabel(label)) for subject, label in plain.get("stances", ())),
        topics=None if topics is None else tuple(topics),
        severity=plain.get("severity"),
        added=tuple(plain.get("added", ())),
        removed=tuple(plain.get("removed", ())),
    )


def annotation_to_plain(annotation: Annotation) -> Plain:
    """The plain form of an annotation."""
    digest = {} if annotation.text_digest is None else {"digest": annotation.text_digest}
    return {
        "sentiment": _sentiment_to_plain(annotation.sentiment),
        "by_subject": [(entry.subject_id, *_sentiment_to_plain(entry.sentiment)) for entry in annotation.by_subject],
        "topics": [(topic.id, topic.probability) for topic in annotation.topics],
        "severity": (annotation.severity.level, *annotation.severity.probabilities),
        "model": annotation.model,
        "scored": micros(annotation.scored_at),
        **digest,
    }


def annotation_from_plain(mention_id: MentionId, plain: Mapping[str, Any]) -> Annotation:
    """The annotation of a plain form."""
    level, *probabilities = plain["severity"]
    none, low, middle, high = probabilities
    return Annotation(
        mention_id=mention_id,
        sentiment=_sentiment_from_plain(*plain["sentiment"]),
        by_subject=tuple(SubjectSentiment(name, _sentiment_from_plain(*rest)) for name, *rest in plain["by_subject"]),
        topics=tuple(TopicScore(name, probability) for name, probability in plain["topics"]),
        severity=SeverityScore(level, (none, low, middle, high)),
        model=plain["model"],
        scored_at=moment(plain["scored"]),
        text_digest=plain.get("digest"),
    )


def _sentiment_to_plain(sentiment: Sentiment) -> tuple[str, float, float, float]:
    return (sentiment.label.value, sentiment.negative, sentiment.neutral, sentiment.positive)


def _sentiment_from_plain(label: str, negative: float, neutral: float, positive: float) -> Sentiment:
    return Sentiment(SentimentLabel(label), negative, neutral, positive)
