"""After years of alerts the new ones are still seen: nothing falls behind a default limit of the store."""

from datetime import timedelta

import pytest

from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank, shipped_rules
from yuqing.coverage_view import coverage_rows
from yuqing.domain.alert import Alert, AlertState, Notification, NotificationState, Silence
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Cursor

MANY = 10_001


@pytest.fixture
def bank() -> Bank:
    """A post with a risk word, found and told."""
    made = Bank.empty()
    made.post(NOW - MINUTE, "听说云江银行有挤兑")
    return made


def _look(bank: Bank) -> None:
    engine = bank.engine([rule for rule in shipped_rules() if rule.type == "keyword"])
    engine.detect()
    engine.notify()


def _alert(bank: Bank) -> Alert:
    (found,) = [alert for alert in bank.engine().alerts() if alert.summary != "old"]
    return found


def test_a_firing_alert_behind_many_old_ones_is_told(bank: Bank) -> None:
    """Ids of old alerts sort before the new one, which is found, told once, and listed."""
    _look(bank)
    alert = _alert(bank)
    for number in range(MANY):
        old = Alert(
            id=f"!{number:05}",
            fingerprint=alert.fingerprint,
            labels=alert.labels,
            state=AlertState.RESOLVED,
            severity=alert.severity,
            starts_at=NOW - 900 * DAY,
            ends_at=NOW - 899 * DAY,
            updated_at=NOW - 899 * DAY,
            summary="old",
            rule_id=alert.rule_id,
            subject_id=alert.subject_id,
            observed=1,
            expected=None,
            probability=None,
            evidence=(),
        )
        bank.state.save("alert", old.id, to_json(old))
    bank.clock.advance(MINUTE)
    _look(bank)
    assert _alert(bank).state is AlertState.FIRING
    assert len(bank.engine().alerts()) == MANY + 1
    assert len(bank.sent) == 1


def test_a_message_behind_many_waiting_ones_is_due(bank: Bank) -> None:
    """A flood of failed messages does not hide the newest one."""
    for number in range(MANY):
        row = Notification(f"!{number:05}", "gone", "duty", "firing", NotificationState.QUEUED, NOW, NOW)
        bank.state.save("notification", row.id, to_json(row))
    engine = bank.engine([rule for rule in shipped_rules() if rule.type == "keyword"])
    engine.detect()
    assert len(engine.queue.due(bank.clock.now())) == MANY + 1


def test_a_silence_behind_many_old_ones_holds(bank: Bank) -> None:
    """Ids of old silences sort before the one that holds."""
    for number in range(MANY):
        old = Silence(f"!{number:05}", {"rule": "x"}, NOW - 9 * DAY, NOW - 8 * DAY, "值班", "旧")
        bank.state.save("silence", old.id, to_json(old))
    bank.engine().silence({"subject": "yunjiang"}, timedelta(hours=1), author="值班", reason="演练")
    _look(bank)
    assert bank.sent == []


def test_a_cursor_behind_many_others_is_shown(bank: Bank) -> None:
    """The view of coverage knows how far every query was read."""
    for number in range(MANY):
        cursor = Cursor("a", f"{number:05}", NOW, NOW)
        bank.state.save("cursor", f"a|{number:05}", to_json(cursor))
    bank.state.save("cursor", "weibo|云江银行", to_json(Cursor("weibo", "云江银行", NOW, NOW)))
    bank.cover(NOW - DAY, NOW)
    (row,) = coverage_rows(bank.state)
    assert row.complete_until == NOW
