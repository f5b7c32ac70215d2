"""Cells of foreign files: what is missing, what is a count, and when something was published."""

from datetime import UTC, date, datetime

import pytest

from crawlers.imports.cells import count_of, flag_of, id_of, id_of_sheet, is_missing, list_of, text_of, time_of
from crawlers.imports.rows import RowError
from yuqing.domain.mention import TimePrecision

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN", "None", "null", "N/A", "\\N"])
def test_what_exporters_write_for_nothing_is_missing(cell):
    """pandas, SQL and spreadsheets each have their own word for nothing."""
    assert is_missing(cell)
    assert is_missing(None)
    assert is_missing(float("nan"))


@pytest.mark.parametrize("cell", [0, "无", False, 0.0])
def test_zero_is_a_value(cell):
    """A count of zero is known, not missing."""
    assert not is_missing(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12 ", 12),
        (12, 12),
        (12.0, 12),
        ("1,234", 1234),
        ("1.2万", 12000),
        ("100万+", 1_000_000),
        ("0", 0),
        ("", None),
        ("nan", None),
        (None, None),
    ],
)
def test_counts(cell, value):
    """Counts come as numbers or as platforms print them; nothing is unknown and never 0."""
    assert count_of("likes", cell) == value


@pytest.mark.parametrize("cell", ["很多", "-5x", ["1"], {"n": 1}])
def test_a_count_that_is_none_is_refused(cell):
    """A column that holds no counts was mapped by mistake: the row says so instead of counting 0."""
    with pytest.raises(RowError, match="likes 不是数字"):
        count_of("likes", cell)


@pytest.mark.parametrize(
    ("cell", "moment", "precision"),
    [
        (1745112018, datetime(2025, 4, 20, 1, 20, 18, tzinfo=UTC), TimePrecision.SECOND),
        (1745112018.0, datetime(2025, 4, 20, 1, 20, 18, tzinfo=UTC), TimePrecision.SECOND),
        ("1745112018000", datetime(2025, 4, 20, 1, 20, 18, tzinfo=UTC), TimePrecision.SECOND),
        ("2025-04-20 01:20:18+08:00", datetime(2025, 4, 19, 17, 20, 18, tzinfo=UTC), TimePrecision.SECOND),
        ("2025-04-20T01:20:18.123456Z", datetime(2025, 4, 20, 1, 20, 18, 123456, tzinfo=UTC), TimePrecision.SECOND),
        ("2024/7/15 6:55", datetime(2024, 7, 14, 22, 55, tzinfo=UTC), TimePrecision.MINUTE),
        ("2024-07-15", datetime(2024, 7, 14, 16, 0, tzinfo=UTC), TimePrecision.DAY),
        ("20240715", datetime(2024, 7, 14, 16, 0, tzinfo=UTC), TimePrecision.DAY),
        ("2024年7月15日 06:55", datetime(2024, 7, 14, 22, 55, tzinfo=UTC), TimePrecision.MINUTE),
        (datetime(2024, 7, 15, 6, 55, 1), datetime(2024, 7, 14, 22, 55, 1, tzinfo=UTC), TimePrecision.SECOND),  # noqa: DTZ001
        (date(2024, 7, 15), datetime(2024, 7, 14, 16, 0, tzinfo=UTC), TimePrecision.DAY),
    ],
)
def test_times(cell, moment, precision):
    """Epoch, ISO, slashes, Chinese, spreadsheet dates: naive ones are Shanghai time."""
    assert time_of(cell, NOW) == (moment, precision)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("3小时前", "相对"),
        ("昨天 10:00", "相对"),
        ("12-31 23:59", "相对"),
        ("刚刚", "相对"),
        ("2024-02-31", "无法识别"),
        ("上周某天", "无法识别"),
        ([], "无法识别"),
        ("2026-03-04 10:00", "将来"),
        ("1999-12-31", "2000"),
        ("1712050812345678", "无法识别"),
    ],
)
def test_times_that_a_file_cannot_tell(cell, reason):
    """A relative time in a file means another day on every import, so it is refused, not guessed."""
    with pytest.raises(RowError, match=reason):
        time_of(cell, NOW)


@pytest.mark.parametrize("cell", ["5.15732E+15", 5.157315170797112e15, 1e19])
def test_ids_that_lost_digits_are_refused(cell):
    """A spreadsheet keeps 15 digits: a longer id that passed through it as a number names another post."""
    with pytest.raises(RowError, match="末位已丢失"):
        id_of(cell)


@pytest.mark.parametrize(("cell", "text"), [("Nabc12", "Nabc12"), (5157315170797112, "5157315170797112"), (12.0, "12")])
def test_ids_are_text(cell, text):
    """An exact id stays as it is."""
    assert id_of(cell) == text


def test_a_rounded_whole_number_of_a_workbook_is_refused():
    """Excel shows 15 digits and stores zeros after them; other digits prove that nothing was lost."""
    with pytest.raises(RowError, match="末位已丢失"):
        id_of_sheet(7568361402794280000)
    assert id_of_sheet(5157315170797112) == "5157315170797112"
    assert id_of_sheet(1000) == "1000"
    assert id_of_sheet("5157315170797110") == "5157315170797110"


def test_text_loses_only_what_nobody_sees():
    """Zero-width and control characters go, words and line breaks stay."""
    assert text_of("  云江\u200b银行\ufeff\n崩了\x00 \ud83d") == "云江银行\n崩了"


@pytest.mark.parametrize(("cell", "parts"), [("a; b；c", ("a", "b", "c")), (["a", None, "b"], ("a", "b")), (None, ())])
def test_lists(cell, parts):
    """JSON lists and joined texts give the same parts."""
    assert list_of(cell) == parts


@pytest.mark.parametrize(
    ("cell", "flag"),
    [(True, True), ("TRUE", True), ("1", True), ("是", True), (False, False), ("", False), (None, False)],
)
def test_flags(cell, flag):
    """Truth values come as JSON or as words."""
    assert flag_of(cell) is flag


def test_a_telephone_number_is_no_count():
    """A column that was mapped to the wrong field; the message does not show it."""
    with pytest.raises(RowError, match="likes 大得不是计数") as caught:
        count_of("likes", "13812345678")
    assert "138" not in str(caught.value)
    assert count_of("views", "99亿") == 9_900_000_000
