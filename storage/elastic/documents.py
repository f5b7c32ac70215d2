"""Mentions as documents of Elasticsearch."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from storage.codec import Labels, dump, labels_from_text, labels_to_text, mention_from_plain, mention_to_plain
from storage.paging import UNSCORED_SEVERITY
from storage.record import Record, reactions, shard_bucket
from storage.text import author_values, searchable, stance
from storage.times import micros, moment, span
from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import Mention
from yuqing.domain.ports import Snapshot

_LARGEST = 2**62
# Case folding leaves no capital letters, so one can stand for the blank, which separates tokens here.
_BLANK = "S"
RECORD_FIELDS = ("document", "annotation", "stored", "lag", "engagement_at", "deleted", "cluster")


def characters(normal: str) -> list[str]:
    """The tokens of a normalised text: its characters."""
    return list(normal.encode("utf-8", "replace").decode().replace(" ", _BLANK))


def month_of(mention: Mention) -> str:
    """The month of publication, which names the index."""
    return f"{mention.published_at:%Y.%m}"


def source_of(record: Record) -> dict[str, Any]:
    """The document of a record."""
    mention, annotation = record.shown, record.counted
    source = {
        "id": mention.id,
        "published": micros(mention.published_at),
        "published_at": mention.published_at.isoformat(),
        "collected": micros(mention.collected_at),
        "lag": span(record.lag),
        "stored": micros(record.stored_at),
        "engagement_at": micros(record.engagement_at),
        "platform": mention.platform.value,
        "kind": mention.kind.value,
        "source": mention.source_id or None,
        "region": mention.region or None,
        "authors": list(author_values(mention)) or None,
        "voice": next(iter(author_values(mention)), None),
        "bucket": shard_bucket(mention.id),
        "reactions": min(reactions(mention.engagement), _LARGEST),
        "deleted": None if record.deleted_at is None else micros(record.deleted_at),
        "cluster": record.cluster_id,
        "subjects": list(dict.fromkeys(mention.subjects)) or None,
        "severity": UNSCORED_SEVERITY,
        "characters": " ".join(characters(searchable(mention))),
        "document": dump(mention_to_plain(record.mention)),
        "annotation": labels_to_text(Labels(record.annotation, record.earlier, record.correction)),
        **(_labels(annotation, mention) if annotation else {}),
    }
    return {key: value for key, value in source.items() if value is not None}


def _labels(annotation: Annotation, mention: Mention) -> dict[str, Any]:
    return {
        "sentiment": annotation.sentiment.label.value,
        "stances": [stance_value(subject, stance(annotation, subject)) for subject in mention.subjects],
        "topics": list(dict.fromkeys(topic.id for topic in annotation.topics)),
        "severity": annotation.severity.level,
    }


def stance_value(subject: str, label: str) -> str:
    """The keyword under which the stance towards one subject is found."""
    return f"{subject}|{label}"


def record_from(source: Mapping[str, Any]) -> Record:
    """The record of a document."""
    mention = mention_from_plain(json.loads(source["document"]))
    labels, deleted = labels_from_text(mention.id, source.get("annotation")), source.get("deleted")
    return Record(
        mention=mention,
        stored_at=moment(source["stored"]),
        lag=timedelta(microseconds=source["lag"]),
        engagement_at=moment(source["engagement_at"]),
        annotation=labels.annotation,
        deleted_at=None if deleted is None else moment(deleted),
        cluster_id=source.get("cluster"),
        correction=labels.correction,
        earlier=labels.earlier,
    )


def reading_source(reading: Snapshot) -> dict[str, Any]:
    """The document of a reading; -1 is unknown, because an array of longs has no gaps."""
    engagement = reading.engagement
    counts = (engagement.likes, engagement.comments, engagement.shares, engagement.views)
    return {
        "mention_id": reading.mention_id,
        "taken": micros(reading.taken_at),
        "counts": [-1 if count is None else count for count in counts],
    }
