"""MentionStore in Elasticsearch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from elasticsearch import Elasticsearch

from storage.elastic.cluster import Cluster, document_id
from storage.elastic.counting import Bins, facet
from storage.elastic.documents import RECORD_FIELDS, month_of, record_from
from storage.elastic.query import absent, compiled, sorting
from storage.elastic.rows import Rows, replacement
from storage.elastic.schema import Body, Names
from storage.elastic.tallying import tally
from storage.paging import after_position, next_token, position
from storage.record import (
    SHARD_BUCKETS,
    Merge,
    Record,
    annotated,
    batches,
    buried,
    check_shard,
    is_reading,
    judged,
    read_again,
)
from storage.times import check_tally, check_volume, filled_bins, micros, moment
from yuqing.domain.annotation import Annotation
from yuqing.domain.correction import Correction
from yuqing.domain.errors import StoreUnavailable
from yuqing.domain.mention import Engagement, Mention, MentionId
from yuqing.domain.ports import (
    Added,
    Clock,
    FacetCount,
    FacetField,
    MentionQuery,
    Page,
    SearchResult,
    Snapshot,
    SplitField,
    StoredMention,
    Tally,
    TallyQuery,
    VolumeBin,
)

T = TypeVar("T")
BATCH = 1_000
_PAGE = 1_000
_ATTEMPTS = 20
_LARGEST_PAGE = 9_999  # a larger page is cut and goes on at `next_after`: one answer holds 10,000 hits


class ElasticMentionStore:
    """Mentions in a cluster that any number of processes and hosts may use at once.

    Every write is conditional (`create`, or the sequence number that was read), so a lost race is seen and tried
    again, and repeating a call after a crash changes nothing.
    """

    def __init__(self, client: Elasticsearch, clock: Clock, prefix: str = "yuqing") -> None:
        self._cluster = Cluster(client)
        self._clock = clock
        self._names = Names(prefix)
        self._rows = Rows(self._cluster, self._names)

    def add(self, mentions: Iterable[Mention]) -> Added:
        """See MentionStore.add."""
        return sum((self._add(batch) for batch in batches(mentions, BATCH)), Added())

    def _add(self, batch: Sequence[Mention]) -> Added:
        added = Added()
        for _ in range(_ATTEMPTS):
            months, fresh = self._rows.claim({mention.id: month_of(mention) for mention in batch})
            rows = self._rows.of({key: months[key] for key in months if key not in fresh})
            merge = Merge({key: row.record for key, row in rows.items()}, self._clock.now())
            for mention in batch:
                merge.take(mention)
            self._rows.remember(merge.readings)
            actions = [self._rows.creation(months[key], merge.records[key]) for key in merge.new]
            actions += [replacement(rows[key], merge.records[key]) for key in merge.changed]
            refused = self._cluster.bulk(actions)
            lost = frozenset(key for key in months if document_id(key) in refused)
            added += merge.added(lost)
            if not lost:
                return added
            batch = [mention for mention in batch if mention.id in lost]
        raise self._too_busy()

    def get(self, ids: Sequence[MentionId]) -> Mapping[MentionId, StoredMention]:
        """See MentionStore.get."""
        found = (self._rows.located(batch) for batch in batches(ids, BATCH))
        return {key: row.record.stored for rows in found for key, row in rows.items()}

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """See MentionStore.search."""
        self._rows.prepare()
        last, size = after_position(page), min(page.size, _LARGEST_PAGE)
        after: Body = {} if last is None else {"search_after": list(last)}
        reply = self._cluster.search(
            self._names.months,
            query=compiled(query),
            sort=sorting(page.sort),
            size=size + 1,
            source_includes=list(RECORD_FIELDS),
            track_total_hits=True,
            **after,
        )
        found = [record_from(hit["_source"]).stored for hit in reply["hits"]["hits"]]
        items = tuple(found[:size])
        more = bool(items) and len(found) > size
        token = next_token(page.sort, position(items[-1], page.sort)) if more else None
        return SearchResult(items, reply["hits"]["total"]["value"], token)

    def scan(self, query: MentionQuery) -> Iterator[StoredMention]:
        """See MentionStore.scan."""
        self._rows.prepare()
        hits = self._cluster.pages(self._names.months, compiled(query), sorting("published_asc"), RECORD_FIELDS, _PAGE)
        return (record_from(hit["_source"]).stored for hit in hits)

    def count(self, query: MentionQuery) -> int:
        """See MentionStore.count."""
        self._rows.prepare()
        reply = self._cluster.search(self._names.months, query=compiled(query), size=0, track_total_hits=True)
        return int(reply["hits"]["total"]["value"])

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """See MentionStore.volume."""
        since, until = check_volume(query, interval)
        self._rows.prepare()
        bins = Bins(self._cluster, self._names.months, query, interval)
        bins.count(since, until, split)
        return filled_bins(since, until, interval, bins.totals, bins.by)

    def facet(self, query: MentionQuery, field: FacetField, limit: int = 50) -> Sequence[FacetCount]:
        """See MentionStore.facet."""
        self._rows.prepare()
        return facet(self._cluster, self._names.months, query, field, limit)

    def tally(self, wanted: TallyQuery) -> Iterable[Tally]:
        """See MentionStore.tally."""
        check_tally(wanted)
        self._rows.prepare()
        return tally(self._cluster, self._names.months, wanted)

    def unscored(self, limit: int, shard: tuple[int, int] = (0, 1)) -> Sequence[Mention]:
        """See MentionStore.unscored."""
        check_shard(shard)
        self._rows.prepare()
        part, parts = shard
        buckets = [bucket for bucket in range(SHARD_BUCKETS) if bucket % parts == part]
        query: Body = {"bool": {"filter": [absent("sentiment"), absent("deleted"), {"terms": {"bucket": buckets}}]}}
        mentions: list[Mention] = []
        after: Body = {}
        while len(mentions) < limit:
            size = min(limit - len(mentions), _PAGE)
            reply = self._cluster.search(
                self._names.months,
                query=query,
                sort=sorting("published_desc"),
                size=size,
                source_includes=list(RECORD_FIELDS),
                track_total_hits=False,
                **after,
            )
            hits = reply["hits"]["hits"]
            mentions += (record_from(hit["_source"]).shown for hit in hits)
            if len(hits) < size:
                break
            after = {"search_after": hits[-1]["sort"]}
        return tuple(mentions)

    def annotate(self, annotations: Iterable[Annotation]) -> int:
        """See MentionStore.annotate."""
        latest = {each.mention_id: each for each in annotations}
        return self._change(latest, annotated)

    def correct(self, corrections: Iterable[Correction]) -> int:
        """See MentionStore.correct."""
        return self._change({each.mention_id: each for each in corrections}, judged)

    def snapshot(self, snapshots: Iterable[Snapshot]) -> int:
        """See MentionStore.snapshot."""
        return sum(self._snapshot(batch) for batch in batches(snapshots, BATCH))

    def _snapshot(self, batch: Sequence[Snapshot]) -> int:
        rows = self._rows.located([snapshot.mention_id for snapshot in batch])
        by_id: dict[MentionId, list[Snapshot]] = {}
        for snapshot in batch:
            row = rows.get(snapshot.mention_id)
            if row is not None and snapshot.taken_at != row.record.engagement_at:
                by_id.setdefault(snapshot.mention_id, []).append(snapshot)
        # The reading that the mention shows now belongs to the history before anything newer hides it.
        shown = [rows[key].record.reading for key in by_id if is_reading(rows[key].record.mention.engagement)]
        self._rows.remember(shown)
        fresh = {(s.mention_id, s.taken_at): s for found in by_id.values() for s in found}
        known = self._rows.remember(fresh.values())
        self._change(by_id, _with_readings)
        return len(fresh) - len(known)

    def snapshots(self, mention_id: MentionId) -> Sequence[Snapshot]:
        """See MentionStore.snapshots."""
        row = self._rows.located([mention_id]).get(mention_id)
        if row is None:
            return ()
        self._cluster.refresh(self._names.readings)
        query: Body = {"term": {"mention_id": mention_id}}
        hits = self._cluster.pages(self._names.readings, query, [{"taken": "asc"}], ["taken", "counts"], _PAGE)
        history = tuple(_reading(mention_id, hit["_source"]) for hit in hits)
        return history or ((row.record.reading,) if is_reading(row.record.mention.engagement) else ())

    def tombstone(self, ids: Iterable[MentionId], deleted_at: datetime) -> int:
        """See MentionStore.tombstone."""
        return self._change(dict.fromkeys(ids, deleted_at), buried)

    def purge(self, before: datetime) -> int:
        """See MentionStore.purge. A month that is over as a whole is dropped as a whole."""
        self._rows.prepare()
        self.refresh()
        old: Body = {"range": {"published": {"lt": micros(before)}}}
        hits = self._cluster.pages(self._names.months, old, [{"published": "asc"}], ["id"], _PAGE)
        purged = 0
        for batch in batches(hits, BATCH):
            self._rows.erase([(hit["_index"], hit["_id"], hit["_source"]["id"]) for hit in batch])
            purged += len(batch)
        self.refresh()
        self._rows.drop_empty_months(f"{before:%Y.%m}")
        return purged

    def set_clusters(self, clusters: Mapping[MentionId, str]) -> int:
        """See MentionStore.set_clusters."""
        return self._change(clusters, lambda record, cluster: replace(record, cluster_id=cluster))

    def refresh(self) -> None:
        """See MentionStore.refresh."""
        self._cluster.refresh(self._names.months, self._names.readings)

    def _change(self, changes: Mapping[MentionId, T], change: Callable[[Record, T], Record | None]) -> int:
        """How many were changed; those for which `change` gives None are left as they are."""
        return sum(self._change_batch(batch, changes, change) for batch in batches(changes, BATCH))

    def _change_batch(
        self, ids: Sequence[MentionId], changes: Mapping[MentionId, T], change: Callable[[Record, T], Record | None]
    ) -> int:
        done, wanted = 0, list(ids)
        for _ in range(_ATTEMPTS):
            rows = self._rows.located(wanted)
            changed = {key: new for key, row in rows.items() if (new := change(row.record, changes[key])) is not None}
            actions = (replacement(rows[key], new) for key, new in changed.items() if new != rows[key].record)
            lost = self._cluster.bulk(actions)
            wanted = [key for key in changed if document_id(key) in lost]
            done += len(changed) - len(wanted)
            if not wanted:
                return done
        raise self._too_busy()

    def _too_busy(self) -> StoreUnavailable:
        return StoreUnavailable(f"Elasticsearch（{self._cluster.url}）上同一批提及被反复并发修改，请稍后重试")


def _with_readings(record: Record, snapshots: Sequence[Snapshot]) -> Record:
    for snapshot in sorted(snapshots, key=lambda each: each.taken_at):
        record = read_again(record, snapshot).record
    return record


def _reading(id: MentionId, source: Mapping[str, object]) -> Snapshot:
    counts, taken = source["counts"], source["taken"]
    if not isinstance(counts, list) or not isinstance(taken, int):
        raise TypeError("a reading without counts")
    return Snapshot(id, moment(taken), Engagement(*(None if count < 0 else count for count in counts)))
