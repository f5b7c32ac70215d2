"""Numbers and times the way Chinese readers write them; times are shown in Asia/Shanghai."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dashboard.labels import NO_DATA, UNKNOWN

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """The same moment on the clock of Shanghai."""
    return moment.astimezone(SHANGHAI)


def stamp(moment: datetime | None) -> str:
    """2026-11-23 08:05, or 未知."""
    return UNKNOWN if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"


def short_stamp(moment: datetime) -> str:
    """11-23 08:05."""
    return f"{local(moment):%m-%d %H:%M}"


def naive_iso(moment: datetime) -> str:
    """Local wall-clock text for charts: a browser anywhere shows it unchanged."""
    return local(moment).strftime("%Y-%m-%dT%H:%M:%S")


def count(number: int | None) -> str:
    """12,345 up to a hundred thousand, then 12.3万, then 1.2亿; None is 未知."""
    if number is None:
        return UNKNOWN
    if abs(number) >= 100_000_000:
        return f"{number / 100_000_000:.1f}亿"
    return f"{number / 10_000:.1f}万" if abs(number) >= 100_000 else f"{number:,}"


def share(value: float | None) -> str:
    """23.4%, or 无数据."""
    return NO_DATA if value is None else f"{value:.1%}"


def signed(value: float | None) -> str:
    """Net sentiment from -100 to +100, with its sign."""
    return NO_DATA if value is None else f"{value:+.0f}"


def points(change: float) -> str:
    """Change of a share in percentage points."""
    return f"{change * 100:+.1f} 百分点"


def relative(change: int, before: int) -> str:
    """+25% (+12), or only the difference where there was nothing before."""
    return f"{change:+,}" if before == 0 else f"{change / before:+.0%} ({change:+,})"


def number(value: float | None) -> str:
    """An observed or expected value: whole numbers without decimals, small ones with two."""
    if value is None:
        return UNKNOWN
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0") if abs(value) < 10 else f"{value:,.1f}"


def probability(value: float | None) -> str:
    """A tail probability, short enough for a phone."""
    if value is None:
        return NO_DATA
    if value >= 0.001:
        return f"{value:.1%}"
    return f"{value:.4%}" if value >= 0.000001 else "<0.0001%"


def duration(length: timedelta) -> str:
    """3 天 4 小时, 2 小时 5 分, 40 秒: the two largest units."""
    seconds = max(0, int(length.total_seconds()))
    units = (("天", 86_400), ("小时", 3_600), ("分", 60), ("秒", 1))
    parts = []
    for name, size in units:
        amount, seconds = divmod(seconds, size)
        parts.append((amount, name))
    first = next((i for i, (amount, _) in enumerate(parts) if amount), len(parts) - 1)
    return " ".join(f"{amount} {name}" for amount, name in parts[first : first + 2] if amount) or "0 秒"


def short_duration(length: timedelta) -> str:
    """95 分, 5.2 小时, 3.1 天: one number that fits a tile on a phone."""
    minutes = max(0, length.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes:.0f} 分"
    return f"{minutes / 60:.1f} 小时" if minutes < 48 * 60 else f"{minutes / 1440:.1f} 天"


def ago(moment: datetime, now: datetime) -> str:
    """5 分钟前; older than a day: the date."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "刚刚"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} 分钟前"
    return f"{int(passed.total_seconds() // 3600)} 小时前" if passed < timedelta(days=1) else short_stamp(moment)


def span(since: datetime, until: datetime) -> str:
    """11-13 15:00 至 11-14 05:00, the second date only where it differs."""
    start, end = local(since), local(until)
    tail = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%m-%d %H:%M}"
    return f"{start:%m-%d %H:%M} 至 {tail}"


def heading(title: str | None, text: str) -> str:
    """A title that says more than the beginning of its text; else nothing."""
    return title if title and not text.startswith(title.rstrip("…")) else ""


def clip(text: str, length: int = 80) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def listing(names: Sequence[str], most: int = 3) -> str:
    """甲、乙、丙等 5 个."""
    shown = "、".join(names[:most])
    return shown if len(names) <= most else f"{shown}等 {len(names)} 个"


def safe_url(url: str) -> str | None:
    """The address if it is an ordinary web link, otherwise None: nothing else becomes clickable."""
    parts = urlsplit(url)
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def plain(text: str) -> str:
    """Third-party text inside Markdown: every sign that Markdown or Streamlit could read is escaped."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]()#+-.!|$:~<>&" else char for char in text)


def stamp_seconds(moment: datetime) -> str:
    """11-23 08:05:31, for latencies."""
    return f"{local(moment):%m-%d %H:%M:%S}"
