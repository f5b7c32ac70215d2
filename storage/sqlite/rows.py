"""Rows of the embedded store: reading records, writing new and changed ones with everything derived from them."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from storage.codec import Labels, dump, labels_from_text, labels_to_text, mention_from_plain, mention_to_plain
from storage.record import Record, is_reading, reactions, shard_bucket
from storage.sqlite.grams import encodable, grams
from storage.sqlite.query import json_list
from storage.text import searchable, stance
from storage.times import micros, moment
from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import Engagement, MentionId
from yuqing.domain.ports import Snapshot

_LARGEST = 2**62
RECORD_COLUMNS = "m.key, b.document, b.annotation, m.stored, m.lag, m.engagement_at, m.deleted, m.cluster"
_INSERT_MENTION = """
    INSERT INTO mention (key, id, published, collected, lag, stored, engagement_at, platform, kind, source, region,
        author, outlet, bucket, reactions, deleted, cluster, sentiment, severity)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A record and the key of its row."""

    key: int
    record: Record


def row_from(columns: Sequence[Any]) -> Row:
    """The row of RECORD_COLUMNS."""
    key, document, annotation, stored, lag, engagement_at, deleted, cluster = columns
    mention = mention_from_plain(json.loads(document))
    labels = labels_from_text(mention.id, annotation)
    record = Record(
        mention=mention,
        stored_at=moment(stored),
        lag=timedelta(microseconds=lag),
        engagement_at=moment(engagement_at),
        annotation=labels.annotation,
        deleted_at=None if deleted is None else moment(deleted),
        cluster_id=cluster,
        correction=labels.correction,
        earlier=labels.earlier,
    )
    return Row(key, record)


def load_rows(connection: sqlite3.Connection, ids: Iterable[MentionId]) -> dict[MentionId, Row]:
    """The stored ones among the ids."""
    found = connection.execute(
        f"SELECT {RECORD_COLUMNS} FROM mention m JOIN body b ON b.key = m.key "  # noqa: S608 (constants)
        "WHERE m.id IN (SELECT value FROM json_each(?))",
        (json_list(ids),),
    )
    rows = (row_from(columns) for columns in found)
    return {row.record.mention.id: row for row in rows}


def load_keys(connection: sqlite3.Connection, keys: Iterable[int]) -> list[Row]:
    """The rows of some keys, in the order of the keys."""
    found = connection.execute(
        f"SELECT {RECORD_COLUMNS} FROM json_each(?) k JOIN mention m ON m.key = k.value "  # noqa: S608 (constants)
        "JOIN body b ON b.key = m.key ORDER BY k.key",
        (json_list(keys),),
    )
    return [row_from(columns) for columns in found]


def insert(connection: sqlite3.Connection, records: Sequence[Record]) -> None:
    """Write records that have no row yet."""
    first = _next_key(connection)
    rows = [Row(key, record) for key, record in enumerate(records, start=first)]
    connection.executemany(_INSERT_MENTION, [_mention_values(row) for row in rows])
    connection.executemany("INSERT INTO body VALUES (?, ?, ?)", [_body_values(row) for row in rows])
    _insert_text(connection, [(row.key, encodable(searchable(row.record.mention))) for row in rows])
    _insert_labels(connection, rows)


def replace_row(connection: sqlite3.Connection, old: Row, record: Record) -> None:
    """Write a changed record over its row."""
    new = Row(old.key, record)
    delete_labels(connection, [old])
    connection.execute("DELETE FROM mention WHERE key = ?", (old.key,))
    connection.execute(_INSERT_MENTION, _mention_values(new))
    connection.execute("REPLACE INTO body VALUES (?, ?, ?)", _body_values(new))
    if searchable(old.record.mention) != searchable(record.mention):
        delete_text(connection, [old.key])
        _insert_text(connection, [(new.key, encodable(searchable(record.mention)))])
    _insert_labels(connection, [new])


def delete_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Remove mentions with everything derived from them, readings included."""
    delete_labels(connection, rows)
    delete_text(connection, [row.key for row in rows])
    keys = [(row.key,) for row in rows]
    connection.executemany("DELETE FROM body WHERE key = ?", keys)
    connection.executemany("DELETE FROM reading WHERE id = ?", [(row.record.mention.id,) for row in rows])
    connection.executemany("DELETE FROM mention WHERE key = ?", keys)


def write_labels(connection: sqlite3.Connection, row: Row, record: Record) -> None:
    """Replace what is said of a mention and everything that follows from it; the mention and its subjects stay."""
    mention, published, annotation = record.shown, micros(record.mention.published_at), record.counted
    if annotation is None or mention.subjects != row.record.shown.subjects:
        replace_row(connection, row, record)
        return
    connection.execute(
        "UPDATE mention SET sentiment = ?, severity = ? WHERE key = ?",
        (annotation.sentiment.label.value, annotation.severity.level, row.key),
    )
    connection.execute("UPDATE body SET annotation = ? WHERE key = ?", (_labels_text(record), row.key))
    connection.executemany(
        "UPDATE mention_subject SET sentiment = ? WHERE subject = ? AND published = ? AND key = ?",
        [(stance(annotation, subject), subject, published, row.key) for subject in mention.subjects],
    )
    _delete_topics(connection, [row])
    _insert_topics(connection, [(row.key, published, annotation)])


