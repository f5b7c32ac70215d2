"""The steps of the playbook, ticked off by a person."""

import streamlit as st

from dashboard import data
from dashboard import format as fmt
from dashboard.incidents import desk
from yuqing.domain.incident import Incident, Step, StepState
from yuqing.incidents.office import Office

_ICONS = {
    StepState.TODO: ":material/radio_button_unchecked:",
    StepState.DONE: ":material/check_circle:",
    StepState.SKIPPED: ":material/do_not_disturb_on:",
}


def show(office: Office, incident: Incident) -> None:
    """The steps in their order, and a field for one more."""
    playbook = next((each.name for each in office.plan.playbooks if each.id == incident.playbook), "")
    st.caption(f"预案：{playbook}" if playbook else "没有适用的预案；可以自己增加步骤。")
    for step in incident.steps:
        _row(incident, step)
    if not incident.is_open:
        return
    with st.form("step_form", border=False):
        st.text_input("增加一步", key="own_step", max_chars=200)
        st.form_submit_button("增加", on_click=_add, args=(incident.id,))


def _row(incident: Incident, step: Step) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall", width="stretch"):
            mark = "" if step.required else " :gray-badge[选做]"
            st.markdown(f"{_ICONS[step.state]} {fmt.plain(step.text)}{mark}")
            st.caption(_told(step))
        if not incident.is_open:
            return
        args = (incident.id, step.id, incident.revision)
        if step.state is StepState.TODO:
            st.button("完成", key=f"done_{step.id}", on_click=_tick, args=(*args, StepState.DONE))
            with st.popover("说明", key=f"why_{step.id}"):
                st.text_input("说明", key=f"note_{step.id}", max_chars=300)
                st.button("完成并说明", key=f"done_note_{step.id}", on_click=_tick, args=(*args, StepState.DONE))
                st.button("不做", key=f"skip_{step.id}", on_click=_tick, args=(*args, StepState.SKIPPED))
        else:
            st.button("撤回", key=f"undo_{step.id}", type="tertiary", on_click=_tick, args=(*args, StepState.TODO))


def _told(step: Step) -> str:
    note = f"：{fmt.plain(step.note)}" if step.note else ""
    if step.at is not None:
        word = "完成" if step.state is StepState.DONE else "不做"
        return f"{fmt.plain(step.by)} {fmt.short_stamp(step.at)} {word}{note}"
    if step.due is None:
        return "没有时限"
    late = " :red-badge[超时]" if data.now() >= step.due else ""
    return f"{fmt.short_stamp(step.due)} 前{late}"


def _tick(incident_id: str, step_id: str, seen: int, state: StepState) -> None:
    note = desk.field(f"note_{step_id}") if state is not StepState.TODO else ""
    desk.act("已记下", lambda office, name: office.actions.step(incident_id, step_id, state, name, note, seen))


def _add(incident_id: str) -> None:
    text = desk.field("own_step")
    desk.act("已增加", lambda office, name: office.actions.add_step(incident_id, text, name), "own_step")
