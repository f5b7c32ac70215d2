"""Everything the pages read and write, through the ports. Reads are cached for seconds, so that pages stay quick.

    from dashboard import data
    data.volume(query, interval, "sentiment")

The application is opened once per process by `yuqing.bootstrap.open_app`; tests hand in their own by `use_app`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import streamlit as st

from alerts.engine import AlertEngine
from alerts.links import Grant
from alerts.policy import gravity
from dashboard.frames import Tally, tally
from dashboard.periods import Period
from yuqing import gaps
from yuqing.audit import AuditTrail
from yuqing.bootstrap import open_app
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Notification, Silence
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Coverage, Cursor
from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import (
    FacetCount,
    FacetField,
    MentionQuery,
    Page,
    SearchResult,
    Snapshot,
    SplitField,
    StoredMention,
    VolumeBin,
)
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.gaps import Assessment, Track
from yuqing.host import Host
from yuqing.jobs.correct import Corrections, Fate, Judgement
from yuqing.jobs.refresh import NO_ROUTE
from yuqing.seen import polled_sources
from yuqing.source_health import SourceHealth, read_health

_SECONDS = 15
_ALL = 1_000_000
_COMPARED = (SubjectKind.BRAND, SubjectKind.COMPETITOR)


class App(Host, Protocol):
    """What the dashboard needs of the application."""

    @property
    def engine(self) -> AlertEngine:
        """Acknowledging and silencing."""
        ...


_given: list[App] = []


def use_app(app: App | None) -> None:
    """Show this application from now on (None: the configured one again). For tests and scripts."""
    _given[:] = [] if app is None else [app]
    st.cache_data.clear()
    st.cache_resource.clear()


def app() -> App:
    """The application of this process."""
    return _given[0] if _given else _open()


@st.cache_resource(show_spinner=False)
def _open() -> App:
    return open_app()


def now() -> datetime:
    """The product's present."""
    return app().clock.now()


# --- what is watched -------------------------------------------------------------------------------------------------


def subject(id: str) -> Subject | None:
    """The subject of an id."""
    return next((each for each in app().subjects if each.id == id), None)


def subject_names() -> dict[str, str]:
    """Subject id -> name, brands first, in the order of the settings."""
    order = tuple(SubjectKind)
    ranked = sorted(app().subjects, key=lambda each: (each.kind is SubjectKind.COMPETITOR, order.index(each.kind)))
    return {each.id: each.name for each in ranked}


def topic_names() -> dict[str, str]:
    """Topic id -> name."""
    return {each.id: each.name for each in app().topics}


def rule_names() -> dict[str, str]:
    """Rule id -> name."""
    return {each.id: each.name for each in app().engine.rules}


def source_names() -> dict[str, str]:
    """Source id -> name."""
    return {each.id: each.name for each in app().sources}


def compared() -> tuple[Subject, ...]:
    """The banks that are compared with one another."""
    return tuple(each for each in app().subjects if each.kind in _COMPARED)


def bank_of(subject_id: str) -> str:
    """Name of the bank that a subject is or belongs to, "" for none."""
    found = subject(subject_id)
    while found is not None and found.kind not in _COMPARED:
        found = subject(found.parent) if found.parent else None
    return found.name if found else ""


# --- mentions --------------------------------------------------------------------------------------------------------
# A query holds a tree whose nodes differ only by class; its repr tells And from Or, Streamlit's own hash does not.
_HASH: dict[str | type[Any], Callable[[Any], Any]] = {MentionQuery: repr}


