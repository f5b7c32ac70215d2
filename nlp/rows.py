"""Rows of a user's file: JSONL, CSV or XLSX, in the encodings that spreadsheets write."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile

from yuqing.domain.errors import InputError

if TYPE_CHECKING:
    from openpyxl import Workbook

FIELDS = ("id", "title", "text", "platform", "kind", "subject")
# Cells larger than csv's 128 KiB default are long articles, not attacks.
csv.field_size_limit(16 * 1024 * 1024)
_MOST_LINES = 1_000  # of one CSV record: a quote that is never closed must not swallow the file


@dataclass(frozen=True, slots=True)
class InputRow:
    """One row: its line (or sheet row) from 1, its known fields as text, or why it cannot be used."""

    line: int
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    error: str | None = None


def read_rows(source: Path | None, stdin: IO[bytes] | None = None) -> Iterator[InputRow]:
    """The rows of a file, or of `stdin` where `source` is None. Raises InputError where there is nothing to read."""
    if source is None:
        if stdin is None:
            raise InputError("没有输入：请给出文件名，或用 - 从标准输入读取")
        return _sniffed(stdin.read())
    if source.suffix.lower() in (".xlsx", ".xlsm"):
        return _xlsx(source)
    if source.suffix.lower() in (".jsonl", ".ndjson"):
        return _jsonl_file(source)
    with _opened(source) as file:
        content = file.read()
    return _csv(_decoded(content)) if source.suffix.lower() in (".csv", ".tsv") else _sniffed(content)


def _opened(source: Path) -> IO[bytes]:
    try:
        return source.open("rb")
    except OSError as error:
        raise InputError(f"文件读不出来：{source}（{error.strerror}）") from None


def _jsonl_file(source: Path) -> Iterator[InputRow]:
    """Read as it is needed: a million rows take no more memory than one batch."""
    with _opened(source) as file:
        yield from _jsonl(file)


def _sniffed(content: bytes) -> Iterator[InputRow]:
    """JSON lines start with a brace; anything else is CSV."""
    if content[:4] == b"PK\x03\x04":
        return _xlsx(io.BytesIO(content))
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return _jsonl(io.BytesIO(content)) if start in (b"{", b"[", b"") else _csv(_decoded(content))


def _decoded(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, else GB18030, which is what Excel in China writes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise InputError(f"文件编码认不出来：既不是 UTF-8 也不是 GB18030（第 {error.start} 字节）") from None


def _jsonl(lines: Iterable[bytes]) -> Iterator[InputRow]:
    # Decoded line by line, so that one broken byte spoils one row only; `\n` is the only separator of JSON lines.
    for number, line in enumerate(lines, start=1):
        if content := line.removeprefix(b"\xef\xbb\xbf").strip():
            yield _json_row(number, content)


def _json_row(number: int, line: bytes) -> InputRow:
    try:
        body = json.loads(_decoded(line))
    except InputError as error:
        return InputRow(number, error=str(error))
    except (ValueError, RecursionError):
        return InputRow(number, error="不是合法的 JSON")
    if not isinstance(body, dict):
        return InputRow(number, error="这一行不是 JSON 对象")
    return _checked(number, body)


def _csv(text: str) -> Iterator[InputRow]:
    lines = list(io.StringIO(text, newline=""))
    head = lines[0] if lines else ""
    delimiter = "\t" if "\t" in head and "," not in head else ","
    cells, used = _record(lines, 0, delimiter)
    names = [name.strip() for name in cells or ()]
    if any(names) and "text" not in names:
        raise InputError(f"CSV 第 1 行的表头里没有 text 列（有：{'、'.join(sorted(filter(None, names)))}）")
    return _csv_rows(lines, used, names, delimiter)


def _csv_rows(lines: Sequence[str], start: int, names: Sequence[str], delimiter: str) -> Iterator[InputRow]:
    while start < len(lines):
        cells, used = _record(lines, start, delimiter)
        if cells is None:
            yield InputRow(start + 1, error="CSV 格式错误：引号没有闭合、闭合之后还有文字，或一格超过 16 MiB")
        elif any(cells[len(names) :]):
            yield InputRow(start + 1, error=f"有 {len(cells)} 格，表头只有 {len(names)} 格：文字里有分隔符时要加引号")
        elif cells:
            yield _checked(start + 1, dict(zip(names, cells, strict=False)))
        start += used


def _record(lines: Sequence[str], start: int, delimiter: str) -> tuple[list[str] | None, int]:
    """The cells of a record and how many lines it takes; None and one line where it cannot be read.

    A quote that is never closed costs its own line: what stands below it is read as if it were not there.
    """
    reader = csv.reader(islice(lines, start, start + _MOST_LINES), strict=True, delimiter=delimiter)
    try:
        return next(reader, []), max(reader.line_num, 1)
    except csv.Error:
        return None, 1


def _xlsx(source: Path | IO[bytes]) -> Iterator[InputRow]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(source, read_only=True, data_only=True)
    except (OSError, BadZipFile, KeyError, InvalidFileException) as error:
        raise InputError(
            f"XLSX 打不开：{source if isinstance(source, Path) else '标准输入'}（{type(error).__name__}）"
        ) from None
    rows = book.worksheets[0].iter_rows(values_only=True)
    names = [str(cell).strip() if cell is not None else "" for cell in next(rows, ())]
    if "text" not in names:
        book.close()
        raise InputError(f"XLSX 第 1 行的表头里没有 text 列（有：{'、'.join(filter(None, names)) or '空'}）")
    return _xlsx_rows(book, names, rows)


def _xlsx_rows(book: "Workbook", names: list[str], rows: Iterable[tuple[object, ...]]) -> Iterator[InputRow]:
    with closing(book):  # read-only workbooks keep their file open
        for number, cells in enumerate(rows, start=2):
            if any(cell is not None for cell in cells):
                yield _checked(number, dict(zip(names, cells, strict=False)))


def _checked(line: int, body: Mapping[str, Any]) -> InputRow:
    """Known fields as text. A row without `text` is refused; an empty text is a text."""
    if body.get("text") is None:
        return InputRow(line, {"id": _plain(body.get("id"))}, "缺少 text")
    odd = [name for name in FIELDS if isinstance(body.get(name), (dict, list))]
    if odd:
        return InputRow(line, error=f"{odd[0]} 应当是文字")
    return InputRow(line, {name: _plain(body.get(name)) for name in FIELDS})


def _plain(value: object) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    # JSON can carry half of a surrogate pair, which no file can.
    return str(value).encode("utf-8", "replace").decode("utf-8")
