"""`yuqing score-series`: the shipped spike detector, with its shipped constants, on any CSV of equal bins.

In: `timestamp,value` and optionally `total` (all mentions; without it the share guard is off), `known` (0 or 1) and
`series` (several series in one file). Out: the same rows with `score, expected, probability, alert`; an unknown bin
(known 0, or no value) has no score and no probability, a row that cannot be used has no figures at all and its bin is
unknown. A row depends on rows before it only.

The width of the bins is read from the timestamps. The detector counts bins, not minutes: its constants (a day is 288
bins) are those of five-minute bins whatever the width is. Missing rows are unknown bins, not zeros.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from alerts.detectors.scs import Floats, ScsResult, score_series
from alerts.detectors.scs_constants import DEFAULTS
from alerts.series_table import SeriesRow, SeriesTable, read_table
from yuqing.domain.errors import InputError

ADDED = ("score", "expected", "probability", "alert")
_NOTHING = ("", "", "", "0")
# More missing bins than this for one that is there is a mistyped date, not an outage.
_MOST_MISSING = 50


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """How many rows came back, which of them could not be used, and what a reader of the figures must know."""

    rows: int
    rejected: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Placed:
    """The rows of one series with the numbers of their bins."""

    rows: Sequence[SeriesRow]
    places: Sequence[int]


def score_series_file(source: Path | None, output: Path | None) -> SeriesSummary:
    """Score a file (None: standard input) into another (None: standard output), row by row in the same order.

    Rows that cannot be used are named and stay without figures. Raises InputError where the file as a whole cannot
    be used (encoding, header, times in disorder); nothing is written then.
    """
    table = read_table(source)
    has_totals = "total" in table.header
    figures: dict[int, tuple[str, ...]] = {}
    notes: list[str] = []
    for name, rows in _split(table.rows).items():
        placed = _place(table, rows)
        figures.update(_score(placed, has_totals=has_totals))
        notes.extend(f"{f'序列 {name}：' if name else ''}{note}" for note in _notes(placed, has_totals=has_totals))
    _write(output, table, figures)
    return SeriesSummary(len(table.cells), table.complaints(), tuple(notes))


def _split(rows: Sequence[SeriesRow]) -> Mapping[str, list[SeriesRow]]:
    parts: dict[str, list[SeriesRow]] = {}
    for row in rows:
        parts.setdefault(row.series, []).append(row)
    return parts


def _place(table: SeriesTable, rows: Sequence[SeriesRow]) -> _Placed:
    """The bin number of each row; rows that are not on the grid are rejected. Raises InputError when most are not."""
    width = _width(rows)
    good, places = [rows[0]], [0]
    bad: dict[int, str] = {}
    for row in rows[1:]:
        step = row.time - good[-1].time
        place = places[-1] + step // width
        if reason := _off_grid(step, width, place, len(rows)):
            bad[row.line] = reason
        else:
            good.append(row)
            places.append(place)
    if len(bad) > len(rows) / 2:
        line, reason = next(iter(bad.items()))
        raise InputError(f"{table.name}:{line}：{reason}；{len(rows)} 行中有 {len(bad)} 行如此，文件无法使用")
    table.rejected.update(bad)
    return _Placed(good, places)


def _width(rows: Sequence[SeriesRow]) -> timedelta:
    """The step that is most frequent."""
    steps = [later.time - earlier.time for earlier, later in pairwise(rows)]
    forward = Counter(step for step in steps if step > timedelta(0))
    return forward.most_common(1)[0][0] if forward else timedelta(minutes=5)


def _off_grid(step: timedelta, width: timedelta, place: int, rows: int) -> str:
    if step <= timedelta(0):
        return "时间没有递增（与上一行相同或更早）"
    if step % width:
        return f"与上一行相隔 {step}，不是区间宽度 {width} 的整数倍"
    if place > _MOST_MISSING * (rows + 100):
        return f"与上一行相隔 {step}，缺失的区间太多，请检查时间"
    return ""


def _score(placed: _Placed, *, has_totals: bool) -> dict[int, tuple[str, ...]]:
    """The added cells by line."""
    length = placed.places[-1] + 1
    value, total = np.full(length, np.nan), np.full(length, np.nan)
    for place, row in zip(placed.places, placed.rows, strict=True):
        value[place] = np.nan if row.value is None else row.value
        # A total below the value would make the share meaningless; the value itself is the least it can be.
        total[place] = np.nan if row.total is None else max(row.total, row.value or 0.0)
    result = score_series(value, total if has_totals else None)
    return {row.line: _cells(result, place) for place, row in zip(placed.places, placed.rows, strict=True)}


def _notes(placed: _Placed, *, has_totals: bool) -> Iterator[str]:
    """Bins that are not there, and a past too short for warnings."""
    holes = [(row.line, after - before - 1) for row, (before, after) in _steps(placed) if after - before > 1]
    if holes:
        missing = sum(count for _, count in holes)
        yield f"缺 {missing} 个区间（{len(holes)} 处，第一处在第 {holes[0][0]} 行之前），按未知处理，不当作 0"
    known = sum(row.value is not None and (row.total is not None or not has_totals) for row in placed.rows)
    if known <= DEFAULTS.min_history:
        yield f"已知区间只有 {known} 个；检测器要有 {DEFAULTS.min_history} 个以上的历史才会报警，alert 全为 0"


def _steps(placed: _Placed) -> Iterator[tuple[SeriesRow, tuple[int, int]]]:
    return zip(placed.rows[1:], pairwise(placed.places), strict=True)


def _cells(result: ScsResult, place: int) -> tuple[str, ...]:
    columns: tuple[Floats, ...] = (result.score, result.expected, result.probability)
    figures = [float(column[place]) for column in columns]
    return (*("" if np.isnan(figure) else f"{figure:.8g}" for figure in figures), str(int(result.opens[place])))


def _write(output: Path | None, table: SeriesTable, figures: Mapping[int, tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    kept = [column for column in table.header if column not in ADDED]
    writer.writerow([*kept, *ADDED])
    for line, cells in table.cells.items():
        writer.writerow([*(cells[column] for column in kept), *figures.get(line, _NOTHING)])
    if output is None:
        sys.stdout.buffer.write(buffer.getvalue().encode())
        sys.stdout.buffer.flush()
        return
    try:
        output.write_text(buffer.getvalue(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output}：无法写入（{error.strerror}）") from None
