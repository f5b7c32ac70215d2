"""What the demo has to show at its end, read back from the store and the inbox, never from what it hoped for."""

import email
import email.policy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from yuqing.bootstrap import App, open_app
from yuqing.coverage_view import coverage_rows
from yuqing.demo.stage import Stage
from yuqing.domain.alert import Alert
from yuqing.domain.ports import MentionQuery
from yuqing.hot_view import MatchedTopic, board_states, matched_topics


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the local inbox."""

    message_id: str
    subject: str


def mails(inbox: Path) -> list[Mail]:
    """The mails of the inbox, by file name."""
    found = []
    for path in sorted(inbox.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found.append(Mail(str(message["Message-ID"] or path.name), str(message["Subject"] or "")))
    return found


@contextmanager
def _inside(environment: dict[str, str]) -> Iterator[App]:
    """The stage's own store, opened in this process."""
    before = {name: value for name, value in os.environ.items() if name.startswith("YQ_")}
    for name in before:
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if name.startswith("YQ_")})
    try:
        with open_app() as app:
            yield app
    finally:
        for name in [name for name in os.environ if name.startswith("YQ_")]:
            del os.environ[name]
        os.environ.update(before)


def leave_cluster(environment: dict[str, str]) -> None:
    """Delete the indices of this demo from the cluster."""
    from storage.elastic import remove_everything

    with _inside(environment) as app:
        remove_everything(app.elastic_client(), app.settings.elasticsearch_prefix)


def summarise(environment: dict[str, str], stage: Stage, report: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The JSON summary of `yuqing demo --headless`. `ok` only when an alert mail came and all was seen."""
    with _inside(environment) as app:
        app.mentions.refresh()
        alerts = app.engine.alerts()
        rows = coverage_rows(app.state)
        by_platform = {facet.value: facet.count for facet in app.mentions.facet(MentionQuery(), "platform")}
        scored = app.mentions.count(MentionQuery(scored=True))
        unscored = app.mentions.count(MentionQuery(scored=False))
        topics = [f"{row.name}：{row.topic.word}，{row.standing}" for row in _hot(app)]
    received = mails(stage.inbox)
    incomplete = {f"{row.source}|{row.query}": row.status for row in rows if row.incomplete}
    return {
        "ok": bool(received) and bool(by_platform) and unscored == 0 and not incomplete,
        "mentions": by_platform,
        "scored": scored,
        "unscored": unscored,
        "alerts": [_alert(alert) for alert in sorted(alerts, key=lambda alert: alert.starts_at)],
        "hot": topics,
        "mails": [mail.subject for mail in received],
        "coverage": {f"{row.source}|{row.query}": row.outcomes for row in rows},
        "incomplete": incomplete,
        "report": report,
        "seconds": round(seconds, 1),
    }


def _hot(app: App) -> tuple[MatchedTopic, ...]:
    """Our topics of the last day on every board."""
    return matched_topics(app.state, board_states(app.state, app.sources), app.clock.now() - timedelta(days=1))


def _alert(alert: Alert) -> dict[str, Any]:
    times = {stage: datetime.fromisoformat(text) for stage, text in alert.latency.items()}
    published, accepted = times.get("published_at"), times.get("accepted_at")
    elapsed = None if published is None or accepted is None else round((accepted - published).total_seconds(), 1)
    return {
        "id": alert.id,
        "rule": alert.rule_id,
        "subject": alert.subject_id,
        "state": alert.state.value,
        "summary": alert.summary,
        "seconds_from_publication_to_mail": elapsed,
    }
