"""Who is told when: groups, reminders, the escalation chain, inhibition, quiet hours, the end, the pace of a robot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from alerts.bundle import Bundler
from alerts.channels.robots import Quota
from alerts.dispatch import LEASE
from alerts.engine import AlertEngine
from alerts.links import Links
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore, RecordingChannel
from tests.unit.alerts.bank import MINUTE, NOW, TOPICS, receiver
from yuqing.domain.alert import (
    AlertSeverity,
    Detection,
    Escalation,
    Inhibition,
    Message,
    Notification,
    NotificationState,
    Receiver,
    Route,
)
from yuqing.domain.errors import ChannelError
from yuqing.jobs.notify import Ticket

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Scripted(AlertEngine):
    """The engine with detections that the test holds in its hand."""

    holding: list[Detection] = field(default_factory=list)

    def judge(self, now: datetime) -> Sequence[Detection]:
        """What holds."""
        return list(self.holding)


class Watch:
    """Events, receivers, and a clock."""

    def __init__(self, *routes: Route, receivers: Sequence[Receiver] = (), **more: object) -> None:
        names = sorted({name for route in routes for name in route.receivers} | {"chief"})
        self.clock = FakeClock(NOW)
        self.state = InMemoryStateStore()
        self.channels: Mapping[str, RecordingChannel] = {name: RecordingChannel() for name in names}
        known = {each.id: each for each in receivers}
        self.engine = Scripted(
            InMemoryMentionStore(self.clock),
            self.state,
            self.clock,
            (),
            (),
            (),
            routes,
            [known.get(name, receiver(name)) for name in names],
            self.channels,
            Links("https://dash.example", b"k" * 32),
            TOPICS,
            **more,  # type: ignore[arg-type]
        )

    def begins(self, name: str, severity: AlertSeverity = AlertSeverity.WARNING, **labels: str) -> str:
        """An event, a second after the one before; returns its alert id after the next look."""
        now = self.clock.advance(timedelta(seconds=1))
        all_labels = {"rule": "play", "subject": "yunjiang", "group": name, **labels}
        self.engine.holding.append(
            Detection("play", "yunjiang", severity, name, now, now, now, 1, None, None, (), all_labels, True, now)
        )
        self.look()
        return next(alert.id for alert in self.engine.alerts() if alert.summary == name)

    def ends(self, name: str) -> None:
        """The event is over."""
        self.engine.holding[:] = [each for each in self.engine.holding if each.sentence != name]
        self.look()

    def look(self, later: timedelta = timedelta(0)) -> None:
        """Time goes on; one look and one delivery."""
        self.clock.advance(later)
        self.engine.detect()
        self.engine.notify()

    def sent(self, name: str = "duty") -> list[str]:
        """The subjects that a receiver got."""
        return [message.subject for message in self.channels[name].sent]


def _rows(watch: Watch) -> dict[str, Notification]:
    return {
        row.id.partition("|")[2]: row for alert in watch.engine.alerts() for row in watch.engine.notifications(alert.id)
    }


def test_those_of_a_group_come_in_one_message() -> None:
    """The first waits for others of its subject; one message tells all, later ones come after the interval."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE, group_interval=5 * MINUTE))
    watch.begins("甲")
    watch.begins("乙")
    watch.begins("丙", subject="haizhou")
    assert watch.sent() == []
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·中] 甲（另有 1 件）", "[预警·中] 丙"]
    first = watch.channels["duty"].sent[0]
    assert "乙" in first.text
    assert "乙" in str(first.html)
    assert "乙" in str(first.markdown)
    watch.begins("丁")
    watch.look(2 * MINUTE)
    assert len(watch.sent()) == 2
    watch.look(3 * MINUTE)
    assert watch.sent()[2:] == ["[预警·中] 丁"]
    states = {row.state for alert in watch.engine.alerts() for row in watch.engine.notifications(alert.id)}
    assert states == {NotificationState.ACCEPTED}


