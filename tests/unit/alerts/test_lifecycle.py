"""The life of an alert: what changes, and above all what does not."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle import SAME_EVENT, ChangeKind, Timing, advance
from tests.unit.alerts.bank import MINUTE, NOW
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Detection

INSTANT = Timing()


def _detection(start: int = 0, *, observed: float = 20, is_new: bool = True, subject: str = "yunjiang") -> Detection:
    at = NOW + start * MINUTE
    return Detection(
        rule_id="spike",
        subject_id=subject,
        severity=AlertSeverity.CRITICAL,
        sentence=f"{observed:.0f} 条",
        detected_at=at,
        window_start=at,
        window_end=at + 30 * MINUTE,
        observed=observed,
        expected=1.0,
        probability=0.001,
        evidence=(),
        labels={"rule": "spike", "subject": subject},
        is_new=is_new,
        event_start=at,
    )


def _alert(start: int = 0, **changes: object) -> Alert:
    (change,) = advance([_detection(start)], [], NOW, INSTANT)
    return replace(change.alert, **changes)  # type: ignore[arg-type]


def test_a_detection_begins_an_alert() -> None:
    """Fingerprint and start make the id; it fires at once."""
    (change,) = advance([_detection()], [], NOW, INSTANT)
    assert change.kind is ChangeKind.CREATED
    assert change.alert.state is AlertState.FIRING
    assert change.alert.id == f"{change.alert.fingerprint}-20260320040000"


def test_two_subjects_are_two_alerts() -> None:
    """Different labels, different fingerprints."""
    changes = advance([_detection(), _detection(subject="haizhou")], [], NOW, INSTANT)
    assert len({change.alert.id for change in changes}) == 2


def test_it_goes_on_without_being_told_again() -> None:
    """The same event keeps the alert and shows its loudest half hour; a quieter look does not lower it."""
    first = _alert()
    (louder,) = advance([_detection(observed=50)], [first], NOW + MINUTE, INSTANT)
    (quieter,) = advance([_detection(observed=5)], [louder.alert], NOW + 2 * MINUTE, INSTANT)
    assert louder.kind is quieter.kind is ChangeKind.CONTINUED
    assert (quieter.alert.id, quieter.alert.summary) == (first.id, "50 条")


def test_a_start_that_moves_a_little_is_the_same_event() -> None:
    """Late posts move the first bin; that is no second event."""
    (change,) = advance([_detection(10)], [_alert()], NOW, INSTANT)
    assert change.kind is ChangeKind.CONTINUED


def test_a_second_wave_is_a_new_event() -> None:
    """New although firing: the first one ends, another begins."""
    changes = advance([_detection(600)], [_alert()], NOW + 600 * MINUTE, INSTANT)
    assert [change.kind for change in changes] == [ChangeKind.RESOLVED, ChangeKind.CREATED]
    assert len({change.alert.id for change in changes}) == 2


def test_an_old_wave_that_goes_on_is_not() -> None:
    """Without is_new even a late start belongs to the alert that fires."""
    (change,) = advance([_detection(600, is_new=False)], [_alert()], NOW + 600 * MINUTE, INSTANT)
    assert change.kind is ChangeKind.CONTINUED


def test_it_ends_after_the_quiet_time() -> None:
    """Gone for a while: resolved, with its end; not before."""
    timing = Timing(quiet=10 * MINUTE)
    alert = _alert()
    assert advance([], [alert], NOW + 9 * MINUTE, timing) == []
    (change,) = advance([], [alert], NOW + 10 * MINUTE, timing)
    assert (change.kind, change.alert.ends_at) == (ChangeKind.RESOLVED, NOW + 10 * MINUTE)


def test_what_was_resolved_too_early_is_reopened() -> None:
    """The same event after its end is the old alert again, not a second one."""
    ended = _alert(state=AlertState.RESOLVED, ends_at=NOW)
    (change,) = advance([_detection(5)], [ended], NOW + 20 * MINUTE, INSTANT)
    assert (change.kind, change.alert.id) == (ChangeKind.REOPENED, ended.id)
    assert change.alert.ends_at is None


def test_a_resolved_alert_stays_resolved() -> None:
    """Nothing holds, nothing changes."""
    assert advance([], [_alert(state=AlertState.RESOLVED, ends_at=NOW)], NOW, INSTANT) == []


def test_pending_waits_before_it_fires() -> None:
    """With a waiting time the alert is pending first, and fires when the detection has held."""
    timing = Timing(pending_for=5 * MINUTE)
    (begun,) = advance([_detection()], [], NOW, timing)
    assert begun.alert.state is AlertState.PENDING
    (waits,) = advance([_detection()], [begun.alert], NOW + 4 * MINUTE, timing)
    assert waits.alert.state is AlertState.PENDING
    (fires,) = advance([_detection()], [waits.alert], NOW + 5 * MINUTE, timing)
    assert (fires.kind, fires.alert.state) == (ChangeKind.FIRED, AlertState.FIRING)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50)), max_size=30))
def test_one_open_alert_at_most_and_no_event_twice(story: list[tuple[bool, int]]) -> None:
    """Whatever comes and goes, a fingerprint has at most one open alert and every id is created once."""
    known: dict[str, Alert] = {}
    created: list[str] = []
    for step, (holds, moved) in enumerate(story):
        now = NOW + step * 20 * MINUTE
        found = [_detection(step * 20 - moved)] if holds else []
        for change in advance(found, list(known.values()), now, INSTANT):
            known[change.alert.id] = change.alert
            if change.kind is ChangeKind.CREATED:
                created.append(change.alert.id)
        assert sum(alert.state is AlertState.FIRING for alert in known.values()) == int(holds)
    assert len(created) == len(set(created))
    starts = sorted(alert.starts_at for alert in known.values())
    assert all(later - earlier > timedelta(0) for earlier, later in pairwise(starts))
    assert timedelta(0) < SAME_EVENT
