"""The statement: drafts, the check with its places marked, approval by a second person."""

from collections.abc import Sequence

import streamlit as st

from dashboard import format as fmt
from dashboard.incidents import desk, words
from yuqing.domain.incident import Draft, Incident
from yuqing.incidents.checker import Finding, StatementChecker, blocking
from yuqing.incidents.office import Office


def show(office: Office, incident: Incident) -> None:
    """The statement as approved, the field for the next draft, the earlier drafts."""
    if (statement := incident.statement) is not None:
        with st.container(border=True):
            told = f"{fmt.plain(statement.approved_by)} {fmt.stamp(statement.approved_at)} 核准"
            st.markdown(f":green-badge[定稿] 第 {statement.number} 稿，{told}")
            st.html(words.marked(statement.text, ()))
    if incident.is_open:
        _writing(office, incident)
    for draft in reversed(incident.drafts):
        _draft(office, incident, draft)
    if not incident.drafts and not incident.is_open:
        st.caption("没有声明。")


def _writing(office: Office, incident: Incident) -> None:
    key = f"draft_{incident.id}"
    begun = desk.begin(key, incident.revision, {key: _beginning(office, incident)})
    st.text_area("起草声明", key=key, height=220, max_chars=5000, persist_state="session")
    with st.container(horizontal=True):
        st.button("检查", key="draft_check", icon=":material/spellcheck:")
        st.button("存为新稿", key="draft_save", type="primary", on_click=_save, args=(incident.id, key, begun))
    if text := desk.field(key):
        verdict(text, office.papers.check(text))


def _beginning(office: Office, incident: Incident) -> str:
    """The newest draft, else the template of the playbook."""
    if incident.drafts:
        return incident.drafts[-1].text
    return next((each.statement for each in office.plan.playbooks if each.id == incident.playbook), "")


def _save(incident_id: str, key: str, begun: int) -> None:
    text = desk.field(key)
    desk.act("已存为新稿", lambda office, name: office.papers.draft(incident_id, text, name, begun))
    # Saved, or told of the other's draft, which stands below: the next press is meant.
    incident = desk.office().book.find(incident_id)
    desk.rebase(key, incident.revision if incident else begun)


def verdict(text: str, findings: Sequence[Finding]) -> None:
    """What the check says: the text with its places marked, and each reason in words."""
    if not findings:
        st.success("词语检查没有发现问题。", icon=":material/check:")
        return
    wrong = blocking(findings)
    told = f"{len(wrong)} 处须改，{len(findings) - len(wrong)} 处提示"
    with st.container(border=True):
        st.markdown(f"**检查结果**　{told}")
        st.html(words.marked(text, findings))
        for each in findings:
            color, word = ("red", "须改") if each.blocks else ("orange", "提示")
            st.markdown(f":{color}-badge[{word}] {fmt.plain(each.sentence)}")


def _draft(office: Office, incident: Incident, draft: Draft) -> None:
    mark = "　已核准" if draft.approved_at else ""
    name = f"第 {draft.number} 稿　{draft.by}　{fmt.short_stamp(draft.at)}{mark}"
    with st.expander(fmt.plain(name), key=f"draft_{incident.id}_{draft.number}"):
        findings = office.papers.check(draft.text)
        st.html(words.marked(draft.text, findings))
        if draft.approved_at is not None or not incident.is_open:
            return
        if wrong := blocking(findings):
            st.caption(f"{len(wrong)} 处须改，不能核准。")
            return
        st.button(
            "核准为定稿",
            key=f"approve_{draft.number}",
            on_click=_approve,
            args=(incident.id, draft.number, incident.revision),
        )
        if office.plan.four_eyes:
            st.caption("须由起草人以外的人核准。")


def _approve(incident_id: str, number: int, seen: int) -> None:
    desk.act("已核准", lambda office, name: office.papers.approve(incident_id, number, name, seen))


def desk_check(checker: StatementChecker) -> None:
    """A field to check any text, without an incident; nothing of it is stored."""
    st.caption("检查任何对外文字：绝对化用语、保本保息、承诺、指责客户、个人信息。文字不保存。")
    st.text_area("文字", key="loose_text", height=200, max_chars=5000)
    st.button("检查", key="loose_check", icon=":material/spellcheck:")
    if text := desk.field("loose_text"):
        verdict(text, checker.check(text))
