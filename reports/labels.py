"""How values are written for Chinese readers."""

from datetime import UTC, datetime, timedelta, timezone

from yuqing.domain.report import Figure, Report

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving time since 1991
NO_DATA = "无数据"
WEEKDAYS = "一二三四五六日"


_DECIMALS = {"条": 0, "件": 0, "小时": 0, "次": 0}
_SIGNED = frozenset({"环比%", "百分点"})


def show(figure: Figure) -> str:
    """A figure as text: 1,234 条 → "1,234"; None → 无数据. Units stand in headings and sentences."""
    return NO_DATA if figure.value is None else show_number(figure.value, figure.unit)


def show_number(value: float, unit: str) -> str:
    """A number by its unit: counts without decimals, the rest with one; changes carry their sign."""
    if not unit:  # counts, shares and ratios stand in one column of the alerts
        return f"{value:,.0f}" if abs(value) >= 100 else f"{round(value, 2):g}"
    decimals = 0 if unit == "分钟" and abs(value) >= 100 else _DECIMALS.get(unit, 1)
    text = f"{value:+,.1f}" if unit in _SIGNED else f"{value:,.{decimals}f}"
    sign = "%" if unit.endswith("%") else ""
    return f"{text}{sign}".replace("-", "−")


def local(at: datetime) -> datetime:
    """The time in China."""
    return at.astimezone(SHANGHAI)


def minute(at: datetime) -> str:
    """03-11 14:05, China time."""
    return f"{local(at):%m-%d %H:%M}"


def day(at: datetime) -> str:
    """03-11 周三, China time."""
    return f"{local(at):%m-%d} 周{WEEKDAYS[local(at).weekday()]}"


def period(since: datetime, until: datetime) -> str:
    """2026-03-09—03-15: first and last day that [since, until) touches, China time."""
    last = local(until - timedelta(microseconds=1))
    first = local(since)
    form = "%m-%d" if first.year == last.year else "%Y-%m-%d"
    return f"{first:%Y-%m-%d}—{last.strftime(form)}"


def title(report: Report) -> str:
    """云江银行 舆情周报 2026-03-09—03-15."""
    return f"{report.subject_name} 舆情周报 {period(report.since, report.until)}"


def stamp(at: datetime) -> str:
    """The time with its zone, as shown to readers."""
    return f"{local(at.astimezone(UTC)):%Y-%m-%d %H:%M}（北京时间）"
