"""The CSV of `yuqing score-series` as rows: what can be used, and what cannot, by line and reason."""

import csv
import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from yuqing.domain.errors import InputError

_KNOWN = {"1": True, "0": False, "true": True, "false": False, "": True, "1.0": True, "0.0": False}
_CUT_OFF = "unexpected end of data"  # a quotation mark that is never closed swallows every row after it


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One usable row; `value` None is an unknown bin."""

    line: int
    series: str
    time: datetime
    value: float | None
    total: float | None


@dataclass(slots=True)
class SeriesTable:
    """A file: every row as it was written, the usable ones, and the reasons of the others; all by line."""

    name: str
    header: list[str]
    cells: dict[int, Mapping[str, str]] = field(default_factory=dict)
    rows: list[SeriesRow] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)

    def complaints(self) -> tuple[str, ...]:
        """The rejected rows in words, in order of their lines."""
        return tuple(f"{self.name}:{line}：{reason}" for line, reason in sorted(self.rejected.items()))


def read_table(source: Path | None) -> SeriesTable:
    """Read a file (None: standard input). Raises InputError where not even the rows can be told apart."""
    name, text = _text(source)
    reader = csv.DictReader(io.StringIO(text), strict=True)
    table = SeriesTable(name, _header(name, reader))
    reader.fieldnames = table.header
    for line, cells, fault in _lines(name, reader):
        table.cells[line] = {column: (cells.get(column) or "").strip() for column in table.header}
        try:
            table.rows.append(_row(line, cells, fault))
        except ValueError as error:
            table.rejected[line] = str(error)
    return table


def _text(source: Path | None) -> tuple[str, str]:
    name = "标准输入" if source is None else str(source)
    try:
        raw = sys.stdin.buffer.read() if source is None else source.read_bytes()
    except OSError as error:
        raise InputError(f"{name}：无法读取（{error.strerror}）") from None
    try:
        return name, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{name}:{line}：不是 UTF-8 编码") from None


def _header(name: str, reader: "csv.DictReader[str]") -> list[str]:
    try:
        header = [column.strip() for column in reader.fieldnames or ()]
    except csv.Error as error:
        raise InputError(f"{name}:1：CSV 格式有误（{error}）") from None
    if missing := [column for column in ("timestamp", "value") if column not in header]:
        raise InputError(f"{name}:1：缺少列 {'、'.join(missing)}（应为 timestamp,value[,total][,known][,series]）")
    return header


def _lines(name: str, reader: "csv.DictReader[str]") -> Iterator[tuple[int, Mapping[str | None, str | None], str]]:
    """Line, cells and what is wrong with the line as CSV."""
    while True:
        try:
            cells: Mapping[str | None, str | None] = dict(next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            if _CUT_OFF in str(error):
                raise InputError(f"{name}:{reader.reader.line_num}：CSV 格式有误（引号没有闭合）") from None
            yield reader.reader.line_num, {}, f"CSV 格式有误（{error}）"
        else:
            is_odd = None in cells or None in cells.values()
            yield reader.reader.line_num, cells, "列数与表头不一致" if is_odd else ""


def _row(line: int, cells: Mapping[str | None, str | None], fault: str) -> SeriesRow:
    """Raises ValueError with the reason."""
    if fault:
        raise ValueError(fault)
    plain = {str(key): str(value).strip() for key, value in cells.items()}
    known = _KNOWN.get(plain.get("known", "").lower())
    if known is None:
        raise ValueError(f"known 应为 0 或 1，而不是 {plain['known']!r}")
    value, total = (_number(column, plain.get(column, "")) for column in ("value", "total"))
    if value is None or not known:
        value = total = None
    return SeriesRow(line, plain.get("series", ""), _time(plain["timestamp"]), value, total)


def _number(column: str, text: str) -> float | None:
    if text.lower() in ("", "nan", "na", "null"):
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{column} 不是数字：{text!r}") from None
    if not (0 <= number < float("inf")):
        raise ValueError(f"{column} 应为不小于 0 的数：{text!r}")
    return number


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"timestamp 应为 ISO 8601 时间或 Unix 秒：{text!r}") from None
    # Without an offset only the distances matter, and UTC keeps them.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and len(text.split(".")[0]) > 8
