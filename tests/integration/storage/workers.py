"""What other processes do to a store in the tests. Run as `python -m tests.integration.storage.workers JOB …`."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.elastic import ElasticMentionStore, connect
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.contract.samples import NOON, annotation, mention
from yuqing.domain.mention import Mention
from yuqing.domain.ports import Clock, MentionStore


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


CLOCK: Clock = SystemClock()


def batch(first: int, count: int) -> list[Mention]:
    """Mentions with the native ids first … first+count-1."""
    return [
        mention(str(number), f"云江手机银行第{number}次闪退", published_at=NOON + timedelta(seconds=number))
        for number in range(first, first + count)
    ]


def add_to_file(path: Path, first: int, batches: int) -> None:
    """Write to an embedded store."""
    store = SqliteMentionStore(path, CLOCK)
    add_range(store, first, batches)
    store.close()


def add_to_cluster(url: str, prefix: str, first: int, batches: int) -> None:
    """Write to Elasticsearch."""
    with connect(url) as client:
        add_range(ElasticMentionStore(client, CLOCK, prefix), first, batches)


def add_range(store: MentionStore, first: int, batches: int) -> None:
    """Add batches of ten, annotate every second one, and report each id range once it is acknowledged."""
    for number in range(first, first + batches * 10, 10):
        mentions = batch(number, 10)
        store.add(mentions)
        if number % 20 == 0:
            store.annotate([annotation(each) for each in mentions])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def count_up(path: Path, times: int) -> None:
    """Increment one document by compare-and-set and write as many log lines."""
    from yuqing.domain.errors import Conflict

    state = SqliteStateStore(path)
    done = 0
    while done < times:
        current = state.load("counter", "c")
        value = int(str(current.body["n"])) if current else 0
        try:
            state.save("counter", "c", {"n": value + 1}, expected_version=current.version if current else 0)
        except Conflict:
            continue
        state.append("audit", {"n": done}, CLOCK.now())
        done += 1
    state.close()


def hold(path: Path, seconds: float) -> None:
    """Keep the write lock for a while."""
    import sqlite3

    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    sys.stdout.write("held\n")
    sys.stdout.flush()
    time.sleep(seconds)
    connection.close()


if __name__ == "__main__":
    job, database, *rest = sys.argv[1:]
    match job:
        case "add":
            add_to_file(Path(database), int(rest[0]), int(rest[1]))
        case "add-elastic":
            add_to_cluster(database, rest[0], int(rest[1]), int(rest[2]))
        case "count":
            count_up(Path(database), int(rest[0]))
        case "hold":
            hold(Path(database), float(rest[0]))
