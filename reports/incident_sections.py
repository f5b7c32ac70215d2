"""The closing file of an incident as sections: pure, from the gathered file to titles, sentences, tables and charts."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from reports.labels import minute, stamp
from yuqing.domain.incident import Incident, StepState
from yuqing.domain.incident_file import IncidentFile
from yuqing.domain.report import Section, Table
from yuqing.labels import ENTRY_KINDS, INCIDENT_STATUSES, LESSON_STATES, STEP_STATES

NONE = "—"


def sections(file: IncidentFile) -> tuple[Section, ...]:
    """All of them in their order; one without content says so."""
    return (
        _facts(file),
        _course(file),
        _spread(file),
        _handling(file),
        _statement(file),
        _talks(file),
        _review(file),
        _alerts(file),
    )


def _facts(file: IncidentFile) -> Section:
    incident = file.incident
    rows = (
        ("标题", incident.title),
        ("主体与话题", f"{file.subject_name} · {file.topic_name}"),
        ("等级", f"{incident.grade.value} 级（{file.grade_name}）{_graded(incident)}"),
        ("严重程度 × 扩散程度", f"{file.severity_name} × {file.spread_name}{_floor(incident)}"),
        ("状态", _status(incident)),
        ("负责人", incident.owner or NONE),
        ("开始 / 开立", f"{stamp(incident.began_at)} / {stamp(incident.opened_at)}"),
        ("响应", _met(incident.responded_at, incident.respond_by, incident.opened_at)),
        ("办结", _met(incident.resolved_at, incident.resolve_by, incident.opened_at)),
        ("结案", stamp(incident.closed_at) if incident.closed_at else NONE),
        ("预案", file.playbook_name),
        ("此前相关事件", incident.previous or NONE),
    )
    return Section("facts", "概要", tables=(Table("事件概要", ("项目", "内容"), rows),))


def _graded(incident: Incident) -> str:
    if not incident.graded_by:
        return "，系统定级"
    question = f"；系统建议 {incident.suggested.value} 级" if incident.suggested else ""
    return f"，{incident.graded_by} 定级{question}"


def _floor(incident: Incident) -> str:
    return "（采集不完整，扩散程度是下限）" if incident.spread_is_floor else ""


def _status(incident: Incident) -> str:
    return INCIDENT_STATUSES[incident.status] + ("（误报）" if incident.is_false_alarm else "")


def _met(done: datetime | None, due: datetime, since: datetime) -> str:
    """When it was done, how long that took, and whether that was in time."""
    if done is None:
        return f"尚未完成（时限 {minute(due)}）"
    late = "超时" if done > due else "按时"
    return f"{minute(done)}，用时 {_length(done - since)}（{late}，时限 {minute(due)}）"


def _length(length: timedelta) -> str:
    minutes = max(length, timedelta(0)).total_seconds() / 60
    return f"{minutes:.0f} 分钟" if minutes < 100 else f"{minutes / 60:.1f} 小时"


def _course(file: IncidentFile) -> Section:
    rows = tuple((minute(each.at), ENTRY_KINDS[each.kind], each.text, each.by or "系统") for each in file.timeline)
    tables = (Table("时间线（北京时间）", ("时间", "类别", "内容", "操作人"), rows),) if rows else ()
    return Section("course", "经过", tables=tables)


def _spread(file: IncidentFile) -> Section:
    total = sum(each.mentions for each in file.platforms)
    rows = tuple((each.platform, f"{each.mentions:,}") for each in file.platforms)
    tables = (Table("各平台负面条数（事件开始以来）", ("平台", "条数"), rows),) if rows else ()
    told = [f"事件开始以来共采集到相关负面 {total:,} 条。"] if rows else ["没有采集到与事件相关的负面内容。"]
    if file.outlets:
        told.append(f"参与的媒体与机构账号：{'、'.join(file.outlets)}。")
    if file.coverage:
        told.append(file.coverage)
    if file.lost_evidence:
        told.append(f"另有 {file.lost_evidence} 条证据已超过保存期限，不再显示。")
    return Section("spread", "传播", tuple(told), tables=tables, charts=file.charts, quotes=file.quotes)


def _handling(file: IncidentFile) -> Section:
    steps = file.incident.steps
    done = sum(step.state is StepState.DONE for step in steps)
    rows = tuple(
        (
            step.text,
            "必做" if step.required else "选做",
            STEP_STATES[step.state],
            f"{step.by} {minute(step.at)}" if step.at else NONE,
            step.note or NONE,
        )
        for step in steps
    )
    tables = (
        (Table(f"步骤（{file.playbook_name}）", ("步骤", "要求", "结果", "谁、何时", "说明"), rows),) if rows else ()
    )
    told = f"共 {len(steps)} 步，完成 {done} 步。" if steps else "没有适用的预案步骤。"
    return Section("handling", "处置", (told,), tables=tables)


def _statement(file: IncidentFile) -> Section:
    drafts = file.incident.drafts
    rows = tuple(
        (
            f"第 {draft.number} 稿",
            draft.by,
            minute(draft.at),
            f"{draft.approved_by} {minute(draft.approved_at)} 核准" if draft.approved_at else NONE,
        )
        for draft in drafts
    )
    tables = (Table("各稿", ("稿次", "起草人", "时间", "核准"), rows),) if rows else ()
    told = list(_checked(file))
    return Section("statement", "对外声明", tuple(told), tables=tables)


def _checked(file: IncidentFile) -> Iterator[str]:
    statement = file.incident.statement
    if statement is None:
        yield "没有核准的声明。"
        return
    found = file.findings
    yield f"第 {statement.number} 稿为定稿，词语检查" + ("没有发现问题。" if not found else f"有 {len(found)} 处提示：")
    yield from found


def _talks(file: IncidentFile) -> Section:
    talks = [each for each in file.timeline if each.kind.value == "contact"]
    rows = tuple((minute(each.at), each.text, each.by) for each in talks)
    tables = (Table("与媒体、意见领袖、监管的沟通", ("时间", "对象与内容", "记录人"), rows),) if rows else ()
    return Section("talks", "沟通", () if rows else ("没有记录的对外沟通。",), tables=tables)


def _review(file: IncidentFile) -> Section:
    written, lessons = file.incident.post_mortem, file.incident.lessons
    told = ["尚未填写复盘。"]
    if written is not None:
        pairs = (("原因", written.cause), ("做得好的", written.went_well), ("要改进的", written.to_improve))
        told = [f"{name}：{text}" for name, text in pairs if text]
    rows = tuple(
        (each.name, "、".join(each.words), each.reason, LESSON_STATES[each.state], each.rule_id or NONE)
        for each in lessons
    )
    columns = ("经验", "关键词", "理由", "结果", "规则")
    return Section("review", "复盘与经验", tuple(told), tables=(Table("经验转化", columns, rows),) if rows else ())


def _alerts(file: IncidentFile) -> Section:
    rows = tuple(
        (
            minute(each.started_at),
            minute(each.ended_at) if each.ended_at else "进行中",
            each.severity,
            each.summary,
            "；".join(each.told) or NONE,
        )
        for each in file.alerts
    )
    columns = ("开始", "解除", "级别", "内容", "送达")
    tables = (Table("预警与通知", columns, rows),) if rows else ()
    return Section("alerts", "预警与通知", () if rows else ("由人工开立，没有预警。",), tables=tables)
