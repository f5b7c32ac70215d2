"""An incident in lines for the command line, and as plain data."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from yuqing.domain.codec import to_json
from yuqing.domain.incident import Entry, Incident, deadline
from yuqing.labels import DEADLINES, ENTRY_KINDS, INCIDENT_STATUSES, STEP_STATES

_SHANGHAI = ZoneInfo("Asia/Shanghai")


def as_json(incident: Incident, now: datetime) -> dict[str, object]:
    """Plain data, with the clock as it stands now."""
    clock = deadline(incident, now)
    running = None if clock is None else {"what": clock.what, "due": clock.due.isoformat(), "is_over": clock.is_over}
    return {**to_json(incident), "deadline": running}


def clock_words(incident: Incident, now: datetime) -> str:
    """响应还有 25 分钟, 办结已超 3 小时; empty when nothing is due."""
    clock = deadline(incident, now)
    if clock is None:
        return ""
    return (
        f"{DEADLINES[clock.what]}{'已超' if clock.is_over else '还有'} {length(abs((clock.due - now).total_seconds()))}"
    )


def length(seconds: float) -> str:
    """25 分钟, 3.5 小时, 2 天."""
    minutes = seconds / 60
    if minutes < 100:
        return f"{minutes:.0f} 分钟"
    return f"{minutes / 60:.1f} 小时" if minutes < 48 * 60 else f"{minutes / 1440:.1f} 天"


def line(incident: Incident, now: datetime) -> str:
    """One line of a list."""
    parts = (
        incident.id,
        f"{incident.grade.value} 级",
        INCIDENT_STATUSES[incident.status],
        incident.owner or "无负责人",
        clock_words(incident, now),
        incident.title,
    )
    return "  ".join(part for part in parts if part)


def lines(incident: Incident, timeline: Sequence[Entry], names: Mapping[str, str], now: datetime) -> Iterator[str]:
    """Everything about it."""
    yield line(incident, now)
    yield f"主体 {names.get(incident.subject_id, incident.subject_id)}　话题 {names.get(incident.topic, '—')}"
    yield f"开始 {_stamp(incident.began_at)}　开立 {_stamp(incident.opened_at)}　预警 {len(incident.alerts)} 起"
    yield f"时限 响应 {_stamp(incident.respond_by)}　办结 {_stamp(incident.resolve_by)}"
    for step in incident.steps:
        due = f"（{_stamp(step.due)} 前）" if step.due else ""
        done = f"　{step.by} {_stamp(step.at)}" if step.at else ""
        yield f"  [{STEP_STATES[step.state]}] {step.id}　{step.text}{due}{done}"
    statement = incident.statement
    if incident.drafts:
        yield f"声明 {len(incident.drafts)} 稿，" + (f"第 {statement.number} 稿已核准" if statement else "尚未核准")
    yield "时间线"
    for entry in timeline:
        yield f"  {_stamp(entry.at)}  {ENTRY_KINDS[entry.kind]}  {entry.text}{f'（{entry.by}）' if entry.by else ''}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M}"
