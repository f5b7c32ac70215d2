"""How a stored mention changes: the rules of `MentionStore` as pure functions that every adapter applies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from zlib import crc32

from yuqing.domain.annotation import Annotation, text_digest
from yuqing.domain.correction import Correction, corrected, corrected_subjects, words_digest
from yuqing.domain.mention import (
    Author,
    AuthorKind,
    Engagement,
    FollowerBand,
    Mention,
    MentionId,
    MentionKind,
    TimePrecision,
)
from yuqing.domain.ports import Added, Snapshot, StoredMention

T = TypeVar("T")
SHARD_BUCKETS = 256
_NEW, _UPDATED, _UNCHANGED = Added(new=1), Added(updated=1), Added(unchanged=1)
_PRECISIONS = tuple(TimePrecision)  # finest first


@dataclass(frozen=True, slots=True)
class Record:
    """A stored mention with what only the stores need: when its counts were read and how late it was first seen."""

    mention: Mention
    stored_at: datetime
    lag: timedelta
    engagement_at: datetime
    annotation: Annotation | None = None
    deleted_at: datetime | None = None
    cluster_id: str | None = None
    correction: Correction | None = None
    earlier: tuple[Annotation, ...] = ()

    @property
    def shown(self) -> Mention:
        """The mention about the subjects that it counts for."""
        subjects = corrected_subjects(self.mention.subjects, self.correction)
        return self.mention if subjects == self.mention.subjects else replace(self.mention, subjects=subjects)

    @property
    def counted(self) -> Annotation | None:
        """The scores that it is found and counted by."""
        if self.annotation is None or self.correction is None:
            return self.annotation
        return corrected(self.annotation, self.correction, self.shown.subjects)

    @property
    def stored(self) -> StoredMention:
        """What the port hands out."""
        return StoredMention(
            self.shown,
            self.counted,
            self.stored_at,
            self.deleted_at,
            self.cluster_id,
            self.correction,
            self.annotation,
            self.earlier,
        )

    @property
    def reading(self) -> Snapshot:
        """The engagement that shows on the mention, as a reading."""
        return Snapshot(self.mention.id, self.engagement_at, self.mention.engagement)


@dataclass(frozen=True, slots=True)
class Change:
    """The new record and the readings to append to its history (the one it had, then the one that came)."""

    record: Record
    readings: tuple[Snapshot, ...] = ()


class Merge:
    """One batch of sightings over the records that were there."""

    def __init__(self, records: dict[MentionId, Record], now: datetime) -> None:
        self.records = records
        self.new: dict[MentionId, None] = {}
        self.changed: dict[MentionId, None] = {}
        self.readings: list[Snapshot] = []
        self._fates: list[tuple[MentionId, Added]] = []
        self._now = now

    def take(self, mention: Mention) -> None:
        """Apply one sighting."""
        record = self.records.get(mention.id)
        if record is None:
            self.records[mention.id] = first_sight(mention, self._now)
            self.new[mention.id] = None
            self._fates.append((mention.id, _NEW))
            return
        change = sighted_again(record, mention)
        self._fates.append((mention.id, _UNCHANGED if change is None else _UPDATED))
        if change is None:
            return
        self.records[mention.id] = change.record
        self.readings += change.readings
        if mention.id not in self.new:
            self.changed[mention.id] = None

    def added(self, lost: frozenset[MentionId] = frozenset()) -> Added:
        """What became of the batch, but for ids whose write was lost to another process."""
        return sum((fate for key, fate in self._fates if key not in lost), Added())


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, until there are none."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def first_sight(mention: Mention, now: datetime) -> Record:
    """The record of a mention that was never seen before."""
    return Record(mention, now, mention.collected_at - mention.published_at, mention.collected_at)


def sighted_again(record: Record, newcomer: Mention) -> Change | None:
    """What a later sighting changes; None when it changes nothing."""
    seen_at = max(record.mention.collected_at, record.deleted_at or record.mention.collected_at)
    if newcomer.collected_at <= seen_at:
        return None  # also keeps a tombstone blank when an older sighting arrives late
    merged = _merged(record, newcomer)
    if _content(merged) == _content(record.mention) and record.deleted_at is None:
        return None
    is_read = newcomer.collected_at > record.engagement_at and merged.engagement != record.mention.engagement
    is_rescored = (merged.text, merged.title, set(merged.subjects)) != _scored_part(record.mention)
    changed = replace(
        record,
        mention=merged,
        deleted_at=None,
        annotation=None if is_rescored else record.annotation,
        earlier=() if is_rescored else record.earlier,
        correction=_still(record.correction, merged),
        engagement_at=newcomer.collected_at if is_read else record.engagement_at,
    )
    came = Snapshot(newcomer.id, newcomer.collected_at, newcomer.engagement)
    return Change(changed, _readings(record, came) if is_read else ())


def read_again(record: Record, snapshot: Snapshot) -> Change:
    """A reading of engagement: the newest shows on the mention, an older one only joins the history."""
    readings = _readings(record, snapshot)
    if snapshot.taken_at <= record.engagement_at:
        return Change(record, readings)
    engagement = known(snapshot.engagement, record.mention.engagement)
    mention = replace(record.mention, engagement=engagement)
    return Change(replace(record, mention=mention, engagement_at=snapshot.taken_at), readings)


def annotated(record: Record, annotation: Annotation) -> Record | None:
    """The record with its scores; None when they are of something else than it says now."""
    if annotation.text_digest not in (None, text_digest(record.shown)):
        return None
    before = () if record.annotation is None else (record.annotation,)
    earlier = tuple(each for each in (*record.earlier, *before) if each.model != annotation.model)
    return replace(record, annotation=annotation, earlier=earlier)


def judged(record: Record, correction: Correction) -> Record | None:
    """The record with what a person says of it; None when that is of other words than it has now."""
    if record.deleted_at is None and correction.words != words_digest(record.mention):
        return None
    return replace(record, correction=None if correction.is_empty else correction)


def buried(record: Record, deleted_at: datetime) -> Record:
    """The tombstone: what could be read or name somebody is gone, counts and labels stay.

    `raw_ref` stays too: without it the raw evidence could not be found and erased.
    """
    blank = replace(record.mention, text="", title=None, url="", author=Author(), hashtags=())
    return replace(record, mention=blank, deleted_at=record.deleted_at or deleted_at)


def known(newer: Engagement, older: Engagement) -> Engagement:
    """The newer counts; a count the newer reading does not know keeps its last known value."""
    return Engagement(
        *(
            new if new is not None else old
            for new, old in (
                (newer.likes, older.likes),
                (newer.comments, older.comments),
                (newer.shares, older.shares),
                (newer.views, older.views),
            )
        )
    )


def reactions(engagement: Engagement) -> int:
    """What `engagement_desc` sorts by: known likes, comments and shares. Views are of another scale."""
    return sum(count or 0 for count in (engagement.likes, engagement.comments, engagement.shares))


def shard_bucket(id: MentionId) -> int:
    """A stable number from 0 to 255; part i of n holds the buckets b with b % n == i."""
    return crc32(id.encode("utf-8", "surrogatepass")) % SHARD_BUCKETS


def check_shard(shard: tuple[int, int]) -> None:
    """Refuse a part that does not exist: a worker with a wrong number would silently skip mentions."""
    part, parts = shard
    if not (0 <= part < parts <= SHARD_BUCKETS):
        raise ValueError(f"shard {part}/{parts}: the part must be 0..n-1, and n at most {SHARD_BUCKETS}")


def is_reading(engagement: Engagement) -> bool:
    """False when a reading knows nothing at all."""
    return engagement != Engagement()


def _still(correction: Correction | None, merged: Mention) -> Correction | None:
    """What a person said, as long as the words are those that were judged."""
    return correction if correction is not None and correction.words == words_digest(merged) else None


def _readings(record: Record, came: Snapshot) -> tuple[Snapshot, ...]:
    # The reading of the first sight is kept on the record alone until a second one makes it a history.
    return tuple(s for s in (record.reading, came) if is_reading(s.engagement) or s is came)


def _merged(record: Record, newcomer: Mention) -> Mention:
    old = record.mention
    keeps_text = _beats(old, newcomer) and record.deleted_at is None
    keeps_time = _PRECISIONS.index(newcomer.time_precision) > _PRECISIONS.index(old.time_precision)
    is_newest_reading = newcomer.collected_at > record.engagement_at
    # Who read it first can read it again; only what says something else comes with its own way.
    way = old if (keeps_text or newcomer.text == old.text) and record.deleted_at is None else newcomer
    return replace(
        newcomer,
        url=way.url,
        source_id=way.source_id,
        query_id=way.query_id,
        parser_version=way.parser_version,
        raw_ref=way.raw_ref,
        kind=MentionKind.REPOST if MentionKind.REPOST in (old.kind, newcomer.kind) else newcomer.kind,
        author=_known_author(newcomer.author, old.author),
        parent_id=newcomer.parent_id or old.parent_id,
        root_id=newcomer.root_id or old.root_id,
        region=newcomer.region or old.region,
        rating=newcomer.rating if newcomer.rating is not None else old.rating,
        text=old.text if keeps_text else newcomer.text,
        text_truncated=old.text_truncated if keeps_text else newcomer.text_truncated,
        title=newcomer.title or old.title,
        engagement=known(newcomer.engagement, old.engagement) if is_newest_reading else old.engagement,
        subjects=_union(old.subjects, newcomer.subjects),
        keywords=_union(old.keywords, newcomer.keywords),
        hashtags=_union(old.hashtags, newcomer.hashtags),
        published_at=old.published_at if keeps_time else newcomer.published_at,
        time_precision=old.time_precision if keeps_time else newcomer.time_precision,
    )


def _known_author(newer: Author, older: Author) -> Author:
    """What is known of who speaks: a feed that does not tell takes nothing from what a search told."""
    return Author(
        pseudonym=newer.pseudonym or older.pseudonym,
        kind=newer.kind if newer.kind is not AuthorKind.UNKNOWN else older.kind,
        followers=newer.followers if newer.followers is not FollowerBand.UNKNOWN else older.followers,
        outlet=newer.outlet or older.outlet,
    )


def _beats(old: Mention, newcomer: Mention) -> bool:
    # A cut text never replaces a whole one, nor a longer cut one.
    return newcomer.text_truncated and (not old.text_truncated or len(old.text) >= len(newcomer.text))


def _content(mention: Mention) -> tuple[object, ...]:
    said = (mention.text, mention.text_truncated, mention.title, mention.engagement, set(mention.subjects))
    return (*said, mention.author, mention.region, mention.rating, mention.parent_id, mention.root_id)


def _scored_part(mention: Mention) -> tuple[object, ...]:
    return (mention.text, mention.title, set(mention.subjects))


def _union(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))
