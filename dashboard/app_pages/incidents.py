"""事件处置: who does what about an event, until its file is closed."""

import streamlit as st

from dashboard.incidents import desk, detail, listing, papers, review


def back() -> None:
    """Forget the deep link."""
    st.query_params.pop("incident", None)


if linked := st.query_params.get("incident"):
    st.button("全部事件", icon=":material/arrow_back:", on_click=back, type="tertiary")
    detail.show(linked)
else:
    st.title("事件处置")
    listing.head()
    events, check, contacts = st.tabs(["事件", "声明检查", "联系名单"])
    with events:
        listing.show()
    with check:
        papers.desk_check(desk.office().book.checker)
    with contacts:
        review.contact_list(desk.office())
