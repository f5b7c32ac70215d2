"""洞察: why the numbers are as they are, who carries them, what people ask for."""

import streamlit as st

from dashboard import data, gate, widgets
from dashboard.insight import page

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("洞察", width="stretch")
    subject = widgets.choose_subject("insight_subject")
    period = widgets.choose_period("insight_period")

if subject is None:
    st.info("还没有监测主体。请在 subjects.yml 中写明，然后运行 `yuqing doctor`。", icon=":material/info:")
    st.stop()
with gate.explained():
    seen = data.assess(subject, period)
    widgets.coverage_notice(seen)
    page.show(subject, period, seen)
