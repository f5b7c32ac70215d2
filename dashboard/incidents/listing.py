"""The list of incidents: what is open and late first; and the form that opens one by hand."""

import streamlit as st

from dashboard import data
from dashboard import format as fmt
from dashboard.incidents import desk, words
from yuqing.domain.incident import Grade, Incident, deadline
from yuqing.incidents.office import Office

_SIZE = 20
_WHICH = {"open": "未结案", "late": "已超时", "closed": "已结案", "all": "全部"}


def head() -> None:
    """Who acts, and the form that opens an incident; what came of the last press."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        desk.who_acts()
        with st.popover("开立事件", icon=":material/add:"):
            _form()
    desk.tell()


def show() -> None:
    """Filters, one box per incident."""
    every = desk.office().book.every()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "范围", list(_WHICH), default="open", required=True, format_func=_WHICH.__getitem__, key="which",
            bind="query-params",
        )  # fmt: skip
        grades = st.pills(
            "等级", list(Grade), selection_mode="multi", format_func="{} 级".format, key="grades", bind="query-params"
        )
    chosen = [each for each in every if _is_in(each, str(which)) and (not grades or each.grade in grades)]
    if not chosen:
        _nothing(every)
        return
    late = sum(_is_late(each) for each in chosen)
    st.caption(f"共 {len(chosen)} 起" + (f"，其中超时 {late} 起" if late else ""))
    pages = max(1, -(-len(chosen) // _SIZE))
    page = st.pagination(pages, key="incident_page") if pages > 1 else 1
    for incident in chosen[(page - 1) * _SIZE : page * _SIZE]:
        _box(incident)


def _nothing(every: list[Incident]) -> None:
    if every:
        st.info("没有符合条件的事件。", icon=":material/task_alt:")
        return
    st.info(
        "还没有事件。中级及以上的预警会自动开立事件，同一件事的预警并入同一事件；也可以点“开立事件”人工开立。",
        icon=":material/assignment:",
    )


def _is_late(incident: Incident) -> bool:
    clock = deadline(incident, data.now())
    return clock is not None and clock.is_over


def _is_in(incident: Incident, which: str) -> bool:
    if which == "late":
        return _is_late(incident)
    return which == "all" or incident.is_open == (which == "open")


def _box(incident: Incident) -> None:
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall", width="stretch"):
            st.markdown(f"{words.badges(incident)} **{fmt.plain(incident.title)}**")
            st.caption(words.facts(incident))
        st.button("查看", key=f"see_{incident.id}", icon=":material/arrow_forward:", on_click=see, args=(incident.id,))


def see(incident_id: str) -> None:
    """Show one incident."""
    st.query_params["incident"] = incident_id


def _form() -> None:
    names, topics = data.subject_names(), {"": "（不限）", **data.topic_names()}
    st.text_input("标题", key="new_title", max_chars=80, placeholder="发生了什么")
    st.selectbox("监测主体", list(names), format_func=names.__getitem__, key="new_subject")
    st.selectbox("话题", list(topics), format_func=topics.__getitem__, key="new_topic")
    st.segmented_control(
        "等级", list(Grade), default=Grade.IV, required=True, format_func="{} 级".format, key="new_grade"
    )
    st.text_area("说明", key="new_note", max_chars=500, height=80)
    st.button("开立", type="primary", key="new_open", on_click=_open)


def _open() -> None:
    def change(office: Office, name: str) -> None:
        made = office.book.open(
            desk.field("new_title"),
            str(st.session_state["new_subject"]),
            name,
            topic=str(st.session_state["new_topic"]),
            grade=Grade(st.session_state["new_grade"]),
            note=desk.field("new_note"),
        )
        see(made.id)

    desk.act("已开立事件", change, "new_title", "new_note")
