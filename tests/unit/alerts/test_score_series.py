"""`yuqing score-series`: the detector on a CSV, with errors that name the line."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from alerts.detectors.scs import score_series
from alerts.score_series import SeriesSummary, score_series_file
from tests.unit.alerts.series_maker import DAY, Series, quiet, with_crisis
from yuqing.domain.errors import InputError

START = datetime(2026, 3, 1, tzinfo=UTC)


def _csv(series: Series, *, totals: bool = True, width: timedelta = timedelta(minutes=5), name: str = "") -> str:
    columns = ["timestamp", "value", *(["total"] if totals else []), "known", *(["series"] if name else [])]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for i, (x, n, known) in enumerate(zip(series.negative, series.total, series.known, strict=True)):
        time = f"{START + i * width:%Y-%m-%d %H:%M:%S}"
        writer.writerow([time, f"{x:g}", *([f"{n:g}"] if totals else []), int(known), *([name] if name else [])])
    return out.getvalue()


def _scored(tmp_path: Path, text: str) -> list[dict[str, str]]:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    summary = score_series_file(source, output)
    found = list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"))))
    assert len(found) == summary.rows
    assert summary.rejected == ()
    return found


@pytest.mark.parametrize("totals", [True, False])
def test_the_file_gets_the_shipped_detector(tmp_path: Path, totals: bool) -> None:
    """Every row comes back with the scores of the library call."""
    series = with_crisis(quiet(20), 18 * DAY)
    found = _scored(tmp_path, _csv(series, totals=totals))
    result = score_series(series.negative, series.total if totals else None)
    np.testing.assert_allclose([float(row["score"]) for row in found], result.score, rtol=1e-6, atol=1e-7)
    assert [row["alert"] for row in found] == [str(int(opens)) for opens in result.opens]
    assert sum(row["alert"] == "1" for row in found) == 1


def test_several_series_in_one_file(tmp_path: Path) -> None:
    """Interleaved series are scored each by itself and keep their places."""
    one, two = _csv(quiet(3, seed=1), name="a").splitlines(), _csv(quiet(3, seed=2), name="b").splitlines()
    mixed = "\n".join([one[0], *(line for pair in zip(one[1:], two[1:], strict=True) for line in pair)]) + "\n"
    found = _scored(tmp_path, mixed)
    alone = _scored(tmp_path, "\n".join(two) + "\n")
    assert [row for row in found if row["series"] == "b"] == alone


def test_unknown_and_missing_bins_have_no_figures(tmp_path: Path) -> None:
    """known=0 and an empty value are unknown; a missing row counts as unknown too, not as zero."""
    lines = _csv(quiet(4)).splitlines()
    cells = lines[900].split(",")
    lines[900] = ",".join([*cells[:3], "0"])
    lines[901] = ",".join([lines[901].split(",")[0], "", "", "1"])
    whole = _scored(tmp_path, "\n".join(lines) + "\n")
    assert [whole[i]["score"] for i in (899, 900)] == ["", ""]
    assert whole[899]["alert"] == "0"
    without = _scored(tmp_path, "\n".join(lines[:900] + lines[902:]) + "\n")
    assert without[899:] == whole[901:]


def test_a_row_depends_on_rows_before_it_only(tmp_path: Path) -> None:
    """Cutting the file does not change the rows that are left."""
    text = _csv(with_crisis(quiet(12), 10 * DAY))
    short = "\n".join(text.splitlines()[: 11 * DAY]) + "\n"
    assert _scored(tmp_path, text)[: 11 * DAY - 1] == _scored(tmp_path, short)


def test_other_widths_keep_the_counts_of_bins(tmp_path: Path) -> None:
    """Hourly bins get the same scores as the same numbers at five minutes."""
    series = quiet(6)
    hourly = _scored(tmp_path, _csv(series, width=timedelta(hours=1)))
    assert [row["score"] for row in hourly] == [row["score"] for row in _scored(tmp_path, _csv(series))]


def test_unix_seconds_are_times(tmp_path: Path) -> None:
    """Timestamps may be seconds since 1970; a BOM and extra columns are no trouble."""
    rows = "".join(f"{1_772_323_200 + 300 * i},{i % 3},note\n" for i in range(20))
    found = _scored(tmp_path, "\ufefftimestamp,value,remark\n" + rows)
    assert found[3]["remark"] == "note"


HEAD = "timestamp,value\n2026-03-01 00:00:00,1\n2026-03-01 00:05:00,2\n"


GOOD = "2026-03-01 00:10:00,3\n2026-03-01 00:15:00,4\n"


def _summary(tmp_path: Path, text: str) -> tuple[SeriesSummary, list[dict[str, str]]]:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(text, encoding="utf-8")
    summary = score_series_file(source, output)
    return summary, list(csv.DictReader(io.StringIO(output.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2026-03-01 00:10:00,x", ":4：value 不是数字"),
        ("2026-03-01 00:10:00,-1", ":4：value 应为不小于 0"),
        ("2026-03-01 00:05:00,1", ":4：时间没有递增"),
        ("2026-03-01 00:07:00,1", ":4：与上一行相隔"),
        ("yesterday,1", ":4：timestamp 应为"),
        ("2026-03-01 00:10:00", ":4：列数"),
        ("2026-03-01 00:10:00,1,2", ":4：列数"),
        ('2026-03-01 00:10:00,"1"2', ":4：CSV 格式有误"),
        ("2096-03-01 00:10:00,1", ":4：与上一行相隔"),
    ],
    ids=["number", "negative", "backwards", "off grid", "time", "few cells", "many cells", "quotes", "far"],
)
def test_a_bad_row_is_named_and_the_others_are_scored(tmp_path: Path, row: str, told: str) -> None:
    """It keeps its place without figures; its neighbours get the figures that they have without it."""
    summary, found = _summary(tmp_path, HEAD + row + "\n" + GOOD)
    assert (summary.rows, len(summary.rejected)) == (5, 1)
    assert told in summary.rejected[0]
    assert [found[2][name] for name in ("score", "expected", "probability", "alert")] == ["", "", "", "0"]
    assert found[:2] + found[3:] == _summary(tmp_path, HEAD + GOOD)[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,value\n", ":1：缺少列 timestamp"),
        ('"timestamp"x,value\n', ":1：CSV 格式有误"),
        (HEAD + '2026-03-01 00:10:00,"3\n' + GOOD, "引号没有闭合"),
        ("timestamp,value\n2036-01-01 00:00:00,1\n" + GOOD * 2, ":3：时间没有递增"),
    ],
    ids=["column", "header", "open quote", "disorder"],
)
def test_a_file_that_cannot_be_used_is_told_by_line(tmp_path: Path, text: str, told: str) -> None:
    """The first wrong line is named, and no output appears."""
    with pytest.raises(InputError, match=told):
        _scored(tmp_path, text)
    assert not (tmp_path / "out.csv").exists()


def test_gaps_and_a_short_past_are_told(tmp_path: Path) -> None:
    """Missing bins are counted by series; a series too short for any warning says so, a longer one does not."""
    lines = _csv(quiet(3), name="a").splitlines()
    assert _summary(tmp_path, "\n".join(lines) + "\n")[0].notes == ()
    summary, _ = _summary(tmp_path, "\n".join(lines[:300] + lines[302:310] + lines[315:]) + "\n")
    assert summary.notes == ("序列 a：缺 7 个区间（2 处，第一处在第 301 行之前），按未知处理，不当作 0",)
    (note,) = _summary(tmp_path, "\n".join(lines[:577]) + "\n")[0].notes
    assert "576 个以上" in note


def test_wrong_encoding_and_missing_files_are_told(tmp_path: Path) -> None:
    """Bytes that are not UTF-8, and a file that is not there, are errors with the name."""
    path = tmp_path / "gbk.csv"
    path.write_bytes("timestamp,value\n时间,1\n".encode("gbk"))
    with pytest.raises(InputError, match=r"gbk\.csv:2"):
        score_series_file(path, None)
    with pytest.raises(InputError, match="无法读取"):
        score_series_file(tmp_path / "none.csv", None)


def test_an_empty_table_stays_empty(tmp_path: Path) -> None:
    """A header alone gives a header alone."""
    assert _scored(tmp_path, "timestamp,value\n") == []
