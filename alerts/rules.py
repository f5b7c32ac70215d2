"""The shapes of rules/*.yml and routes.yml, and how they become domain objects.

Every rule file carries an `example` at which it must fire, and may carry a `near_miss` at which it must not: counts,
texts and the like. A test runs those of every shipped file.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from alerts.rule_examples import Example
from alerts.rule_options import OPTIONS as OPTIONS
from alerts.rule_options import CoverageOptions as CoverageOptions
from alerts.rule_options import Identifier, Strict, Text
from alerts.rule_options import KeywordGroup as KeywordGroup
from alerts.rule_options import KeywordOptions as KeywordOptions
from alerts.rule_options import SpikeOptions as SpikeOptions
from config.loader import describe, line_of, read_text
from yuqing.domain.alert import AlertSeverity, Escalation, Inhibition, Receiver, Route, Rule
from yuqing.domain.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
LONGEST_WAIT, LONGEST_INTERVAL = timedelta(minutes=10), timedelta(hours=1)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
Length = Annotated[str, Field(pattern=r"^[1-9]\d{0,4}[smhd]$")]


def _length(text: str | None) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]]) if text else timedelta(0)


class RuleFile(Strict):
    """One file of rules/."""

    id: Identifier
    type: Text
    name: Text
    severity: AlertSeverity
    subjects: tuple[Identifier, ...] = ()
    version: int = Field(default=1, ge=1)
    enabled: bool = True
    pending_for: Length | None = Field(default=None, alias="for")
    keep_firing_for: Length | None = None
    options: dict[str, object] = Field(default_factory=dict)
    example: Example
    near_miss: Example | None = None

    @model_validator(mode="after")
    def _known_type(self) -> "RuleFile":
        if self.type not in OPTIONS:
            raise ValueError(f"没有规则类型 {self.type}（可用：{'、'.join(sorted(OPTIONS))}）")
        return self

    def domain(self) -> Rule:
        """The domain object; the example stays in the file."""
        return Rule(
            id=self.id,
            type=self.type,
            name=self.name,
            severity=self.severity,
            subjects=self.subjects,
            version=self.version,
            enabled=self.enabled,
            options=dict(self.options),
            pending_for=_length(self.pending_for),
            keep_firing_for=_length(self.keep_firing_for),
        )


LABELS = ("rule", "subject", "severity", "topic", "group", "source", "outcome", "item")
Match = dict[str, str | tuple[str, ...]]


def _checked(match: Match) -> Match:
    """A label that no alert has would silently match nothing."""
    if unknown := sorted(set(match) - set(LABELS)):
        raise ValueError(f"没有标签 {'、'.join(unknown)}（可用：{'、'.join(LABELS)}）")
    severities = match.get("severity", ())
    for value in (severities,) if isinstance(severities, str) else severities:
        if value not in set(AlertSeverity):
            raise ValueError(f"没有级别 {value}（可用：{'、'.join(AlertSeverity)}）")
    return match


Matching = Annotated[Match, AfterValidator(_checked)]


class EscalationEntry(Strict):
    """Who is told next when nobody has acknowledged for so long."""

    after: Length
    receivers: tuple[Identifier, ...] = Field(min_length=1)


class RouteEntry(Strict):
    """Alerts whose labels match go to these receivers. A label may have several values: any of them."""

    match: Matching = Field(default_factory=dict)
    receivers: tuple[Identifier, ...] = Field(min_length=1)
    proceed: bool = Field(default=False, alias="continue")
    group_by: tuple[str, ...] = ()
    group_wait: Length | None = None
    group_interval: Length | None = None
    repeat_interval: Length | None = None
    escalation: tuple[EscalationEntry, ...] = ()

    @model_validator(mode="after")
    def _sensible(self) -> "RouteEntry":
        _checked(dict.fromkeys((label for label in self.group_by if label != "severity"), ""))
        if (self.group_wait or self.group_interval) and not self.group_by:
            raise ValueError("写了 group_wait 或 group_interval，却没有 group_by")
        # Nobody may be kept waiting for the sake of a tidy inbox.
        if _length(self.group_wait) > LONGEST_WAIT or _length(self.group_interval) > LONGEST_INTERVAL:
            raise ValueError("group_wait 最长 10m，group_interval 最长 1h")
        return self

    @property
    def named(self) -> set[str]:
        """Every receiver that it mentions."""
        return {*self.receivers, *(name for step in self.escalation for name in step.receivers)}

    def domain(self) -> Route:
        """The domain object."""
        return Route(
            self.receivers,
            dict(self.match),
            proceed=self.proceed,
            group_by=self.group_by,
            group_wait=_length(self.group_wait),
            group_interval=_length(self.group_interval),
            repeat_interval=_length(self.repeat_interval) or None,
            escalation=tuple(
                Escalation(_length(step.after), step.receivers)
                for step in sorted(self.escalation, key=lambda step: _length(step.after))
            ),
        )


class InhibitionEntry(Strict):
    """While an alert that matches `source` fires, those that match `target` with the same `equal` labels are held."""

    source: Matching = Field(min_length=1)
    target: Matching = Field(min_length=1)
    equal: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_labels(self) -> "InhibitionEntry":
        _checked(dict.fromkeys((label for label in self.equal if label != "severity"), ""))
        return self


class ReceiverEntry(Strict):
    """Who is told, and by which channel. Passwords and secret URLs are settings, never written here."""

    id: Identifier
    channel: Text
    to: tuple[Text, ...] = ()
    send_resolved: bool = False
    robot: Identifier | None = None
    quiet_except: tuple[AlertSeverity, ...] = (AlertSeverity.CRITICAL,)
    quiet_hours: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")

    @model_validator(mode="after")
    def _has_address(self) -> "ReceiverEntry":
        if self.channel not in CHANNELS:
            raise ValueError(f"没有通知渠道 {self.channel}（可用：{'、'.join(CHANNELS)}）")
        if self.channel == "email" and not self.to:
            raise ValueError("邮件接收人须写明 to")
        return self

    def domain(self) -> Receiver:
        """The domain object."""
        options: dict[str, object] = {"to": list(self.to), "send_resolved": self.send_resolved}
        options |= {"quiet_hours": self.quiet_hours, "quiet_except": [each.value for each in self.quiet_except]}
        return Receiver(self.id, self.channel, options | {"robot": self.robot})


CHANNELS = ("email", "webhook", "wecom", "dingtalk", "feishu")


class RoutesFile(Strict):
    """routes.yml: the first route that matches wins."""

    routes: tuple[RouteEntry, ...] = Field(min_length=1)
    receivers: tuple[ReceiverEntry, ...] = Field(min_length=1)
    inhibit: tuple[InhibitionEntry, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "RoutesFile":
        ids = [entry.id for entry in self.receivers]
        if doubles := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"接收人编号重复：{'、'.join(doubles)}")
        unknown = sorted({name for route in self.routes for name in route.named} - set(ids))
        if unknown:
            raise ValueError(f"路由提到不存在的接收人：{'、'.join(unknown)}")
        return self


def load_rules(docs: Sequence[tuple[Path, Any]]) -> list[Rule]:
    """The rules of parsed YAML files. Raises ConfigError with file and line."""
    rules: dict[str, Rule] = {}
    for path, doc in docs:
        rule = load_rule_file(path, doc).domain()
        if rule.id in rules:
            raise ConfigError(f"{path}：规则编号 {rule.id} 重复")
        rules[rule.id] = rule
    return list(rules.values())


def load_rule_file(path: Path, doc: Any) -> RuleFile:
    """One rule file with its example. Raises ConfigError with file and line."""
    entry = _validated(path, doc, RuleFile.model_validate)
    _validated(path, entry.options, OPTIONS[entry.type].model_validate, ("options",))
    return entry


def load_routes(path: Path, doc: Any) -> tuple[list[Route], list[Receiver]]:
    """Routes and receivers of routes.yml. Raises ConfigError with file and line."""
    file = _validated(path, doc, RoutesFile.model_validate)
    return [entry.domain() for entry in file.routes], [entry.domain() for entry in file.receivers]


def load_inhibitions(path: Path, doc: Any) -> list[Inhibition]:
    """Which alerts keep which others quiet. Raises ConfigError with file and line."""
    file = _validated(path, doc, RoutesFile.model_validate)
    return [Inhibition(dict(entry.source), dict(entry.target), entry.equal) for entry in file.inhibit]


def _validated(path: Path, doc: Any, validate: Callable[[Any], Model], place: tuple[str, ...] = ()) -> Model:
    """`place` is where `doc` lies in the file, so that the line is told right."""
    try:
        return validate({} if doc is None else doc)
    except ValidationError as error:
        text = read_text(path) if path.is_file() else ""
        if not place:
            raise ConfigError(describe(error, path, text)) from None
        line = line_of(text, (*place, *error.errors()[0]["loc"]))
        told = describe(error, path, "").replace(f"{path}:1：", f"{'.'.join(place)}.")
        raise ConfigError(f"{path}:{line}：{told}") from None