def test_the_gravest_of_a_group_is_the_headline() -> None:
    """What decides whether somebody gets up stands in the subject line."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.begins("甲", AlertSeverity.INFO)
    watch.begins("乙", AlertSeverity.CRITICAL)
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·高] 乙（另有 1 件）"]


def test_what_a_group_message_did_not_deliver_is_sent_by_itself() -> None:
    """A message that is given up takes nobody down with it."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.begins("甲")
    watch.begins("乙")
    watch.channels["duty"].fail("refused for good", permanent=True)
    watch.look(MINUTE)
    assert watch.sent() == []
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·中] 乙"]


def test_a_repeated_group_message_is_the_same_message() -> None:
    """What joins the group while the first attempt failed is not slipped into the second."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.begins("甲")
    watch.begins("乙")
    watch.channels["duty"].fail("busy")
    watch.look(MINUTE)
    watch.begins("丙")
    watch.look(10 * MINUTE)
    assert sorted(watch.sent()) == ["[预警·中] 丙", "[预警·中] 甲（另有 1 件）"]


def test_nobody_who_confirms_is_reminded() -> None:
    """Ten minutes, then twenty, then forty; an acknowledgement ends it."""
    watch = Watch(Route(("duty",), repeat_interval=10 * MINUTE))
    alert = watch.begins("甲")
    times = []
    for minute in range(1, 80):
        before = len(watch.sent())
        watch.look(MINUTE)
        times += [minute] * (len(watch.sent()) - before)
    assert times == [10, 30, 70]
    assert watch.sent()[1:] == ["[未确认·中] 甲"] * 3
    watch.engine.acknowledge(alert, "林知远")
    for _ in range(50):
        watch.look(HOUR)
    assert len(watch.sent()) == 4


def test_a_reminder_that_waits_is_dropped_when_somebody_confirms() -> None:
    """Between queue and delivery the acknowledgement counts."""
    watch = Watch(Route(("duty",), repeat_interval=10 * MINUTE))
    alert = watch.begins("甲")
    watch.clock.advance(10 * MINUTE)
    watch.engine.detect()
    watch.engine.acknowledge(alert, "林知远")
    watch.engine.notify()
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·中] 甲"]
    assert "已由 林知远 确认" in _rows(watch)["duty|repeat-1"].detail


def test_the_chain_goes_on_until_somebody_confirms() -> None:
    """After fifteen minutes the chief, after an hour the board; the one who confirms ends it, each hears of the end."""
    chain = (Escalation(15 * MINUTE, ("chief",)), Escalation(HOUR, ("chief", "duty")))
    told = [receiver(name, send_resolved=True) for name in ("duty", "chief")]
    watch = Watch(Route(("duty",), escalation=chain), receivers=told)
    alert = watch.begins("甲")
    watch.look(14 * MINUTE)
    assert watch.sent("chief") == []
    watch.look(MINUTE)
    watch.look(MINUTE)
    assert watch.sent("chief") == ["[升级·中] 甲"]
    watch.engine.acknowledge(alert, "林知远")
    watch.look(2 * HOUR)
    assert len(watch.sent("chief")) == 1
    watch.ends("甲")
    watch.look(MINUTE)
    assert watch.sent("chief")[-1] == watch.sent("duty")[-1] == "[解除·中] 甲"


def test_the_chain_does_not_wait_for_a_dead_channel() -> None:
    """The duty officer's mail server is down: the chief is told all the same."""
    watch = Watch(Route(("duty",), escalation=(Escalation(15 * MINUTE, ("chief",)),)))
    watch.channels["duty"].fail("down", times=100)
    watch.begins("甲")
    watch.look(15 * MINUTE)
    assert watch.sent("chief") == ["[升级·中] 甲"]


def test_the_chain_sleeps_with_the_duty_officer() -> None:
    """A warning that waits for the morning wakes no chief in the night."""
    duty = receiver("duty", quiet_hours="12:00-13:00")
    watch = Watch(Route(("duty",), escalation=(Escalation(15 * MINUTE, ("chief",)),)), receivers=[duty])
    watch.begins("甲")
    watch.look(30 * MINUTE)
    assert watch.sent("chief") == watch.sent() == []
    watch.look(30 * MINUTE)
    assert len(watch.sent()) == 1
    watch.look(15 * MINUTE)
    assert len(watch.sent("chief")) == 1


