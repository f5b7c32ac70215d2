"""Compile, verify, archive, send: once per subject and period."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes import FakeClock, InMemoryStateStore, RecordingChannel
from tests.unit.reports.small import NOW, SINCE, UNTIL, WEEK
from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError, StoreError
from yuqing.domain.ports import Json
from yuqing.domain.report import Report
from yuqing.jobs.report import (
    LEASE,
    ReportError,
    ReportJob,
    is_sent,
    last_due,
    last_week,
    list_reports,
    load_report,
    owed_since,
    report_id,
    send_report,
)


@dataclass
class CountingCompiler:
    """Makes an empty report and remembers how often."""

    made: list[Report] = field(default_factory=list)

    def compile(self, since: datetime, until: datetime, now: datetime) -> Report:
        """A report without sections."""
        report = Report(report_id("yunjiang", since, until), "yunjiang", "云江银行", since, until, now)
        self.made.append(report)
        return report


@pytest.fixture
def compiler() -> CountingCompiler:
    """A fresh compiler."""
    return CountingCompiler()


@pytest.fixture
def state() -> InMemoryStateStore:
    """A fresh state store."""
    return InMemoryStateStore()


def job(compiler: CountingCompiler, state: InMemoryStateStore, *mismatches: str) -> ReportJob:
    """A job whose verification finds these."""
    return ReportJob(compiler, lambda report: list(mismatches), state, FakeClock(NOW))


def test_a_period_is_compiled_once(compiler, state):
    """The second run gives the archived report; what was sent stays as it was."""
    first = job(compiler, state).run("yunjiang", SINCE, UNTIL)
    assert job(compiler, state).run("yunjiang", SINCE, UNTIL) == first == load_report(state, first.id)
    assert len(compiler.made) == 1
    job(compiler, state).run("yunjiang", SINCE, UNTIL, replace=True)
    assert len(compiler.made) == 2


def test_a_report_that_fails_its_check_is_not_archived(compiler, state):
    """The error names the first mismatch."""
    with pytest.raises(ReportError, match="共 2 处不符，例如：甲"):
        job(compiler, state, "甲", "乙").run("yunjiang", SINCE, UNTIL)
    assert list_reports(state) == []


def test_the_first_of_two_processes_wins(compiler, state):
    """A lost race gives the report of the other process."""
    other = replace(compiler.compile(SINCE, UNTIL, NOW), subject_name="先到")

    class Racing(CountingCompiler):
        def compile(self, since: datetime, until: datetime, now: datetime) -> Report:
            job(CountingCompiler(), state).run("yunjiang", since, until)
            found = load_report(state, other.id)
            assert found is not None
            return replace(found, subject_name="后到")

    assert job(Racing(), state).run("yunjiang", SINCE, UNTIL).subject_name == "云江银行"


def test_reports_are_listed_newest_first(compiler, state):
    """By period, for one subject or all."""
    for back in (2, 0, 1):
        job(compiler, state).run("yunjiang", SINCE - back * WEEK, UNTIL - back * WEEK)
    assert [report.since for report in list_reports(state)] == [SINCE, SINCE - WEEK, SINCE - 2 * WEEK]
    assert list_reports(state, "haizhou") == []


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 15, 16, 0, tzinfo=UTC),  # Monday, midnight in China
        datetime(2026, 3, 16, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 22, 15, 59, tzinfo=UTC),  # Sunday, a minute before midnight in China
    ],
)
def test_last_week_is_monday_to_sunday_in_china(now):
    """The whole following week long, the week before is last week."""
    assert last_week(now) == (SINCE, UNTIL)


def test_ids_are_made_of_days_in_china():
    """One id per subject and period."""
    assert report_id("yunjiang", SINCE, UNTIL) == "weekly-yunjiang-20260309-20260316"


def test_a_report_is_sent_once_per_receiver(state):
    """Again: no second mail. Another receiver: its own."""
    channel, message = RecordingChannel(), Message("s", "t", "report:x")
    clock = FakeClock(NOW)
    assert send_report(message, channel, state, "board", clock)
    assert not send_report(message, channel, state, "board", clock)
    assert send_report(message, channel, state, "regulator", clock)
    assert len(channel.sent) == 2


def test_a_refused_report_can_be_sent_again(state):
    """The claim is given back when the channel refuses."""

    channel = RecordingChannel(ChannelError("邮件服务器拒绝"))
    message, clock = Message("s", "t", "report:x"), FakeClock(NOW + timedelta(hours=1))
    with pytest.raises(ChannelError):
        send_report(message, channel, state, "board", clock)
    assert send_report(message, channel, state, "board", clock)


class Killed(BaseException):
    """The process is gone."""


class DyingState(InMemoryStateStore):
    """Dies at its second write: the mail has left, the acknowledgement is not stored."""

    writes = 0

    def save(self, kind: str, id: str, body: Json, expected_version: int | None = None) -> int:
        """The first write goes through."""
        self.writes += 1
        if self.writes == 2:
            raise Killed
        return super().save(kind, id, body, expected_version)


def test_a_claim_that_a_crash_left_behind_runs_out():
    """While it may still be at work nobody sends; then the mail leaves again, with the same key."""
    state, channel, clock = DyingState(), RecordingChannel(), FakeClock(NOW)
    message = Message("s", "t", "report:x")
    with pytest.raises(Killed):
        send_report(message, channel, state, "board", clock)
    clock.advance(LEASE / 2)
    assert not send_report(message, channel, state, "board", clock)
    assert not is_sent(state, "x", "board")
    clock.advance(LEASE)
    assert send_report(message, channel, state, "board", clock)
    assert is_sent(state, "x", "board")
    clock.advance(LEASE)
    assert not send_report(message, channel, state, "board", clock)
    assert [sent.dedup_key for sent in channel.sent] == ["report:x"] * 2


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-16T08:00+08:00", "2026-03-16T08:00+08:00"),
        ("2026-03-16T07:59+08:00", "2026-03-09T08:00+08:00"),
        ("2026-03-22T23:59+08:00", "2026-03-16T08:00+08:00"),
        ("2026-03-16T01:00+00:00", "2026-03-16T08:00+08:00"),
    ],
    ids=["on the minute", "a minute early", "days later", "another zone"],
)
def test_a_report_is_due_at_its_time_of_the_week(now: str, due: str) -> None:
    """The latest Monday 08:00 in China."""
    assert last_due(datetime.fromisoformat(now), "mon 08:00") == datetime.fromisoformat(due)


def test_a_new_installation_owes_no_earlier_week(state):
    """The first look is remembered; later ones do not move it."""
    assert owed_since(state, NOW) == NOW
    assert owed_since(state, NOW + WEEK) == NOW


def test_a_damaged_archive_is_an_error_of_the_store(state):
    """Not an empty report."""
    state.save("report", "x", {"id": "x"})
    with pytest.raises(StoreError):
        load_report(state, "x")
