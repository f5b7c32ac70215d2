"""StateStore in one SQLite file."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from storage.codec import dump, equals
from storage.sqlite.database import Database
from storage.times import micros, moment
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import Json, LogEntry, Versioned


class SqliteStateStore:
    """Versioned documents and logs in a file that several processes and threads may use at once."""

    def __init__(self, path: Path, busy_seconds: float = 15.0) -> None:
        self._database = Database(path, busy_seconds)

    def close(self) -> None:
        """Close idle connections."""
        self._database.close()

    def load(self, kind: str, id: str) -> Versioned | None:
        """See StateStore.load."""
        with self._database.connection() as connection:
            found = connection.execute(
                "SELECT version, body FROM document WHERE kind = ? AND id = ?", (kind, id)
            ).fetchone()
        return Versioned(id, found[0], json.loads(found[1])) if found else None

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """See StateStore.save."""
        text = dump(dict(body))
        with self._database.transaction() as connection:
            found = connection.execute("SELECT version FROM document WHERE kind = ? AND id = ?", (kind, id)).fetchone()
            version = int(found[0]) if found else 0
            if expected_version is not None and expected_version != version:
                raise Conflict(f"{kind}/{id} 已被其他进程修改（期望版本 {expected_version}，当前版本 {version}）")
            connection.execute("REPLACE INTO document VALUES (?, ?, ?, ?)", (kind, id, version + 1, text))
        return version + 1

    def find(
        self, kind: str, where: Mapping[str, str | int | bool] | None = None, limit: int = 10_000
    ) -> Sequence[Versioned]:
        """See StateStore.find."""
        found: list[Versioned] = []
        sql, parameters = _candidates(kind, where or {})
        with self._database.connection() as connection:
            cursor = connection.execute(sql, parameters)
            for id_, version, text in cursor:
                if len(found) == limit:
                    break
                body = json.loads(text)
                if equals(body, where or {}):
                    found.append(Versioned(id_, version, body))
            cursor.close()
        return tuple(found)

    def delete(self, kind: str, id: str) -> bool:
        """See StateStore.delete."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id)).rowcount > 0

    def append(self, kind: str, body: Json, at: datetime) -> int:
        """See StateStore.append."""
        text = dump(dict(body))
        with self._database.transaction() as connection:
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM log WHERE kind = ?", (kind,)).fetchone()
            connection.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (kind, last + 1, micros(at), text))
        return int(last) + 1

    def log(self, kind: str, after: int = 0, limit: int = 10_000) -> Sequence[LogEntry]:
        """See StateStore.log."""
        with self._database.connection() as connection:
            found = connection.execute(
                "SELECT seq, at, body FROM log WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?", (kind, after, limit)
            ).fetchall()
        return tuple(LogEntry(seq, moment(at), json.loads(text)) for seq, at, text in found)


def _candidates(kind: str, where: Mapping[str, str | int | bool]) -> tuple[str, list[str]]:
    # `dump` writes a pair in one way only, except in a body with escaped surrogates. Looking for that text first spares
    # decoding thousands of bodies; equality is decided on the decoded body.
    pairs = [dump({key: value})[1:-1] for key, value in where.items()]
    narrowing = " AND (instr(body, ?) > 0 OR instr(body, '\\ud') > 0)" * len(pairs)
    return f"SELECT id, version, body FROM document WHERE kind = ?{narrowing} ORDER BY id", [kind, *pairs]  # noqa: S608
