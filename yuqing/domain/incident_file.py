"""The closing file of an incident: everything that its Word document shows, gathered once."""

from dataclasses import dataclass
from datetime import datetime

from yuqing.domain.incident import Entry, Incident
from yuqing.domain.report import Chart, Quote


@dataclass(frozen=True, slots=True)
class FileAlert:
    """An alert as the file shows it."""

    started_at: datetime
    ended_at: datetime | None
    severity: str
    summary: str
    told: tuple[str, ...]  # who was told, and when the message was accepted


@dataclass(frozen=True, slots=True)
class PlatformCount:
    """Negative mentions on one platform."""

    platform: str
    mentions: int


@dataclass(frozen=True, slots=True)
class IncidentFile:
    """All of it in Chinese words, ready to be laid out. `coverage` says what was not seen; empty: all was."""

    incident: Incident
    made_at: datetime
    subject_name: str
    topic_name: str
    grade_name: str
    severity_name: str
    spread_name: str
    playbook_name: str
    timeline: tuple[Entry, ...]
    alerts: tuple[FileAlert, ...]
    platforms: tuple[PlatformCount, ...]
    charts: tuple[Chart, ...]
    quotes: tuple[Quote, ...]
    findings: tuple[str, ...]  # of the approved statement
    coverage: str
    outlets: tuple[str, ...] = ()  # media and organisations that spoke of it, with their counts
    lost_evidence: int = 0  # posts that are past their retention
