"""Killing the scorer at random: is any mention left unscored, or scored twice?

    python benchmarks/kill_scorer.py [--kills N] [--mentions M] [--seed S]

A process scores a store (`yuqing.jobs.score`, then `yuqing.jobs.rescore` with another model) and dies by SIGKILL after
a random number of batches and a random moment more, again and again, until it was killed so often; then it may finish.
It asks before each batch is stored, so that on any machine it is in the middle of its work when it is killed.
A trigger in the database counts every write of scores, so a result that was stored twice cannot hide behind one that
looks the same.
"""

import argparse
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.sqlite import SqliteMentionStore, SqliteStateStore
from yuqing.clocks import SystemClock
from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import Mention, MentionKind, Platform
from yuqing.domain.ports import MentionQuery, Scorer
from yuqing.jobs.rescore import Rescore
from yuqing.jobs.score import score

OUTPUT = Path(__file__).parent / "out" / "kill_scorer.json"
ROOT = Path(__file__).parents[1]
START = datetime(2026, 1, 5, tzinfo=UTC)
BATCH = 20
NEXT = "next-1"
_COUNTERS = (
    "CREATE TABLE write_count (key INTEGER PRIMARY KEY, times INTEGER NOT NULL)",
    """
    CREATE TRIGGER count_writes AFTER UPDATE OF annotation ON body BEGIN
        INSERT INTO write_count VALUES (new.key, 1) ON CONFLICT (key) DO UPDATE SET times = times + 1;
    END
    """,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one job. `written` counts how many mentions were written how often: all should be once."""

    job: str
    kills: int
    mentions: int
    unscored: int
    never_written: int
    written_twice: int
    wrong_versions: int

    @property
    def is_clean(self) -> bool:
        """True when every mention was scored exactly once."""
        return (self.unscored, self.never_written, self.written_twice, self.wrong_versions) == (0, 0, 0, 0)


def mentions(count: int) -> list[Mention]:
    """Invented posts, some of the same second."""
    return [
        Mention(
            Platform.WEIBO,
            MentionKind.POST,
            str(number),
            "",
            f"云江手机银行第{number}次闪退，客服说还要等{number % 7}天",
            START + timedelta(seconds=number // 3),
            START + timedelta(hours=1),
            subjects=("yunjiang",),
        )
        for number in range(count)
    ]


class Renamed:
    """The shipped scorer under another name: another model as far as a store can tell."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def score(self, batch: Sequence[Mention], now: datetime) -> list[Annotation]:
        """One annotation per mention."""
        return [replace(each, model=NEXT) for each in self._scorer.score(batch, now)]


class Telling:
    """A scorer that says when it has scored a batch, and waits for a line (or the end) of standard input to go on."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def score(self, batch: Sequence[Mention], now: datetime) -> Sequence[Annotation]:
        """One annotation per mention."""
        found = self._scorer.score(batch, now)
        sys.stdout.write(".\n")
        sys.stdout.flush()
        sys.stdin.readline()
        return found


def work(job: str, path: Path) -> None:
    """The process that is killed."""
    from nlp.registry import default_scorer

    clock = SystemClock()
    store, state = SqliteMentionStore(path, clock), SqliteStateStore(path)
    shipped = default_scorer((), sentiment="linear")
    if job == "score":
        score(store, Telling(shipped), clock, batch_size=BATCH)
    else:
        Rescore(store, state, Telling(Renamed(shipped)), NEXT, clock, BATCH).run(None)
    store.close()
    state.close()


def strike(job: str, path: Path, draw: random.Random, most: int) -> bool:
    """Run the process and kill it at a random moment; False when it ended before."""
    command = [sys.executable, "-m", "benchmarks.kill_scorer", "--work", job, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipe")
        for _ in range(draw.randint(1, most)):
            if not process.stdout.readline():
                break
            process.stdin.write("\n")
        time.sleep(draw.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
        return process.wait() == -signal.SIGKILL


def finish(job: str, path: Path) -> None:
    """Let the process come to its end."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.kill_scorer", "--work", job, str(path)],
        cwd=ROOT, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def torment(job: str, path: Path, kills: int, count: int, draw: random.Random) -> Outcome:
    """Kill a job so often, let it finish, and look at what is stored."""
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM write_count")
    database.close()
    # So few batches between two kills that the last one still finds work to interrupt: one more is let go each time.
    most = max(1, count // BATCH // kills - 1)
    done = sum(strike(job, path, draw, most) for _ in range(kills))
    finish(job, path)
    return inspect(job, path, done, count)


def inspect(job: str, path: Path, kills: int, count: int) -> Outcome:
    """What is stored after a job."""
    with sqlite3.connect(path) as database:
        times = dict(database.execute("SELECT times, count(*) FROM write_count GROUP BY times").fetchall())
    database.close()
    store = SqliteMentionStore(path, SystemClock())
    right: Callable[[tuple[Annotation, ...]], bool] = (lambda earlier: not earlier) if job == "score" else _kept
    wrong = sum(not right(item.earlier) for item in store.scan(MentionQuery()))
    unscored = store.count(MentionQuery(scored=False))
    store.close()
    never = count - sum(times.values())
    return Outcome(job, kills, count, unscored, never, sum(n for t, n in times.items() if t > 1), wrong)


def _kept(earlier: tuple[Annotation, ...]) -> bool:
    return len(earlier) == 1 and earlier[0].model != NEXT


def measure(kills: int, count: int, seed: int) -> list[Outcome]:
    """Both jobs, each killed so often."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "yuqing.db"
        store = SqliteMentionStore(path, SystemClock())
        store.add(mentions(count))
        store.close()
        with sqlite3.connect(path) as database:
            for statement in _COUNTERS:
                database.execute(statement)
        database.close()
        return [torment(job, path, kills, count, draw) for job in ("score", "rescore")]


def main() -> int:
    """Measure, print a table, write JSON; 1 when a mention was lost or scored twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--mentions", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--work", nargs=2, metavar=("JOB", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], Path(options.work[1]))
        return 0
    outcomes = measure(options.kills, options.mentions, options.seed)
    print(f"{'job':10}{'kills':>7}{'mentions':>10}{'unscored':>10}{'never written':>15}{'twice':>7}{'versions':>10}")
    for each in outcomes:
        print(
            f"{each.job:10}{each.kills:7}{each.mentions:10,}{each.unscored:10}{each.never_written:15}"
            f"{each.written_twice:7}{'wrong' if each.wrong_versions else 'right':>10}"
        )
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(each) for each in outcomes], indent=1) + "\n", encoding="utf-8")
    return 0 if all(each.is_clean for each in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
