"""The events behind a subject's negative mentions: on the insight page, and as a filter of the list of mentions."""

import streamlit as st

from dashboard import data
from dashboard.periods import Period
from nlp.events import Event
from nlp.segment import Segmenter
from yuqing.events_view import EventList, EventReader

MOST = 1_000  # a page answers within seconds; `yuqing events` reads more
_MOST_BACKGROUND = 500


def found(subject_id: str | None, period: Period) -> EventList | None:
    """The events of a period, the largest first; None without a subject. Read once for as long as the period stands."""
    return None if subject_id is None else _read(subject_id, period)


def with_mention(subject_id: str | None, period: Period, mention_id: str) -> Event | None:
    """The event that a mention belongs to: the mention stays when the first ones have left the period."""
    listed = found(subject_id, period)
    return next((each for each in listed.events if mention_id in each.mention_ids), None) if listed else None


@st.cache_resource(ttl=3600, max_entries=1, show_spinner=False)
def segmenter(_version: int) -> Segmenter:
    """Cuts texts, with the names of everything watched; its dictionary takes long to load."""
    return Segmenter(name for each in data.app().subjects for name in (each.name, *each.aliases))


@st.cache_data(ttl=60, max_entries=20, show_spinner="正在归并事件……")
def _read(subject_id: str, period: Period) -> EventList | None:
    subject, app = data.subject(subject_id), data.app()
    if subject is None:
        return None
    reader = EventReader(app.mentions, app.subjects, MOST, _MOST_BACKGROUND, segmenter(id(app)))
    return reader.read(subject, period.since, period.until)
