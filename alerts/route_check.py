"""Do the routes reach somebody, whatever alert comes? Asked before the night in which it matters.

Every alert that the rules can raise is tried: rule, subject, severity, and every value of the other labels that a route
asks for, as well as none of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from alerts.policy import deliveries_of, quiet_until
from alerts.rule_options import OPTIONS
from yuqing.domain.alert import Alert, AlertSeverity, AlertState, Inhibition, Receiver, Route, Rule
from yuqing.domain.subject import Subject, SubjectKind
from yuqing.labels import GRADES

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAY = datetime(2026, 1, 5, tzinfo=SHANGHAI)
_URGENT = (AlertSeverity.CRITICAL, AlertSeverity.OPERATOR)
OTHERS = 20  # subjects that no route names are all alike
_SETTLED = ("rule", "subject", "severity")


@dataclass(frozen=True, slots=True)
class RouteFault:
    """Something that somebody would not hear. `is_grave`: of a critical alert, or of our own sight."""

    told: str
    advice: str
    is_grave: bool


@dataclass(frozen=True)
class RouteCheck:
    """The settings of one installation."""

    rules: Sequence[Rule]
    subjects: Sequence[Subject]
    routes: Sequence[Route]
    receivers: Mapping[str, Receiver]
    inhibitions: Sequence[Inhibition] = ()

    def faults(self) -> list[RouteFault]:
        """Everything that is wrong, the gravest first."""
        found = [*self._unheard(), *self._slept_through(), *self._deadlocks()]
        return sorted(found, key=lambda fault: not fault.is_grave)

    def used(self) -> dict[str, str]:
        """Which receivers a route names, and where: what they lack is missed."""
        found: dict[str, str] = {}
        for number, route in enumerate(self.routes, start=1):
            for name in route.receivers:
                found.setdefault(name, f"第 {number} 条路由")
            for step in route.escalation:
                for name in step.receivers:
                    found.setdefault(name, f"第 {number} 条路由的升级")
        return found

    def possible(self) -> Iterator[Alert]:
        """One of every kind of alert that the routes can tell apart."""
        asked = sorted({label for route in self.routes for label in route.matchers} - set(_SETTLED))
        values = [sorted({"", *self._values(label)}) for label in asked]
        for rule in self.rules:
            for subject, severity in product(self._subjects(rule), severities_of(rule)) if rule.enabled else ():
                for chosen in product(*values):
                    more = {label: value for label, value in zip(asked, chosen, strict=True) if value}
                    yield _alert(rule, subject, severity, more)

    def _values(self, label: str) -> set[str]:
        """What the routes ask of a label."""
        asked = (route.matchers[label] for route in self.routes if label in route.matchers)
        return {value for each in asked for value in ([each] if isinstance(each, str) else each)}

    def _subjects(self, rule: Rule) -> list[str]:
        if rule.type == "coverage":
            return [""]
        ours = [each.id for each in self.subjects if each.kind is not SubjectKind.COMPETITOR]
        found = list(rule.subjects) or ours
        named = self._values("subject")
        known = [each for each in found if each in named] + [each for each in found if each not in named][:OTHERS]
        # A source that falls silent may be nobody's in particular.
        return [*known, ""] if rule.type == "flatline" else known

    def _unheard(self) -> Iterator[RouteFault]:
        """Alerts that no route takes."""
        lost = [alert for alert in self.possible() if not deliveries_of(alert, self.routes)]
        for severity in AlertSeverity:
            mine = [alert for alert in lost if alert.severity is severity]
            if mine:
                told = f"{GRADES[severity]}（{severity.value}）级预警没有路由接收：{_named(mine)}"
                yield RouteFault(told, "末尾加一条不带 match 的路由", severity in _URGENT)

    def _slept_through(self) -> Iterator[RouteFault]:
        """Critical alerts that at some hour everybody is told of only later."""
        critical = [alert for alert in self.possible() if alert.severity is AlertSeverity.CRITICAL]
        groups: dict[tuple[str, ...], list[Alert]] = {}
        for alert in critical:
            groups.setdefault(tuple(each.receiver for each in deliveries_of(alert, self.routes)), []).append(alert)
        for names, alerts in groups.items():
            moment = self._silent_moment(alerts[0], names)
            if moment is not None:
                told = f"{moment:%H:%M} 时高（critical）级预警要等到免打扰时段结束才通知（接收人 {'、'.join(names)}）"
                advice = "给这条路由加一个随时收的接收人，或在 quiet_except 里写 critical"
                yield RouteFault(f"{told}：{_named(alerts)}", advice, is_grave=True)

    def _silent_moment(self, alert: Alert, names: Collection[str]) -> time | None:
        """A time of day at which none of these receivers would be told at once."""
        people = [self.receivers[name] for name in names if name in self.receivers]
        moments = [_DAY + timedelta(minutes=minute) for minute in range(0, 1440, 5)] if people else []
        for moment in moments:
            if all(quiet_until(alert, each, moment.astimezone(UTC)) is not None for each in people):
                return moment.timetz()
        return None

    def _deadlocks(self) -> Iterator[RouteFault]:
        """Two inhibitions by which two alerts can keep each other quiet for as long as both fire."""
        for number, one in enumerate(self.inhibitions, start=1):
            for other_number, other in enumerate(self.inhibitions[:number], start=1):
                if one is not other and _may_both(one.source, other.target) and _may_both(one.target, other.source):
                    told = f"第 {other_number}、{number} 条抑制互为因果：两起预警可能互相抑制，谁也不通知"
                    yield RouteFault(told, "去掉其中一条抑制", is_grave=True)


def severities_of(rule: Rule) -> list[AlertSeverity]:
    """The severities that a rule can give: its own, and those of its word groups or levels."""
    options = OPTIONS[rule.type].model_validate(dict(rule.options))
    parts = [part for name in ("groups", "levels") for part in getattr(options, name, ())]
    own = [part.severity for part in parts if part.severity is not None]
    return sorted({rule.severity, *own}, key=list(AlertSeverity).index)


def _alert(rule: Rule, subject: str, severity: AlertSeverity, more: Mapping[str, str]) -> Alert:
    labels = {"rule": rule.id, **({"subject": subject} if subject else {}), **more}
    topic = labels.pop("topic", "")
    return Alert(
        "", "", labels, AlertState.FIRING, severity, _DAY, None, _DAY, "", rule.id, subject, 0.0, None, None, (),
        topic=topic,
    )  # fmt: skip


def _named(alerts: Iterable[Alert]) -> str:
    """Rules and subjects, the first of each."""
    found = list(alerts)
    rules = list(dict.fromkeys(alert.rule_id for alert in found))
    subjects = list(dict.fromkeys(alert.subject_id for alert in found if alert.subject_id))
    parts = [f"规则 {_some(rules)}", *([f"主体 {_some(subjects)}"] if subjects else [])]
    return "；".join(parts)


def _some(names: Sequence[str], most: int = 4) -> str:
    return "、".join(names[:most]) + (f" 等 {len(names)} 个" if len(names) > most else "")


def _may_both(left: Mapping[str, str | tuple[str, ...]], right: Mapping[str, str | tuple[str, ...]]) -> bool:
    """Whether one alert can match both."""

    def values(of: str | tuple[str, ...]) -> set[str]:
        return {of} if isinstance(of, str) else set(of)

    return all(values(left[name]) & values(right[name]) for name in left.keys() & right.keys())
