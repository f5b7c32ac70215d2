"""MentionStore in one SQLite file."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from storage.paging import after_position, next_token, position
from storage.record import Merge, Record, annotated, batches, buried, check_shard, judged, read_again
from storage.sqlite import counting, rows
from storage.sqlite.database import Database
from storage.sqlite.query import behind, order_by, selection
from storage.times import check_tally, check_volume, filled_bins, micros
from yuqing.domain.annotation import Annotation
from yuqing.domain.correction import Correction
from yuqing.domain.mention import Mention, MentionId
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
# One transaction: large enough that the sync of a commit is cheap per mention, short enough that others hardly wait.
BATCH = 1_000
_FETCH = 500


class SqliteMentionStore:
    """Mentions in a file that several processes and threads may use at once."""

    def __init__(self, path: Path, clock: Clock, busy_seconds: float = 15.0) -> None:
        self._database = Database(path, busy_seconds)
        self._clock = clock

    def close(self) -> None:
        """Close idle connections."""
        self._database.close()

    def add(self, mentions: Iterable[Mention]) -> Added:
        """See MentionStore.add."""
        return sum((self._add(batch) for batch in batches(mentions, BATCH)), Added())

    def _add(self, batch: Sequence[Mention]) -> Added:
        with self._database.transaction() as connection:
            found = rows.load_rows(connection, (mention.id for mention in batch))
            merge = Merge(rows.records_of(found), self._clock.now())
            for mention in batch:
                merge.take(mention)
            rows.insert(connection, [merge.records[key] for key in merge.new])
            for key in merge.changed:
                rows.replace_row(connection, found[key], merge.records[key])
            rows.insert_readings(connection, merge.readings)
        return merge.added()

    def get(self, ids: Sequence[MentionId]) -> Mapping[MentionId, StoredMention]:
        """See MentionStore.get."""
        with self._database.connection() as connection:
            return {key: row.record.stored for key, row in rows.load_rows(connection, ids).items()}

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """See MentionStore.search."""
        chosen, last = selection(query), after_position(page)
        narrowed = chosen if last is None else chosen.and_(behind(page.sort, last))
        sql = narrowed.sql("{key}", f"{order_by(page.sort)} LIMIT ?")
        with self._database.connection() as connection:
            connection.execute("BEGIN")  # total and page of one state
            keys = [key for (key,) in connection.execute(sql, narrowed.parameters(page.size + 1))]
            total = len(keys) if last is None and len(keys) <= page.size else counting.count(connection, chosen)
            # Only the rows of the page are read whole; sorting whole rows costs ten times as much.
            items = tuple(row.record.stored for row in rows.load_keys(connection, keys[: page.size]))
            connection.execute("COMMIT")
        more = bool(items) and len(keys) > page.size
        return SearchResult(items, total, next_token(page.sort, position(items[-1], page.sort)) if more else None)

    def scan(self, query: MentionQuery) -> Iterator[StoredMention]:
        """See MentionStore.scan."""
        chosen = selection(query)
        with self._database.connection() as connection:
            sql = chosen.sql("{key}", order_by("published_asc"))
            # Eight bytes a mention: the result is fixed here, and no reader stays open while the caller works.
            keys = array("q", (key for (key,) in connection.execute(sql, chosen.parameters())))
        for start in range(0, len(keys), _FETCH):
            yield from self._fetch(keys[start : start + _FETCH])

    def _fetch(self, keys: Sequence[int]) -> list[StoredMention]:
        with self._database.connection() as connection:
            return [row.record.stored for row in rows.load_keys(connection, keys)]

    def count(self, query: MentionQuery) -> int:
        """See MentionStore.count."""
        with self._database.connection() as connection:
            return counting.count(connection, selection(query))

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """See MentionStore.volume."""
        since, until = check_volume(query, interval)
        chosen = selection(query)
        with self._database.connection() as connection:
            by: Mapping[int, Mapping[str, int]] = {}
            if split is not None:
                by = counting.splits(connection, chosen, since, interval, split)
            if split in ("sentiment", "platform"):  # every mention has exactly one value, or the empty one
                totals: Mapping[int, int] = {start: sum(values.values()) for start, values in by.items()}
            else:
                totals = counting.totals(connection, chosen, since, interval)
        return filled_bins(since, until, interval, totals, by)

    def facet(self, query: MentionQuery, field: FacetField, limit: int = 50) -> Sequence[FacetCount]:
        """See MentionStore.facet."""
        with self._database.connection() as connection:
            return counting.facet(connection, selection(query), field, limit)

    def tally(self, wanted: TallyQuery) -> Iterable[Tally]:
        """See MentionStore.tally."""
        check_tally(wanted)
        with self._database.connection() as connection:
            return list(counting.tally(connection, wanted))

    def unscored(self, limit: int, shard: tuple[int, int] = (0, 1)) -> Sequence[Mention]:
        """See MentionStore.unscored."""
        check_shard(shard)
        part, parts = shard
        with self._database.connection() as connection:
            found = connection.execute(
                f"SELECT {rows.RECORD_COLUMNS} FROM mention m JOIN body b ON b.key = m.key "  # noqa: S608
                "WHERE m.sentiment IS NULL AND m.deleted IS NULL AND m.bucket % ? = ? "
                "ORDER BY m.published DESC, m.id LIMIT ?",
                (parts, part, limit),
            )
            return tuple(rows.row_from(columns).record.shown for columns in found)

    def annotate(self, annotations: Iterable[Annotation]) -> int:
        """See MentionStore.annotate."""

        def write(connection: sqlite3.Connection, row: rows.Row, annotation: Annotation) -> bool:
            return _write_labels(connection, row, annotated(row.record, annotation))

        return self._change({each.mention_id: each for each in annotations}, write)

    def correct(self, corrections: Iterable[Correction]) -> int:
        """See MentionStore.correct."""

        def write(connection: sqlite3.Connection, row: rows.Row, correction: Correction) -> bool:
            return _write_labels(connection, row, judged(row.record, correction))

        return self._change({each.mention_id: each for each in corrections}, write)

    def snapshot(self, snapshots: Iterable[Snapshot]) -> int:
        """See MentionStore.snapshot."""
        return sum(self._snapshot(batch) for batch in batches(snapshots, BATCH))

    def _snapshot(self, batch: Sequence[Snapshot]) -> int:
        appended = 0
        with self._database.transaction() as connection:
            found = rows.load_rows(connection, (snapshot.mention_id for snapshot in batch))
            for snapshot in batch:
                row = found.get(snapshot.mention_id)
                history = rows.load_readings(connection, snapshot.mention_id) if row else ()
                if row is None or any(reading.taken_at == snapshot.taken_at for reading in history):
                    continue
                change = read_again(row.record, snapshot)
                rows.insert_readings(connection, change.readings)
                rows.replace_row(connection, row, change.record)
                found[snapshot.mention_id] = rows.Row(row.key, change.record)
                appended += 1
        return appended

    def snapshots(self, mention_id: MentionId) -> Sequence[Snapshot]:
        """See MentionStore.snapshots."""
        with self._database.connection() as connection:
            return rows.load_readings(connection, mention_id)

    def tombstone(self, ids: Iterable[MentionId], deleted_at: datetime) -> int:
        """See MentionStore.tombstone."""

        def bury(connection: sqlite3.Connection, row: rows.Row, at: datetime) -> bool:
            rows.replace_row(connection, row, buried(row.record, at))
            return True

        return self._change(dict.fromkeys(ids, deleted_at), bury)

    def purge(self, before: datetime) -> int:
        """See MentionStore.purge."""
        purged = 0
        while gone := self._purge(before):
            purged += gone
        return purged

    def _purge(self, before: datetime) -> int:
        with self._database.transaction() as connection:
            found = connection.execute(
                f"SELECT {rows.RECORD_COLUMNS} FROM mention m JOIN body b ON b.key = m.key "  # noqa: S608
                "WHERE m.published < ? ORDER BY m.published LIMIT ?",
                (micros(before), BATCH),
            ).fetchall()
            rows.delete_rows(connection, [rows.row_from(columns) for columns in found])
        return len(found)

    def set_clusters(self, clusters: Mapping[MentionId, str]) -> int:
        """See MentionStore.set_clusters."""

        def write(connection: sqlite3.Connection, row: rows.Row, cluster: str) -> bool:
            connection.execute("UPDATE mention SET cluster = ? WHERE key = ?", (cluster, row.key))
            return True

        return self._change(clusters, write)

    def refresh(self) -> None:
        """See MentionStore.refresh: a committed row shows at once here."""

    def _change(self, changes: Mapping[MentionId, T], write: Callable[[sqlite3.Connection, rows.Row, T], bool]) -> int:
        written = 0
        for batch in batches(changes, BATCH):
            with self._database.transaction() as connection:
                found = rows.load_rows(connection, batch)
                written += sum(write(connection, row, changes[key]) for key, row in found.items())
        return written


def _write_labels(connection: sqlite3.Connection, row: rows.Row, changed: Record | None) -> bool:
    """False when the record is not to be changed."""
    if changed is None:
        return False
    rows.write_labels(connection, row, changed)
    return True
