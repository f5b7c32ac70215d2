"""Times as platforms print them. Every naive time is Asia/Shanghai; results are aware UTC with a precision."""

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from yuqing.domain.mention import TimePrecision

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAX_SKEW = timedelta(minutes=5)
_MONTHS = {
    name: i
    for i, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_ZONES = {"gmt": 0, "ut": 0, "utc": 0, "z": 0, "cst": 8, "": 8}  # on Chinese feeds CST is China Standard Time
_PREFIX = re.compile(r"^(?:编辑于|发布于|更新于|发表于|(?:发布|更新|发表)?时间)\s*:?\s*")
_CLOCK = r"(?:\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.\d+)?)?)"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|CST|UT|[+-]\d{2}:?\d{2})?(?![A-Za-z\d])"


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """A time and how exact it is; `clamped` when it lay in the future and was cut to now + 5 minutes.

    `yearless`: the text names no year, so that the year is the last in which such a date was not in the future.
    """

    at: datetime
    precision: TimePrecision
    clamped: bool = False
    yearless: bool = False


_Found = re.Match[str]
_Built = tuple[datetime, TimePrecision]


def _unit(amount: str, **unit: int) -> timedelta:
    (name, factor), *_ = unit.items()
    return timedelta(**{name: factor * min(int(amount), 100_000)})


def _just_now(_: _Found, now: datetime) -> _Built:
    return now, TimePrecision.MINUTE


def _ago(found: _Found, now: datetime) -> _Built:
    amount, unit = found["n"], found["unit"]
    if unit == "秒":
        return now - _unit(amount, seconds=1), TimePrecision.SECOND
    if unit.startswith("分"):
        return now - _unit(amount, minutes=1), TimePrecision.MINUTE
    if unit.endswith("小时"):
        return now - _unit(amount, hours=1), TimePrecision.HOUR
    days = {"天": 1, "日": 1, "周": 7, "星期": 7}.get(unit) or (365 if unit == "年" else 30)
    return _with_clock(found, (now - _unit(amount, days=days)).astimezone(SHANGHAI))


def _with_clock(found: _Found, day: datetime) -> _Built:
    """The day at the clock time in the match; midnight and precision day when there is none."""
    parts = found.groupdict()
    if parts.get("h") is None:
        return day.replace(hour=0, minute=0, second=0, microsecond=0), TimePrecision.DAY
    seconds = parts.get("s")
    at = day.replace(hour=int(parts["h"]), minute=int(parts["m"]), second=int(seconds or 0), microsecond=0)
    return at, TimePrecision.SECOND if seconds else TimePrecision.MINUTE


def _named_day(found: _Found, now: datetime) -> _Built:
    back = {"今天": 0, "昨天": 1, "前天": 2}[found["day"]]
    return _with_clock(found, now.astimezone(SHANGHAI) - timedelta(days=back))


def _clock_only(found: _Found, now: datetime) -> _Built:
    at, precision = _with_clock(found, now.astimezone(SHANGHAI))
    return (at - timedelta(days=1) if at > now + MAX_SKEW else at), precision


def _this_year(found: _Found, now: datetime) -> _Built:
    """A date without a year is the last such date: never more than a day ahead of now."""
    today = now.astimezone(SHANGHAI)
    for year in range(today.year, today.year - 9, -1):  # 29 February may be up to eight years back
        try:
            built = _with_clock(found, datetime(year, int(found["mo"]), int(found["d"]), tzinfo=SHANGHAI))
        except ValueError:
            continue
        if built[0] <= now + timedelta(days=1):
            return built
    raise ValueError("no such date")


def _full(found: _Found, now: datetime) -> _Built:
    year = int(found["y"])
    day = datetime(year if year > 99 else year + 2000, int(found["mo"]), int(found["d"]), tzinfo=_zone(found["zone"]))
    return _with_clock(found, day)


def _english(found: _Found, now: datetime) -> _Built:
    month = _MONTHS[found["mon"].lower()]
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    return _with_clock(found, datetime(year, month, int(found["d"]), tzinfo=_zone(found["zone"])))


