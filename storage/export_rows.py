"""What an export says of each thing: one flat row, with the columns that others build on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from yuqing.domain.alert import Alert, Notification
from yuqing.domain.annotation import Annotation
from yuqing.domain.codec import from_json
from yuqing.domain.correction import Correction
from yuqing.domain.coverage import Coverage
from yuqing.domain.mention import MentionState
from yuqing.domain.ports import MentionQuery, MentionStore, StateStore, StoredMention, Versioned

Row = dict[str, object]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_ALL = 1_000_000  # state documents of one kind; mentions are scanned and have no limit

MENTION_COLUMNS = (
    "id", "platform", "kind", "native_id", "url", "title", "text", "published_at", "collected_at", "likes", "comments",
    "shares", "views", "state", "deleted_at", "text_truncated", "cluster_id", "parent_id", "root_id", "region",
    "subjects", "sentiment", "topics", "severity", "corrected",
)  # fmt: skip
COVERAGE_COLUMNS = ("source", "query", "from", "to", "region", "status", "saturated", "checked_at")
ALERT_COLUMNS = (
    "id", "fingerprint", "rule", "subject", "severity", "state", "starts_at", "ends_at", "updated_at", "summary",
    "observed", "expected", "probability", "evidence", "labels", "latency", "acknowledged_at", "acknowledged_by",
)  # fmt: skip
NOTIFICATION_COLUMNS = (
    "id", "alert_id", "receiver", "kind", "state", "created_at", "updated_at", "attempts", "not_before", "accepted_at",
    "detail",
)  # fmt: skip
INCIDENT_COLUMNS = (
    "id", "title", "subject_id", "topic", "grade", "status", "owner", "opened_by", "began_at", "opened_at",
    "respond_by", "responded_at", "resolve_by", "resolved_at", "closed_at", "is_false_alarm", "alerts",
)  # fmt: skip
_DEADLINES = ("respond_by", "resolve_by")
AUDIT_COLUMNS = ("id", "at", "actor", "action", "target", "detail", "previous", "hash")


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open; None is open."""

    since: datetime | None
    until: datetime | None

    def has(self, moment: datetime) -> bool:
        """True when the moment lies inside."""
        return self.meets(moment, moment) and (self.until is None or moment < self.until)

    def meets(self, start: datetime, end: datetime | None) -> bool:
        """True when [start, end) and the period overlap; end None is open."""
        begins_before = self.until is None or start < self.until
        return begins_before and (self.since is None or end is None or end >= self.since)


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of export: its columns and where its rows come from."""

    columns: tuple[str, ...]
    rows: Callable[[MentionStore, StateStore, MentionQuery, Period], Iterator[Row]]


def mention_row(stored: StoredMention) -> Row:
    """The public form of a mention: what `yuqing export mentions` and `yuqing search --json` give."""
    mention, reactions = stored.mention, stored.mention.engagement
    state = MentionState.VISIBLE if stored.deleted_at is None else MentionState.DELETED
    return {
        "id": mention.id,
        "platform": mention.platform.value,
        "kind": mention.kind.value,
        "native_id": mention.native_id,
        "url": mention.url,
        "title": mention.title,
        "text": mention.text,
        "published_at": local(mention.published_at),
        "collected_at": local(mention.collected_at),
        "likes": reactions.likes,
        "comments": reactions.comments,
        "shares": reactions.shares,
        "views": reactions.views,
        "state": state.value,
        "deleted_at": local(stored.deleted_at),
        "text_truncated": mention.text_truncated,
        "cluster_id": stored.cluster_id,
        "parent_id": mention.parent_id,
        "root_id": mention.root_id,
        "region": mention.region,
        "subjects": list(mention.subjects),
        **_scores(stored.annotation),
        "corrected": _corrected(stored.correction),
    }


def _scores(annotation: Annotation | None) -> Row:
    if annotation is None:
        return {"sentiment": None, "topics": [], "severity": None}
    return {
        "sentiment": annotation.sentiment.label.value,
        "topics": [topic.id for topic in annotation.topics],
        "severity": annotation.severity.level,
    }


def _corrected(correction: Correction | None) -> list[str]:
    """Which values are a person's and not the models'. Who that was stays in the audit trail."""
    if correction is None:
        return []
    judged = {
        "subjects": bool(correction.added or correction.removed),
        "sentiment": correction.sentiment is not None,
        "stances": bool(correction.stances),
        "topics": correction.topics is not None,
        "severity": correction.severity is not None,
    }
    return [name for name, is_judged in judged.items() if is_judged]


def local(moment: datetime | None) -> str | None:
    """ISO 8601 in Beijing time with its offset: one form for people and programs."""
    return None if moment is None else moment.astimezone(_SHANGHAI).isoformat()


def _mentions(mentions: MentionStore, _: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    # Deletions are part of the record: the columns state and deleted_at tell of them.
    wanted = replace(query, since=period.since or query.since, until=period.until or query.until, include_deleted=True)
    return (mention_row(stored) for stored in mentions.scan(wanted))


def _coverage(_: MentionStore, state: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    slices = (from_json(Coverage, found.body) for found in state.find("coverage", limit=_ALL))
    inside = [one for one in slices if period.meets(one.since, one.until)]
    return (
        _coverage_row(one) for one in sorted(inside, key=lambda one: (one.source, one.query, one.since, one.region))
    )


def _coverage_row(one: Coverage) -> Row:
    return {
        "source": one.source,
        "query": one.query,
        "from": local(one.since),
        "to": local(one.until),
        "region": one.region,
        "status": one.status.value,
        "saturated": one.saturated,
        "checked_at": local(one.checked_at),
    }


def _alerts(_: MentionStore, state: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    alerts = (from_json(Alert, found.body) for found in state.find("alert", limit=_ALL))
    inside = [alert for alert in alerts if period.meets(alert.starts_at, alert.ends_at)]
    return (_alert_row(alert) for alert in sorted(inside, key=lambda alert: (alert.starts_at, alert.id)))


def _alert_row(alert: Alert) -> Row:
    return {
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "rule": alert.rule_id,
        "subject": alert.subject_id,
        "severity": alert.severity.value,
        "state": alert.state.value,
        "starts_at": local(alert.starts_at),
        "ends_at": local(alert.ends_at),
        "updated_at": local(alert.updated_at),
        "summary": alert.summary,
        "observed": alert.observed,
        "expected": alert.expected,
        "probability": alert.probability,
        "evidence": list(alert.evidence),
        "labels": dict(alert.labels),
        "latency": dict(alert.latency),
        "acknowledged_at": local(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
    }


def _notifications(_: MentionStore, state: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    found = (from_json(Notification, document.body) for document in state.find("notification", limit=_ALL))
    inside = [one for one in found if period.has(one.created_at)]
    return (_notification_row(one) for one in sorted(inside, key=lambda one: (one.created_at, one.id)))


def _notification_row(one: Notification) -> Row:
    return {
        "id": one.id,
        "alert_id": one.alert_id,
        "receiver": one.receiver,
        "kind": one.kind,
        "state": one.state.value,
        "created_at": local(one.created_at),
        "updated_at": local(one.updated_at),
        "attempts": one.attempts,
        "not_before": local(one.not_before),
        "accepted_at": local(one.accepted_at),
        "detail": one.detail,
    }


def _incidents(_: MentionStore, state: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    for document in state.find("incident", limit=_ALL):
        opened = _moment(document.body.get("opened_at"))
        if opened is None or period.has(opened):
            yield {"id": document.id, **_picked(document, INCIDENT_COLUMNS[1:])}


def _audit(_: MentionStore, state: StateStore, query: MentionQuery, period: Period) -> Iterator[Row]:
    for document in state.find("audit", limit=_ALL):
        at = _moment(document.body.get("at"))
        if at is None or period.has(at):
            # `at` stays as written: the hash of the entry is over this text.
            yield {"id": document.id, **{name: document.body.get(name) for name in AUDIT_COLUMNS[1:]}}


def _picked(document: Versioned, names: tuple[str, ...]) -> Row:
    return {name: _localised(name, document.body) for name in names}


def _localised(name: str, body: Mapping[str, object]) -> object:
    value = body.get(name)
    return local(_moment(value)) if name.endswith("_at") or name in _DEADLINES else value


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


TABLES: Mapping[str, Table] = {
    "mentions": Table(MENTION_COLUMNS, _mentions),
    "coverage": Table(COVERAGE_COLUMNS, _coverage),
    "alerts": Table(ALERT_COLUMNS, _alerts),
    "incidents": Table(INCIDENT_COLUMNS, _incidents),
    "notifications": Table(NOTIFICATION_COLUMNS, _notifications),
    "audit": Table(AUDIT_COLUMNS, _audit),
}