@pytest.mark.parametrize(
    ("severity", "loud", "waits"),
    [
        (AlertSeverity.WARNING, None, True),
        (AlertSeverity.CRITICAL, None, False),
        (AlertSeverity.CRITICAL, [], True),
        (AlertSeverity.WARNING, ["critical", "warning"], False),
    ],
    ids=["warning", "critical", "nothing is loud", "warnings are loud"],
)
def test_quiet_hours_are_overridden_by_severity(
    severity: AlertSeverity, loud: Sequence[str] | None, waits: bool
) -> None:
    """Which grades ring at night is the receiver's choice; the highest does by itself."""
    options: dict[str, object] = {"quiet_hours": "12:00-13:00"} | ({} if loud is None else {"quiet_except": loud})
    watch = Watch(Route(("duty",)), receivers=[receiver("duty", **options)])
    watch.begins("甲", severity)
    assert (watch.sent() == []) is waits
    watch.look(HOUR)
    assert len(watch.sent()) == 1


def test_routes_go_by_topic_rule_and_several_values_and_may_proceed() -> None:
    """The first that matches wins unless it says that the next is asked as well."""
    routes = (
        Route(("risk",), {"severity": ("critical", "warning"), "rule": "play"}, proceed=True),
        Route(("app",), {"topic": ("app", "card")}),
        Route(("duty",)),
    )
    watch = Watch(*routes)
    watch.begins("甲", topic="app")
    watch.begins("乙", AlertSeverity.INFO, topic="loan")
    assert (watch.sent("risk"), watch.sent("app"), watch.sent()) == (
        ["[预警·中] 甲"],
        ["[预警·中] 甲"],
        ["[预警·低] 乙"],
    )


def test_one_alert_keeps_another_quiet_while_it_fires() -> None:
    """A blocked crawler explains the silence of its source; when it is over and the silence goes on, that is told."""
    rule = Inhibition({"rule": "coverage"}, {"rule": "flatline"}, ("source",))
    watch = Watch(Route(("duty",)), inhibitions=[rule])
    watch.begins("采集受阻", rule="coverage", source="weibo")
    watch.begins("微博静默", rule="flatline", source="weibo")
    watch.begins("抖音静默", rule="flatline", source="douyin")
    assert watch.sent() == ["[预警·中] 采集受阻", "[预警·中] 抖音静默"]
    watch.ends("采集受阻")
    watch.look(MINUTE)
    assert watch.sent()[2:] == ["[预警·中] 微博静默"]


def test_the_end_is_told_after_days_of_a_broken_channel() -> None:
    """The beginning arrives late, the end after it; neither is forgotten because a day went by."""
    watch = Watch(Route(("duty",)), receivers=[receiver("duty", send_resolved=True)])
    watch.channels["duty"].fail("down", times=3)
    watch.begins("甲")
    watch.ends("甲")
    for _ in range(4):
        watch.look(timedelta(days=2))
    assert watch.sent() == ["[预警·中] 甲", "[解除·中] 甲"]
    assert not watch.engine.alerts()[0].owed


def test_a_robot_is_not_used_faster_than_its_vendor_allows() -> None:
    """Of thirty messages twenty leave in the first minute, the rest later; none is refused, none is lost."""
    quota = {"duty": Quota("wecom:pr", 20)}
    watch = Watch(Route(("duty",)), quotas=quota)
    for number in range(29):
        now = watch.clock.now()
        watch.engine.holding.append(
            Detection(
                "play", "y", AlertSeverity.INFO, f"{number}", now, now, now, 1, None, None, (), {"group": f"{number}"}
            )
        )
    watch.begins("甲")
    assert len(watch.sent()) == 20
    watch.look(30 * timedelta(seconds=1))
    assert len(watch.sent()) == 20
    watch.look(30 * timedelta(seconds=1))
    assert len(watch.sent()) == watch.channels["duty"].attempts == 30


