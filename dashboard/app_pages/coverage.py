"""采集: what was looked at, what came of it, and what to do where we were refused."""

import streamlit as st

from dashboard.crawling import page

st.title("采集")
page.show()
