"""提及: search, filter, read, export."""

import streamlit as st

from dashboard import data, widgets
from dashboard.mentions import detail, filters, results
from yuqing.domain.mention import MentionId


def back() -> None:
    """Forget the deep link."""
    st.query_params.pop("mention", None)


st.title("提及")
if linked := st.query_params.get("mention"):
    st.button("返回列表", icon=":material/arrow_back:", on_click=back)
    detail.show(MentionId(linked))
    st.stop()

choice = filters.choose()
if choice is None:
    st.stop()
seen = data.assess(choice.subject, choice.period)
widgets.coverage_notice(seen)
opened = st.session_state.get("mention_open")
wide, narrow = st.columns([3, 2]) if opened else (st.container(), None)
with wide:
    selected = results.show(choice, seen, beside=opened is not None)
if selected != opened:
    st.session_state["mention_open"] = selected
    st.rerun()
if narrow is not None and selected is not None:
    with narrow:
        detail.show(selected)
elif selected is None:
    st.caption("点选表格最左侧的方框，在右侧查看全文、评分与互动。")
