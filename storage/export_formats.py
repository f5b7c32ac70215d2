"""Rows as JSON lines, CSV or a workbook. All stream: no format holds every row in memory."""

import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

from openpyxl import Workbook

from storage.codec import dump
from storage.formula import escape
from yuqing.domain.errors import InputError

Row = Mapping[str, object]
Writer = Callable[[Iterable[Row], Sequence[str], IO[bytes]], int]

_BOM = b"\xef\xbb\xbf"
# XML 1.0 has no form for these, UTF-8 none for lone surrogates, and a NUL makes a CSV file "binary".
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Legal inside JSON, but many programs take them for the end of a line.
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}
_SHEET_ROWS = 1_048_576
_CELL = 32_767


def write_jsonl(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    """One object per line, keys in column order, lists as arrays, unknown values null."""
    count = 0
    for row in rows:
        line = dump({name: row[name] for name in columns}).translate(_LINE_ENDS)
        file.write(line.encode() + b"\n")
        count += 1
    return count


def write_csv(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    """RFC 4180 in UTF-8 without byte-order mark; lists joined by `;`, formulas escaped, unknown values empty."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow(columns)
        count = 0
        for row in rows:
            writer.writerow([_UNWRITABLE.sub("\ufffd", str(_cell(row[name]))) for name in columns])
            count += 1
        return count
    finally:
        text.detach()


def write_excel_csv(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    """CSV with a byte-order mark, without which Excel reads Chinese as something else."""
    file.write(_BOM)
    return write_csv(rows, columns, file)


def write_xlsx(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    """One sheet with a frozen header. Raises InputError beyond the rows that a sheet can hold."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("yuqing")
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    count = 0
    for row in rows:
        count += 1
        if count >= _SHEET_ROWS:
            book.close()
            raise InputError(f"一个 XLSX 工作表最多 {_SHEET_ROWS - 1} 行：请缩小时间范围，或导出 csv、jsonl")
        sheet.append([_sheet_cell(row[name]) for name in columns])
    # A workbook that is half written tries to end itself when it is collected, and a pipe whose reader has gone
    # would make that a traceback: it is finished in a file of its own first.
    with tempfile.TemporaryFile() as whole:
        book.save(whole)
        whole.seek(0)
        shutil.copyfileobj(whole, file)
    return count


WRITERS: Mapping[str, Writer] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "excel-csv": write_excel_csv,
    "xlsx": write_xlsx,
}


def _cell(value: object) -> str | int | float:
    """A value as one cell: unknown is empty, never 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, Mapping):
        return escape(json.dumps(dict(value), ensure_ascii=False, sort_keys=True))
    if isinstance(value, list | tuple):
        return escape(";".join(str(part) for part in value))
    raise TypeError(f"{type(value).__name__} has no cell form")


def _sheet_cell(value: object) -> str | int | float | None:
    cell = _cell(value)
    if not isinstance(cell, str):
        return cell
    clean = _UNWRITABLE.sub("\ufffd", cell)
    return (clean if len(clean) <= _CELL else clean[: _CELL - 1] + "…") or None
