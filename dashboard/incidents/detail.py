"""One incident in full: its clock, who has it, and the parts of the work. Narrow enough for a phone."""

from datetime import datetime

import streamlit as st

from dashboard import data
from dashboard import format as fmt
from dashboard.incidents import alerts_part, desk, papers, review, steps, words
from yuqing.domain.errors import InputError
from yuqing.domain.incident import Grade, Incident, IncidentStatus, StepState, deadline, next_statuses
from yuqing.incidents.export import file_bytes, file_name
from yuqing.incidents.office import Office
from yuqing.incidents.telling import length
from yuqing.incidents.timeline import newest_first
from yuqing.labels import DEADLINES, INCIDENT_STATUSES

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_FIELDS = (
    *("owner", "title", "grade", "grade_reason", "move_note", "merge_into", "note", "note_at", "own_step"),
    *("talk_with", "talk_other", "talk_text"),
    *("lesson_name", "lesson_words", "lesson_except", "lesson_example", "lesson_reason"),
)


def show(incident_id: str) -> None:
    """Everything about one incident."""
    office = desk.office()
    incident = office.book.find(incident_id)
    if incident is None:
        st.info("没有这起事件：链接可能有误。", icon=":material/search_off:")
        return
    desk.turn_to(incident_id, (*_FIELDS, *(f"note_{step.id}" for step in incident.steps)))
    st.markdown(words.badges(incident))
    st.subheader(fmt.plain(incident.title))
    st.caption(f"{words.facts(incident)} · 编号 {incident.id}")
    desk.tell()
    _tiles(office, incident)
    _buttons(incident)
    if incident.suggested is not None:
        st.warning(
            f"系统按严重程度与扩散程度建议升为 **{incident.suggested.value} 级**（现为 "
            f"{fmt.plain(incident.graded_by)} 所定）。",
            icon=":material/trending_up:",
        )
    parts = st.tabs(["时间线", "步骤", "声明", "沟通", "复盘", "预警"])
    for part, shown in zip(
        parts, (_timeline, steps.show, papers.show, review.talks, review.show, alerts_part.show), strict=True
    ):
        with part:
            shown(office, incident)


def _tiles(office: Office, incident: Incident) -> None:
    plan, clock = office.plan, deadline(incident, data.now())
    done = sum(step.state is not StepState.TODO for step in incident.steps)
    with st.grid(4, min_column_width=150, gap="small"):
        st.metric("等级", f"{incident.grade.value} · {plan.terms[incident.grade].name}", border=True)
        if clock is None:
            st.metric("状态", INCIDENT_STATUSES[incident.status], border=True)
        else:
            left = length(abs((clock.due - data.now()).total_seconds()))
            st.metric(f"{DEADLINES[clock.what]}{'已超时' if clock.is_over else '还有'}", left, border=True)
        st.metric("步骤", f"{done} / {len(incident.steps)}", border=True)
        spread = plan.spreads[min(incident.spread, len(plan.spreads) - 1)].name
        floor = "采集不完整，实际可能更广" if incident.spread_is_floor else None
        st.metric("传播范围（下限）" if floor else "传播范围", spread, border=True, help=floor)


def _buttons(incident: Incident) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        desk.who_acts()
        seen = (incident.id, incident.revision)
        if incident.responded_at is None and incident.is_open:
            st.button("我来处理", key="take", type="primary", icon=":material/check:", on_click=_take, args=seen[:1])
        if incident.is_open:
            with st.popover("指派", icon=":material/person_add:"):
                st.text_input("负责人", key="owner", max_chars=30)
                st.button("确定", key="assign", on_click=_assign, args=seen)
            with st.popover("定级", icon=":material/priority_high:"):
                _grading(incident)
        with st.popover("状态", icon=":material/flag:"):
            _moving(incident)
        if incident.is_open:
            with st.popover("更多", icon=":material/more_horiz:"):
                _naming(incident)
                _merging(incident)
        _export(incident)


def _naming(incident: Incident) -> None:
    st.text_input("标题", key="title", max_chars=80, placeholder=incident.title)
    st.button("改标题", key="rename", on_click=_rename, args=(incident.id, incident.revision), width="stretch")


