"""Bad files, bad permissions, full disks: the embedded store says which file and what to do, and loses nothing."""

import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.sqlite import SqliteMentionStore, SqliteStateStore
from storage.sqlite.schema import STEPS
from tests.contract.samples import mention
from tests.fakes import TEST_NOW, FakeClock
from tests.integration.storage.workers import batch
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import Added, MentionQuery

NOBODY = 65534


def opened(path: Path) -> SqliteMentionStore:
    """A store on a file."""
    return SqliteMentionStore(path, FakeClock())


@contextmanager
def unprivileged() -> Iterator[None]:
    """Permissions count for root too, as long as it pretends to be nobody."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and read, and only its owner may write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """A spreadsheet in the place of the database is named, and not touched."""
    path = tmp_path / "yuqing.db"
    path.write_text("日期,数量\n" * 400)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"yuqing\.db 不是数据库"):
        opened(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Somebody else's tables are never mixed with ours."""
    path = tmp_path / "other.db"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE invoices (id INTEGER)")
    foreign.close()
    with pytest.raises(StoreError, match=r"other\.db 是其他程序的数据库"):
        opened(path)
    check = sqlite3.connect(path)
    assert check.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]
    check.close()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """An older program does not write into a file of a newer one."""
    path = tmp_path / "yuqing.db"
    opened(path).close()
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    newer.close()
    with pytest.raises(StoreError, match=r"由更新版本的程序创建"):
        opened(path)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    """A database with a broken page says so instead of answering wrongly."""
    path = tmp_path / "yuqing.db"
    store = opened(path)
    store.add(batch(0, 3_000))
    store.close()
    checkpoint = sqlite3.connect(path)
    checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    checkpoint.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 8192))
    with pytest.raises(StoreError, match=r"yuqing\.db (已损坏|出错)"):
        opened(path).count(MentionQuery())


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_without_write_permission(open_folder: Path) -> None:
    """The folder is named when the database cannot be created in it."""
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"无法(打开数据库|创建数据库目录) .*请检查路径"):
        opened(open_folder / "yuqing.db")
    with unprivileged(), pytest.raises(StoreError, match="无法创建数据库目录"):
        opened(open_folder / "deeper" / "yuqing.db")


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_file_without_write_permission(open_folder: Path) -> None:
    """A database that belongs to somebody else is readable at best, and says so on the first write."""
    path = open_folder / "yuqing.db"
    store = opened(path)
    store.add(batch(0, 10))
    store.close()
    path.chmod(0o644)
    if os.geteuid() != 0:
        path.chmod(0o444)
        open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(StoreError, match=r"yuqing\.db"):
        SqliteStateStore(path).save("alert", "a", {})


def test_a_path_below_a_file(tmp_path: Path) -> None:
    """A folder that is a file is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="无法创建数据库目录"):
        opened(tmp_path / "file" / "yuqing.db")


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A write that does not fit fails as a whole, says so, and succeeds when there is room again."""
    path = tmp_path / "yuqing.db"
    store = opened(path)
    store.add(batch(0, 100))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))  # stands for a disk that is full
    try:
        with pytest.raises(StoreError, match=r"(磁盘已满|读写数据库).*yuqing\.db|yuqing\.db.*磁盘已满"):
            store.add(batch(100, 5_000))
        assert store.count(MentionQuery()) % 1_000 == 100
        assert len(store.get([each.id for each in batch(0, 100)])) == 100
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    store.add(batch(0, 5_100))
    assert store.count(MentionQuery()) == 5_100
    store.close()


def test_a_tombstone_leaves_no_text_in_the_file(tmp_path: Path) -> None:
    """What the platform deleted is not found in the file's free space either."""
    path = tmp_path / "yuqing.db"
    store = opened(path)
    secret = mention("secret", "这句话必须彻底消失啊" * 30, url="https://example.invalid/verschwinden")
    store.add([secret, *batch(0, 500)])
    store.tombstone([secret.id], TEST_NOW)
    store.close()
    checkpoint = sqlite3.connect(path)
    checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    checkpoint.close()
    content = path.read_bytes()
    assert "这句话必须彻底消失啊".encode() not in content
    assert b"verschwinden" not in content
    assert "云江手机银行第3次闪退".encode() in content


def test_a_closed_store_opens_again(tmp_path: Path) -> None:
    """close releases the file; a later use is no error."""
    store = opened(tmp_path / "yuqing.db")
    store.add(batch(0, 10))
    store.close()
    assert store.add(batch(0, 11)) == Added(new=1, unchanged=10)
    store.close()
