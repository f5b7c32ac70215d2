"""Report: the weekly opinion report is compiled, checked against the store, archived, and sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from yuqing.domain.alert import Message
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict, YuqingError
from yuqing.domain.ports import Channel, Clock, StateStore
from yuqing.domain.report import Report

KIND = "report"
WEEK = timedelta(days=7)
_SHANGHAI = timezone(timedelta(hours=8))


class ReportError(YuqingError):
    """A report did not pass its own check; it was neither archived nor sent."""


class Compiles(Protocol):
    """Makes the report of a period."""

    def compile(self, since: datetime, until: datetime, now: datetime) -> Report:
        """The report of [since, until) as known at `now`."""
        ...


def report_id(subject_id: str, since: datetime, until: datetime) -> str:
    """One id per subject and period, by days in China: weekly-yunjiang-20260309-20260316."""
    days = (f"{at.astimezone(_SHANGHAI):%Y%m%d}" for at in (since, until))
    return "-".join(("weekly", subject_id, *days))


def last_week(now: datetime) -> tuple[datetime, datetime]:
    """The last full week before `now`, Monday to Sunday in China, half-open."""
    today = now.astimezone(_SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    until = today - timedelta(days=today.weekday())
    return until - WEEK, until


@dataclass(frozen=True)
class ReportJob:
    """Compile, verify and archive. `verify` names every number and quote that the store does not confirm."""

    compiler: Compiles
    verify: Callable[[Report], Sequence[object]]
    state: StateStore
    clock: Clock

    def run(self, subject_id: str, since: datetime, until: datetime, *, replace: bool = False) -> Report:
        """The archived report of the period; compiled now when there is none yet, or on `replace`.

        Running it again gives the same report: what was once sent stays as it was. Raises ReportError when the
        check finds anything.
        """
        stored = load_report(self.state, report_id(subject_id, since, until))
        if stored is not None and not replace:
            return stored
        report = self.compiler.compile(since, until, self.clock.now())
        if mismatches := self.verify(report):
            raise ReportError(f"周报未通过复核，共 {len(mismatches)} 处不符，例如：{mismatches[0]}")
        return self._archived(report, replace)

    def _archived(self, report: Report, replace: bool) -> Report:
        try:
            self.state.save(KIND, report.id, to_json(report), None if replace else 0)
        except Conflict:
            # Another process archived the same period first: its report is the one that counts.
            return load_report(self.state, report.id) or report
        return report


def load_report(state: StateStore, id: str) -> Report | None:
    """An archived report, or None."""
    found = state.load(KIND, id)
    return None if found is None else from_json(Report, found.body)


def list_reports(state: StateStore, subject_id: str | None = None) -> Sequence[Report]:
    """All archived reports, newest period first."""
    where = None if subject_id is None else {"subject_id": subject_id}
    reports = [from_json(Report, document.body) for document in state.find(KIND, where)]
    return sorted(reports, key=lambda report: (report.until, report.id), reverse=True)


def send_report(message: Message, channel: Channel, state: StateStore, receiver: str, clock: Clock) -> bool:
    """Send a report to one receiver, once: False when that was done before. Raises ChannelError.

    The claim is written first and given back when the channel refuses, so a crash in between loses a mail rather
    than sending two; the missing one shows as a claim without an acknowledgement.
    """
    claimed = f"{message.dedup_key}:{receiver}"
    try:
        claim = state.save("report_delivery", claimed, {"at": clock.now().isoformat(), "ack": None}, expected_version=0)
    except Conflict:
        return False
    sent = False
    try:
        ack = channel.send(message)
        sent = True
    finally:
        if not sent:
            state.delete("report_delivery", claimed)
    state.save("report_delivery", claimed, {"at": clock.now().isoformat(), "ack": ack}, expected_version=claim)
    return True
