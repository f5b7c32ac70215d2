"""The shapes of rules/*.yml and routes.yml, and how they become domain objects.

Every rule file carries an `example`: counts or texts at which it must fire. A test runs each of them.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.loader import describe, line_of, read_text
from yuqing.domain.alert import AlertSeverity, Receiver, Route, Rule
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Text = Annotated[str, Field(min_length=1)]
Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpikeOptions(_Strict):
    """SCS measures each subject by its own past; the one thing to choose is for how few posts nobody is woken.

    An event opens only with so many in half an hour; one that grows slowly is told when it has grown.
    """

    min_posts: int = Field(default=4, ge=1)


class KeywordGroup(_Strict):
    """Words that mean the same danger."""

    id: Identifier
    name: Text
    words: tuple[Text, ...] = Field(min_length=1)
    exceptions: tuple[Text, ...] = ()
    min_count: int = Field(default=1, ge=1)
    severity: AlertSeverity | None = None


class KeywordOptions(_Strict):
    """Groups of risk words. Only posts with one of these stances towards the subject count."""

    groups: tuple[KeywordGroup, ...] = Field(min_length=1)
    quiet_hours: float = Field(default=6.0, gt=0, le=168)
    sentiments: tuple[SentimentLabel, ...] = (SentimentLabel.NEGATIVE, SentimentLabel.NEUTRAL)


class CoverageOptions(_Strict):
    """What is worth the operator's attention: how many refusals or faults in a row, how long a silence or a backlog."""

    outcomes: tuple[Outcome, ...] = (Outcome.BLOCKED, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE)
    min_checks: int = Field(default=3, ge=1)
    # What often passes by itself: only when it lasts.
    faults: tuple[Outcome, ...] = (Outcome.TRANSPORT, Outcome.CHANGED, Outcome.SUSPECT_EMPTY, Outcome.RATE_LIMITED)
    fault_checks: int = Field(default=6, ge=1)
    silent_minutes: float = Field(default=30.0, gt=0)  # at least; slower sources get three intervals
    unscored_minutes: float = Field(default=20.0, gt=0)
    forget_hours: float = Field(default=24.0, gt=0)


OPTIONS: Mapping[str, type[BaseModel]] = {
    "spike": SpikeOptions,
    "keyword": KeywordOptions,
    "coverage": CoverageOptions,
}


class Example(_Strict):
    """Something at which the rule must fire: posts in half an hour after quiet weeks, texts, or refusals in a row."""

    posts_in_half_an_hour: int | None = None
    texts: tuple[Text, ...] = ()
    refusals: tuple[Outcome, ...] = ()


class RuleFile(_Strict):
    """One file of rules/."""

    id: Identifier
    type: Text
    name: Text
    severity: AlertSeverity
    subjects: tuple[Identifier, ...] = ()
    version: int = Field(default=1, ge=1)
    enabled: bool = True
    options: dict[str, object] = Field(default_factory=dict)
    example: Example

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
        )


class RouteEntry(_Strict):
    """Alerts whose labels match go to these receivers. Labels: rule, subject, severity, group, source."""

    match: dict[str, str] = Field(default_factory=dict)
    receivers: tuple[Identifier, ...] = Field(min_length=1)


class ReceiverEntry(_Strict):
    """Who is told, and by which channel. Passwords and secret URLs are settings, never written here."""

    id: Identifier
    channel: Text
    to: tuple[Text, ...] = ()
    send_resolved: bool = False
    robot: Identifier | None = None
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
        return Receiver(self.id, self.channel, options | {"quiet_hours": self.quiet_hours, "robot": self.robot})


CHANNELS = ("email", "webhook", "wecom", "dingtalk", "feishu")


class RoutesFile(_Strict):
    """routes.yml: the first route that matches wins."""

    routes: tuple[RouteEntry, ...] = Field(min_length=1)
    receivers: tuple[ReceiverEntry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> "RoutesFile":
        ids = [entry.id for entry in self.receivers]
        if doubles := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"接收人编号重复：{'、'.join(doubles)}")
        unknown = sorted({name for route in self.routes for name in route.receivers} - set(ids))
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
    routes = [Route(entry.receivers, dict(entry.match)) for entry in file.routes]
    return routes, [entry.domain() for entry in file.receivers]


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
