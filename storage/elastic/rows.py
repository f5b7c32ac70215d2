"""Where mentions live in Elasticsearch: one place for every id, real-time reads, conditional writes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from storage.elastic.cluster import Cluster, Found, document_id
from storage.elastic.documents import reading_source, record_from, source_of
from storage.elastic.schema import Body, Names
from storage.record import Record
from storage.times import micros
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Snapshot

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Row:
    """A record and where it was read."""

    found: Found
    record: Record


class Rows:
    """The documents of mentions, their places and their readings."""

    def __init__(self, cluster: Cluster, names: Names) -> None:
        self._cluster = cluster
        self._names = names

    def prepare(self) -> None:
        """Create the template and the indices where they are missing."""
        self._cluster.prepare(self._names.mention_indices(), (self._names.alias, self._names.template()))

    def claim(self, months: Mapping[MentionId, str]) -> tuple[dict[MentionId, str], set[MentionId]]:
        """The month in which each id lives, and the ids that are new here. A new id takes the month that is offered:
        whoever creates the place first wins, so no id ever lives in two months."""
        self.prepare()
        known = self.months(list(months))
        fresh = [key for key in months if key not in known]
        taken = self._cluster.bulk(
            {
                "_op_type": "create",
                "_index": self._names.places,
                "_id": document_id(key),
                "_source": {"month": months[key]},
            }
            for key in fresh
        )
        lost = [key for key in fresh if document_id(key) in taken]
        return {**months, **known, **self.months(lost)}, set(fresh) - set(lost)

    def months(self, ids: Sequence[MentionId]) -> dict[MentionId, str]:
        """The months of the ids that have a place."""
        places = self._cluster.mget([(self._names.places, document_id(key)) for key in ids])
        by_id = {document_id(key): key for key in ids}
        return {by_id[place]: found.source["month"] for place, found in places.items()}

    def located(self, ids: Sequence[MentionId]) -> dict[MentionId, Row]:
        """The stored ones among the ids, wherever they are."""
        self.prepare()
        return self.of(self.months(ids))

    def of(self, months: Mapping[MentionId, str]) -> dict[MentionId, Row]:
        """The stored ones among ids whose month is known."""
        found = self._cluster.mget([(self._names.month(month), document_id(key)) for key, month in months.items()])
        rows = (Row(each, record_from(each.source)) for each in found.values())
        return {row.record.mention.id: row for row in rows}

    def creation(self, month: str, record: Record) -> Body:
        """Write a new record, unless somebody else was first."""
        return {
            "_op_type": "create",
            "_index": self._names.month(month),
            "_id": document_id(record.mention.id),
            "_source": source_of(record),
        }

    def remember(self, readings: Iterable[Snapshot]) -> set[str]:
        """Append readings; returns the document ids of those that were there already."""
        return self._cluster.bulk(
            {
                "_op_type": "create",
                "_index": self._names.readings,
                "_id": document_id(f"{reading.mention_id}@{micros(reading.taken_at)}"),
                "_source": reading_source(reading),
            }
            for reading in readings
        )

    def erase(self, places: Sequence[tuple[str, str, MentionId]]) -> None:
        """Delete mentions (index, document, id) with their readings and places."""
        query: Body = {"terms": {"mention_id": [key for _, _, key in places]}}
        readings = self._cluster.pages(self._names.readings, query, [{"taken": "asc"}], ["taken"], _PAGE)
        targets = [(self._names.readings, hit["_id"]) for hit in readings]
        targets += [(index, document) for index, document, _ in places]
        # The place goes last: a crash before it leaves a claim without a mention, which the next add fills.
        targets += [(self._names.places, document) for _, document, _ in places]
        self._cluster.bulk({"_op_type": "delete", "_index": index, "_id": document} for index, document in targets)

    def drop_empty_months(self, before: str) -> None:
        """Drop the indices of months before one that hold nothing any more."""
        with self._cluster.told():
            months = self._cluster.client.indices.get(index=self._names.months, allow_no_indices=True)
        for name in months:
            is_over = name < self._names.month(before)
            if is_over and not self._cluster.search(name, size=1)["hits"]["hits"]:
                with self._cluster.told():
                    self._cluster.client.options(ignore_status=404).indices.delete(index=name)


def replacement(row: Row, record: Record) -> Body:
    """Write a changed record, unless somebody else wrote since it was read."""
    return {
        "_op_type": "index",
        "_index": row.found.index,
        "_id": row.found.id,
        "_if_seq_no": row.found.seq_no,
        "_if_primary_term": row.found.primary_term,
        "_source": source_of(record),
    }
