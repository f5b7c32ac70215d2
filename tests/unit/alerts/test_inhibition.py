"""One message per event of a family and receiver: held back only for those whom the other alert reaches."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.dispatch import notification_id
from tests.fakes import RecordingChannel
from tests.unit.alerts.bank import MINUTE, NOW, Bank, receiver, shipped_rules
from yuqing.domain.alert import Alert, Notification, NotificationState, Route
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Outcome

BOTH = ("yunjiang", "yunjiang_app")


@pytest.fixture
def bank() -> Bank:
    """Four quiet weeks, then complaints about the product that name the bank too."""
    made = Bank.empty()
    made.quiet()
    for hours in range(2, 28 * 24, 3):
        label = SentimentLabel.NEGATIVE if hours % 10 == 0 else SentimentLabel.NEUTRAL
        made.post(NOW - timedelta(hours=hours), label=label, subjects=("yunjiang_app",))
    made.outage(posts=40, subjects=BOTH)
    return made


def _look(bank: Bank, **changes: Any) -> None:
    engine = bank.engine(**changes)
    engine.detect()
    engine.notify()


def _alert(bank: Bank, subject: str) -> Alert:
    (found,) = [alert for alert in bank.engine().alerts() if alert.subject_id == subject and alert.rule_id == "spike"]
    return found


def _row(bank: Bank, subject: str, to: str = "duty") -> Notification:
    document = bank.state.load("notification", notification_id(_alert(bank, subject).id, to, "firing"))
    assert document is not None
    return from_json(Notification, document.body)


def test_the_same_event_reaches_a_receiver_once(bank: Bank) -> None:
    """The product's message is held back and names the brand's alert."""
    _look(bank)
    assert _row(bank, "yunjiang").state is NotificationState.ACCEPTED
    held = _row(bank, "yunjiang_app")
    assert held.state is NotificationState.SILENCED
    assert _alert(bank, "yunjiang").id in held.detail


def test_a_silenced_alert_speaks_for_nobody(bank: Bank) -> None:
    """The brand is silenced: the product rings for itself."""
    bank.engine().silence({"subject": "yunjiang"}, timedelta(hours=2), author="值班", reason="演练")
    _look(bank)
    assert _row(bank, "yunjiang").state is NotificationState.SILENCED
    assert _row(bank, "yunjiang_app").state is NotificationState.ACCEPTED


def test_an_alert_for_others_speaks_for_nobody_here(bank: Bank) -> None:
    """The product's own team is not told of the brand's alert, so it is told of its own."""
    routes = [Route(("team",), {"subject": "yunjiang_app"}), Route(("duty",))]
    receivers = [receiver("team"), receiver("duty")]
    channels = {"team": RecordingChannel(), "duty": bank.channel}
    _look(bank, routes=routes, receivers=receivers, channels=channels)
    assert len(channels["team"].sent) == 1  # type: ignore[attr-defined]
    assert _row(bank, "yunjiang_app", "team").state is NotificationState.ACCEPTED


def test_who_was_held_back_is_told_when_the_other_message_dies(bank: Bank) -> None:
    """The brand's mail is refused for good: the product's leaves at the next look."""
    channel = RecordingChannel()
    channel.fail("too large", permanent=True)
    bank.channel = channel
    _look(bank)
    assert _row(bank, "yunjiang").state is NotificationState.DEAD
    assert _row(bank, "yunjiang_app").state is NotificationState.SILENCED
    bank.clock.advance(MINUTE)
    _look(bank)
    assert _row(bank, "yunjiang_app").state is NotificationState.ACCEPTED
    assert len(channel.sent) == 1


def test_nobody_is_told_that_it_is_over_while_a_source_is_not_seen() -> None:
    """The rumour stops when the source is blocked; the end is told when the source is back and it is still quiet."""
    bank = Bank.empty()
    rules = [rule for rule in shipped_rules() if rule.id in ("keyword", "coverage")]
    duty = [receiver(send_resolved=True), receiver("operator")]

    def look() -> list[str]:
        bank.engine(rules, receivers=duty).detect()
        bank.engine(rules, receivers=duty).notify()
        return [line for line in bank.sent if line.startswith("[解除")]

    bank.post(NOW - MINUTE, "听说云江银行有挤兑")
    bank.cover(NOW - timedelta(hours=2), NOW)
    assert look() == []
    bank.clock.set(NOW + timedelta(hours=7))
    for minutes in (400, 405, 410):
        bank.cover(NOW, NOW + minutes * MINUTE, Outcome.BLOCKED)
    assert look() == []
    bank.clock.advance(10 * MINUTE)
    bank.cover(NOW, bank.clock.now())
    look()
    bank.clock.advance(MINUTE)
    assert len(look()) == 1
