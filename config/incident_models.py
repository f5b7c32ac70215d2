"""The shapes of incidents.yml, statement_words.yml and playbooks/*.yml, and how they become domain objects.

A settings folder that has none of them gets the shipped ones, so that an installation from before incidents works on.
"""

import re
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from config.loader import load_model
from config.models import SHIPPED, Identifier, Text
from yuqing.domain.alert import AlertSeverity
from yuqing.domain.errors import ConfigError
from yuqing.domain.incident import Grade
from yuqing.domain.incident_plan import Plan, PlannedStep, Playbook, SpreadLevel, Terms, WordGroup, WordList

LEVELS = 4  # severities of topics and mentions: 0-3
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
Length = Annotated[str, Field(pattern=r"^[1-9]\d{0,4}[mhd]$")]


def _length(text: str) -> timedelta:
    return int(text[:-1]) * _UNITS[text[-1]]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GradeEntry(_Strict):
    """What a grade means."""

    name: Text
    respond: Length
    resolve: Length

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if _length(self.respond) > _length(self.resolve):
            raise ValueError(f"响应时限 {self.respond} 长于办结时限 {self.resolve}")
        return self

    def domain(self) -> Terms:
        """The domain object."""
        return Terms(self.name, _length(self.respond), _length(self.resolve))


class SeverityEntry(_Strict):
    """The rows of the matrix, and what an alert or a topic counts for at least."""

    names: tuple[Text, ...] = Field(min_length=LEVELS, max_length=LEVELS)
    alerts: dict[AlertSeverity, Annotated[int, Field(ge=0, lt=LEVELS)]] = Field(default_factory=dict)
    topics: dict[Identifier, Annotated[int, Field(ge=0, lt=LEVELS)]] = Field(default_factory=dict)


Least = Annotated[int, Field(ge=1)]


class SpreadEntry(_Strict):
    """A column of the matrix."""

    name: Text
    mentions: Least | None = None
    platforms: Least | None = None
    media: Least | None = None
    hot_lists: Least | None = None

    def domain(self) -> SpreadLevel:
        """The domain object."""
        return SpreadLevel(self.name, self.mentions, self.platforms, self.media, self.hot_lists)

    @property
    def thresholds(self) -> dict[str, int]:
        """The figures that count."""
        found = {name: getattr(self, name) for name in ("mentions", "platforms", "media", "hot_lists")}
        return {name: least for name, least in found.items() if least is not None}


class JoinEntry(_Strict):
    """Which alerts are about the same event: how long after the last one, and how soon whatever the topic."""

    hours: float = Field(default=24.0, gt=0, le=720)
    same_subject_hours: float = Field(default=2.0, ge=0, le=720)


class IncidentsFile(_Strict):
    """incidents.yml."""

    grades: dict[Grade, GradeEntry]
    severity: SeverityEntry
    spread: tuple[SpreadEntry, ...] = Field(min_length=1, max_length=8)
    matrix: tuple[tuple[Grade, ...], ...]
    join: JoinEntry = Field(default_factory=JoinEntry)
    open_from: AlertSeverity = AlertSeverity.WARNING
    overdue_receivers: tuple[Identifier, ...] = ()
    four_eyes: bool = True

    @field_validator("grades")
    @classmethod
    def _all_grades(cls, value: dict[Grade, GradeEntry]) -> dict[Grade, GradeEntry]:
        if missing := [grade.value for grade in Grade if grade not in value]:
            raise ValueError(f"缺少等级 {'、'.join(missing)}（须写全 I、II、III、IV）")
        return value

    @field_validator("spread")
    @classmethod
    def _rising(cls, value: tuple[SpreadEntry, ...]) -> tuple[SpreadEntry, ...]:
        for lower, higher in pairwise(value[1:]):
            for name, least in higher.thresholds.items():
                if least <= lower.thresholds.get(name, 0):
                    raise ValueError(f"“{higher.name}”的 {name} 须大于“{lower.name}”的")
        if empty := [each.name for each in value[1:] if not each.thresholds]:
            raise ValueError(f"“{'、'.join(empty)}”没有写任何条件，永远到不了")
        return value

    @model_validator(mode="after")
    def _matrix_fits(self) -> Self:
        if len(self.matrix) != LEVELS:
            raise ValueError(f"matrix 应有 {LEVELS} 行（严重程度 0-3），现有 {len(self.matrix)} 行")
        for number, row in enumerate(self.matrix):
            if len(row) != len(self.spread):
                raise ValueError(f"matrix 第 {number + 1} 行应有 {len(self.spread)} 列（扩散程度），现有 {len(row)} 列")
        ranks = [[grade.rank for grade in row] for row in self.matrix]
        lines = [*ranks, *map(list, zip(*ranks, strict=True))]
        if any(first < second for line in lines for first, second in pairwise(line)):
            raise ValueError("matrix 中更严重或扩散更广的格子，等级反而更低")
        return self


