"""A later, much larger wave inside an open event: told at once under the same alert, once, and never against a hold."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from alerts.surges import grown, level
from tests.unit.alerts.bank import MINUTE, NOW, Bank, receiver, shipped_rules
from tests.unit.alerts.test_announce import HOUR, Watch
from yuqing.domain.alert import AlertSeverity, Detection, NotificationState, Route
from yuqing.domain.codec import from_json, to_json

DUTY = Route(("duty",))


def holds(
    watch: Watch,
    observed: float,
    *,
    expected: float | None = 2.0,
    measure: str = "",
    loudness: float | None = None,
) -> None:
    """The event that began at noon is at so many posts in half an hour; one look a minute later."""
    labels, words = {"rule": "play", "subject": "yunjiang"}, f"负面 {observed:.0f} 条"
    now = watch.clock.now()
    watch.engine.holding[:] = [
        Detection(
            *("play", "yunjiang", AlertSeverity.WARNING, words, now, now, now, observed, expected, None, (), labels),
            event_start=NOW,
            measure=measure,
            loudness=loudness,
        )
    ]
    watch.look(MINUTE)


def a_wave(watch: Watch, *course: float, step: timedelta = 30 * MINUTE) -> list[str]:
    """So many posts in half an hour, step by step; the kinds of messages that went out."""
    for observed in course:
        holds(watch, observed)
        watch.look(step - MINUTE)
    return [line[1:].partition("·")[0] for line in watch.sent()]


@pytest.mark.parametrize(
    ("course", "told"),
    [
        ((10, 30, 80, 90, 100), ["预警"]),
        ((10, 20, 20, 20, 79), ["预警"]),
        ((10, 20, 20, 20, 80), ["预警", "再次放大"]),
        ((10, 20, 20, 20, 80, 85, 300, 310), ["预警", "再次放大"]),
        ((10, 20, 20, 20, 80, 85, 85, 339, 340), ["预警", "再次放大", "再次放大"]),
        ((10, 20, 20, 20, 80, 5, 5, 5, 5), ["预警", "再次放大"]),
    ],
    ids=["unfolds", "not four times", "four times", "still unfolding", "and again", "fades"],
)
def test_growth_is_told_when_it_is_much_and_once(course: Sequence[float], told: list[str]) -> None:
    """Four times the wave that was told of, an hour or more after the message; never the first wave itself."""
    assert a_wave(Watch(DUTY), *course) == told


def test_the_message_says_what_was_before() -> None:
    """Same alert, the new figures in the subject line, the first hour beside them."""
    watch = Watch(DUTY)
    a_wave(watch, 10, 20, 20, 80)
    last = watch.channels["duty"].sent[-1]
    assert last.subject == "[再次放大·中] 负面 80 条"
    assert "起初：第一个小时里最多 20 条" in last.text
    (alert,) = watch.engine.alerts()
    assert last.dedup_key == f"{alert.id}|duty|surge-1"


@pytest.mark.parametrize(("expected", "measure"), [(None, ""), (2.0, "估计触达人数")], ids=["words", "reach"])
def test_only_counts_of_posts_grow(expected: float | None, measure: str) -> None:
    """A reach of a million is no crowd of four times two hundred and fifty thousand."""
    watch = Watch(DUTY)
    for observed in (10, 10, 10, 100):
        holds(watch, observed, expected=expected, measure=measure)
        watch.look(30 * MINUTE)
    assert len(watch.sent()) == 1


def test_who_takes_care_is_told_too() -> None:
    """The officer has confirmed twenty posts; eighty are news. Reminders stay away as before."""
    watch = Watch(Route(("duty",), repeat_interval=10 * MINUTE))
    holds(watch, 20)
    watch.engine.acknowledge(watch.engine.alerts()[0].id, "林知远")
    assert a_wave(watch, 20, 20, 20, 80, 80, 80) == ["预警", "再次放大"]


def test_a_reminder_has_told_it() -> None:
    """What the last reminder said is what counts; and after a surge the next reminder takes its pause."""
    watch = Watch(Route(("duty",), repeat_interval=4 * HOUR))
    assert a_wave(watch, *[20] * 8, 78, 78, 78, 78, 90) == ["预警", "未确认"]
    assert a_wave(watch, 320) == ["预警", "未确认", "再次放大"]
    assert a_wave(watch, *[320] * 14) == ["预警", "未确认", "再次放大"]
    assert a_wave(watch, 320, 320) == ["预警", "未确认", "再次放大", "未确认"]


def test_a_silence_holds_it_and_its_end_lets_it_go() -> None:
    """Silenced while it grows: told when the silence is over and it still goes on."""
    watch = Watch(DUTY)
    a_wave(watch, 20, 20, 20)
    watch.engine.silence({"subject": "yunjiang"}, HOUR, author="林知远", reason="已知")
    assert a_wave(watch, 80) == ["预警"]
    assert a_wave(watch, 80, 80) == ["预警", "再次放大"]


def test_a_silence_between_queue_and_delivery_counts_for_who_takes_care_too() -> None:
    """It sleeps in the queue, although the alert is acknowledged, and leaves afterwards."""
    watch = Watch(DUTY)
    a_wave(watch, 20, 20, 20)
    watch.engine.acknowledge(watch.engine.alerts()[0].id, "林知远")
    holds_only = watch.engine.holding[0]
    watch.engine.holding[:] = [Detection(**{**_fields(holds_only), "observed": 80.0})]
    watch.engine.detect()
    watch.engine.silence({"subject": "yunjiang"}, HOUR, author="林知远", reason="已知")
    watch.engine.notify()
    assert len(watch.sent()) == 1
    watch.look(HOUR)
    watch.look(MINUTE)
    assert watch.sent()[1:] == ["[再次放大·中] 负面 20 条"]


def _fields(detection: Detection) -> dict[str, object]:
    return {name: getattr(detection, name) for name in Detection.__slots__}


def test_what_has_ended_is_not_told_as_growing() -> None:
    """It waits for the morning, and is over by then."""
    duty = receiver("duty", quiet_hours="12:30-18:00")
    watch = Watch(DUTY, receivers=[duty])
    assert a_wave(watch, 20, 20, 20, 80) == ["预警"]
    watch.engine.holding.clear()
    watch.look(6 * HOUR)
    assert len(watch.sent()) == 1
    rows = watch.engine.notifications(watch.engine.alerts()[0].id)
    assert [(row.kind, row.detail) for row in rows if row.state is NotificationState.SILENCED] == [
        ("surge-1", "已解除")
    ]


def test_quiet_hours_are_kept() -> None:
    """A warning that grows at night is told in the morning while it still goes on."""
    duty = receiver("duty", quiet_hours="12:30-15:00")
    watch = Watch(DUTY, receivers=[duty])
    assert a_wave(watch, 20, 20, 20, 80, 80) == ["预警"]
    assert a_wave(watch, 80, 80) == ["预警", "再次放大"]


def test_a_crash_before_delivery_neither_loses_nor_doubles_it() -> None:
    """Queued under one key: a second process finds the row."""
    watch = Watch(DUTY)
    a_wave(watch, 20, 20, 20)
    watch.channels["duty"].fail("busy")
    assert a_wave(watch, 80, 80) == ["预警", "再次放大"]


def test_growth_survives_the_store_and_old_alerts_have_none() -> None:
    """An alert from before it was kept is compared with what it is now."""
    watch = Watch(DUTY)
    a_wave(watch, 20, 40)
    (alert,) = watch.engine.alerts()
    assert [observed for _, observed in alert.growth] == [20, 40]
    assert from_json(type(alert), to_json(alert)) == alert
    body = {key: value for key, value in to_json(alert).items() if key != "growth"}
    assert level(from_json(type(alert), body), NOW) == 40


def test_growth_is_kept_by_tenths() -> None:
    """A thousand looks make no thousand entries."""
    course = grown((), NOW, 100)
    for observed in range(100, 200):
        course = grown(course, NOW, observed)
    assert [observed for _, observed in course] == [100, 111, 123, 136, 150, 165, 182]


def test_a_second_wave_of_a_real_series_is_told_under_the_same_alert() -> None:
    """Posts in the store, the shipped spike rule: a small outage in the morning, a far larger one three hours later."""
    bank = Bank.empty()
    bank.quiet(days=10, per_day=96)
    rules = [rule for rule in shipped_rules() if rule.id == "spike"]
    for minute in range(0, 240, 10):
        bank.clock.advance(10 * MINUTE)
        bank.outage(3 if minute < 180 else 40, minutes=10)
        engine = bank.engine(rules)
        engine.detect()
        engine.notify()
    assert [line[:8] for line in bank.sent] == ["[预警·高] 云", "[再次放大·高]"]
    assert len(bank.engine().alerts()) == 1


def test_a_reminder_that_was_dropped_keeps_no_growth_back() -> None:
    """Queued for the morning, needless since the officer confirmed: what grows afterwards is told all the same."""
    duty = receiver("duty", quiet_hours="13:30-15:00")
    watch = Watch(Route(("duty",), repeat_interval=2 * HOUR), receivers=[duty])
    a_wave(watch, *[20] * 5)
    watch.engine.acknowledge(watch.engine.alerts()[0].id, "林知远")
    assert a_wave(watch, *[20] * 3) == ["预警"]
    assert a_wave(watch, 200, 400, 400) == ["预警", "再次放大"]


def test_a_silenced_reminder_of_what_was_confirmed_keeps_no_growth_back() -> None:
    """It sleeps and may never leave; the growth is another matter."""
    watch = Watch(Route(("duty",), repeat_interval=2 * HOUR))
    a_wave(watch, *[20] * 4)
    watch.clock.advance(MINUTE)
    watch.engine.detect()
    watch.engine.silence({"subject": "yunjiang"}, HOUR, author="林知远", reason="已知")
    watch.engine.notify()
    watch.engine.acknowledge(watch.engine.alerts()[0].id, "林知远")
    assert a_wave(watch, *[20] * 4, 200, 400, 400) == ["预警", "再次放大"]


def test_a_rule_with_windows_of_several_lengths_does_not_grow() -> None:
    """Fifty in twelve hours are no more than five in two."""
    watch = Watch(DUTY)
    for observed in (10, 10, 10, 100):
        holds(watch, observed, loudness=3.0)
        watch.look(30 * MINUTE)
    assert len(watch.sent()) == 1
