"""Talks with others, the post-mortem, and what was learned: proposals that become rules."""

import streamlit as st

from dashboard import data
from dashboard import format as fmt
from dashboard.incidents import desk, words
from yuqing.domain.incident import Contact, EntryKind, Incident, Lesson, LessonState, PostMortem
from yuqing.incidents.office import Office
from yuqing.incidents.rules import rule_id, rule_text
from yuqing.labels import CONTACT_KINDS, LESSON_STATES

_STATE_COLORS = {LessonState.PROPOSED: "orange", LessonState.TAKEN: "green", LessonState.DECLINED: "gray"}


def talks(office: Office, incident: Incident) -> None:
    """Whom somebody spoke to, and the form to note it."""
    known = {contact.id: contact for contact in office.contacts.every()}
    if incident.subject_id and (spoke := office.reader.outlets(incident, data.now())):
        names_of = fmt.listing([f"{fmt.plain(each.value)} {each.count} 条" for each in spoke], most=8)
        st.caption(f"参与的媒体与机构账号：{names_of}")
    with st.form("talk_form", border=False):
        st.selectbox(
            "与谁",
            [*known, ""],
            format_func=lambda each: _named(known[each]) if each else "名单以外",
            key="talk_with",
        )
        st.text_input("名单以外的单位或账号", key="talk_other", max_chars=60)
        st.text_area("说了什么", key="talk_text", max_chars=2000, height=80)
        names = {each: _named(contact) for each, contact in known.items()}
        st.form_submit_button("记下沟通", on_click=_talk, args=(incident.id, names))
    lines = [line for line in reversed(incident.entries) if line.kind is EntryKind.CONTACT]
    for line in lines:
        st.markdown(words.entry(line))
    if not lines:
        st.caption("还没有记录沟通。联系名单在事件列表页的“联系名单”里维护。")


def _named(contact: Contact) -> str:
    desk_of = f"（{contact.desk}）" if contact.desk else ""
    return f"{contact.name}{desk_of}"


def _talk(incident_id: str, names: dict[str, str]) -> None:
    whom = names.get(str(st.session_state.get("talk_with") or ""), "") or desk.field("talk_other") or "未写明的单位"
    text = desk.field("talk_text")
    desk.act(
        "已记下",
        lambda office, name: office.actions.note(incident_id, text, name, contact=whom),
        "talk_text",
        "talk_other",
    )


def show(office: Office, incident: Incident) -> None:
    """The post-mortem, then the lessons."""
    _post_mortem(incident)
    st.markdown("**经验**　新的关键词，采纳后写成一条规则，`yuqing run` 下次启动时生效")
    for lesson in incident.lessons:
        _lesson(office, incident, lesson)
    with st.expander("提出经验", icon=":material/lightbulb:"):
        _proposal(incident)


def _post_mortem(incident: Incident) -> None:
    key, written = f"pm_{incident.id}", incident.post_mortem or PostMortem("")
    if written.at is not None:
        st.caption(f"{fmt.plain(written.by)} {fmt.stamp(written.at)} 填写")
    fields = (("原因", "cause"), ("做得好的", "went_well"), ("要改进的", "to_improve"))
    if not incident.is_open:
        for label, name in fields:
            st.markdown(f"**{label}**　{fmt.plain(str(getattr(written, name)) or '—')}")
        return
    begun = desk.begin(key, incident.revision, {f"{key}_{name}": str(getattr(written, name)) for _, name in fields})
    for label, name in fields:
        st.text_area(label, key=f"{key}_{name}", height=90, max_chars=5000, persist_state="session")
    st.button("保存复盘", key="pm_save", type="primary", on_click=_save, args=(incident.id, key, begun))
    if st.session_state.pop(f"{key}_stale", False) and written.at is not None:
        with st.container(border=True):
            st.markdown(f"**{fmt.plain(written.by)} 保存的复盘**（您的文字还在上面，再按“保存复盘”会以您的为准）")
            for label, name in fields:
                st.markdown(f"{label}：{fmt.plain(str(getattr(written, name)) or '—')}")


def _save(incident_id: str, key: str, begun: int) -> None:
    written = PostMortem(desk.field(f"{key}_cause"), desk.field(f"{key}_went_well"), desk.field(f"{key}_to_improve"))
    saved = desk.act("已保存复盘", lambda office, name: office.papers.post_mortem(incident_id, written, name, begun))
    incident = desk.office().book.find(incident_id)
    touch = incident.touched.get("post_mortem") if incident else None
    st.session_state[f"{key}_stale"] = not saved and touch is not None and touch.revision > begun
    if saved or st.session_state[f"{key}_stale"]:
        desk.rebase(key, incident.revision if incident else begun)