class StepEntry(_Strict):
    """A step of a playbook."""

    id: Identifier
    text: Text
    required: bool = True
    within: Length | None = None

    def domain(self) -> PlannedStep:
        """The domain object."""
        return PlannedStep(self.id, self.text, self.required, None if self.within is None else _length(self.within))


class PlaybookFile(_Strict):
    """One file of playbooks/."""

    id: Identifier
    name: Text
    topics: tuple[Identifier, ...] = ()
    grades: tuple[Grade, ...] = ()
    steps: tuple[StepEntry, ...] = Field(min_length=1)
    statement: str = ""

    @model_validator(mode="after")
    def _unique_steps(self) -> Self:
        ids = [step.id for step in self.steps]
        if doubles := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"步骤编号重复：{'、'.join(doubles)}")
        return self

    def domain(self) -> Playbook:
        """The domain object."""
        steps = tuple(step.domain() for step in self.steps)
        return Playbook(self.id, self.name, steps, self.topics, self.grades, self.statement.strip())


class WordGroupEntry(_Strict):
    """Words that a statement must not hold."""

    id: Identifier
    name: Text
    words: tuple[Text, ...] = ()
    patterns: tuple[Text, ...] = ()
    reason: Text
    advice: str = ""
    blocks: bool = True
    exceptions: tuple[Text, ...] = ()

    @field_validator("patterns")
    @classmethod
    def _compile(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(f"正则表达式 {pattern!r} 有误：{error}") from None
            if compiled.match(""):
                raise ValueError(f"正则表达式 {pattern!r} 连空文字也匹配")
        return value

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.words and not self.patterns:
            raise ValueError(f"词组 {self.id} 没有 words 也没有 patterns")
        return self

    def domain(self) -> WordGroup:
        """The domain object."""
        fields = (self.id, self.name, self.words, self.reason, self.advice, self.blocks)
        return WordGroup(*fields, exceptions=self.exceptions, patterns=self.patterns)


class WordsFile(_Strict):
    """statement_words.yml."""

    groups: tuple[WordGroupEntry, ...] = Field(min_length=1)
    own_numbers: tuple[Text, ...] = ()

    def domain(self) -> WordList:
        """The domain object."""
        return WordList(tuple(group.domain() for group in self.groups), self.own_numbers)


def load_plan(folder: Path) -> Plan:
    """What a settings folder says about incidents. Raises ConfigError, one line per problem with file and line."""
    file = load_model(_place(folder, "incidents.yml"), IncidentsFile)
    return Plan(
        terms={grade: entry.domain() for grade, entry in file.grades.items()},
        severities=file.severity.names,
        alert_floor=file.severity.alerts,
        topic_floor=file.severity.topics,
        spreads=tuple(entry.domain() for entry in file.spread),
        matrix=file.matrix,
        playbooks=_playbooks(_place(folder, "playbooks")),
        join_hours=file.join.hours,
        same_subject_hours=file.join.same_subject_hours,
        open_from=file.open_from,
        overdue_receivers=file.overdue_receivers,
        four_eyes=file.four_eyes,
        words=load_model(_place(folder, "statement_words.yml"), WordsFile).domain(),
    )


def _place(folder: Path, name: str) -> Path:
    return folder / name if (folder / name).exists() else SHIPPED / name


def _playbooks(folder: Path) -> tuple[Playbook, ...]:
    found: dict[str, Playbook] = {}
    for path in sorted(folder.glob("*.yml")):
        playbook = load_model(path, PlaybookFile).domain()
        if playbook.id in found:
            raise ConfigError(f"{path}：预案编号 {playbook.id} 重复")
        found[playbook.id] = playbook
    return tuple(found.values())


def check_plan(plan: Plan, folder: Path, topics: set[str], receivers: set[str]) -> None:
    """A topic or receiver that does not exist would never be met. Raises ConfigError that names it."""
    named = {f"预案 {each.id} 的 topics": set(each.topics) for each in plan.playbooks}
    for place, used in {**named, f"{folder / 'incidents.yml'} 的 severity.topics": set(plan.topic_floor)}.items():
        if unknown := sorted(used - topics):
            raise ConfigError(f"{place} 提到不存在的话题：{'、'.join(unknown)}（见 topics.yml）")
    if unknown := sorted(set(plan.overdue_receivers) - receivers):
        raise ConfigError(
            f"incidents.yml 的 overdue_receivers 提到不存在的接收人：{'、'.join(unknown)}（见 routes.yml）"
        )
