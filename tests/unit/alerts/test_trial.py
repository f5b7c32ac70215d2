"""A test message goes the real way and leaves nothing behind that looks like an alert."""

import pytest

from alerts.channels.robots import Quota
from alerts.pace import RobotPace
from alerts.trial import Trial
from tests.fakes import FakeClock, InMemoryStateStore, RecordingChannel
from tests.unit.alerts.bank import NOW, receiver
from yuqing.domain.alert import Receiver
from yuqing.domain.errors import InputError

ROBOT = Receiver("group", "wecom", {})


def _trial(state: InMemoryStateStore, **channels: RecordingChannel) -> Trial:
    known = {"duty": receiver("duty"), "group": ROBOT}
    return Trial(known, channels, {"group": Quota("wecom:default", 1)}, RobotPace(state), FakeClock(NOW))


def test_everybody_gets_one_and_the_result_is_told_for_each() -> None:
    """One channel refuses: its reason is told, the other is delivered, and nothing is stored with the alerts."""
    mail, group, state = RecordingChannel(), RecordingChannel(), InMemoryStateStore()
    group.fail("错误码 93000", permanent=True)
    found = _trial(state, duty=mail, group=group).run((), "林知远")
    assert [(each.receiver, each.is_accepted) for each in found] == [("duty", True), ("group", False)]
    assert "93000" in found[1].sentence()
    (message,) = mail.sent
    assert message.subject.startswith("[测试]")
    assert "林知远" in message.text
    assert "不是真的预警" in message.text
    assert message.links == ()
    assert not any(state.find(kind) for kind in ("alert", "notification"))


def test_a_robot_is_tried_no_faster_than_it_allows() -> None:
    """The second within a minute is not sent, and that is said."""
    group = RecordingChannel()
    trial = _trial(InMemoryStateStore(), duty=RecordingChannel(), group=group)
    first, second = trial.run(["group"], "cli")[0], trial.run(["group"], "cli")[0]
    assert (first.is_accepted, second.is_accepted, len(group.sent)) == (True, False, 1)
    assert "稍后再试" in second.told


def test_two_tests_are_two_messages() -> None:
    """No mail program may take the second for a copy of the first."""
    mail = RecordingChannel()
    trial = _trial(InMemoryStateStore(), duty=mail, group=RecordingChannel())
    trial.run(["duty"], "cli")
    trial.run(["duty", "duty"], "cli")
    assert len({message.dedup_key for message in mail.sent}) == len(mail.sent) == 2


def test_an_unknown_receiver_is_refused_before_anything_is_sent() -> None:
    """With the names that there are."""
    mail = RecordingChannel()
    with pytest.raises(InputError, match="duty、group"):
        _trial(InMemoryStateStore(), duty=mail, group=mail).run(["duty", "chef"], "cli")
    assert mail.sent == []
