"""What a rule is worth here: how often it rang, and how often people found that it was nothing."""

from dataclasses import replace
from datetime import timedelta

from alerts.track_record import TrackRecord, track_record
from tests.fakes import InMemoryStateStore
from tests.unit.alerts.bank import NOW
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.codec import to_json
from yuqing.domain.incident import Grade, Incident, IncidentStatus

DAY = timedelta(days=1)


def _alert(number: int, rule: str = "slow_burn", days: int = 0) -> Alert:
    at = NOW - days * DAY
    return Alert(
        f"a{number}", "f", {"rule": rule}, AlertState.RESOLVED, AlertSeverity.WARNING, at, at, at, "…", rule,
        "yunjiang",
        9.0, 1.0, None, (),
    )  # fmt: skip


def _incident(number: int, alert: str, status: IncidentStatus, *, false: bool = False) -> Incident:
    plain = Incident(
        f"i{number}", "…", "yunjiang", "app", Grade.III, status, NOW, "", NOW, NOW, NOW, NOW, is_false_alarm=false
    )
    return replace(plain, alerts=(alert,))


def test_only_what_people_judged_counts_as_judged() -> None:
    """Of the rule, of the last three months, before this alert; an open incident is no verdict."""
    state = InMemoryStateStore()
    rows = [_alert(1, days=80), _alert(2, days=20), _alert(3, days=9), _alert(4, days=100), _alert(5, "spike", 3)]
    for alert in rows:
        state.save("alert", alert.id, to_json(alert))
    for incident in (
        _incident(1, "a1", IncidentStatus.CLOSED, false=True),
        _incident(2, "a2", IncidentStatus.CLOSED),
        _incident(3, "a3", IncidentStatus.HANDLING),
        _incident(4, "a4", IncidentStatus.CLOSED, false=True),
    ):
        state.save("incident", incident.id, to_json(incident))
    found = track_record(state, _alert(9), NOW)
    assert found == TrackRecord(alerts=3, judged=2, false=1)
    assert found.sentence() == "近 90 天响过 3 次，有结论的 2 次中误报 1 次（50%）"


def test_nothing_is_claimed_without_a_past() -> None:
    """No rate out of nothing."""
    assert track_record(InMemoryStateStore(), _alert(1), NOW).sentence() == ""
    assert TrackRecord(4).sentence() == "近 90 天响过 4 次，都还没有处置结论"
