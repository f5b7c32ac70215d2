"""The weekly report goes out by itself: once, and late rather than never."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import load_settings
from tests.fakes import FakeClock, RecordingChannel
from yuqing.bootstrap import App, open_app
from yuqing.domain.errors import ChannelError
from yuqing.jobs.report import list_reports
from yuqing.reporting import send_due_report

MONDAY = datetime(2026, 3, 16, 0, 0, tzinfo=UTC)  # 08:00 in China
HOUR = timedelta(hours=1)


class Bureau:
    """The product with one channel and a clock that we move."""

    def __init__(self, home: Path, channel: RecordingChannel) -> None:
        self.home, self.channel, self.clock = home, channel, FakeClock(MONDAY - 3 * HOUR)

    def process(self) -> App:
        """A freshly started process on the same store."""
        app = open_app(load_settings(home=self.home))
        vars(app).update(clock=self.clock, channels={"management": self.channel})
        return app

    def turn(self, at: datetime) -> bool:
        """One hourly turn."""
        self.clock.set(at)
        with self.process() as app:
            return send_due_report(app)

    @property
    def sent(self) -> list[str]:
        """The subject lines that went out."""
        return [message.subject for message in self.channel.sent]


def test_the_report_goes_out_once_at_its_time(tmp_path: Path) -> None:
    """Nothing before Monday morning, one mail then, none for the rest of the week, the next one a week later."""
    bureau = Bureau(tmp_path, RecordingChannel())
    assert [bureau.turn(MONDAY + hours * HOUR) for hours in (-1, 0, 1, 100)] == [False, True, False, False]
    assert bureau.turn(MONDAY + timedelta(days=7))
    assert [subject[-16:] for subject in bureau.sent] == ["2026-03-09—03-15", "2026-03-16—03-22"]


def test_a_mail_server_that_is_down_delays_the_report(tmp_path: Path) -> None:
    """Each hour it is tried again with the same archived report, by new processes too."""
    bureau = Bureau(tmp_path, RecordingChannel(ChannelError("busy"), ChannelError("busy")))
    bureau.turn(MONDAY - HOUR)
    for hours in (0, 1):
        with pytest.raises(ChannelError):
            bureau.turn(MONDAY + hours * HOUR)
    assert bureau.turn(MONDAY + 2 * HOUR)
    assert len(bureau.sent) == 1
    with bureau.process() as app:
        assert len(list_reports(app.state)) == 1


def test_a_machine_that_was_off_on_monday_sends_on_wednesday(tmp_path: Path) -> None:
    """The report of the week before is still owed; those of the time before the first start are not."""
    bureau = Bureau(tmp_path, RecordingChannel())
    assert not bureau.turn(MONDAY - timedelta(days=3))
    assert bureau.turn(MONDAY + timedelta(days=2))
    assert len(bureau.sent) == 1


def test_the_shipped_settings_name_somebody_who_gets_it(tmp_path: Path) -> None:
    """The receiver of the report is in routes.yml."""
    with open_app(load_settings(home=tmp_path)) as app:
        assert set(app.report_receivers()) == {"management"}
