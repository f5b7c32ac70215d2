"""A MentionQuery as a query of Elasticsearch."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from storage.elastic.documents import characters, stance_value
from storage.elastic.schema import Body
from storage.paging import ORDERS
from storage.text import only_subject
from storage.times import micros, span
from yuqing.domain.mention import MentionState
from yuqing.domain.ports import MentionQuery, SortKey
from yuqing.domain.query import And, FieldFilter, Near, Node, Not, Or, Term

NOTHING: Body = {"match_none": {}}
_RANGES = {">=": "gte", ">": "gt", "<=": "lte", "<": "lt"}
_FIELDS = {
    "platform": "platform",
    "kind": "kind",
    "source": "source",
    "region": "region",
    "author": "authors",
    "subject": "subjects",
    "topic": "topics",
    "id": "id",
}


def compiled(query: MentionQuery) -> Body:
    """The query that finds exactly what is asked for; nothing is ranked, so everything is a filter."""
    must = [*_times(query), *_labels(query), *_annotation(query)]
    if query.text is not None:
        must.append(text_query(query.text, only_subject(query)))
    must_not = [] if query.include_deleted else [exists("deleted")]
    return {"bool": {"filter": must, "must_not": must_not}}


def sorting(sort: SortKey) -> list[Body]:
    """The total order."""
    return [{name: "desc" if descending else "asc"} for name, descending in ORDERS[sort]]


def exists(field: str) -> Body:
    """Documents with a value."""
    return {"exists": {"field": field}}


def absent(field: str) -> Body:
    """Documents without one."""
    return {"bool": {"must_not": [exists(field)]}}


def text_query(node: Node, subject: str | None) -> Body:
    """The query of a text tree."""
    match node:
        case Term(text):
            return _phrase(text)
        case Near():
            return _near(node)
        case FieldFilter():
            return _field(node, subject)
        case And(parts):
            return {"bool": {"filter": [text_query(part, subject) for part in parts]}}
        case Or(parts):
            return {"bool": {"should": [text_query(part, subject) for part in parts], "minimum_should_match": 1}}
        case Not(part):
            return {"bool": {"must_not": [text_query(part, subject)]}}


def _phrase(text: str) -> Body:
    tokens = characters(text)
    if len(tokens) == 1:
        return {"term": {"characters": tokens[0]}}
    return {"match_phrase": {"characters": {"query": " ".join(tokens)}}}


def _near(node: Near) -> Body:
    # Ordered both ways: unordered spans may overlap, and the language asks for text between the two terms.
    left, right = _span(node.left.text), _span(node.right.text)
    pairs = ((left, right), (right, left))
    spans = [{"span_near": {"clauses": list(pair), "slop": node.distance, "in_order": True}} for pair in pairs]
    return {"bool": {"should": spans, "minimum_should_match": 1}}


def _span(text: str) -> Body:
    terms: list[Body] = [{"span_term": {"characters": token}} for token in characters(text)]
    return terms[0] if len(terms) == 1 else {"span_near": {"clauses": terms, "slop": 0, "in_order": True}}


def _field(node: FieldFilter, subject: str | None) -> Body:
    match node.field:
        case "severity":
            return _severity(node.op, int(node.value))
        case "sentiment":
            return _sentiments([node.value], subject)
        case "state":
            return _state(node.value)
        case _:
            return {"term": {_FIELDS[node.field]: node.value}}


def _severity(operator: str, level: int) -> Body:
    if operator == "=":
        return {"term": {"severity": level}}
    scored: Body = {"range": {"severity": {"gte": 0}}}  # unscored is below every level
    return {"bool": {"filter": [scored, {"range": {"severity": {_RANGES[operator]: level}}}]}}


def _state(value: str) -> Body:
    if value == MentionState.VISIBLE.value:
        return absent("deleted")
    return exists("deleted") if value == MentionState.DELETED.value else NOTHING


def _sentiments(labels: Sequence[str], subject: str | None) -> Body:
    if subject is None:
        return {"terms": {"sentiment": list(labels)}}
    return {"terms": {"stances": [stance_value(subject, label) for label in labels]}}


def _times(query: MentionQuery) -> Iterable[Body]:
    yield from _range("published", query.since, query.until)
    yield from _range("collected", query.collected_since, query.collected_until)
    if query.max_lag is not None:
        yield {"range": {"lag": {"lte": span(query.max_lag)}}}


def _range(field: str, since: datetime | None, until: datetime | None) -> Iterable[Body]:
    bounds = {name: micros(time) for name, time in (("gte", since), ("lt", until)) if time is not None}
    if bounds:
        yield {"range": {field: bounds}}


def _labels(query: MentionQuery) -> Iterable[Body]:
    wanted: Sequence[tuple[str, Sequence[str]]] = (
        ("id", query.ids),
        ("subjects", query.subjects),
        ("platform", query.platforms),
        ("kind", query.kinds),
        ("source", query.sources),
        ("topics", query.topics),
    )
    yield from ({"terms": {field: [str(value) for value in values]}} for field, values in wanted if values)


def _annotation(query: MentionQuery) -> Iterable[Body]:
    if query.sentiments:
        yield _sentiments([label.value for label in query.sentiments], only_subject(query))
    if query.min_severity is not None:
        yield {"range": {"severity": {"gte": max(query.min_severity, 0)}}}
    if query.scored is not None:
        yield exists("sentiment") if query.scored else absent("sentiment")
