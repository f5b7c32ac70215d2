"""How the platforms print times and numbers."""

from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE, _HOUR = 60, 3600


def china(moment: datetime) -> datetime:
    """The same moment on a wall clock in China."""
    return moment.astimezone(CHINA)


def relative_time(created: datetime, now: datetime, yesterday: bool = True) -> str:
    """The form a Weibo search page shows, which depends on the age of the post; `yesterday`: whether it says 昨天."""
    local, today = china(created), china(now)
    age = (now - created).total_seconds()
    if age < _MINUTE:
        return "刚刚" if age < 10 else f"{int(age)}秒前"
    if age < _HOUR:
        return f"{int(age // _MINUTE)}分钟前"
    if local.date() == today.date():
        return f"今天{local:%H:%M}"
    if yesterday and local.date() == today.date() - timedelta(days=1):
        return f"昨天 {local:%H:%M}"
    if local.year == today.year:
        return f"{local:%m}月{local:%d}日 {local:%H:%M}"
    return f"{local.year}年{local:%m}月{local:%d}日 {local:%H:%M}"


def weibo_time(moment: datetime) -> str:
    """`Sat Mar 14 09:26:53 +0800 2026`, English names whatever the locale."""
    local = china(moment)
    return f"{_DAYS[local.weekday()]} {_MONTHS[local.month - 1]} {local:%d %H:%M:%S} +0800 {local.year}"


def rfc822(moment: datetime) -> str:
    """`Sat, 14 Mar 2026 09:26:53 +0800` as in RSS feeds."""
    local = china(moment)
    return f"{_DAYS[local.weekday()]}, {local:%d} {_MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S} +0800"


def w3c(moment: datetime) -> str:
    """`2026-03-14T09:26:53+08:00` as in Atom, sitemaps and JSON-LD."""
    return china(moment).isoformat(timespec="seconds")


def short_count(count: int) -> str:
    """`12`, `1.2万` or `100万+`, as a page shows a counter."""
    if count >= 1_000_000:
        return "100万+"
    if count >= 10_000:
        return f"{count / 10_000:.1f}".removesuffix(".0") + "万"
    return str(count)


def api_count(count: int) -> int | str:
    """Counters in the mobile JSON: a number while small, a text when large."""
    return count if count < 10_000 else short_count(count)


def parse_moment(text: str) -> datetime:
    """Read an ISO time; without a zone it is China's."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