@st.cache_data(ttl=_SECONDS, max_entries=500, show_spinner=False, hash_funcs=_HASH)
def volume(query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> list[VolumeBin]:
    """Counts by bin."""
    bins = app().mentions.volume(query, interval, split)
    return [VolumeBin(each.start, each.total, dict(each.by)) for each in bins]


@st.cache_data(ttl=_SECONDS, max_entries=500, show_spinner=False, hash_funcs=_HASH)
def facet(query: MentionQuery, field: FacetField, limit: int = 50) -> list[FacetCount]:
    """Counts by value."""
    return list(app().mentions.facet(query, field, limit))


@st.cache_data(ttl=_SECONDS, max_entries=500, show_spinner=False, hash_funcs=_HASH)
def count(query: MentionQuery) -> int:
    """How many match."""
    return app().mentions.count(query)


@st.cache_data(ttl=_SECONDS, max_entries=200, show_spinner=False, hash_funcs=_HASH)
def search(query: MentionQuery, page: Page) -> SearchResult:
    """One page of mentions."""
    return app().mentions.search(query, page)


@st.cache_data(ttl=_SECONDS, max_entries=200, show_spinner=False)
def mentions_of(ids: tuple[MentionId, ...]) -> list[StoredMention]:
    """The stored ones among these ids, in the given order."""
    found = app().mentions.get(ids)
    return [found[each] for each in ids if each in found]


@st.cache_data(ttl=_SECONDS, max_entries=200, show_spinner=False)
def snapshots(id: MentionId) -> list[Snapshot]:
    """Engagement readings of one mention."""
    return list(app().mentions.snapshots(id))


def is_never_refreshed(id: MentionId) -> bool:
    """Whether a second look was due and the platform has no page for it: the counts stay as they were collected."""
    found = app().state.load("look", id)
    return found is not None and found.body.get("outcome") == NO_ROUTE


Act = Callable[[], object]


def correct(judgement: Judgement, by: str) -> Fate:
    """Write down what somebody says of a mention; every page counts it from now on."""
    done = _desk().judge(judgement, by)
    _forget_counts()
    return done


def take_back(id: MentionId, by: str) -> bool:
    """Let the models' word hold again."""
    if not by:
        raise InputError("请写明是谁作的判断")
    done = _desk().take_back(id, by)
    _forget_counts()
    return done


def _desk() -> Corrections:
    known = (frozenset(each.id for each in app().topics), frozenset(each.id for each in app().subjects))
    return Corrections(app().mentions, app().state, app().clock, AuditTrail(app().state, app().clock).record, *known)


def _forget_counts() -> None:
    for cached in (volume, facet, count, search, mentions_of):
        cached.clear()


def stances(name: str, query: MentionQuery) -> Tally:
    """All of a query in one tally by stance."""
    if query.since is None or query.until is None:
        raise ValueError("a tally needs a period")
    return tally(name, volume(query, query.until - query.since, "sentiment"))


# --- coverage --------------------------------------------------------------------------------------------------------


@st.cache_resource(ttl=_SECONDS, max_entries=1, show_spinner=False)
def _coverage() -> tuple[Coverage, ...]:
    # Shared between readers, not copied for each: frozen values, thousands of them.
    return tuple(from_json(Coverage, each.body) for each in app().state.find("coverage", limit=_ALL))


@st.cache_resource(ttl=_SECONDS, max_entries=1, show_spinner=False)
def tracks() -> tuple[Track, ...]:
    """What is known about every (source, query)."""
    return gaps.tracks(_coverage())


@st.cache_data(ttl=_SECONDS, max_entries=1, show_spinner=False)
def health() -> list[SourceHealth]:
    """How every source is."""
    return read_health(polled_sources(app().sources, app().settings.time_lapse), app().state, now(), _coverage())


def slices(since: datetime) -> list[Coverage]:
    """Slices that end after a time, by source, query and start."""
    return [each for each in _coverage() if each.until > since]


@st.cache_data(ttl=_SECONDS, max_entries=4, show_spinner=False)
def cursors() -> dict[tuple[str, str], Cursor]:
    """How far every (source, query) has been read completely."""
    found = [from_json(Cursor, each.body) for each in app().state.find("cursor", limit=_ALL)]
    return {(each.source, each.query): each for each in found}


def assess(subject_id: str | None, period: Period) -> Assessment:
    """What was not seen of a period, for one subject or for all."""
    watched = subject(subject_id) if subject_id else None
    sources = polled_sources(app().sources, app().settings.time_lapse)
    return gaps.assess(sources, tracks(), watched, period.since, period.until, app().subjects)


# --- alerts ----------------------------------------------------------------------------------------------------------


@st.cache_data(ttl=5, max_entries=4, show_spinner=False)
def alerts() -> list[Alert]:
    """Every alert: firing ones by severity, then the others, the newest first."""
    found = [from_json(Alert, each.body) for each in app().state.find("alert", limit=_ALL)]
    return sorted(found, key=_urgency)


def _urgency(alert: Alert) -> tuple[bool, int, float]:
    is_over = alert.state is not AlertState.FIRING
    return is_over, 0 if is_over else tuple(AlertSeverity).index(alert.severity), -alert.starts_at.timestamp()


def alert(id: str) -> Alert | None:
    """One alert, read fresh."""
    document = app().state.load("alert", id)
    return None if document is None else from_json(Alert, document.body)


def alerts_of(subject_id: str, found: Sequence[Alert]) -> list[Alert]:
    """Alerts about a subject, what belongs to it, or nobody in particular (the crawlers)."""
    family = {each.id for each in app().subjects if subject_id in (each.id, each.parent)}
    return [each for each in found if each.subject_id in family or not each.subject_id]


def beside(found: Alert) -> list[Alert]:
    """What else is going on about the subject of a firing alert, the gravest first; three at most."""
    if found.state is not AlertState.FIRING or not found.subject_id:
        return []
    others = [each for each in alerts() if each.state is AlertState.FIRING and each.subject_id == found.subject_id]
    return sorted((each for each in others if each.id != found.id), key=gravity)[:3]


def notifications(alert_id: str) -> list[Notification]:
    """Who was told about an alert, oldest first."""
    found = app().state.find("notification", {"alert_id": alert_id}, _ALL)
    return sorted((from_json(Notification, each.body) for each in found), key=lambda each: each.created_at)


def acknowledge(alert_id: str, by: str) -> Alert:
    """Write down who takes care; the first to do so stays. Returns the alert as it is stored then."""
    before = alert(alert_id)
    stored = app().engine.acknowledge(alert_id, by)
    if before is not None and before.acknowledged_at is None:
        audit(by, "alert.acknowledge", alert_id)
    alerts.clear()
    return stored


def silence(alert: Alert, length: timedelta, by: str, reason: str) -> Silence:
    """Tell nobody about alerts like this one for a while."""
    made = app().engine.silence(alert.labels, length, author=by, reason=reason)
    audit(by, "alert.silence", alert.id, {"silence": made.id, "until": made.ends_at.isoformat()})
    return made


def silences_of(alert: Alert) -> list[Silence]:
    """The silences that hold for an alert now."""
    moment = now()
    return [
        each
        for each in app().engine.silences()
        if each.starts_at <= moment < each.ends_at and each.matchers.items() <= alert.labels.items()
    ]


def grant(query: str) -> Grant:
    """What a signed link of a message allows. Raises InputError, in Chinese, for one that is forged or expired."""
    return app().engine.links.check(query, now())


def audit(actor: str, action: str, target: str, detail: Mapping[str, str] | None = None) -> None:
    """Write down who did what."""
    AuditTrail(app().state, app().clock).record(actor, action, target, detail)
