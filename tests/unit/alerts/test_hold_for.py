"""`for` and `keep_firing_for` of a rule: Prometheus' terms, from the file to who is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.rules import load_rules
from tests.unit.alerts.bank import MINUTE, receiver
from tests.unit.alerts.test_announce import Watch
from yuqing.domain.alert import AlertSeverity, AlertState, Route, Rule
from yuqing.domain.errors import ConfigError

DUTY = Route(("duty",))


def _watch(**times: object) -> Watch:
    rule = Rule("play", "spike", "激增", AlertSeverity.WARNING, **times)  # type: ignore[arg-type]
    watch = Watch(DUTY, receivers=[receiver("duty", send_resolved=True)])
    object.__setattr__(watch.engine, "rules", [rule])
    return watch


def test_nobody_is_told_before_it_has_held() -> None:
    """After the time it is told, once."""
    watch = _watch(pending_for=10 * MINUTE)
    watch.begins("甲")
    watch.look(9 * MINUTE)
    assert (watch.sent(), watch.engine.alerts()[0].state) == ([], AlertState.PENDING)
    watch.look(2 * MINUTE)
    watch.look(MINUTE)
    assert watch.sent() == ["[预警·中] 甲"]


def test_what_goes_before_that_is_never_told() -> None:
    """Neither its beginning nor its end; when it comes back it has to hold anew, from then on."""
    watch = _watch(pending_for=10 * MINUTE)
    watch.begins("甲")
    watch.look(9 * MINUTE)
    held = list(watch.engine.holding)
    watch.ends("甲")
    (alert,) = watch.engine.alerts()
    assert (alert.state, alert.owed, watch.engine.notifications(alert.id)) == (AlertState.DROPPED, False, [])
    watch.clock.advance(5 * MINUTE)
    watch.engine.holding.extend(replace(each, detected_at=watch.clock.now()) for each in held)
    watch.look()
    watch.look(9 * MINUTE)
    assert (watch.sent(), len(watch.engine.alerts())) == ([], 1)
    watch.look(2 * MINUTE)
    assert watch.sent() == ["[预警·中] 甲"]
    watch.ends("甲")
    assert watch.sent() == ["[预警·中] 甲", "[解除·中] 甲"]


def test_a_gap_that_is_shorter_than_the_rule_allows_is_no_end() -> None:
    """Gone for a moment and back: one event; gone for the whole time: over."""
    watch = _watch(keep_firing_for=30 * MINUTE)
    watch.begins("甲")
    held = list(watch.engine.holding)
    watch.ends("甲")
    watch.look(20 * MINUTE)
    watch.engine.holding.extend(held)
    watch.look(MINUTE)
    watch.ends("甲")
    watch.look(29 * MINUTE)
    assert watch.sent() == ["[预警·中] 甲"]
    watch.look(2 * MINUTE)
    assert watch.sent() == ["[预警·中] 甲", "[解除·中] 甲"]


def test_the_times_are_written_in_the_rule() -> None:
    """And a time that is none is told."""
    doc = {"id": "a", "type": "spike", "name": "激增", "severity": "warning", "example": {}, "options": {}}
    (rule,) = load_rules([(Path("a.yml"), doc | {"for": "10m", "keep_firing_for": "1h"})])
    assert (rule.pending_for, rule.keep_firing_for) == (10 * MINUTE, 60 * MINUTE)
    with pytest.raises(ConfigError, match="for"):
        load_rules([(Path("a.yml"), doc | {"for": "bald"})])
