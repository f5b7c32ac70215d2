"""Export: what the stores hold, as files that other programs and people read."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from storage.export_formats import WRITERS
from storage.export_rows import TABLES, Period, mention_row
from yuqing.domain.errors import InputError
from yuqing.domain.ports import MentionQuery, MentionStore, StateStore

__all__ = ["FORMATS", "KINDS", "export", "mention_row"]

KINDS = tuple(TABLES)
FORMATS = tuple(WRITERS)


def export(
    kind: str,
    mentions: MentionStore,
    state: StateStore,
    query: MentionQuery,
    since: datetime | None,
    until: datetime | None,
    fmt: str,
    output: Path | None,
    *,
    stdout: BinaryIO | None = None,
) -> int:
    """Write one kind of rows; returns how many. `output` None is standard output.

    `query` selects mentions only. Times of publication (mentions), creation (notifications, audit, incidents) or
    overlap (coverage, alerts) lie in [since, until). The file appears complete or not at all.
    """
    table = TABLES[_known(kind, KINDS, "导出种类")]
    write = WRITERS[_known(fmt, FORMATS, "格式")]
    rows = table.rows(mentions, state, query, Period(since, until))
    if output is None:
        return write(rows, table.columns, stdout or sys.stdout.buffer)
    try:
        with _replacing(output) as file:
            return write(rows, table.columns, file)
    except OSError as error:
        raise InputError(f"{output}：无法写入（{error.strerror or type(error).__name__}）") from None


def _known(name: str, names: tuple[str, ...], what: str) -> str:
    if name not in names:
        raise InputError(f"没有{what} {name}；可用：{'、'.join(names)}")
    return name


@contextmanager
def _replacing(output: Path) -> Iterator[BinaryIO]:
    """A file beside the output that takes its place when everything is written; only its owner may read it."""
    if output.exists() and not output.is_file():  # a pipe or device is written to, not replaced
        with output.open("wb") as file:
            yield file
        return
    handle, name = tempfile.mkstemp(prefix=f".{output.name}-", dir=output.parent)
    partial = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            yield file
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