def _lesson(office: Office, incident: Incident, lesson: Lesson) -> None:
    names = {each.id: each.name for each in office.host.subjects}
    with st.container(border=True):
        mark = f":{_STATE_COLORS[lesson.state]}-badge[{LESSON_STATES[lesson.state]}]"
        st.markdown(f"{mark} **{fmt.plain(lesson.name)}**　{fmt.plain('、'.join(lesson.words))}")
        st.caption(f"{fmt.plain(lesson.reason)}（{fmt.plain(lesson.by)}）")
        text = rule_text(incident, lesson, names.get(incident.subject_id, next(iter(names.values()), "")))
        with st.container(horizontal=True):
            args = (incident.id, lesson.id, incident.revision)
            if lesson.state is LessonState.PROPOSED:
                st.button("采纳为规则", key=f"take_{lesson.id}", on_click=_take, args=args[:2])
                st.button("不采纳", key=f"decline_{lesson.id}", on_click=_decline, args=args)
            st.download_button(
                "规则文本",
                text.encode(),
                file_name=f"{rule_id(incident, lesson)}.yml",
                key=f"rule_{lesson.id}",
                type="tertiary",
                icon=":material/download:",
                on_click="ignore",
            )


def _take(incident_id: str, lesson_id: str) -> None:
    desk.act("已写成规则", lambda office, name: office.take_over(incident_id, lesson_id, name))


def _decline(incident_id: str, lesson_id: str, seen: int) -> None:
    state = LessonState.DECLINED
    desk.act("已定为不采纳", lambda office, name: office.papers.decide(incident_id, lesson_id, state, name, seen=seen))


def _proposal(incident: Incident) -> None:
    st.text_input("名称", key="lesson_name", max_chars=30)
    st.text_input("关键词（用空格或顿号分开）", key="lesson_words")
    st.text_input("例外（含这些词的不算）", key="lesson_except")
    st.text_input("例句（须有其中一个关键词，用来验证规则会响）", key="lesson_example", max_chars=200)
    st.text_input("理由", key="lesson_reason", max_chars=500)
    st.button("提出", key="lesson_save", on_click=_propose, args=(incident.id,))


def _propose(incident_id: str) -> None:
    name, reason, example = (desk.field(f"lesson_{each}") for each in ("name", "reason", "example"))
    watched, left_out = (_split(desk.field(f"lesson_{each}")) for each in ("words", "except"))
    desk.act(
        "已提出",
        lambda office, by: office.papers.propose(incident_id, name, watched, reason, example, by, left_out),
        *(f"lesson_{each}" for each in ("name", "words", "except", "example", "reason")),
    )


def _split(text: str) -> tuple[str, ...]:
    for sign in "、，,；;":
        text = text.replace(sign, " ")
    return tuple(text.split())


def contact_list(office: Office) -> None:
    """The list of contacts, and the form for one more."""
    st.caption("只记单位、岗位与公开账号；姓名与电话放在本行通讯录，这里写编号。")
    for contact in office.contacts.every():
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            parts = [contact.desk, contact.reference, contact.note]
            with st.container(gap="xsmall", width="stretch"):
                st.markdown(f":blue-badge[{CONTACT_KINDS[contact.kind]}] **{fmt.plain(contact.name)}**")
                st.caption(" · ".join(fmt.plain(part) for part in parts if part) or "—")
            st.button("移除", key=f"rm_{contact.id}", type="tertiary", on_click=_remove, args=(contact.id,))
    with st.form("contact_form"):
        st.segmented_control(
            "类别", list(CONTACT_KINDS), default=next(iter(CONTACT_KINDS)), required=True,
            format_func=CONTACT_KINDS.__getitem__, key="contact_kind",
        )  # fmt: skip
        st.text_input("单位或账号", key="contact_name", max_chars=60)
        st.text_input("部门或岗位", key="contact_desk", max_chars=60)
        st.text_input("通讯录编号", key="contact_reference", max_chars=60)
        st.text_input("备注", key="contact_note", max_chars=200)
        st.form_submit_button("加入名单", on_click=_add_contact)


def _add_contact() -> None:
    kind = st.session_state["contact_kind"]
    name, where, reference, note = (desk.field(f"contact_{each}") for each in ("name", "desk", "reference", "note"))
    desk.act(
        "已加入名单",
        lambda office, by: office.contacts.add(kind, name, by, desk=where, reference=reference, note=note),
        *(f"contact_{each}" for each in ("name", "desk", "reference", "note")),
    )


def _remove(contact_id: str) -> None:
    desk.act("已移除", lambda office, by: office.contacts.remove(contact_id, by))
