"""How the page acts: the office behind it, who is acting, and what came of the last press of a button.

A button carries what its page showed (the revision), by its callback: what somebody else changed since is told, not
written over. What was typed stays in its field until it was saved.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard import data, gate
from yuqing.domain.errors import Conflict, InputError
from yuqing.incidents.office import Office, open_office

_TOLD = "incident_told"
_NAME = "actor"
_SHOWN = "incident_shown"


def office() -> Office:
    """The incidents of this application."""
    return open_office(data.app())


def who_acts() -> None:
    """Who is acting: the one who signed in, or a field for the name."""
    if gate.actor() is None:
        st.text_input("处理人", key=_NAME, max_chars=30, persist_state="session", width=180, placeholder="您的姓名")


def actor() -> str:
    """The name that goes on record."""
    return gate.actor() or str(st.session_state.get(_NAME) or "").strip()


def act(done: str, change: Callable[[Office, str], object], *emptied: str) -> bool:
    """Carry out a change, and say what came of it on the next showing; `emptied` fields are for a new text then."""
    name = actor()
    if not name:
        st.session_state[_TOLD] = ("error", "请先填写处理人，之后可以查到是谁处理的。")
        return False
    try:
        change(office(), name)
    except Conflict as error:
        st.session_state[_TOLD] = ("conflict", f"{error}。")
        return False
    except InputError as error:
        st.session_state[_TOLD] = ("error", f"没有保存：{error}。")
        return False
    for key in emptied:
        st.session_state[key] = ""
    st.session_state[_TOLD] = ("done", done)
    return True


def tell() -> None:
    """What came of the last press."""
    kind, text = st.session_state.pop(_TOLD, ("", ""))
    if kind == "conflict":
        st.warning(text, icon=":material/group:")
    elif kind == "error":
        st.error(text, icon=":material/error:")
    elif kind == "done":
        st.toast(text, icon=":material/check:")


def field(key: str) -> str:
    """What somebody typed."""
    return str(st.session_state.get(key) or "").strip()


def begin(key: str, revision: int, texts: Mapping[str, str]) -> int:
    """Fields with what is stored, unless somebody has begun to write; the revision that the writing began on.

    What came later is not written over by it: saving says which revision was seen.
    """
    mark = f"{key}_base"
    if mark not in st.session_state or any(name not in st.session_state for name in texts):
        st.session_state.update(texts)
        st.session_state[mark] = revision
    return int(st.session_state[mark])


def rebase(key: str, revision: int) -> None:
    """The text is about this revision from now on: it was saved, or its author has been told of the other's."""
    st.session_state[f"{key}_base"] = revision


def turn_to(incident_id: str, fields: Sequence[str]) -> None:
    """Another incident is shown: what was typed into these fields was meant for the one before."""
    if st.session_state.get(_SHOWN) != incident_id:
        for name in fields:
            st.session_state.pop(name, None)
        st.session_state[_SHOWN] = incident_id
