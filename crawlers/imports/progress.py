"""Telling how far an import is: a bar for people, a line now and then for logs. On stderr only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

EVERY = 5_000  # rows between two lines of a log


class Progress(Protocol):
    """Hears how far an import is."""

    def update(self, rows: int, fraction: float | None) -> None:
        """So many rows have been read; `fraction` of the file where that is known."""
        ...


class SilentProgress:
    """Says nothing."""

    def update(self, rows: int, fraction: float | None) -> None:
        """Ignore it."""


class LineProgress:
    """A line every so many rows, for logs and pipes."""

    def __init__(self, name: str, stream: TextIO, every: int = EVERY) -> None:
        self._name, self._stream, self._every, self._told = name, stream, every, 0

    def update(self, rows: int, fraction: float | None) -> None:
        """Write a line when enough rows have gone by since the last one."""
        if rows - self._told >= self._every:
            self._told = rows
            share = "" if fraction is None else f"（{fraction:.0%}）"
            self._stream.write(f"{self._name}：已读 {rows} 行{share}\n")
            self._stream.flush()


class BarProgress:
    """A bar that moves with the bytes read, or spins where the length is unknown."""

    def __init__(self, bar: Bar, name: str) -> None:
        self._bar = bar
        self._task = bar.add_task(name, total=None, rows=0)

    def update(self, rows: int, fraction: float | None) -> None:
        """Move the bar."""
        total = None if fraction is None else 1.0
        self._bar.update(self._task, completed=fraction or 0.0, total=total, rows=rows)


@contextmanager
def stderr_progress(name: str, stream: TextIO | None = None) -> Iterator[Progress]:
    """A bar where a person looks, otherwise lines."""
    stream = sys.stderr if stream is None else stream
    if not stream.isatty():
        yield LineProgress(name, stream)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]} 行"),
    )
    with Bar(*columns, TimeElapsedColumn(), console=Console(file=stream), transient=True) as bar:
        yield BarProgress(bar, name)
