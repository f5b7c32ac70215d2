"""预警: what fires, why, and who takes care."""

import streamlit as st

from dashboard.alerting import detail, listing


def back() -> None:
    """Forget the deep link."""
    detail.forget_grant()
    st.query_params.pop("alert", None)


if linked := st.query_params.get("alert"):
    st.button("全部预警", icon=":material/arrow_back:", on_click=back, type="tertiary")
    detail.show(linked)
else:
    st.title("预警")
    listing.show()
