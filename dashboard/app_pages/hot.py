"""热榜: what the country talks about, and whether we are among it."""

import streamlit as st

from dashboard import gate
from dashboard.hot import page

st.title("热榜")


@st.fragment(run_every="60s")
def body() -> None:
    """Everything below the title, read again every minute."""
    with gate.explained():  # what a fragment raises does not reach the entry page
        page.show()


body()
