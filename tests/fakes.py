"""In-memory adapters of the product's ports, with the full promises of the ports, for tests."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.paging import ORDERS, after_position, next_token, position, sort_values
from storage.record import (
    Record,
    annotated,
    buried,
    check_shard,
    first_sight,
    is_reading,
    judged,
    read_again,
    shard_bucket,
    sighted_again,
)
from storage.text import author_values, matches_text, only_subject, stance
from storage.times import check_tally, check_volume, filled_bins
from yuqing.domain.alert import Message
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.correction import Correction
from yuqing.domain.errors import ChannelError, Conflict
from yuqing.domain.mention import Mention, MentionId
from yuqing.domain.ports import (
    Added,
    Clock,
    FacetCount,
    FacetField,
    Json,
    LogEntry,
    MentionQuery,
    Page,
    SearchResult,
    Snapshot,
    SplitField,
    StoredMention,
    Tally,
    TallyQuery,
    Versioned,
    VolumeBin,
)

TEST_NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class FakeClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: datetime = TEST_NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        """The time that was set last."""
        return self._now

    def set(self, now: datetime) -> None:
        """Jump to a time."""
        self._now = now

    def advance(self, by: timedelta) -> datetime:
        """Move on (or back) and return the new time."""
        self._now += by
        return self._now


class RecordingChannel:
    """Keeps every delivered message. `failures` are raised by the next sends, one each, before any delivery."""

    def __init__(self, *failures: ChannelError) -> None:
        self.sent: list[Message] = []
        self.attempts = 0
        self.failures = list(failures)

    def fail(self, reason: str = "refused", *, permanent: bool = False, times: int = 1) -> None:
        """Let the next `times` sends fail."""
        self.failures.extend(ChannelError(reason, permanent=permanent) for _ in range(times))

    def send(self, message: Message) -> str:
        """Deliver, or raise the next planned failure."""
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return f"ok-{len(self.sent)}"


class InMemoryMentionStore:
    """MentionStore in a dict; judges every query mention by mention, so it is the reference of the contract."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._records: dict[MentionId, Record] = {}
        self._readings: dict[MentionId, dict[datetime, Snapshot]] = defaultdict(dict)

    def add(self, mentions: Iterable[Mention]) -> Added:
        """See MentionStore.add."""
        return sum((self._add(mention) for mention in mentions), Added())

    def _add(self, mention: Mention) -> Added:
        record = self._records.get(mention.id)
        if record is None:
            self._records[mention.id] = first_sight(mention, self._clock.now())
            return Added(new=1)
        change = sighted_again(record, mention)
        if change is None:
            return Added(unchanged=1)
        self._records[mention.id] = change.record
        self._remember(change.readings)
        return Added(updated=1)

    def _remember(self, readings: Iterable[Snapshot]) -> None:
        for reading in readings:
            self._readings[reading.mention_id].setdefault(reading.taken_at, reading)

    def get(self, ids: Sequence[MentionId]) -> Mapping[MentionId, StoredMention]:
        """See MentionStore.get."""
        return {key: self._records[key].stored for key in ids if key in self._records}

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """See MentionStore.search."""
        hits = _sorted([record.stored for record in self._matching(query)], page)
        last = after_position(page)
        rest = hits if last is None else [hit for hit in hits if _is_behind(hit, last, page)]
        items = tuple(rest[: page.size])
        more = len(rest) > len(items) and items
        return SearchResult(
            items, len(hits), next_token(page.sort, position(items[-1], page.sort)) if more and items else None
        )

    def scan(self, query: MentionQuery) -> Iterator[StoredMention]:
        """See MentionStore.scan."""
        yield from _sorted([record.stored for record in self._matching(query)], Page(sort="published_asc"))

    def count(self, query: MentionQuery) -> int:
        """See MentionStore.count."""
        return len(self._matching(query))

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """See MentionStore.volume."""
        since, until = check_volume(query, interval)
        totals: Counter[int] = Counter()
        by: dict[int, Counter[str]] = defaultdict(Counter)
        for record in self._matching(query):
            index = (record.mention.published_at - since) // interval
            totals[index] += 1
            if split is not None:
                by[index].update(_split_values(record.stored, split, query))
        return filled_bins(since, until, interval, totals, by)

    def facet(self, query: MentionQuery, field: FacetField, limit: int = 50) -> Sequence[FacetCount]:
        """See MentionStore.facet."""
        counts: Counter[str] = Counter()
        for record in self._matching(query):
            counts.update(_facet_values(record.stored, field, query))
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(FacetCount(value, count) for value, count in ordered[:limit])

    def tally(self, wanted: TallyQuery) -> Iterable[Tally]:
        """See MentionStore.tally."""
        check_tally(wanted)
        found: dict[tuple[str, int, str, int, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for record in self._matching(MentionQuery(subjects=wanted.subjects, since=wanted.since, until=wanted.until)):
            for key, counts in _tallied(record, wanted):
                found[key] = [have + more for have, more in zip(found[key], counts, strict=True)]
        return [Tally(*key, *counts) for key, counts in found.items()]

    def unscored(self, limit: int, shard: tuple[int, int] = (0, 1)) -> Sequence[Mention]:
        """See MentionStore.unscored."""
        check_shard(shard)
        part, parts = shard
        hits = [
            r.stored for r in self._matching(MentionQuery(scored=False)) if shard_bucket(r.mention.id) % parts == part
        ]
        return tuple(hit.mention for hit in _sorted(hits, Page())[:limit])

    def annotate(self, annotations: Iterable[Annotation]) -> int:
        """See MentionStore.annotate."""
        latest = {each.mention_id: each for each in annotations if each.mention_id in self._records}
        changed = (annotated(self._records[key], annotation) for key, annotation in latest.items())
        written = {record.mention.id: record for record in changed if record is not None}
        self._records.update(written)
        return len(written)

    def correct(self, corrections: Iterable[Correction]) -> int:
        """See MentionStore.correct."""
        latest = {each.mention_id: each for each in corrections if each.mention_id in self._records}
        changed = (judged(self._records[key], correction) for key, correction in latest.items())
        written = {record.mention.id: record for record in changed if record is not None}
        self._records.update(written)
        return len(written)

    def snapshot(self, snapshots: Iterable[Snapshot]) -> int:
        """See MentionStore.snapshot."""
        return sum(self._snapshot(snapshot) for snapshot in snapshots)

    def _snapshot(self, snapshot: Snapshot) -> int:
        record = self._records.get(snapshot.mention_id)
        if record is None or any(s.taken_at == snapshot.taken_at for s in self.snapshots(snapshot.mention_id)):
            return 0
        change = read_again(record, snapshot)
        self._records[snapshot.mention_id] = change.record
        self._remember(change.readings)
        return 1

    def snapshots(self, mention_id: MentionId) -> Sequence[Snapshot]:
        """See MentionStore.snapshots."""
        history = self._readings.get(mention_id)
        if history:
            return tuple(history[at] for at in sorted(history))
        record = self._records.get(mention_id)
        return (record.reading,) if record and is_reading(record.mention.engagement) else ()

    def tombstone(self, ids: Iterable[MentionId], deleted_at: datetime) -> int:
        """See MentionStore.tombstone."""
        found = {key for key in ids if key in self._records}
        for key in found:
            self._records[key] = buried(self._records[key], deleted_at)
        return len(found)

    def purge(self, before: datetime) -> int:
        """See MentionStore.purge."""
        gone = [key for key, record in self._records.items() if record.mention.published_at < before]
        for key in gone:
            del self._records[key]
            self._readings.pop(key, None)
        return len(gone)

    def set_clusters(self, clusters: Mapping[MentionId, str]) -> int:
        """See MentionStore.set_clusters."""
        found = {key: cluster for key, cluster in clusters.items() if key in self._records}
        for key, cluster in found.items():
            self._records[key] = replace(self._records[key], cluster_id=cluster)
        return len(found)

    def refresh(self) -> None:
        """See MentionStore.refresh: everything shows at once here."""

    def _matching(self, query: MentionQuery) -> list[Record]:
        return [record for record in self._records.values() if _holds(record, query)]


def _tallied(
    record: Record, wanted: TallyQuery
) -> Iterator[tuple[tuple[str, int, str, int, str], tuple[int, int, int]]]:
    """The rows in which a mention counts, and as what."""
    mention, said = record.shown, record.stored.annotation
    index = (record.mention.published_at - wanted.since) // wanted.interval
    step = wanted.lag_step
    source, lag = ("", 0) if step is None else (mention.source_id or "", max(-(-record.lag // step), 0))
    for subject in set(mention.subjects) & set(wanted.subjects):
        negative = int(said is not None and stance(said, subject) == SentimentLabel.NEGATIVE)
        yield (subject, index, source, lag, ""), (1, negative, int(said is None))
        for topic in said.topics if said and wanted.topics else ():
            yield (subject, index, source, lag, topic.id), (1, negative, 0)


def _holds(record: Record, query: MentionQuery) -> bool:
    return (
        _holds_labels(record.shown, query)
        and _holds_times(record, query)
        and _holds_annotation(record.stored, query)
        and (query.include_deleted or record.deleted_at is None)
        and matches_text(record.stored, query)
    )


def _holds_labels(mention: Mention, query: MentionQuery) -> bool:
    return all(
        not wanted or have & set(wanted)
        for wanted, have in (
            (query.ids, {mention.id}),
            (query.subjects, set(mention.subjects)),
            (query.platforms, {mention.platform}),
            (query.kinds, {mention.kind}),
            (query.sources, {mention.source_id}),
        )
    )


def _holds_times(record: Record, query: MentionQuery) -> bool:
    return (
        _within(record.mention.published_at, query.since, query.until)
        and _within(record.mention.collected_at, query.collected_since, query.collected_until)
        and (query.max_lag is None or record.lag <= query.max_lag)
    )


def _within(time: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or since <= time) and (until is None or time < until)


def _holds_annotation(stored: StoredMention, query: MentionQuery) -> bool:
    annotation = stored.annotation
    if query.scored is not None and query.scored != (annotation is not None):
        return False
    if annotation is None:
        return not query.sentiments and not query.topics and query.min_severity is None
    return (
        (not query.sentiments or stance(annotation, only_subject(query)) in query.sentiments)
        and (not query.topics or any(topic.id in query.topics for topic in annotation.topics))
        and (query.min_severity is None or annotation.severity.level >= query.min_severity)
    )


def _split_values(stored: StoredMention, split: SplitField, query: MentionQuery) -> tuple[str, ...]:
    if split in ("sentiment", "topic") and stored.annotation is None:
        return ("",)
    return _facet_values(stored, split, query)


def _facet_values(stored: StoredMention, field: FacetField, query: MentionQuery) -> tuple[str, ...]:
    mention, annotation = stored.mention, stored.annotation
    match field:
        case "subject":
            return tuple(dict.fromkeys(mention.subjects))
        case "author":
            return author_values(mention)[:1]
        case "platform":
            return (mention.platform.value,)
        case "kind":
            return (mention.kind.value,)
        case "source":
            return (mention.source_id,) if mention.source_id else ()
        case "region":
            return (mention.region,) if mention.region else ()
        case _:
            return _annotation_values(annotation, field, only_subject(query)) if annotation else ()


def _annotation_values(annotation: Annotation, field: FacetField, subject: str | None) -> tuple[str, ...]:
    if field == "sentiment":
        return (stance(annotation, subject),)
    if field == "topic":
        return tuple(dict.fromkeys(topic.id for topic in annotation.topics))
    return (str(annotation.severity.level),)


def _sorted(hits: list[StoredMention], page: Page) -> list[StoredMention]:
    return sorted(hits, key=lambda hit: _key(sort_values(hit), page))


def _key(values: Mapping[str, int | str], page: Page) -> tuple[int | str, ...]:
    return tuple(_signed(values[name], descending) for name, descending in ORDERS[page.sort])


def _signed(value: int | str, descending: bool) -> int | str:
    return -value if descending and isinstance(value, int) else value


def _is_behind(hit: StoredMention, last: tuple[int | str, ...], page: Page) -> bool:
    names = [name for name, _ in ORDERS[page.sort]]
    return _key(sort_values(hit), page) > _key(dict(zip(names, last, strict=True)), page)


class InMemoryStateStore:
    """StateStore in dicts. Bodies go through JSON, so a test cannot store what a real store would refuse."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], tuple[int, str]] = {}
        self._logs: dict[str, list[tuple[datetime, str]]] = defaultdict(list)

    def load(self, kind: str, id: str) -> Versioned | None:
        """See StateStore.load."""
        found = self._documents.get((kind, id))
        return Versioned(id, found[0], json.loads(found[1])) if found else None

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """See StateStore.save."""
        version, _ = self._documents.get((kind, id), (0, ""))
        if expected_version is not None and expected_version != version:
            raise Conflict(f"{kind}/{id}: expected version {expected_version}, found {version}")
        self._documents[kind, id] = (version + 1, json.dumps(dict(body)))
        return version + 1

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """See StateStore.find."""
        documents = [
            Versioned(key, version, json.loads(text))
            for (its_kind, key), (version, text) in sorted(self._documents.items())
            if its_kind == kind
        ]
        return tuple(d for d in documents if _equals(d.body, where or {}))[:limit]

    def delete(self, kind: str, id: str) -> bool:
        """See StateStore.delete."""
        return self._documents.pop((kind, id), None) is not None

    def append(self, kind: str, body: Json, at: datetime) -> int:
        """See StateStore.append."""
        self._logs[kind].append((at, json.dumps(dict(body))))
        return len(self._logs[kind])

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """See StateStore.log."""
        entries = (LogEntry(seq, at, json.loads(text)) for seq, (at, text) in enumerate(self._logs[kind], start=1))
        return tuple(entry for entry in entries if entry.seq > after)[:limit]


def _equals(body: Json, where: Mapping[str, str | int | bool]) -> bool:
    # True == 1 in Python, but not in a JSON document.
    return all(key in body and body[key] == value and type(body[key]) is type(value) for key, value in where.items())
