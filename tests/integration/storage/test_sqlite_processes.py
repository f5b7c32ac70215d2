"""The embedded store under several processes and threads, and under kill -9."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.contract.samples import annotation
from tests.fakes import FakeClock
from tests.integration.storage.workers import batch
from yuqing.domain.errors import StoreUnavailable
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Added, MentionQuery, Page
from yuqing.domain.query import parse_query

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of the store."""
    return tmp_path / "deep" / "er" / "yuqing.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteMentionStore]:
    """A store on the file."""
    opened = SqliteMentionStore(path, FakeClock())
    yield opened
    opened.close()


def worker(job: str, path: Path, *arguments: object) -> "subprocess.Popen[str]":
    """Another process at work."""
    command = [sys.executable, "-m", "tests.integration.storage.workers", job, str(path), *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finished(*processes: "subprocess.Popen[str]") -> None:
    """Wait until all ended well."""
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0


def check_file(path: Path) -> None:
    """The file is sound, and the text index agrees with the texts."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.execute("INSERT INTO grams (grams) VALUES ('integrity-check')")
    indexed = connection.execute("SELECT count(*) FROM grams WHERE grams MATCH '\"闪退\"'").fetchone()
    texts = connection.execute("SELECT count(*) FROM searchable WHERE instr(normal, '闪退')").fetchone()
    bodies = connection.execute(
        "SELECT count(*) FROM mention JOIN body USING (key) JOIN searchable USING (key)"
    ).fetchone()
    mentions = connection.execute("SELECT count(*) FROM mention").fetchone()
    assert indexed == texts == bodies == mentions
    connection.close()


def test_four_processes_write_overlapping_mentions(path: Path, store: SqliteMentionStore) -> None:
    """Nothing is lost, doubled or refused, although every mention is written by two processes."""
    finished(*(worker("add", path, first, 30) for first in (0, 150, 300, 0)))
    assert store.count(MentionQuery()) == 600
    assert store.add(batch(0, 600)) == Added(unchanged=600)
    assert store.count(MentionQuery(text=parse_query("闪退"))) == 600
    check_file(path)


def test_processes_open_a_new_file_at_once(path: Path) -> None:
    """The first opening creates the schema exactly once, whoever wins."""
    finished(*(worker("add", path, first, 1) for first in range(0, 60, 10)))
    store = SqliteMentionStore(path, FakeClock())
    assert store.count(MentionQuery()) == 60
    store.close()


def test_compare_and_set_over_processes(path: Path) -> None:
    """Four counting processes add up, and every log line has its own number."""
    finished(*(worker("count", path, 25) for _ in range(4)))
    state = SqliteStateStore(path)
    counter = state.load("counter", "c")
    assert counter is not None
    assert counter.body == {"n": 100}
    assert [line.seq for line in state.log("audit")] == list(range(1, 101))
    state.close()


@pytest.mark.parametrize("seed", range(6))
def test_kill_9_loses_nothing_that_was_acknowledged(path: Path, seed: int) -> None:
    """A process is killed at a random moment of its writes; what it had reported is there, and all can go on."""
    process = worker("add", path, 0, 400)
    assert process.stdout is not None
    reported = _read_some(process.stdout, random.Random(seed).randint(1, 60))
    os.kill(process.pid, signal.SIGKILL)
    reported += [int(line) for line in process.stdout.read().split()]
    process.wait()
    process.stdout.close()
    store = SqliteMentionStore(path, FakeClock())
    expected = [each for first in reported for each in batch(first, 10)]
    found = store.get([each.id for each in expected])
    assert [found[each.id].mention for each in expected] == expected
    assert all(
        found[MentionId(each.id)].annotation for first in reported if first % 20 == 0 for each in batch(first, 10)
    )
    store.add(batch(0, 4_000))
    assert store.count(MentionQuery()) == 4_000
    store.close()
    check_file(path)


def _read_some(stream: IO[str], lines: int) -> list[int]:
    return [int(stream.readline()) for _ in range(lines)]


def test_threads_read_while_another_writes(store: SqliteMentionStore) -> None:
    """Readers in threads, as in a dashboard, see whole batches and never an error."""
    failures: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            result = store.search(MentionQuery(text=parse_query("闪退")), Page(size=20))
            total = store.count(MentionQuery())
            if result.total % 50 or total % 50 or len(result.items) not in (0, 20):
                failures.append(f"{result.total} {total} {len(result.items)}")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for first in range(0, 1_500, 50):
        store.add(batch(first, 50))
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert store.count(MentionQuery()) == 1_500


def test_a_reader_sees_one_state_while_others_write(path: Path, store: SqliteMentionStore) -> None:
    """A scan that began before a write neither breaks nor repeats anything."""
    store.add(batch(0, 1_200))
    scan = store.scan(MentionQuery())
    seen = [next(scan).mention.id]
    finished(worker("add", path, 1_000, 50))
    store.annotate([annotation(each) for each in batch(0, 100)])
    seen += [item.mention.id for item in scan]
    assert len(seen) == len(set(seen)) == 1_200


def test_a_held_lock_is_waited_for_and_then_named(path: Path, store: SqliteMentionStore) -> None:
    """A write waits for another process; one that waits too long says for which file, and succeeds when repeated."""
    impatient = SqliteMentionStore(path, FakeClock(), busy_seconds=0.2)
    holder = worker("hold", path, 1.5)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoreUnavailable, match=r"yuqing\.db 被其他进程占用超过 0\.2 秒"):
        impatient.add(batch(0, 10))
    assert impatient.count(MentionQuery()) == 0
    assert store.add(batch(0, 10)) == Added(new=10)
    assert impatient.add(batch(0, 10)) == Added(unchanged=10)
    finished(holder)
    impatient.close()


def test_a_forked_child_opens_its_own_connections(store: SqliteMentionStore) -> None:
    """A fork may use the store without harming its parent."""
    store.add(batch(0, 10))
    child = os.fork()
    if child == 0:
        ok = store.add(batch(10, 10)) == Added(new=10) and store.count(MentionQuery()) == 20
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert store.add(batch(0, 30)) == Added(new=10, unchanged=20)
