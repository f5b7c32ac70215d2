"""One crawl per source and data folder: a crawl that outlived its scheduler must not be doubled by the next one."""

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from yuqing.domain.errors import CrawlError

WAIT_SECONDS = 120.0


@contextmanager
def exclusive(
    folder: Path,
    names: Sequence[str],
    wait_seconds: float = WAIT_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold one lock file per name, taken in one order by everybody; the system frees them when the process ends.

    Raises CrawlError when another process keeps one of them longer than `wait_seconds`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for name in sorted(names):
            file = held.enter_context((folder / f"{name}.lock").open("w"))
            _take(file, name, wait_seconds, sleep)
        yield


@contextmanager
def at_hand(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Hold those of the locks that nobody holds now; waits for none. Yields the names that were taken."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        taken = []
        for name in sorted(names):
            file = held.enter_context((folder / f"{name}.lock").open("w"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            taken.append(name)
        yield tuple(taken)


def _take(file: IO[str], name: str, wait_seconds: float, sleep: Callable[[float], None]) -> None:
    step, waited = 0.2, 0.0
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waited >= wait_seconds:
                raise CrawlError(f"来源 {name} 的另一次采集仍在进行，本次不重复采集") from None
            sleep(step)
            waited += step
        else:
            return