def _zone(text: str | None) -> timezone | ZoneInfo:
    name = (text or "").lower()
    if name in _ZONES:
        return SHANGHAI if _ZONES[name] else UTC
    hours, minutes = int(name[1:3]), int(name[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if name[0] == "-" else offset)


def _epoch(found: _Found, now: datetime) -> _Built:
    return from_epoch(int(found["epoch"])), TimePrecision.SECOND


_FORMS: tuple[tuple[re.Pattern[str], Callable[[_Found, datetime], _Built]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), build)
    for pattern, build in (
        (r"刚刚|刚才", _just_now),
        (
            r"(?P<n>\d{1,6})\s*(?P<unit>秒|分钟|分|个?小时|天|日|周|星期|个?月|年)钟?之?前" + _CLOCK + "?",
            _ago,
        ),
        (r"(?P<day>今天|昨天|前天)" + _CLOCK + "?", _named_day),
        (
            r"(?P<y>(?:19|20)\d{2})\s*年\s*(?P<mo>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?" + _CLOCK + "?" + _ZONE,
            _full,
        ),
        (r"(?P<y>(?:19|20)\d{2})([-/.])(?P<mo>\d{1,2})\2(?P<d>\d{1,2})(?:T?" + _CLOCK + ")?" + _ZONE, _full),
        (
            r"(?:[a-z]{3,9},?\s+)?(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(?P<d>\d{1,2})"
            + _CLOCK
            + _ZONE
            + r"\s+(?P<y>\d{4})",
            _english,
        ),
        (
            r"(?:[a-z]{3,9},?\s+)?(?P<d>\d{1,2})[\s-]+(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
            r"[\s-]+(?P<y>\d{4}|\d{2})" + _CLOCK + "?" + _ZONE,
            _english,
        ),
        # Cells that stand side by side run together: "10-0812:00", and some sites write two-digit years.
        (r"(?P<y>[012]\d)-(?P<mo>[01]\d)-(?P<d>[0-3]\d)(?P<zone>)" + _CLOCK, _full),
        (r"(?P<mo>[01]\d)-(?P<d>[0-3]\d)(?=\d\d:\d\d)" + _CLOCK, _this_year),
        (r"(?P<mo>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日" + _CLOCK + "?", _this_year),
        (r"(?P<mo>\d{1,2})[-/](?P<d>\d{1,2})(?!\d|[-/])" + _CLOCK + "?", _this_year),
        (r"(?P<epoch>\d{10}|\d{13})(?!\d)", _epoch),
        (_CLOCK[3:-1] + r"(?!\d)", _clock_only),
    )
)


def from_epoch(number: int) -> datetime:
    """The time of epoch seconds or, above 10^11, milliseconds."""
    return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)


def parse_time(raw: object, now: datetime) -> ParsedTime | None:
    """The time at the beginning of a text (after "编辑于" and the like), or None. Never raises on any input."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if not isinstance(raw, str):
        return None
    text = _PREFIX.sub("", " ".join(unicodedata.normalize("NFKC", raw).split()))
    for pattern, build in _FORMS:
        if found := pattern.match(text):
            return _finish(found, build, now)
    return None


def _finish(found: _Found, build: Callable[[_Found, datetime], _Built], now: datetime) -> ParsedTime | None:
    try:
        at, precision = build(found, now)
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # 31 February, 25 o'clock: not a time
    if at > now + MAX_SKEW:
        return ParsedTime((now + MAX_SKEW).astimezone(UTC), precision, clamped=True)
    return ParsedTime(at, precision, yearless=build is _this_year)


def near(found: ParsedTime, anchor: datetime | None) -> ParsedTime:
    """A date without a year, put into the year in which it lies nearest to what else is known of the page's age.

    An old page that says "12-31" was not written last December.
    """
    if anchor is None or not found.yearless:
        return found
    local = found.at.astimezone(SHANGHAI)
    years = [local.replace(year=anchor.year + step) for step in (-1, 0, 1) if _exists(local, anchor.year + step)]
    if not years:
        return found
    return replace(found, at=min(years, key=lambda each: abs(each - anchor)).astimezone(UTC))


def _exists(day: datetime, year: int) -> bool:
    """False for 29 February in most years."""
    return (day.month, day.day) != (2, 29) or calendar.isleap(year)


_ANYWHERE = re.compile(
    r"(?:19|20)\d{2}\s*(?:年|[-/.])\s*\d{1,2}\s*(?:月|[-/.])\s*\d{1,2}\s*日?(?:[T\s]*\d{1,2}:\d{2}(?::\d{2})?)?"
)


def find_time(text: str, now: datetime) -> ParsedTime | None:
    """The first full date inside a longer text, preferring one with a clock time."""
    plain = unicodedata.normalize("NFKC", text)
    dates = [parsed for found in _ANYWHERE.finditer(plain) if (parsed := parse_time(found.group(), now))]
    return next((d for d in dates if d.precision is not TimePrecision.DAY), dates[0] if dates else None)
