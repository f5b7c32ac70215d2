"""Report: the weekly opinion report is compiled, checked against the store, archived, and sent."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol

from yuqing.domain.alert import Message
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict, YuqingError
from yuqing.domain.ports import Channel, Clock, StateStore
from yuqing.domain.report import Report

KIND = "report"
DELIVERY, SCHEDULE = "report_delivery", "report_schedule"
# So long after its claim a delivery that nobody has answered is void: far longer than any mail takes.
LEASE = timedelta(minutes=15)
WEEK = timedelta(days=7)
_SHANGHAI = timezone(timedelta(hours=8))
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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


def dedup_key(id: str) -> str:
    """The key that every mail of a report carries: the same for every attempt."""
    return f"report:{id}"


def is_sent(state: StateStore, id: str, receiver: str) -> bool:
    """Whether a receiver's mail server has taken a report over."""
    found = state.load(DELIVERY, _delivery(dedup_key(id), receiver))
    return found is not None and found.body["ack"] is not None


def send_report(message: Message, channel: Channel, state: StateStore, receiver: str, clock: Clock) -> bool:
    """Send a report to one receiver, once: False when that was done before or another process is at it.

    Raises ChannelError. The claim is written before the mail leaves and the acknowledgement after it. A refusal gives
    the claim back; one that a crash left behind runs out, and the mail leaves again with the same dedup key.
    """
    row = _delivery(message.dedup_key, receiver)
    claim = _claim(state, row, clock.now())
    if claim is None:
        return False
    ack = None
    try:
        ack = channel.send(message)
    finally:
        # When the claim ran out meanwhile, the process that took it over decides.
        with suppress(Conflict):
            state.save(DELIVERY, row, _row(clock.now(), ack, is_open=False), expected_version=claim)
    return True


def _delivery(key: str, receiver: str) -> str:
    return f"{key}:{receiver}"


def _row(at: datetime, ack: str | None, *, is_open: bool) -> dict[str, object]:
    return {"at": at.isoformat(), "ack": ack, "open": is_open}


def _claim(state: StateStore, id: str, now: datetime) -> int | None:
    """The version of our claim; None when the mail has gone out or somebody is sending it."""
    found = state.load(DELIVERY, id)
    if found is not None:
        is_held = found.body["open"] and now - datetime.fromisoformat(str(found.body["at"])) < LEASE
        if is_held or found.body["ack"] is not None:
            return None
    try:
        return state.save(DELIVERY, id, _row(now, None, is_open=True), expected_version=found.version if found else 0)
    except Conflict:
        return None


def last_due(now: datetime, report_time: str) -> datetime:
    """The latest moment up to `now` at which a weekly report was due; `report_time` like "mon 08:00", in China."""
    weekday, clock = report_time.split()
    hour, minute = (int(part) for part in clock.split(":"))
    local = now.astimezone(_SHANGHAI)
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    due -= timedelta(days=(local.weekday() - _WEEKDAYS.index(weekday)) % 7)
    return due if due <= local else due - WEEK


def owed_since(state: StateStore, now: datetime) -> datetime:
    """When this installation first looked for reports that are due: for earlier weeks none is owed."""
    with suppress(Conflict):
        state.save(SCHEDULE, "weekly", {"since": now.isoformat()}, expected_version=0)
    found = state.load(SCHEDULE, "weekly")
    return now if found is None else datetime.fromisoformat(str(found.body["since"]))
