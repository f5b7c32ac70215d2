"""Entry of the dashboard: page configuration, login, navigation, nothing else."""

from pathlib import Path

import streamlit as st

from dashboard import gate

st.set_page_config(page_title="舆情", page_icon=":material/monitoring:", layout="wide", initial_sidebar_state=200)
st.logo(Path(__file__).parent / "static" / "logo.svg", size="large")
gate.require_login()
gate.run(
    st.navigation(
        [
            st.Page("app_pages/overview.py", title="总览", icon=":material/monitoring:", default=True),
            st.Page("app_pages/mentions.py", title="提及", icon=":material/forum:"),
            st.Page("app_pages/alerts.py", title="预警", icon=":material/notifications_active:"),
            st.Page("app_pages/coverage.py", title="采集", icon=":material/radar:"),
        ]
    )
)
