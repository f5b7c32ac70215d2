"""After years of alerts the firing one is still on the pages."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dashboard import data
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Cursor

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
MANY = 10_001


@pytest.fixture
def state() -> Iterator[InMemoryStateStore]:
    """The store behind the pages."""
    store = InMemoryStateStore()
    data.use_app(cast(Any, SimpleNamespace(state=store, clock=FakeClock(NOW))))
    yield store
    data.use_app(None)


def _alert(id: str, state: AlertState, start: datetime) -> Alert:
    return Alert(
        id=id,
        fingerprint="f",
        labels={"rule": "spike"},
        state=state,
        severity=AlertSeverity.CRITICAL,
        starts_at=start,
        ends_at=None,
        updated_at=start,
        summary="…",
        rule_id="spike",
        subject_id="yunjiang",
        observed=1,
        expected=None,
        probability=None,
        evidence=(),
    )


def test_the_firing_alert_is_on_top(state: InMemoryStateStore) -> None:
    """Its id sorts behind ten thousand old ones; it is shown, and first."""
    for number in range(MANY):
        old = _alert(f"a{number:05}", AlertState.RESOLVED, NOW - timedelta(days=400))
        state.save("alert", old.id, to_json(old))
    state.save("alert", "z", to_json(_alert("z", AlertState.FIRING, NOW)))
    assert data.alerts()[0].id == "z"


def test_every_cursor_is_read(state: InMemoryStateStore) -> None:
    """However many queries were ever watched."""
    for number in range(MANY):
        cursor = Cursor("weibo", f"{number:05}", NOW, NOW)
        state.save("cursor", cursor.key, to_json(cursor))
    assert len(data.cursors()) == MANY
