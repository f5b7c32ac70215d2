"""What keeps a message back, asked whenever one leaves, and what becomes of it: Alertmanager's terms."""

from datetime import timedelta

import pytest

from alerts.channels import Unconfigured
from alerts.dispatch import notification_id
from tests.unit.alerts.bank import MINUTE, receiver
from tests.unit.alerts.test_announce import Watch
from yuqing.domain.alert import AlertSeverity, Inhibition, Message, NotificationState, Route
from yuqing.domain.errors import ChannelError

CRITICAL, WARNING, INFO = AlertSeverity.CRITICAL, AlertSeverity.WARNING, AlertSeverity.INFO
ABOVE = Inhibition({"severity": "critical"}, {"severity": "warning"})
DUTY = Route(("duty",))


def _state(watch: Watch, summary: str, kind: str = "firing") -> NotificationState | None:
    alert = next(each for each in watch.engine.alerts() if each.summary == summary)
    found = watch.engine.queue.load(notification_id(alert.id, "duty", kind))
    return None if found is None else found.notification.state


def test_two_alerts_that_match_both_sides_are_both_told() -> None:
    """Each would keep the other quiet for ever."""
    watch = Watch(DUTY, inhibitions=[Inhibition({"rule": "play"}, {"rule": "play"})])
    watch.begins("甲", rule="play")
    watch.begins("乙", rule="play")
    assert watch.sent() == ["[预警·中] 甲", "[预警·中] 乙"]


def test_while_any_of_two_inhibitors_fires_nothing_is_told() -> None:
    """The end of the one that is named in the row is not the end of the other."""
    watch = Watch(DUTY, inhibitions=[ABOVE])
    watch.begins("大一", CRITICAL)
    watch.begins("大二", CRITICAL)
    watch.begins("小", WARNING)
    watch.ends("大一")
    watch.look(MINUTE)
    assert _state(watch, "小") is NotificationState.SILENCED
    watch.ends("大二")
    watch.look(MINUTE)
    assert _state(watch, "小") is NotificationState.ACCEPTED


def test_a_silence_that_ends_does_not_lift_an_inhibition() -> None:
    """Silenced first, inhibited meanwhile: it stays quiet until neither holds."""
    watch = Watch(DUTY, inhibitions=[ABOVE])
    watch.engine.silence({"severity": "warning"}, 10 * MINUTE, author="林知远", reason="演练")
    watch.begins("小", WARNING)
    watch.begins("大", CRITICAL)
    watch.look(11 * MINUTE)
    assert watch.sent() == ["[预警·高] 大"]
    watch.ends("大")
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·高] 大", "[预警·中] 小"]


def test_what_waits_in_the_queue_is_held_when_an_inhibitor_begins() -> None:
    """A message that waited for its group does not leave into the event that explains it."""
    watch = Watch(Route(("duty",), {"severity": "warning"}, False, ("subject",), 2 * MINUTE), DUTY, inhibitions=[ABOVE])
    watch.begins("小", WARNING)
    watch.begins("大", CRITICAL)
    watch.look(3 * MINUTE)
    assert watch.sent() == ["[预警·高] 大"]
    assert _state(watch, "小") is NotificationState.SILENCED


def test_nobody_is_reminded_of_what_is_inhibited() -> None:
    """Told, then inhibited: no reminder, no escalation until it is free."""
    watch = Watch(Route(("duty",), repeat_interval=10 * MINUTE), inhibitions=[ABOVE])
    watch.begins("小", WARNING)
    watch.begins("大", CRITICAL)
    watch.look(11 * MINUTE)
    assert [line for line in watch.sent() if "小" in line] == ["[预警·中] 小"]
    watch.ends("大")
    watch.look(MINUTE)
    assert [line for line in watch.sent() if "小" in line] == ["[预警·中] 小", "[未确认·中] 小"]


def test_the_end_of_what_is_silenced_is_not_told_later() -> None:
    """As in Alertmanager: an end under a silence is noted, and never sent when the event is on again."""
    watch = Watch(DUTY, receivers=[receiver("duty", send_resolved=True)])
    watch.begins("甲")
    watch.engine.silence({"subject": "yunjiang"}, 10 * MINUTE, author="林知远", reason="演练")
    watch.ends("甲")
    assert _state(watch, "甲", "resolved") is NotificationState.SILENCED
    watch.begins("甲")
    watch.look(20 * MINUTE)
    assert watch.sent() == ["[预警·中] 甲"]


def test_a_silence_that_ends_at_night_wakes_nobody() -> None:
    """The message waits for the end of the quiet hours as any other."""
    watch = Watch(DUTY, receivers=[receiver("duty", quiet_hours="11:00-14:00")])
    watch.engine.silence({"subject": "yunjiang"}, 10 * MINUTE, author="林知远", reason="演练")
    watch.begins("甲", INFO)
    watch.look(20 * MINUTE)
    assert watch.sent() == []
    watch.look(timedelta(hours=3))
    assert watch.sent() == ["[预警·低] 甲"]


@pytest.mark.parametrize(("refused", "told"), [(True, 0), (False, 1)])
def test_several_that_may_have_arrived_are_finished_under_their_key(refused: bool, told: int) -> None:
    """A refusal is certain, so the silence counts; a lost answer is not: the same message leaves again."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.channels["duty"].failures.append(ChannelError("no answer", refused=refused))
    watch.begins("甲")
    watch.begins("乙")
    watch.look(MINUTE)
    watch.engine.silence({"subject": "yunjiang"}, 30 * MINUTE, author="林知远", reason="演练")
    watch.look(MINUTE)
    assert len(watch.sent()) == told
    watch.look(31 * MINUTE)
    assert len(watch.sent()) == (told or 2)


def test_a_channel_without_an_address_has_taken_nothing() -> None:
    """Such an attempt leaves no doubt."""
    with pytest.raises(ChannelError) as caught:
        Unconfigured("没有设置").send(Message("预警", "…", "key"))
    assert not caught.value.may_have_arrived
    assert ChannelError("timeout").may_have_arrived
