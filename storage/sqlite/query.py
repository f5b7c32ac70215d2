"""A MentionQuery as SQL: which tables, which conditions, in which order."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from storage.paging import ORDERS, Position
from storage.sqlite.text_query import Condition, Parameter, compiled
from storage.text import only_subject
from storage.times import micros, span
from yuqing.domain.ports import MentionQuery, SortKey

_IN = "IN (SELECT value FROM json_each(?))"
_SORT_COLUMNS = {"published": "{published}", "severity": "{m}.severity", "reactions": "{m}.reactions", "id": "{m}.id"}


@dataclass(frozen=True, slots=True)
class Selection:
    """FROM and WHERE of a query. With exactly one subject the narrow table of that subject drives it, and `mention`
    is joined only where a column of its own is needed."""

    conditions: tuple[Condition, ...]
    subject: str | None
    by_subject: bool = False  # one row for every subject of a mention, from the narrow table

    def sql(self, columns: str, tail: str = "", joins: str = "") -> str:
        """A SELECT; columns, joins and tail may use the placeholders of Condition."""
        where = " AND ".join(condition.sql for condition in self.conditions) or "1"
        statement = f"SELECT {columns} FROM @ {joins} WHERE {where} {tail}"  # noqa: S608 (placeholders only)
        tables = self._tables("{m}" in statement)
        base = "s" if self._is_narrow else "m"
        names = {name: f"{base}.{name}" for name in ("key", "published", "deleted", "sentiment")}
        return statement.replace("@", tables, 1).format(m="m", **names)

    def parameters(self, *more: Parameter) -> tuple[Parameter, ...]:
        """Values of the placeholders in WHERE, then those of the tail."""
        return (*(value for condition in self.conditions for value in condition.parameters), *more)

    def and_(self, *conditions: Condition) -> "Selection":
        """The same selection, narrower."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def spread(self) -> "Selection":
        """The same mentions, once for every subject of theirs (column s.subject)."""
        return replace(self, by_subject=True)

    @property
    def _is_narrow(self) -> bool:
        return self.by_subject or self.subject is not None

    def _tables(self, needs_mention: bool) -> str:
        if not self._is_narrow:
            return "mention m"
        return "mention_subject s" + (" JOIN mention m ON m.key = s.key" if needs_mention else "")


def selection(query: MentionQuery) -> Selection:
    """What a query selects."""
    subject = only_subject(query)
    conditions = [*_times(query), *_labels(query), *_annotation(query)]
    if subject is not None:
        conditions.insert(0, Condition("s.subject = ?", (subject,)))
    if not query.include_deleted:
        conditions.append(Condition("{deleted} IS NULL"))
    if query.text is not None:
        conditions.append(compiled(query.text))
    return Selection(tuple(conditions), subject)


def order_by(sort: SortKey) -> str:
    """The ORDER BY of a total order."""
    parts = (f"{_SORT_COLUMNS[name]} {'DESC' if descending else 'ASC'}" for name, descending in ORDERS[sort])
    return "ORDER BY " + ", ".join(parts)


def behind(sort: SortKey, position: Position) -> Condition:
    """The condition for rows behind a position: (a > x) OR (a = x AND b > y) OR …, with the first bound repeated so
    that an index on the first column can be entered at the right place."""
    columns = ORDERS[sort]
    branches: list[str] = []
    values: list[Parameter] = []
    for depth, (name, descending) in enumerate(columns):
        equal = [f"{_SORT_COLUMNS[before]} = ?" for before, _ in columns[:depth]]
        branches.append(" AND ".join([*equal, f"{_SORT_COLUMNS[name]} {'<' if descending else '>'} ?"]))
        values += position[: depth + 1]
    first, first_descending = columns[0]
    bound = f"{_SORT_COLUMNS[first]} {'<=' if first_descending else '>='} ?"
    return Condition(f"({bound} AND ({' OR '.join(branches)}))", (position[0], *values))


def json_list(values: Iterable[str | int]) -> str:
    """Values for `IN (SELECT value FROM json_each(?))`: one parameter, however many there are."""
    return json.dumps(list(values))


def _times(query: MentionQuery) -> Iterable[Condition]:
    bounds: Sequence[tuple[str, datetime | None]] = (
        ("{published} >= ?", query.since),
        ("{published} < ?", query.until),
        ("{m}.collected >= ?", query.collected_since),
        ("{m}.collected < ?", query.collected_until),
    )
    yield from (Condition(sql, (micros(time),)) for sql, time in bounds if time is not None)
    if query.max_lag is not None:
        yield Condition("{m}.lag <= ?", (span(query.max_lag),))


def _labels(query: MentionQuery) -> Iterable[Condition]:
    columns = (("platform", query.platforms), ("kind", query.kinds), ("source", query.sources), ("id", query.ids))
    yield from (Condition(f"{{m}}.{name} {_IN}", (json_list(values),)) for name, values in columns if values)
    if len(query.subjects) > 1:
        yield _carries("subject", query.subjects)
    if query.topics:
        yield _carries("topic", query.topics)


def _carries(name: str, values: Sequence[str]) -> Condition:
    return Condition(f"{{key}} IN (SELECT key FROM mention_{name} WHERE {name} {_IN})", (json_list(values),))  # noqa: S608


def _annotation(query: MentionQuery) -> Iterable[Condition]:
    if query.sentiments:
        yield Condition(f"{{sentiment}} {_IN}", (json_list(query.sentiments),))
    if query.min_severity is not None:
        yield Condition("{m}.severity >= ?", (max(query.min_severity, 0),))
    if query.scored is not None:
        yield Condition("{sentiment} IS NOT NULL" if query.scored else "{sentiment} IS NULL")
