"""Routes, silences, quiet hours, and the one message per family."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.policy import deliveries_of, inhibitors, quiet_until, silenced_by
from tests.unit.alerts.bank import MINUTE, NOW, receiver
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Route, Silence

PARENTS: Mapping[str, str | None] = {"yunjiang": None, "yunjiang_app": "yunjiang", "haizhou": None}


def _alert(subject: str = "yunjiang", severity: AlertSeverity = AlertSeverity.WARNING, minutes: int = 0) -> Alert:
    start = NOW + minutes * MINUTE
    return Alert(
        id=f"{subject}-{minutes}",
        fingerprint=subject,
        labels={"rule": "spike", "subject": subject},
        state=AlertState.FIRING,
        severity=severity,
        starts_at=start,
        ends_at=None,
        updated_at=start,
        summary="…",
        rule_id="spike",
        subject_id=subject,
        observed=1,
        expected=None,
        probability=None,
        evidence=(),
        latency={"detected_at": start.isoformat()},
    )


def test_the_first_route_that_matches_wins() -> None:
    """Severity and labels are matched; no route, nobody."""
    routes = [Route(("ops",), {"severity": "operator"}), Route(("pr",), {"subject": "yunjiang"}), Route(("all",))]
    assert [each.receiver for each in deliveries_of(_alert(severity=AlertSeverity.OPERATOR), routes)] == ["ops"]
    assert [each.receiver for each in deliveries_of(_alert(), routes)] == ["pr"]
    assert [each.receiver for each in deliveries_of(_alert("haizhou"), routes)] == ["all"]
    assert [each.receiver for each in deliveries_of(_alert("haizhou"), routes[:2])] == []


@pytest.mark.parametrize(
    ("matchers", "minutes", "silenced"),
    [
        ({"subject": "yunjiang"}, 0, True),
        ({"subject": "yunjiang", "rule": "keyword"}, 0, False),
        ({"subject": "yunjiang"}, 120, False),
        ({"subject": "yunjiang"}, -1, False),
        ({}, 0, False),
    ],
    ids=["matches", "other rule", "over", "not begun", "no condition"],
)
def test_silences(matchers: Mapping[str, str], minutes: int, silenced: bool) -> None:
    """Between its two times, where every label matches; an empty one matches nothing."""
    silence = Silence("s", matchers, NOW, NOW + timedelta(hours=2), "值班", "演练")
    assert (silenced_by(_alert(), [silence], NOW + minutes * MINUTE) is silence) is silenced


@pytest.mark.parametrize(
    ("hours", "hour", "end"),
    [("22:00-07:00", 15, 23), ("22:00-07:00", 20, 23), ("22:00-07:00", 4, None), ("12:00-13:00", 4, 5)],
    ids=["before midnight", "after midnight", "by day", "noon"],
)
def test_quiet_hours_wait_for_their_end(hours: str, hour: int, end: int | None) -> None:
    """Hours are those of Beijing; the notification waits until they are over."""
    now = datetime(2026, 3, 20, hour, 30, tzinfo=UTC)
    until = quiet_until(_alert(), receiver(quiet_hours=hours), now)
    assert until == (None if end is None else datetime(2026, 3, 20, end, 0, tzinfo=UTC))


def test_nobody_sleeps_through_a_critical_alert() -> None:
    """The highest grade ignores quiet hours, and so does a receiver without any."""
    night = datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
    assert quiet_until(_alert(severity=AlertSeverity.CRITICAL), receiver(quiet_hours="22:00-07:00"), night) is None
    assert quiet_until(_alert(), receiver(), night) is None


def test_product_and_brand_ring_once() -> None:
    """The later of two alerts of a family about the same posts is held back; of two at once the product's."""
    brand, product = _alert(), _alert("yunjiang_app", minutes=5)
    shared = {"yunjiang": 1.0, "yunjiang_app": 0.8}
    assert inhibitors(product, [brand, product], PARENTS, shared) == [brand]
    assert inhibitors(brand, [brand, product], PARENTS, shared) == []
    both = _alert("yunjiang_app")
    assert inhibitors(both, [brand, both], PARENTS, shared) == [brand]
    assert inhibitors(brand, [brand, both], PARENTS, shared) == []


@pytest.mark.parametrize(
    ("alert", "shared"),
    [
        (_alert("yunjiang_app", minutes=5), {"yunjiang": 0.2}),
        (_alert("haizhou", minutes=5), {"yunjiang": 1.0}),
        (_alert("yunjiang_app", minutes=600), {"yunjiang": 1.0}),
        (_alert("yunjiang_app", AlertSeverity.CRITICAL, minutes=5), {"yunjiang": 1.0}),
        (replace(_alert("yunjiang_app", minutes=5), rule_id="keyword"), {"yunjiang": 1.0}),
        (replace(_alert(minutes=5), subject_id=""), {"yunjiang": 1.0}),
    ],
    ids=["other posts", "other family", "hours later", "graver", "other rule", "coverage"],
)
def test_other_events_ring_for_themselves(alert: Alert, shared: Mapping[str, float]) -> None:
    """Only the same posts of the same family at the same time under the same rule are one event."""
    assert inhibitors(alert, [_alert()], PARENTS, shared) == []
