"""`yuqing score-series`: the shipped spike detector, with its shipped constants, on any CSV of equal bins.

In: `timestamp,value` and optionally `total` (all mentions; without it the share guard is off), `known` (0 or 1) and
`series` (several series in one file). Out: the same rows with `score, expected, probability, alert`; an unknown bin
(known 0, or no value) has empty figures. A row depends on rows before it only.

The width of the bins is read from the timestamps. The detector counts bins, not minutes: its constants (a day is 288
bins) are those of five-minute bins whatever the width is. Missing rows are unknown bins, not zeros.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from alerts.detectors.scs import Floats, ScsResult, score_series
from yuqing.domain.errors import InputError

ADDED = ("score", "expected", "probability", "alert")
_KNOWN = {"1": True, "0": False, "true": True, "false": False, "": True, "1.0": True, "0.0": False}
# More missing bins than this for one that is there is a mistyped date, not an outage.
_MOST_MISSING = 50


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: Mapping[str, str]
    time: datetime
    value: float | None
    total: float | None


def score_series_file(source: Path | None, output: Path | None) -> int:
    """Score a file (None: standard input) into another (None: standard output); how many rows.

    Raises InputError naming the line where the file is not what it should be; nothing is written then.
    """
    name, text = _read(source)
    header, rows = _parse(name, text)
    figures: dict[int, tuple[str, ...]] = {}
    for part in _split(header, rows).values():
        figures.update(_score(name, part, has_totals="total" in header))
    _write(output, [*(column for column in header if column not in ADDED), *ADDED], rows, figures)
    return len(rows)


def _read(source: Path | None) -> tuple[str, str]:
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


def _parse(name: str, text: str) -> tuple[list[str], list[_Row]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    header = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = header
    if missing := [column for column in ("timestamp", "value") if column not in header]:
        raise InputError(f"{name}:1：缺少列 {'、'.join(missing)}（应为 timestamp,value[,total][,known][,series]）")
    try:
        return header, [_row(name, reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}：CSV 格式有误（{error}）") from None


def _row(name: str, line: int, cells: Mapping[str | None, str | None]) -> _Row:
    if None in cells or None in cells.values():
        raise InputError(f"{name}:{line}：列数与表头不一致")
    plain = {str(key): str(value).strip() for key, value in cells.items()}
    known = _KNOWN.get(plain.get("known", "").lower())
    if known is None:
        raise InputError(f"{name}:{line}：known 应为 0 或 1，而不是 {plain['known']!r}")
    value, total = (_number(name, line, column, plain.get(column, "")) for column in ("value", "total"))
    if value is None or not known:
        value = total = None
    return _Row(line, plain, _time(name, line, plain["timestamp"]), value, total)


def _number(name: str, line: int, column: str, text: str) -> float | None:
    if text.lower() in ("", "nan", "na", "null"):
        return None
    try:
        number = float(text)
    except ValueError:
        raise InputError(f"{name}:{line}：{column} 不是数字：{text!r}") from None
    if not (0 <= number < float("inf")):
        raise InputError(f"{name}:{line}：{column} 应为不小于 0 的数：{text!r}")
    return number


def _time(name: str, line: int, text: str) -> datetime:
    try:
        moment = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise InputError(f"{name}:{line}：timestamp 应为 ISO 8601 时间或 Unix 秒：{text!r}") from None
    # Without an offset only the distances matter, and UTC keeps them.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit() and len(text.split(".")[0]) > 8


def _split(header: Sequence[str], rows: Sequence[_Row]) -> Mapping[str, list[_Row]]:
    parts: dict[str, list[_Row]] = {}
    for row in rows:
        parts.setdefault(row.cells["series"] if "series" in header else "", []).append(row)
    return parts


def _score(name: str, rows: Sequence[_Row], *, has_totals: bool) -> dict[int, tuple[str, ...]]:
    """The added cells by line."""
    places = _places(name, rows)
    length = places[-1] + 1
    value, total = np.full(length, np.nan), np.full(length, np.nan)
    for place, row in zip(places, rows, strict=True):
        value[place] = np.nan if row.value is None else row.value
        # A total below the value would make the share meaningless; the value itself is the least it can be.
        total[place] = np.nan if row.total is None else max(row.total, row.value or 0.0)
    result = score_series(value, total if has_totals else None)
    return {row.line: _cells(result, place) for place, row in zip(places, rows, strict=True)}


def _places(name: str, rows: Sequence[_Row]) -> list[int]:
    """The bin number of each row; raises InputError at the first row that is not on the grid."""
    steps = [later.time - earlier.time for earlier, later in pairwise(rows)]
    for step, row in zip(steps, rows[1:], strict=True):
        if step <= timedelta(0):
            raise InputError(f"{name}:{row.line}：时间没有递增（与上一行相同或更早）")
    width = Counter(steps).most_common(1)[0][0] if steps else timedelta(minutes=5)
    places = [0]
    for step, row in zip(steps, rows[1:], strict=True):
        if step % width:
            raise InputError(f"{name}:{row.line}：与上一行相隔 {step}，不是区间宽度 {width} 的整数倍")
        places.append(places[-1] + step // width)
        if places[-1] > _MOST_MISSING * (len(rows) + 100):
            raise InputError(f"{name}:{row.line}：与上一行相隔 {step}，缺失的区间太多，请检查时间")
    return places


def _cells(result: ScsResult, place: int) -> tuple[str, ...]:
    columns: tuple[Floats, ...] = (result.score, result.expected, result.probability)
    figures = [float(column[place]) for column in columns]
    return (*("" if np.isnan(figure) else f"{figure:.8g}" for figure in figures), str(int(result.opens[place])))


def _write(
    output: Path | None, header: Sequence[str], rows: Sequence[_Row], figures: Mapping[int, tuple[str, ...]]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    kept = header[: -len(ADDED)]
    writer.writerows([*(row.cells[column] for column in kept), *figures[row.line]] for row in rows)
    if output is None:
        sys.stdout.buffer.write(buffer.getvalue().encode())
        sys.stdout.buffer.flush()
        return
    try:
        output.write_text(buffer.getvalue(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output}：无法写入（{error.strerror}）") from None
