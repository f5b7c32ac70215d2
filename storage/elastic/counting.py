"""Counts in Elasticsearch: bins of time and values, exact over any number of months."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import BadRequestError

from storage.elastic.cluster import Cluster
from storage.elastic.documents import stance_value
from storage.elastic.query import compiled
from storage.elastic.schema import Body
from storage.text import only_subject
from storage.times import micros, span
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import FacetCount, FacetField, MentionQuery, SplitField

_FIELDS: dict[FacetField, str] = {
    "platform": "platform",
    "kind": "kind",
    "subject": "subjects",
    "sentiment": "sentiment",
    "topic": "topics",
    "severity": "severity",
    "source": "source",
    "region": "region",
    "author": "voice",
}
_MOST_BINS = 2_000
_MOST_VALUES = 10_000
_COMPOSITE_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Values:
    """How the values of a field are counted and named."""

    field: str
    include: tuple[str, ...] = ()
    strip: str = ""

    def aggregation(self, size: int) -> Body:
        """Counts by value, largest first, ties by value."""
        order = [{"_count": "desc"}, {"_key": "asc"}]
        terms: Body = {"field": self.field, "size": size, "shard_size": max(size, _MOST_VALUES), "order": order}
        return {"terms": {**terms, "include": list(self.include)} if self.include else terms}

    def name(self, key: object) -> str:
        """The value as it is shown."""
        return str(key).removeprefix(self.strip)


def values_of(field: FacetField, query: MentionQuery) -> Values:
    """The values of a field; the stance is the one that counts for the query."""
    subject = only_subject(query)
    if field == "sentiment" and subject is not None:
        return Values("stances", tuple(stance_value(subject, label) for label in SentimentLabel), f"{subject}|")
    return Values(_FIELDS[field])


def facet(cluster: Cluster, index: str, query: MentionQuery, field: FacetField, limit: int) -> tuple[FacetCount, ...]:
    """Counts by value."""
    values = values_of(field, query)
    wanted = compiled(query)
    if field == "severity":
        wanted = {"bool": {"filter": [wanted, {"range": {"severity": {"gte": 0}}}]}}
    reply = cluster.search(index, size=0, query=wanted, aggs={"values": values.aggregation(limit)})
    found = reply.get("aggregations", {}).get("values", {"buckets": []})
    if found.get("doc_count_error_upper_bound", 0):
        return _exact_facet(cluster, index, wanted, values, limit)
    return tuple(FacetCount(values.name(bucket["key"]), bucket["doc_count"]) for bucket in found["buckets"])


def _exact_facet(cluster: Cluster, index: str, wanted: Body, values: Values, limit: int) -> tuple[FacetCount, ...]:
    # More values than one shard reports: count every value, then sort.
    counted: list[FacetCount] = []
    after: Body = {}
    while True:
        source = {"value": {"terms": {"field": values.field}}}
        composite: Body = {"size": _COMPOSITE_PAGE, "sources": [source], **after}
        reply = cluster.search(index, size=0, query=wanted, aggs={"values": {"composite": composite}})
        found = reply["aggregations"]["values"]
        counted += (FacetCount(values.name(b["key"]["value"]), b["doc_count"]) for b in found["buckets"])
        if "after_key" not in found:
            return tuple(sorted(counted, key=lambda each: (-each.count, each.value))[:limit])
        after = {"after": found["after_key"]}


class Bins:
    """Totals and split counts of equal bins aligned to a time."""

    def __init__(self, cluster: Cluster, index: str, query: MentionQuery, interval: timedelta) -> None:
        self._cluster = cluster
        self._index = index
        self._query = query
        self._interval = interval
        self.totals: dict[int, int] = {}
        self.by: dict[int, dict[str, int]] = defaultdict(dict)

    def count(self, since: datetime, until: datetime, split: SplitField | None) -> None:
        """Fill the bins of a range, in pieces that stay below the cluster's limit of buckets."""
        number = -((since - until) // self._interval) if until > since else 0
        for first in range(0, number, _MOST_BINS):
            self._piece(since, first, min(first + _MOST_BINS, number), until, split)

    def _piece(self, since: datetime, first: int, last: int, until: datetime, split: SplitField | None) -> None:
        try:
            reply = self._ask(since, first, last, until, split)
        except StoreError as error:
            if not is_too_many(error) or last - first == 1:
                raise
            middle = (first + last) // 2
            self._piece(since, first, middle, until, split)
            self._piece(since, middle, last, until, split)
            return
        for bucket in reply.get("aggregations", {}).get("bins", {"buckets": []})["buckets"]:
            index = round(bucket["key"] - micros(since)) // span(self._interval)
            self.totals[index] = bucket["doc_count"]
            self.by[index] = dict(_values(bucket, split, self._query))

    def _ask(
        self, since: datetime, first: int, last: int, until: datetime, split: SplitField | None
    ) -> Mapping[str, Any]:
        start, end = since + first * self._interval, min(since + last * self._interval, until)
        length = span(self._interval)
        piece = {"range": {"published": {"gte": micros(start), "lt": micros(end)}}}
        # Microseconds stay far below 2**53, so the doubles of this aggregation are exact.
        histogram = {"field": "published", "interval": length, "offset": micros(since) % length, "min_doc_count": 1}
        bins: Body = {"histogram": histogram}
        if split is not None:
            values = values_of(split, self._query).aggregation(_MOST_VALUES)
            bins["aggs"] = {"values": values, "unscored": {"missing": {"field": "sentiment"}}}
        query = {"bool": {"filter": [compiled(self._query), piece]}}
        return self._cluster.search(self._index, size=0, query=query, aggs={"bins": bins})


def _values(bucket: Mapping[str, Any], split: SplitField | None, query: MentionQuery) -> Iterator[tuple[str, int]]:
    if split is None:
        return
    values = values_of(split, query)
    found: Sequence[Mapping[str, Any]] = bucket["values"]["buckets"]
    yield from ((values.name(each["key"]), each["doc_count"]) for each in found)
    if split in ("sentiment", "topic") and bucket["unscored"]["doc_count"]:
        yield "", bucket["unscored"]["doc_count"]


def is_too_many(error: StoreError) -> bool:
    """Whether an answer would have had more buckets than the cluster allows: ask for less."""
    cause = error.__cause__
    return isinstance(cause, BadRequestError) and "too_many_buckets" in str(cause.body)
