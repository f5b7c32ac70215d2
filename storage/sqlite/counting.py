"""Counts: totals, bins of time, and values."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from storage.sqlite.query import Selection, json_list
from storage.sqlite.text_query import Condition
from storage.times import micros, span
from yuqing.domain.ports import FacetCount, FacetField, SplitField, Tally, TallyQuery

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


def tally(connection: sqlite3.Connection, wanted: TallyQuery) -> Iterator[Tally]:
    """Counts of many subjects, read along the narrow table; `mention` is joined only for sources and lags."""
    yield from _tallied(connection, wanted, _NONE, "")
    if wanted.topics:
        yield from _tallied(connection, wanted, "t.topic", "JOIN mention_topic t ON t.key = s.key")


_NONE, _ZERO = "''", "0"


def _tallied(connection: sqlite3.Connection, wanted: TallyQuery, topic: str, join: str) -> Iterator[Tally]:
    values = ("s.subject", _tally_bin(wanted), *_way(wanted), topic)
    groups = ", ".join(value for value in values if value not in (_NONE, _ZERO))
    mention = "JOIN mention m ON m.key = s.key" if wanted.lag_step else ""
    sql = f"""
        SELECT {", ".join(values)}, count(*), count(*) FILTER (WHERE s.sentiment = 'negative'),
            count(*) FILTER (WHERE s.sentiment IS NULL)
        FROM mention_subject s {mention} {join}
        WHERE s.subject IN (SELECT value FROM json_each(?))
            AND s.published >= ? AND s.published < ? AND s.deleted IS NULL
        GROUP BY {groups}
    """  # noqa: S608 (column names only)
    bounds = (json_list(wanted.subjects), micros(wanted.since), micros(wanted.until))
    return map(Tally._make, connection.execute(sql, bounds))


def _tally_bin(wanted: TallyQuery) -> str:
    """One bin needs no arithmetic, and its rows come in the order of the table."""
    if wanted.interval >= wanted.until - wanted.since:
        return _ZERO
    return f"(s.published - {micros(wanted.since)}) / {span(wanted.interval)}"


def _way(wanted: TallyQuery) -> tuple[str, str]:
    """Source and lag."""
    if wanted.lag_step is None:
        return _NONE, _ZERO
    step = span(wanted.lag_step)
    return "coalesce(m.source, '')", f"(max(m.lag, 0) + {step - 1}) / {step}"


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