def _rename(incident_id: str, seen: int) -> None:
    title = desk.field("title")
    desk.act("已改标题", lambda office, name: office.actions.rename(incident_id, title, name, seen), "title")


def _take(incident_id: str) -> None:
    desk.act("已记下：由您处理", lambda office, name: office.actions.acknowledge(incident_id, name))


def _assign(incident_id: str, seen: int) -> None:
    owner = desk.field("owner")
    desk.act("已指派", lambda office, name: office.actions.assign(incident_id, owner, name, seen), "owner")


def _grading(incident: Incident) -> None:
    st.segmented_control(
        "等级", list(Grade), default=incident.grade, required=True, format_func="{} 级".format, key="grade"
    )
    st.text_input("理由", key="grade_reason", max_chars=200)
    st.caption("时限从开立起按新等级计算；人定的等级系统不再改，只提示。")
    st.button("定级", key="grade_save", on_click=_grade, args=(incident.id, incident.revision))


def _grade(incident_id: str, seen: int) -> None:
    grade, reason = Grade(st.session_state["grade"]), desk.field("grade_reason")
    desk.act(
        "已定级", lambda office, name: office.actions.grade(incident_id, grade, reason, name, seen), "grade_reason"
    )


def _moving(incident: Incident) -> None:
    st.text_input("说明", key="move_note", max_chars=500, placeholder="误报结案时必填")
    for status in next_statuses(incident.status):
        reopens = status is IncidentStatus.HANDLING and not incident.is_worked_on
        false = status is IncidentStatus.CLOSED and incident.is_worked_on
        word = "重新打开" if reopens else "误报，结案" if false else f"改为“{INCIDENT_STATUSES[status]}”"
        args = (incident.id, status, incident.revision)
        st.button(word, key=f"move_{status.value}", on_click=_move, args=args, width="stretch")
    if incident.status is IncidentStatus.RESOLVED:
        st.caption("结案须做完必做步骤（或说明不做的理由）并填写复盘。")


def _merging(incident: Incident) -> None:
    others = {each.id: each.title for each in desk.office().book.every(only_open=True) if each.id != incident.id}
    if not others:
        return
    st.selectbox("与另一事件是同一件事", list(others), format_func=others.__getitem__, key="merge_into")
    st.button("并入该事件", key="merge", on_click=_merge, args=(incident.id, incident.revision), width="stretch")


def _merge(incident_id: str, seen: int) -> None:
    into = str(st.session_state["merge_into"])

    def change(office: Office, name: str) -> None:
        office.merging.merge(incident_id, into, name, seen)
        st.query_params["incident"] = into

    desk.act("已合并；现在显示的是合并后的事件", change)


def _move(incident_id: str, to: IncidentStatus, seen: int) -> None:
    note = desk.field("move_note")
    desk.act(
        f"已改为“{INCIDENT_STATUSES[to]}”",
        lambda office, name: office.actions.move(incident_id, to, name, note, seen),
        "move_note",
    )


def _export(incident: Incident) -> None:
    st.download_button(
        "导出 Word",
        lambda: _word(incident.id),
        file_name=file_name(incident),
        mime=_WORD,
        key="export",
        icon=":material/description:",
        on_click="ignore",
        disabled=not desk.actor(),
        help=None if desk.actor() else "先填写处理人：导出会留下记录",
    )


def _word(incident_id: str) -> bytes:
    try:
        return file_bytes(desk.office(), incident_id, desk.actor())
    except InputError as error:
        return str(error).encode()


def _timeline(office: Office, incident: Incident) -> None:
    with st.form("note_form", border=False, clear_on_submit=False):
        st.text_area("补记", key="note", max_chars=2000, height=80, placeholder="发生了什么；客户姓名电话会自动遮盖")
        st.datetime_input("发生时间（北京时间，缺省为现在）", None, key="note_at", width=280)
        st.form_submit_button("记入时间线", on_click=_note, args=(incident.id,))
    for line in newest_first(office.timeline.read(incident)):
        st.markdown(words.entry(line))


def _note(incident_id: str) -> None:
    text = desk.field("note")
    chosen = st.session_state.get("note_at")
    at = chosen.replace(tzinfo=fmt.SHANGHAI) if isinstance(chosen, datetime) else None
    desk.act("已记入", lambda office, name: office.actions.note(incident_id, text, name, at=at), "note")
