"""Detect: what holds now becomes alerts, and alerts become notifications that wait to be delivered."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from yuqing.domain.alert import Detection
from yuqing.domain.ports import Clock, MentionStore


class Judge(Protocol):
    """Knows the rules."""

    def judge(self, now: datetime) -> Sequence[Detection]:
        """Everything that holds now."""
        ...


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of the alerts."""

    fired: int = 0
    continued: int = 0
    resolved: int = 0


class Register(Protocol):
    """Keeps the alerts and the queue of notifications in the state store."""

    def apply(self, detections: Sequence[Detection], now: datetime) -> Registered:
        """Bring the stored alerts in line with what holds now. Safe to repeat."""
        ...

    def announce(self, now: datetime) -> int:
        """Queue every notification that is due for a stored alert and not queued yet; how many. Safe to repeat."""
        ...


@dataclass(frozen=True, slots=True)
class DetectSummary:
    """One look."""

    detections: int
    fired: int
    continued: int
    resolved: int
    queued: int

    @property
    def changed(self) -> bool:
        """True when an alert began or ended, or somebody is to be told."""
        return bool(self.fired or self.resolved or self.queued)

    def as_json(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """For people."""
        return (
            f"检测到 {self.detections} 项，新预警 {self.fired} 条，持续 {self.continued} 条，"
            f"解除 {self.resolved} 条，新增待发通知 {self.queued} 条"
        )


def detect(judge: Judge, register: Register, mentions: MentionStore, clock: Clock) -> DetectSummary:
    """Judge the rules once.

    Alerts are stored before notifications are queued. A crash in between leaves an alert without notifications, which
    the next look notices and makes up for: every step derives what is missing from what is stored.
    """
    mentions.refresh()
    now = clock.now()
    detections = judge.judge(now)
    done = register.apply(detections, now)
    queued = register.announce(now)
    return DetectSummary(len(detections), done.fired, done.continued, done.resolved, queued)
