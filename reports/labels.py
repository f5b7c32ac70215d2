"""How values are written for Chinese readers."""

from datetime import UTC, datetime, timedelta, timezone

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import Platform
from yuqing.domain.report import Figure, Report

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no daylight saving time since 1991
NO_DATA = "无数据"
WEEKDAYS = "一二三四五六日"

PLATFORMS = {
    Platform.WEIBO: "微博",
    Platform.DOUYIN: "抖音",
    Platform.NEWS: "新闻",
    Platform.WECHAT: "微信公众号",
    Platform.XIAOHONGSHU: "小红书",
    Platform.ZHIHU: "知乎",
    Platform.BILIBILI: "哔哩哔哩",
    Platform.KUAISHOU: "快手",
    Platform.TIEBA: "百度贴吧",
    Platform.GUBA: "股吧",
    Platform.HEIMAO: "黑猫投诉",
    Platform.APPSTORE: "应用商店",
    Platform.FEEDBACK: "行内反馈",
    Platform.OTHER: "其他",
}
SENTIMENTS = {
    SentimentLabel.NEGATIVE: "负面",
    SentimentLabel.NEUTRAL: "中性",
    SentimentLabel.POSITIVE: "正面",
}
OUTCOMES = {
    Outcome.OK: "正常",
    Outcome.OK_EMPTY: "正常（无新内容）",
    Outcome.SUSPECT_EMPTY: "空白页（可疑）",
    Outcome.AUTH_REQUIRED: "需要登录",
    Outcome.CHALLENGE: "要求验证",
    Outcome.RATE_LIMITED: "被限流",
    Outcome.BLOCKED: "被拒绝",
    Outcome.NOT_FOUND: "页面不存在",
    Outcome.CHANGED: "页面改版",
    Outcome.TRANSPORT: "网络故障",
}
GRADES = {
    AlertSeverity.CRITICAL: "高",
    AlertSeverity.WARNING: "中",
    AlertSeverity.INFO: "低",
    AlertSeverity.OPERATOR: "运维",
}

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
