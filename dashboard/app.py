"""Entry of the dashboard: page configuration, login, navigation, nothing else."""

from pathlib import Path

import streamlit as st

from dashboard import gate

_STATIC = Path(__file__).parent / "static"

# An icon of Streamlit's own set would be fetched from a server on the internet.
st.set_page_config(page_title="舆情监测", page_icon=_STATIC / "icon.png", layout="wide", initial_sidebar_state=200)
st.logo(_STATIC / "logo.svg", size="large")
gate.require_login()
gate.run(
    st.navigation(
        [
            st.Page("app_pages/overview.py", title="总览", icon=":material/monitoring:", default=True),
            st.Page("app_pages/mentions.py", title="提及", icon=":material/forum:"),
            st.Page("app_pages/insight.py", title="洞察", icon=":material/lightbulb:"),
            st.Page("app_pages/alerts.py", title="预警", icon=":material/notifications_active:"),
            st.Page("app_pages/incidents.py", title="事件处置", icon=":material/assignment:"),
            st.Page("app_pages/hot.py", title="热榜", icon=":material/trending_up:"),
            st.Page("app_pages/coverage.py", title="采集", icon=":material/radar:"),
        ]
    )
)
