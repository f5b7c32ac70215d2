"""From posts in a real store to a mail in a real inbox."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.channels import ChannelSettings, Unconfigured, build_channels
from alerts.channels.email import SmtpServer
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.fakes import FakeClock
from tests.integration.alerts.smtp_server import Inbox, free_port, start
from tests.unit.alerts.bank import DAY, MINUTE, NOW, Bank, receiver
from yuqing.domain.alert import NotificationState
from yuqing.domain.coverage import Outcome


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    """Four quiet weeks in SQLite files, polled every five minutes of the last two days."""
    clock = FakeClock(NOW)
    mentions, state = SqliteMentionStore(tmp_path / "bank.db", clock), SqliteStateStore(tmp_path / "bank.db")
    made = Bank(mentions, state, clock)
    made.quiet()
    made.cover(NOW - 28 * DAY, NOW - 2 * DAY)
    made.polls(NOW - 2 * DAY, NOW)
    yield made
    mentions.close()
    state.close()


def _channels(bank: Bank, port: int) -> ChannelSettings:
    return ChannelSettings(bank.clock, SmtpServer("127.0.0.1", port, "none", timeout=5.0), "yuqing@bank.example")


def test_an_outage_arrives_as_one_readable_mail(bank: Bank) -> None:
    """One mail with figures, topic, posts, trend, coverage and signed links, in text and HTML alike."""
    inbox = Inbox()
    server = start(inbox)
    bank.outage(posts=40)
    try:
        engine = bank.engine()
        engine = bank.engine(channels=build_channels(engine.receivers, _channels(bank, server.port)))
        for _ in range(2):
            engine.detect()
            engine.notify()
            bank.clock.advance(MINUTE)
    finally:
        server.stop()
    (mail,) = inbox.mails
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert str(mail["Subject"]).startswith("[预警·高] 云江银行 手机银行：30 分钟内负面 ")
    for told in (
        "平时同一时段",
        "纯属偶然的概率",
        "误报率",
        "负面占比",
        "平台：微博",
        "话题：手机银行",
        "我来处理：http",
    ):
        assert told in text.get_content(), told
    assert "1 个来源最近 4 小时均已完整采集" in text.get_content()
    assert "cid:sparkline" in html.get_content()
    assert "在看板中打开" in html.get_content()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert bytes(pictures[0].get_content()).startswith(b"\x89PNG")


def test_a_server_that_is_down_loses_nothing(bank: Bank) -> None:
    """SMTP is down at first; when it is back the mail arrives, once, and the row says so."""
    bank.outage(posts=40)
    inbox, port = Inbox(), free_port()
    engine = bank.engine()
    engine = bank.engine(channels=build_channels(engine.receivers, _channels(bank, port)))
    engine.detect()
    assert engine.notify().retried == 1
    bank.clock.advance(timedelta(minutes=1))
    server = start(inbox)
    engine = bank.engine(channels=build_channels(engine.receivers, _channels(bank, server.port)))
    try:
        assert engine.notify().accepted == 1
    finally:
        server.stop()
    assert len(inbox.mails) == 1
    rows = [row for alert in engine.alerts() for row in engine.notifications(alert.id)]
    assert [row.state for row in rows] == [NotificationState.ACCEPTED]


def test_gaps_in_the_collection_are_told(bank: Bank) -> None:
    """An hour without Weibo shows in the mail instead of passing for silence."""
    inbox = Inbox()
    server = start(inbox)
    bank.clock.advance(timedelta(hours=1))
    bank.cover(NOW - 30 * MINUTE, bank.clock.now(), Outcome.CHALLENGE)
    bank.clock.advance(5 * MINUTE)
    bank.cover(bank.clock.now() - 10 * MINUTE, bank.clock.now())
    bank.post(bank.clock.now() - MINUTE, "云江银行挤兑了？")
    try:
        engine = bank.engine()
        engine = bank.engine(channels=build_channels(engine.receivers, _channels(bank, server.port)))
        engine.detect()
        engine.notify()
    finally:
        server.stop()
    text = inbox.mails[0].get_body(("plain",))
    assert text is not None
    assert "微博搜索最近 4 小时有 " in text.get_content()
    assert "可能偏低" in text.get_content()


def test_without_smtp_the_reason_shows(bank: Bank) -> None:
    """An installation without SMTP keeps the notification and says what is missing."""
    bank.outage(posts=40)
    engine = bank.engine(channels=build_channels([receiver("duty")], ChannelSettings(bank.clock)))
    assert isinstance(engine.channels["duty"], Unconfigured)
    engine.detect()
    assert engine.notify().retried == 1
    (row,) = engine.notifications(engine.alerts()[0].id)
    assert "YQ_SMTP_HOST" in row.detail
