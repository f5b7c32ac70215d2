"""How incidents are graded, how soon they are due, and what is to be done: the settings, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yuqing.domain.alert import AlertSeverity
from yuqing.domain.incident import Grade, Step


@dataclass(frozen=True, slots=True)
class Terms:
    """What a grade means: its name, how soon somebody must respond, how soon it must be resolved."""

    name: str
    respond: timedelta
    resolve: timedelta


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an event has gone, as far as it was seen. `is_floor`: the sources were not all read."""

    mentions: int = 0
    platforms: int = 0
    media: int = 0
    hot_lists: int = 0
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class SpreadLevel:
    """A level of spread; reached by any one of its figures. None: this figure does not count here."""

    name: str
    mentions: int | None = None
    platforms: int | None = None
    media: int | None = None
    hot_lists: int | None = None

    def is_reached(self, reach: Reach) -> bool:
        """True when any of the figures is reached."""
        pairs = (
            (self.mentions, reach.mentions),
            (self.platforms, reach.platforms),
            (self.media, reach.media),
            (self.hot_lists, reach.hot_lists),
        )
        return any(least is not None and seen >= least for least, seen in pairs)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a playbook. `within`: how long after the opening it is due."""

    id: str
    text: str
    required: bool = True
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Playbook:
    """What to do for these topics and grades; empty means any. `statement` is a template for the first draft."""

    id: str
    name: str
    steps: tuple[PlannedStep, ...]
    topics: tuple[str, ...] = ()
    grades: tuple[Grade, ...] = ()
    statement: str = ""

    def fits(self, topic: str, grade: Grade) -> bool:
        """True when it is for this topic and grade."""
        return (not self.topics or topic in self.topics) and (not self.grades or grade in self.grades)

    @property
    def closeness(self) -> tuple[bool, bool]:
        """The one for a topic beats the one for a grade, which beats the one for all."""
        return bool(self.topics), bool(self.grades)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the settings say about incidents."""

    terms: Mapping[Grade, Terms]
    severities: tuple[str, ...]
    alert_floor: Mapping[AlertSeverity, int]
    topic_floor: Mapping[str, int]
    spreads: tuple[SpreadLevel, ...]
    matrix: tuple[tuple[Grade, ...], ...]  # rows: severity, columns: spread
    playbooks: tuple[Playbook, ...]
    join_hours: float = 24.0
    same_subject_hours: float = 2.0
    open_from: AlertSeverity = AlertSeverity.WARNING
    overdue_receivers: tuple[str, ...] = ()
    four_eyes: bool = True
    words: "WordList" = field(default_factory=lambda: WordList())

    def spread(self, reach: Reach) -> int:
        """The highest level that is reached; the lowest always is."""
        reached = (level for level, each in enumerate(self.spreads) if each.is_reached(reach))
        return max(reached, default=0)

    def severity(self, seen: int, alerts: Sequence[AlertSeverity], topic: str) -> int:
        """What the posts say (0-3), and at least what the alerts and the topic ask for."""
        floors = [self.alert_floor.get(each, 0) for each in alerts]
        return min(max([seen, self.topic_floor.get(topic, 0), *floors]), len(self.severities) - 1)

    def grade(self, severity: int, spread: int) -> Grade:
        """The cell of the matrix."""
        return self.matrix[severity][spread]

    def playbook_for(self, topic: str, grade: Grade) -> Playbook | None:
        """The closest one; of equals the first by name of its file."""
        fitting = [each for each in self.playbooks if each.fits(topic, grade)]
        return max(fitting, key=lambda each: each.closeness, default=None)


def planned_steps(playbook: Playbook | None, opened_at: datetime) -> tuple[Step, ...]:
    """The steps of a playbook with the times at which they are due."""
    return tuple(
        Step(each.id, each.text, each.required, None if each.within is None else opened_at + each.within)
        for each in (playbook.steps if playbook else ())
    )


@dataclass(frozen=True, slots=True)
class WordGroup:
    """Words that a statement must not, or had better not, hold: why, and what to write instead."""

    id: str
    name: str
    words: tuple[str, ...]
    reason: str
    advice: str = ""
    blocks: bool = True
    exceptions: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordList:
    """All groups. `numbers`: telephone numbers of the bank itself that may be told (its hotline)."""

    groups: tuple[WordGroup, ...] = ()
    numbers: tuple[str, ...] = ()
