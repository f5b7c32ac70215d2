"""What would reach nobody is told before the night in which it matters."""

from datetime import timedelta

import pytest

from alerts.route_check import RouteCheck, severities_of
from tests.unit.alerts.bank import receiver, shipped_rules
from yuqing.domain.alert import AlertSeverity, Escalation, Inhibition, Receiver, Route, Rule
from yuqing.domain.subject import Subject, SubjectKind

SUBJECTS = (
    Subject("yunjiang", SubjectKind.BRAND, "云江银行", ("云江银行",)),
    Subject("haizhou", SubjectKind.COMPETITOR, "海州银行", ("海州银行",)),
)
KEYWORD = next(rule for rule in shipped_rules() if rule.type == "keyword")
SPIKE = next(rule for rule in shipped_rules() if rule.type == "spike")


def _told(*routes: Route, people: tuple[Receiver, ...] = (), rules: tuple[Rule, ...] = (), **more: object) -> list[str]:
    known = {name: receiver(name) for route in routes for name in route.receivers} | {each.id: each for each in people}
    check = RouteCheck(rules or tuple(shipped_rules()), SUBJECTS, routes, known, **more)  # type: ignore[arg-type]
    return [fault.told for fault in check.faults()]


def test_a_route_without_conditions_reaches_everything() -> None:
    """As shipped: whatever comes, somebody hears of it."""
    assert _told(Route(("operator",), {"severity": "operator"}), Route(("duty",))) == []


@pytest.mark.parametrize(
    ("routes", "severity"),
    [
        ([Route(("duty",), {"severity": ("critical", "warning", "info")})], "operator"),
        ([Route(("duty",), {"severity": ("operator", "warning", "info")})], "critical"),
        ([Route(("operator",), {"severity": "operator"}), Route(("duty",), {"topic": "app"})], "warning"),
        ([Route(("operator",), {"severity": "operator"}), Route(("duty",), {"subject": "haizhou"})], "critical"),
        ([Route(("operator",), {"severity": "operator"}), Route(("duty",), {"rule": "spike"})], "critical"),
    ],
)
def test_what_matches_no_route_is_named_with_its_severity(routes: list[Route], severity: str) -> None:
    """By rule and subject, so that the operator knows what to add."""
    faults = _told(*routes)
    (mine,) = [told for told in faults if f"（{severity}）" in told]
    assert "没有路由接收" in mine
    assert "规则" in mine


def test_every_severity_that_a_rule_can_give_is_tried() -> None:
    """Word groups and levels have their own; the levels of a hot list even where the file names none."""
    assert AlertSeverity.CRITICAL in severities_of(KEYWORD)
    hot = Rule("hot", "hot_list", "热榜", AlertSeverity.INFO)
    assert severities_of(hot) == [AlertSeverity.CRITICAL, AlertSeverity.WARNING, AlertSeverity.INFO]


def test_a_critical_alert_that_everybody_sleeps_through_is_told() -> None:
    """One who is told at once is enough; the exception for critical alerts is the usual one."""
    asleep = receiver("duty", quiet_hours="22:30-07:00", quiet_except=["operator"])
    awake = receiver("duty", quiet_hours="22:30-07:00")
    (fault,) = _told(Route(("duty",)), people=(asleep,), rules=(SPIKE,))
    assert "免打扰" in fault
    assert "duty" in fault
    assert _told(Route(("duty",)), people=(awake,), rules=(SPIKE,)) == []
    assert _told(Route(("duty", "chief")), people=(asleep,), rules=(SPIKE,)) == []
    late = receiver("chief", quiet_hours="06:00-23:00", quiet_except=[])
    (both,) = _told(Route(("duty", "chief")), people=(asleep, late), rules=(SPIKE,))
    assert "duty、chief" in both


def test_inhibitions_that_keep_each_other_quiet_are_told() -> None:
    """Two rules by which two alerts can silence each other; one rule never does that to itself."""
    one, other = Inhibition({"rule": "spike"}, {"rule": "keyword"}), Inhibition({"rule": "keyword"}, {"rule": "spike"})
    (fault,) = _told(Route(("duty",)), inhibitions=(one, other))
    assert "互相抑制" in fault
    assert _told(Route(("duty",)), inhibitions=(one, Inhibition({"rule": "spike"}, {"rule": "spike"}))) == []


def test_where_a_receiver_is_used() -> None:
    """By the first route that names it, or its chain."""
    routes = (Route(("duty",), escalation=(Escalation(timedelta(minutes=15), ("chief",)),)), Route(("duty", "late")))
    used = RouteCheck((), (), routes, {}).used()
    assert used == {"duty": "第 1 条路由", "chief": "第 1 条路由的升级", "late": "第 2 条路由"}
