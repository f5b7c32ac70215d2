"""Schema versions: each step once, all or nothing."""

import sqlite3
from collections.abc import Iterator

import pytest

from storage.migrate import migrate
from yuqing.domain.errors import StoreError

ONE = ("CREATE TABLE a (x INTEGER)", "INSERT INTO a VALUES (1)")
TWO = ("ALTER TABLE a ADD COLUMN y INTEGER",)


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """An empty database."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def test_steps_are_applied_once(database: sqlite3.Connection) -> None:
    """A second start, and a later version, apply only what is missing."""
    assert migrate(database, [ONE], "a.db") == 1
    assert migrate(database, [ONE], "a.db") == 1
    assert migrate(database, [ONE, TWO], "a.db") == 2
    assert database.execute("SELECT x, y FROM a").fetchall() == [(1, None)]


def test_a_broken_step_leaves_the_version_before(database: sqlite3.Connection) -> None:
    """Half a migration is no migration."""
    migrate(database, [ONE], "a.db")
    with pytest.raises(sqlite3.OperationalError):
        migrate(database, [ONE, (*TWO, "nonsense")], "a.db")
    assert database.execute("SELECT * FROM a").fetchall() == [(1,)]
    assert migrate(database, [ONE, TWO], "a.db") == 2


def test_a_newer_file_is_refused(database: sqlite3.Connection) -> None:
    """An old program says that it is old."""
    migrate(database, [ONE, TWO], "a.db")
    with pytest.raises(StoreError, match=r"a\.db 由更新版本"):
        migrate(database, [ONE], "a.db")
