"""Counts of many subjects at once in Elasticsearch: subject, source, lag, bin and topic as nested buckets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from storage.elastic.cluster import Cluster
from storage.elastic.counting import is_too_many
from storage.elastic.documents import stance_value
from storage.elastic.query import compiled
from storage.elastic.schema import Body
from storage.times import micros, span
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import MentionQuery, Tally, TallyQuery

_SUBJECTS = 50  # in one request: well below the cluster's limit of buckets in ordinary talk
_MOST_VALUES = 10_000
_Bucket = Mapping[str, Any]


def tally(cluster: Cluster, index: str, wanted: TallyQuery) -> Iterator[Tally]:
    """What is there, in as many requests as the cluster needs."""
    if wanted.since >= wanted.until:
        return
    for first in range(0, len(wanted.subjects), _SUBJECTS):
        part = replace(wanted, subjects=wanted.subjects[first : first + _SUBJECTS])
        yield from _rows(cluster, index, part, 0, -((wanted.since - wanted.until) // wanted.interval))


def _rows(cluster: Cluster, index: str, wanted: TallyQuery, first: int, last: int) -> list[Tally]:
    """The bins from `first` to `last`; halved by subjects, then by time, where the answer would be too large."""
    try:
        reply = cluster.search(index, size=0, query=_query(wanted, first, last), aggs=_aggregations(wanted))
    except StoreError as error:
        middle, half = (first + last) // 2, len(wanted.subjects) // 2
        if not is_too_many(error) or (not half and last - first == 1):
            raise
        if half:
            halves = (replace(wanted, subjects=part) for part in (wanted.subjects[:half], wanted.subjects[half:]))
            return [row for part in halves for row in _rows(cluster, index, part, first, last)]
        return [row for ends in ((first, middle), (middle, last)) for row in _rows(cluster, index, wanted, *ends)]
    found = reply.get("aggregations", {}).get("subjects", {"buckets": []})["buckets"]
    return [row for bucket in found for row in _of_subject(bucket, wanted)]


def _query(wanted: TallyQuery, first: int, last: int) -> Body:
    start = wanted.since + first * wanted.interval
    end = min(wanted.since + last * wanted.interval, wanted.until)
    return compiled(MentionQuery(subjects=wanted.subjects, since=start, until=end))


def _aggregations(wanted: TallyQuery) -> Body:
    stances = _values("stances")
    inner: Body = {"stances": stances, "unscored": {"missing": {"field": "sentiment"}}}
    if wanted.topics:
        inner["topics"] = _values("topics") | {"aggs": {"stances": stances}}
    levels = {"bins": _steps("published", wanted.interval, micros(wanted.since))}
    if wanted.lag_step is not None:
        # A lag of exactly one step is within it: the steps begin one microsecond later.
        levels = {"sources": _values("source", missing=""), "lags": _steps("lag", wanted.lag_step, 1), **levels}
    for name, level in reversed(levels.items()):
        inner = {name: {**level, "aggs": inner}}
    subjects = _values("subjects", include=list(wanted.subjects), size=len(wanted.subjects))
    return {"subjects": {**subjects, "aggs": inner}}


def _values(field: str, **more: Any) -> Body:
    return {"terms": {"field": field, "size": _MOST_VALUES, **more}}


def _steps(field: str, step: timedelta, origin: int) -> Body:
    length = span(step)
    return {"histogram": {"field": field, "interval": length, "offset": origin % length, "min_doc_count": 1}}


def _of_subject(bucket: _Bucket, wanted: TallyQuery) -> Iterator[Tally]:
    """The rows of one subject."""
    subject = str(bucket["key"])
    for source, lag, inner in _ways(bucket, wanted):
        for each in inner["bins"]["buckets"]:
            # The doubles of a histogram are exact far beyond the microseconds of our time.
            index = round(each["key"] - micros(wanted.since)) // span(wanted.interval)
            unscored = each["unscored"]["doc_count"]
            yield Tally(subject, index, source, lag, "", each["doc_count"], _negative(each, subject), unscored)
            for topic in each["topics"]["buckets"] if wanted.topics else ():
                negative = _negative(topic, subject)
                yield Tally(subject, index, source, lag, str(topic["key"]), topic["doc_count"], negative, 0)


def _ways(bucket: _Bucket, wanted: TallyQuery) -> Iterator[tuple[str, int, _Bucket]]:
    if wanted.lag_step is None:
        yield "", 0, bucket
        return
    for source in bucket["sources"]["buckets"]:
        lags: Sequence[_Bucket] = source["lags"]["buckets"]
        for lag in lags:
            steps = round(lag["key"] - 1) // span(wanted.lag_step) + 1
            yield str(source["key"]), max(steps, 0), lag


def _negative(bucket: _Bucket, subject: str) -> int:
    """Stances of other subjects of the same mentions are in the bucket, too."""
    wanted = stance_value(subject, SentimentLabel.NEGATIVE)
    return next((each["doc_count"] for each in bucket["stances"]["buckets"] if each["key"] == wanted), 0)