def test_a_vendor_that_asks_to_wait_is_left_alone() -> None:
    """All messages of the robot wait; such an attempt does not count, so a long closure gives none up."""
    watch = Watch(Route(("duty",)), quotas={"duty": Quota("dingtalk:pr", 20)})
    watch.channels["duty"].failures += [ChannelError("too fast", retry_after=10 * MINUTE)] * 40
    watch.begins("甲")
    watch.begins("乙")
    assert watch.channels["duty"].attempts == 1
    watch.look(9 * MINUTE)
    assert watch.channels["duty"].attempts == 1
    for _ in range(80):
        watch.look(11 * MINUTE)
    assert sorted(watch.sent()) == ["[预警·中] 乙", "[预警·中] 甲"]


def test_a_far_side_that_hangs_does_not_hold_up_the_others() -> None:
    """After one message that waited in vain its other messages wait for the next round; other receivers do not."""
    watch = Watch(Route(("duty", "mail")))

    class Hanging(RecordingChannel):
        def send(self, message: Message) -> str:
            self.attempts += 1
            watch.clock.advance(timedelta(seconds=15))
            raise ChannelError("timeout")

    hanging = Hanging()
    watch.engine.channels["duty"] = hanging  # type: ignore[index]
    for number in range(5):
        now = watch.clock.advance(timedelta(seconds=1))
        watch.engine.holding.append(
            Detection("play", "y", AlertSeverity.INFO, "…", now, now, now, 1, None, None, (), {"group": f"{number}"})
        )
    watch.look()
    assert hanging.attempts == 1
    assert len(watch.sent("mail")) == 5


def test_a_clock_that_is_set_back_keeps_nothing_waiting() -> None:
    """What was to wait until a time that is now days ahead is due."""
    watch = Watch(Route(("duty",)))
    watch.channels["duty"].fail("busy")
    watch.begins("甲")
    watch.look(timedelta(days=-2))
    assert watch.sent() == ["[预警·中] 甲"]


@dataclass(frozen=True)
class Interrupted(Bundler):
    """A process that stands still between choosing its companions and claiming the leader."""

    meanwhile: Callable[[], None] = lambda: None

    def _companions(self, ticket: Ticket, now: datetime) -> list[Ticket]:
        found = super()._companions(ticket, now)
        self.meanwhile()
        return found


def test_a_companion_that_was_let_go_is_not_told_again() -> None:
    """One process stands still for longer than a lease, another lets its companion go and sends it: once is enough."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.begins("甲")
    watch.begins("乙")
    now = watch.clock.advance(MINUTE)
    queue = watch.engine.queue
    leader, other = queue.due(now)

    def meanwhile() -> None:
        later = watch.clock.advance(LEASE)
        carried = queue.load(other.notification.id)
        assert carried is not None
        assert carried.notification.carried_by == leader.notification.id
        free = Bundler(queue, lambda _ticket, _now: True).settle(carried, later)
        assert free is not None
        claimed = queue.claim(free, later)
        assert claimed is not None
        queue.accepted(claimed, "ok", later)

    slow = Interrupted(queue, lambda _ticket, _now: True, meanwhile)
    claimed = slow.claim(leader, now)
    assert claimed is not None
    assert claimed.notification.members == ()


def test_a_companion_waits_while_its_leader_may_be_claimed() -> None:
    """Within the lease nobody takes it away."""
    watch = Watch(Route(("duty",), group_by=("subject",), group_wait=MINUTE))
    watch.begins("甲")
    watch.begins("乙")
    now = watch.clock.advance(MINUTE)
    queue = watch.engine.queue
    leader, other = queue.due(now)
    carried = queue.hand_over(other, leader.notification.id, now)
    assert carried is not None
    assert Bundler(queue, lambda _ticket, _now: True).settle(carried, now + MINUTE) is None
    watch.look()
    assert watch.sent() == ["[预警·中] 甲（另有 1 件）"]
