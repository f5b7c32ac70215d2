"""What stands in a cell: text, counts, times, lists."""

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

from crawlers.extract.numbers import count_value
from crawlers.extract.times import SHANGHAI, parse_time
from crawlers.imports.rows import RowError
from yuqing.domain.mention import TimePrecision

_MISSING = frozenset({"", "nan", "none", "null", "n/a", "nat", "\\n"})
_INVISIBLE = re.compile(r"[\ud800-\udfff\u200b\u200e\u200f\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")
_ROUNDED = "编号被表格软件当成数字，末位已丢失；请把该列设为文本后重新导出"
_EXACT_DIGITS = 15  # a spreadsheet keeps so many digits of a number
_UNCOUNTABLE = 10**10  # more than there are people: a telephone or card number in the wrong column
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}|(?:19|20)\d{6}$")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATER = timedelta(days=1461)
_FUTURE = timedelta(days=1)


def is_missing(cell: object) -> bool:
    """True for what exporters write where there is nothing."""
    if isinstance(cell, float):
        return math.isnan(cell)
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in _MISSING)


def text_of(cell: object) -> str:
    """A cell as text: trimmed, composed (NFC), without invisible characters."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", str(cell))).strip()


def id_of(cell: object) -> str:
    """A native id. One that a spreadsheet has rounded as a number names another post and is refused."""
    text = text_of(cell)
    if _LOST_DIGITS.fullmatch(text) or (isinstance(cell, float) and len(text) > _EXACT_DIGITS):
        raise RowError(_ROUNDED)
    if len(text) > 200:
        raise RowError("编号超过 200 个字符")
    return text


def id_of_sheet(cell: object) -> str:
    """The same for a cell of a workbook, where a whole number with nothing but zeros at the end may be rounded too."""
    text = id_of(cell)
    if isinstance(cell, int) and len(text) > _EXACT_DIGITS and not text[_EXACT_DIGITS:].strip("0"):
        raise RowError(_ROUNDED)
    return text


def count_of(name: str, cell: object) -> int | None:
    """A count such as 12, "1,234", "1.2万", "100万+"; None where there is none. Raises RowError for other text."""
    if is_missing(cell):
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    value = count_value(cell)
    if value is None:
        raise RowError(f"{name} 不是数字")
    if value >= _UNCOUNTABLE:
        raise RowError(f"{name} 大得不是计数")
    return value


def flag_of(cell: object) -> bool:
    """A truth value of JSON, CSV or a spreadsheet."""
    return cell is True or (not is_missing(cell) and text_of(cell).lower() in {"true", "1", "是"})


def list_of(cell: object) -> tuple[str, ...]:
    """The parts of a JSON list, or of a text joined by `;`."""
    if is_missing(cell):
        return ()
    parts = cell if isinstance(cell, list) else re.split(r"[;；]", str(cell))
    return tuple(text for part in parts if not is_missing(part) and (text := text_of(part)))


def time_of(cell: object, now: datetime) -> tuple[datetime, TimePrecision]:
    """When something was published, aware UTC. What has no zone is Shanghai time."""
    if isinstance(cell, datetime):
        found = _of_datetime(cell)
    elif isinstance(cell, date):
        found = datetime.combine(cell, time(), SHANGHAI).astimezone(UTC), TimePrecision.DAY
    else:
        found = _of_text(cell, now)
    if found[0] > now + _FUTURE:
        raise RowError("发布时间在将来")
    if found[0] < _EARLIEST:
        raise RowError("发布时间早于 2000 年")
    return found


def _of_datetime(cell: datetime) -> tuple[datetime, TimePrecision]:
    aware = cell if cell.tzinfo else cell.replace(tzinfo=SHANGHAI)
    # A spreadsheet shows minutes and stores seconds: whole minutes are taken for what the exporter knew.
    return aware.astimezone(UTC), TimePrecision.SECOND if cell.second else TimePrecision.MINUTE


def _of_text(cell: object, now: datetime) -> tuple[datetime, TimePrecision]:
    raw = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    if not isinstance(raw, str | int):
        raise RowError("无法识别发布时间")
    # Read from a vantage point years later, an absolute time is the same; "3小时前" and dates without a year are not.
    parsed = parse_time(raw, now + _LATER)
    if isinstance(raw, str) and (exact := _iso(raw)) is not None:
        return exact, parsed.precision if parsed else TimePrecision.DAY
    later = parse_time(raw, now + 2 * _LATER)
    if parsed is None or later is None:
        raise RowError("无法识别发布时间")
    if parsed.at != later.at:
        raise RowError("发布时间是相对的（如“3小时前”、没有年份），文件里无法确定是哪一天")
    return parsed.at, parsed.precision


def _iso(text: str) -> datetime | None:
    """ISO 8601 with hyphens, or YYYYMMDD; not every run of digits that Python would take for one."""
    text = text.strip()
    if not _ISO.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
