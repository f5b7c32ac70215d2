"""Connections to one SQLite file, transactions, and errors that say which file and what to do."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.migrate import migrate
from storage.sqlite.schema import STEPS
from yuqing.domain.errors import StoreError, StoreUnavailable
from yuqing.domain.query import Near, Term, matches_normalised

_IDLE_CONNECTIONS = 8

# synchronous=FULL: in WAL mode NORMAL would already survive a killed process, but not a power cut; a commit covers a
# whole batch, so the extra sync costs little. secure_delete: what a tombstone blanks must not linger in free pages.
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -32000",
)


class Database:
    """One file. Connections are lent to one thread at a time and reused; a fork gets its own."""

    def __init__(self, path: Path, busy_seconds: float = 15.0) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._pid = os.getpid()
        self._make_folder()
        with self.connection() as connection:
            migrate(connection, STEPS, str(path))

    def _make_folder(self) -> None:
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"无法创建数据库目录 {folder}（{error.strerror}），请检查路径和目录权限") from error

    def close(self) -> None:
        """Close the idle connections; a later use opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; every statement sees its own consistent state."""
        with self._told():
            connection = self._take()
            try:
                yield connection
            except BaseException:
                connection.close()  # whatever state it was in, nobody inherits it; an open transaction rolls back
                raise
            self._give_back(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection inside BEGIN IMMEDIATE: all or nothing, durable when the block ends."""
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have rolled back already
                    connection.execute("ROLLBACK")
                raise

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._pid != os.getpid():
                # SQLite forbids carrying connections over a fork; closing them here would drop the parent's locks.
                self._idle, self._pid = [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            self._enter_wal(connection)
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            connection.create_function("yq_near", 4, _near, deterministic=True)
        except BaseException:
            connection.close()
            raise
        return connection

    def _enter_wal(self, connection: sqlite3.Connection) -> None:
        # Only the first opening changes the file's mode, and SQLite does not wait for that lock by itself.
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> StoreError:
        # Extended codes carry the primary one in the low byte.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        path = self._path
        match code:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return StoreUnavailable(f"数据库 {path} 被其他进程占用超过 {self._busy_seconds:g} 秒，请稍后重试")
            case sqlite3.SQLITE_NOTADB:
                return StoreError(f"文件 {path} 不是数据库，请检查路径，或移走该文件后重试")
            case sqlite3.SQLITE_CORRUPT:
                return StoreError(f"数据库 {path} 已损坏，请停止程序并从备份恢复")
            case sqlite3.SQLITE_FULL:
                return StoreError(f"磁盘已满，数据库 {path} 未写入任何内容，请清理空间后重试")
            case sqlite3.SQLITE_IOERR:
                return StoreError(f"读写数据库 {path} 失败（磁盘已满或故障），本次未写入，请检查磁盘后重试")
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
                return StoreError(f"数据库 {path} 没有写权限，请检查文件和目录的所有者与权限")
            case sqlite3.SQLITE_CANTOPEN:
                return StoreError(f"无法打开数据库 {path}，请检查路径是否存在、是否有读写权限")
        return StoreError(f"数据库 {path} 出错：{error}")


def _near(normal: str, left: str, right: str, distance: int) -> bool:
    return matches_normalised(Near(Term(left), Term(right), distance), normal)
