"""Correcting one mention: what people say counts from then on, on every page and in the alerts."""

import streamlit as st

from dashboard import data, gate, labels
from dashboard import format as fmt
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.errors import Conflict, InputError
from yuqing.domain.ports import StoredMention
from yuqing.jobs.correct import Judgement

_STANCES = tuple(SentimentLabel)


def show(item: StoredMention) -> None:
    """What was corrected, and the form to do so; nothing for a mention whose words are gone."""
    if item.deleted_at is not None or item.annotation is None:
        return
    with st.expander("更正", icon=":material/edit:", key=f"correct_{item.mention.id}"):
        name = gate.actor() or (st.text_input("姓名", key="corrector", max_chars=40) or "").strip()
        _form(item, item.annotation, name)
        if item.correction is not None and st.button("撤回更正", key="correct_back", icon=":material/undo:"):
            _carry_out(lambda: data.take_back(item.mention.id, name))


def marks(item: StoredMention) -> dict[str, str]:
    """Who corrected it when, and what the model itself says; nothing where nobody did."""
    if item.correction is None or item.scored is None:
        return {}
    topics = data.topic_names()
    said = [
        labels.SENTIMENTS[item.scored.sentiment.label],
        labels.severity(item.scored.severity.level),
        "、".join(topics.get(each.id, each.id) for each in item.scored.topics) or "无话题",
    ]
    return {"更正": f"{item.correction.by}，{fmt.stamp(item.correction.at)}", "模型原判": " · ".join(said)}


def _form(item: StoredMention, note: Annotation, name: str) -> None:
    topics, names = data.topic_names(), data.subject_names()
    key = f"correction_{item.mention.id}"
    with st.form(key, border=False):
        stance = st.segmented_control(
            "全文情感",
            _STANCES,
            default=note.sentiment.label,
            format_func=labels.SENTIMENTS.__getitem__,
            required=True,
            key=f"{key}_stance",
        )
        stances = _stances(note, names, key) if len(item.mention.subjects) > 1 else ()
        level = st.segmented_control(
            "风险",
            list(range(4)),
            default=note.severity.level,
            format_func=labels.severity,
            required=True,
            key=f"{key}_level",
        )
        known = [each.id for each in note.topics if each.id in topics]
        chosen = st.multiselect("话题", list(topics), known, format_func=topics.__getitem__, key=f"{key}_topics")
        about = [each for each in item.mention.subjects if each in names]
        subjects = st.multiselect("主体", list(names), about, format_func=names.__getitem__, key=f"{key}_subjects")
        st.caption("与模型相同也可以保存：那是核对无误，用来衡量模型。")
        if st.form_submit_button("保存", type="primary"):
            judgement = Judgement(item.mention.id, stance, stances, tuple(chosen), level, tuple(subjects))
            _carry_out(lambda: data.correct(judgement, name))


def _stances(note: Annotation, names: dict[str, str], key: str) -> tuple[tuple[str, SentimentLabel], ...]:
    """The stance towards each subject, where there are several."""
    said = []
    for each in note.by_subject:
        label = st.segmented_control(
            f"对{names.get(each.subject_id, each.subject_id)}",
            _STANCES,
            default=each.sentiment.label,
            format_func=labels.SENTIMENTS.__getitem__,
            required=True,
            key=f"{key}_stance_{each.subject_id}",
        )
        said.append((each.subject_id, SentimentLabel(label or each.sentiment.label)))
    return tuple((subject, label) for subject, label in said if subject in names)


def _carry_out(act: "data.Act") -> None:
    try:
        act()
    except Conflict:
        st.error("别人刚刚也更正了这一条，请重新打开后再改。")
    except InputError as error:
        st.error(f"没有保存：{error}。")
    else:
        st.rerun()
