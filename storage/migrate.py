"""Schema versions of the embedded store: numbered steps, each applied once, in one transaction, by one process."""

import sqlite3
from collections.abc import Sequence

from yuqing.domain.errors import StoreError

# "YQ26": marks a file as ours, so that no foreign database is ever filled with our tables.
APPLICATION_ID = 0x59513236

Step = tuple[str, ...]


def migrate(connection: sqlite3.Connection, steps: Sequence[Step], name: str) -> int:
    """Bring a database to the newest version and return it. `name` is the file, for the error's text."""
    if _version(connection, name) == len(steps) and _is_ours(connection):
        return len(steps)
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, steps, name)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return len(steps)


def _apply(connection: sqlite3.Connection, steps: Sequence[Step], name: str) -> None:
    # Read again inside the transaction: another process may have migrated while this one waited.
    version = _version(connection, name)
    if version > len(steps):
        raise StoreError(f"数据库 {name} 由更新版本的程序创建（结构版本 {version}），请升级程序后再打开")
    if version == 0 and _has_tables(connection):
        raise StoreError(f"文件 {name} 是其他程序的数据库，请换一个路径")
    for step in steps[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(steps)}")


def _version(connection: sqlite3.Connection, name: str) -> int:
    if not _is_ours(connection) and _has_tables(connection):
        raise StoreError(f"文件 {name} 是其他程序的数据库，请换一个路径")
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_ours(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
