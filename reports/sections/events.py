"""重大事件与处置: every alert of the week with what was done about it, and how fast."""

from datetime import datetime, timedelta
from itertools import islice

from reports import proofs
from reports.labels import minute
from reports.quoting import distinct
from reports.week import ENOUGH, Cell, Week, find, negative
from reports.wording import with_unit
from yuqing.domain.alert import Alert
from yuqing.domain.ports import MentionQuery
from yuqing.domain.report import Figure, Quote, Report, Section, Table
from yuqing.labels import GRADES

ID, TITLE = "events", "重大事件与处置"
COLUMNS = ("开始", "级别", "事件", "观测", "常态", "峰值*", "持续", "送达", "确认", "状态")
CAPTION = "预警事件与处置（*峰值：一小时内负面条数；持续、送达、确认：分钟）"
DASH = "—"
MOST_QUOTES = 6
QUOTES_EACH = 2
HOUR = timedelta(hours=1)


def build(week: Week) -> Section:
    """One row per alert, latencies over all, and literal evidence."""
    until = min(week.until, week.now)
    ids = [week.subject.id, *(subject.id for subject in week.related)]
    alerts = week.evidence.alerts(ids, week.since, until)
    rows = tuple(_row(week, alert, until) for alert in alerts)
    return Section(
        ID,
        TITLE,
        figures=_figures(week, ids, until) if rows else (),
        tables=(Table(CAPTION, COLUMNS, rows),) if rows else (),
        quotes=_quotes(week, alerts),
    )


def _figures(week: Week, ids: list[str], until: datetime) -> tuple[Figure, ...]:
    def over_all(what: str) -> proofs.Proof:
        return proofs.alerts(what, ids, week.since, until)

    return (
        week.figure("预警事件", "件", over_all("total")),
        week.figure("已确认", "件", over_all("acknowledged")),
        week.figure("送达延迟中位数", "分钟", over_all("latency_median")),
        week.figure("送达延迟最长", "分钟", over_all("latency_worst")),
    )


def words(alert: Alert, until: datetime) -> tuple[str, ...]:
    """The cells of an alert that are words, in their order. A dash stands for what this alert cannot have."""
    is_over = alert.ends_at is not None and alert.ends_at <= until
    state = f"{'已恢复' if is_over else '持续中'}、{'已确认' if _is_known(alert, until) else '未确认'}"
    dashes = (DASH,) * ((alert.expected is None) + (not _is_known(alert, until)))
    return minute(alert.starts_at), GRADES[alert.severity], alert.summary, *dashes, state


def _is_known(alert: Alert, until: datetime) -> bool:
    return alert.acknowledged_at is not None and alert.acknowledged_at <= until


def _row(week: Week, alert: Alert, until: datetime) -> tuple[Cell, ...]:
    start, grade, summary, *_, state = words(alert, until)

    def number(name: str, unit: str, what: str) -> Figure:
        return week.figure(f"{start}·{name}", unit, proofs.alert(what, alert.id, until))

    window = MentionQuery(
        subjects=(alert.subject_id,),
        since=alert.starts_at - HOUR,
        until=max(min(alert.ends_at or until, until), alert.starts_at + HOUR),
        include_deleted=True,
    )
    return (
        start,
        grade,
        summary,
        number("观测", "", "observed"),
        DASH if alert.expected is None else number("常态", "", "expected"),
        week.figure(f"{start}·峰值", "条", proofs.peak(negative(window), HOUR, week.source_ids, ENOUGH)),
        number("持续", "分钟", "duration"),
        number("送达延迟", "分钟", "latency"),
        number("确认用时", "分钟", "acknowledged") if _is_known(alert, until) else DASH,
        state,
    )


def _quotes(week: Week, alerts: tuple[Alert, ...]) -> tuple[Quote, ...]:
    """The first pieces of evidence of each event; each story once."""
    ids = [each for alert in alerts for each in alert.evidence[:QUOTES_EACH]]
    stored = week.evidence.mentions.get(ids) if ids else {}
    return tuple(islice(distinct(stored[each] for each in ids if each in stored), MOST_QUOTES))


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """How many events, how many acknowledged, how fast the messages arrived."""
    if not section.tables:
        return ("本周没有预警事件。",)
    total, known = find(section, "预警事件"), find(section, "已确认")
    said = [f"本周共 {with_unit(total)}预警事件，已确认 {with_unit(known)}。"]
    middle, worst = find(section, "送达延迟中位数"), find(section, "送达延迟最长")
    if middle.value is not None:
        said.append(f"从首条信息发布到预警送达，中位数 {with_unit(middle)}，最长 {with_unit(worst)}。")
    return tuple(said)