def insert_readings(connection: sqlite3.Connection, readings: Iterable[Snapshot]) -> None:
    """Append readings; one of the same mention and time is there already and stays."""
    connection.executemany(
        "INSERT OR IGNORE INTO reading VALUES (?, ?, ?, ?, ?, ?)",
        [
            (r.mention_id, micros(r.taken_at), e.likes, e.comments, e.shares, e.views)
            for r in readings
            for e in (r.engagement,)
        ],
    )


def load_readings(connection: sqlite3.Connection, id: MentionId) -> tuple[Snapshot, ...]:
    """The history of a mention; where there is none yet, the reading of its first sight."""
    found = connection.execute(
        "SELECT taken, likes, comments, shares, views FROM reading WHERE id = ? ORDER BY taken", (id,)
    ).fetchall()
    if found:
        return tuple(Snapshot(id, moment(taken), Engagement(*counts)) for taken, *counts in found)
    row = load_rows(connection, [id]).get(id)
    return (row.record.reading,) if row and is_reading(row.record.mention.engagement) else ()


def delete_labels(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Remove the rows of subjects and topics."""
    connection.executemany(
        "DELETE FROM mention_subject WHERE subject = ? AND published = ? AND key = ?",
        [
            (subject, micros(row.record.mention.published_at), row.key)
            for row in rows
            for subject in row.record.shown.subjects
        ],
    )
    _delete_topics(connection, rows)


def delete_text(connection: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Remove texts from the search index, which has to be told what it indexed."""
    for key in keys:
        (normal,) = connection.execute("SELECT normal FROM searchable WHERE key = ?", (key,)).fetchone()
        connection.execute("INSERT INTO grams (grams, rowid, pairs) VALUES ('delete', ?, ?)", (key, grams(normal)))
        connection.execute("DELETE FROM searchable WHERE key = ?", (key,))


def _next_key(connection: sqlite3.Connection) -> int:
    # AUTOINCREMENT remembers the largest key ever used, so the search index never sees a key twice.
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'mention'").fetchone()
    return 1 if found is None else int(found[0]) + 1


def _insert_text(connection: sqlite3.Connection, texts: Sequence[tuple[int, str]]) -> None:
    connection.executemany("INSERT INTO searchable VALUES (?, ?)", texts)
    connection.executemany("INSERT INTO grams (rowid, pairs) VALUES (?, ?)", [(key, grams(t)) for key, t in texts])


def _insert_labels(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    connection.executemany(
        "INSERT INTO mention_subject VALUES (?, ?, ?, ?, ?)",
        [values for row in rows for values in _subject_values(row)],
    )
    scored = ((row.key, micros(row.record.mention.published_at), row.record.counted) for row in rows)
    _insert_topics(connection, [(key, published, found) for key, published, found in scored if found])


def _insert_topics(connection: sqlite3.Connection, scored: Sequence[tuple[int, int, Annotation]]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO mention_topic VALUES (?, ?, ?)",
        [(topic.id, published, key) for key, published, annotation in scored for topic in annotation.topics],
    )


def _delete_topics(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    connection.executemany(
        "DELETE FROM mention_topic WHERE topic = ? AND published = ? AND key = ?",
        [
            (topic.id, micros(row.record.mention.published_at), row.key)
            for row in rows
            if (annotation := row.record.counted)
            for topic in annotation.topics
        ],
    )


def _mention_values(row: Row) -> tuple[Any, ...]:
    record, mention, annotation = row.record, row.record.mention, row.record.counted
    return (
        row.key,
        mention.id,
        micros(mention.published_at),
        micros(mention.collected_at),
        record.lag // timedelta(microseconds=1),
        micros(record.stored_at),
        micros(record.engagement_at),
        mention.platform.value,
        mention.kind.value,
        mention.source_id or None,
        mention.region or None,
        mention.author.pseudonym or None,
        mention.author.outlet or None,
        shard_bucket(mention.id),
        min(reactions(mention.engagement), _LARGEST),
        None if record.deleted_at is None else micros(record.deleted_at),
        record.cluster_id,
        annotation.sentiment.label.value if annotation else None,
        annotation.severity.level if annotation else -1,
    )


def _body_values(row: Row) -> tuple[int, str, str | None]:
    return row.key, dump(mention_to_plain(row.record.mention)), _labels_text(row.record)


def _labels_text(record: Record) -> str | None:
    return labels_to_text(Labels(record.annotation, record.earlier, record.correction))


def _subject_values(row: Row) -> Iterable[tuple[Any, ...]]:
    record, mention, annotation = row.record, row.record.shown, row.record.counted
    published = micros(mention.published_at)
    deleted = None if record.deleted_at is None else micros(record.deleted_at)
    for subject in dict.fromkeys(mention.subjects):
        label = stance(annotation, subject) if annotation else None
        yield subject, published, row.key, deleted, label


def records_of(rows: Mapping[MentionId, Row]) -> dict[MentionId, Record]:
    """The records alone."""
    return {key: row.record for key, row in rows.items()}
