"""总览: is something wrong, where, about what, and how do the others look."""

import streamlit as st

from dashboard import data, gate, widgets
from dashboard.overview import cards, kpis
from dashboard.periods import Period

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("总览", width="stretch")
    subject = widgets.choose_subject("subject")
    period = widgets.choose_period("period")

if subject is None:
    st.info(
        "还没有监测主体。请在 subjects.yml 中写明要监测的银行、产品或活动，然后运行 `yuqing doctor`。",
        icon=":material/info:",
    )
    st.stop()


@st.fragment(run_every="60s")
def body(subject: str, period: Period) -> None:
    """Everything below the filters, read again every minute."""
    with gate.explained():  # what a fragment raises does not reach the entry page
        seen = data.assess(subject, period)
        widgets.coverage_notice(seen)
        kpis.row(subject, period, seen)
        cards.volume_and_alerts(subject, period, seen)
        cards.topics_platforms_voice(subject, period, seen)
        cards.posts(subject, period, seen)


body(subject, period)
