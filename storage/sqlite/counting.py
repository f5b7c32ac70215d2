"""Counts: totals, bins of time, and values."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from storage.sqlite.query import Selection
from storage.sqlite.text_query import Condition
from storage.times import micros, span
from yuqing.domain.ports import FacetCount, FacetField, SplitField

_VALUES: dict[FacetField, str] = {
    "platform": "{m}.platform",
    "kind": "{m}.kind",
    "source": "{m}.source",
    "region": "{m}.region",
    "author": "coalesce({m}.outlet, {m}.author)",
    "sentiment": "{sentiment}",
    "severity": "CASE WHEN {m}.severity >= 0 THEN CAST({m}.severity AS TEXT) END",
    "subject": "carried.subject",
    "topic": "carried.topic",
}


def count(connection: sqlite3.Connection, chosen: Selection) -> int:
    """How many mentions are selected."""
    return int(connection.execute(chosen.sql("count(*)"), chosen.parameters()).fetchone()[0])


def totals(
    connection: sqlite3.Connection, chosen: Selection, since: datetime, interval: timedelta
) -> Mapping[int, int]:
    """How many mentions fall into each bin."""
    sql = chosen.sql(f"{_bin(since, interval)} AS bin, count(*)", "GROUP BY bin")
    return dict(connection.execute(sql, chosen.parameters()).fetchall())


def splits(
    connection: sqlite3.Connection, chosen: Selection, since: datetime, interval: timedelta, split: SplitField
) -> Mapping[int, Mapping[str, int]]:
    """How many mentions of each bin carry each value; unscored ones under the empty value."""
    by: dict[int, dict[str, int]] = defaultdict(dict)
    rows, name, join = _spread(chosen, split)
    columns = f"{_bin(since, interval)} AS bin, coalesce({name}, '') AS value, count(*)"
    sql = rows.sql(columns, "GROUP BY bin, value", join)
    for start, value, number in connection.execute(sql, chosen.parameters()):
        by[start][value] = number
    if split == "topic":
        unscored = chosen.and_(Condition("{sentiment} IS NULL"))
        for start, number in totals(connection, unscored, since, interval).items():
            by[start][""] = number
    return by


def facet(connection: sqlite3.Connection, chosen: Selection, field: FacetField, limit: int) -> tuple[FacetCount, ...]:
    """How many mentions carry each value."""
    rows, name, join = _spread(chosen, field)
    tail = "GROUP BY value HAVING value IS NOT NULL ORDER BY number DESC, value LIMIT ?"
    sql = rows.sql(f"{name} AS value, count(*) AS number", tail, join)
    return tuple(FacetCount(value, number) for value, number in connection.execute(sql, chosen.parameters(limit)))


def _spread(chosen: Selection, field: FacetField) -> tuple[Selection, str, str]:
    """One row for every value: the selection, the value's column, and the join that brings it."""
    if field == "subject" and chosen.subject is None:
        return chosen.spread(), "s.subject", ""
    if field not in ("subject", "topic"):
        return chosen, _VALUES[field], ""
    # The time is part of the primary key, so it must be named for the join to use it.
    join = f"JOIN mention_{field} carried ON carried.published = {{published}} AND carried.key = {{key}}"
    return chosen, _VALUES[field], join


def _bin(since: datetime, interval: timedelta) -> str:
    return f"({{published}} - {micros(since)}) / {span(interval)}"
