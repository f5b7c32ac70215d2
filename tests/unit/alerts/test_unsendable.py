"""A message that cannot be made or sent keeps no other message back, and nothing of its text is logged."""

import json
from datetime import timedelta
from typing import NoReturn

import httpx
import pytest
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from pydantic import SecretStr
from structlog.testing import capture_logs

from alerts.channels.email import EmailChannel, SmtpServer
from alerts.channels.webhook import WebhookChannel
from alerts.dispatch import LEASE, MAX_ATTEMPTS
from tests.fakes import FakeClock, RecordingChannel
from tests.unit.alerts.bank import MINUTE, NOW, Bank, receiver, shipped_rules
from yuqing.domain.alert import Message, NotificationState, Route
from yuqing.scheduler import report_event

BROKEN = "云江银行挤兑\ud83d了"  # half of an emoji, cut by a platform


class Choking:
    """A channel that cannot put any message into bytes."""

    def send(self, message: Message) -> NoReturn:
        """Fail as a codec does, quoting the text."""
        raise UnicodeEncodeError("utf-8", message.text, 0, 1, "surrogates not allowed")


class Crashing:
    """A channel with a mistake in it."""

    def send(self, message: Message) -> NoReturn:
        """Fail in a way that nobody foresaw."""
        raise KeyError(message.subject)


def _two_receivers(channel: object) -> tuple[Bank, dict[str, object]]:
    bank = Bank.empty()
    bank.post(NOW - MINUTE, "听说云江银行有挤兑")
    changes = {
        "rules": [rule for rule in shipped_rules() if rule.type == "keyword"],
        "routes": [Route(("bad", "duty"))],
        "receivers": [receiver("bad"), receiver("duty")],
        "channels": {"bad": channel, "duty": bank.channel},
    }
    return bank, changes


def _states(bank: Bank) -> dict[str, str]:
    return {str(row.body["receiver"]): str(row.body["state"]) for row in bank.state.find("notification")}


def test_text_that_no_codec_takes_is_a_failed_attempt() -> None:
    """The round goes on to the next receiver; the failure is counted and names only its kind."""
    bank, changes = _two_receivers(Choking())
    bank.engine(**changes).detect()
    summary = bank.engine(**changes).notify()
    assert (summary.accepted, summary.retried) == (1, 1)
    (row,) = [row.body for row in bank.state.find("notification") if row.body["receiver"] == "bad"]
    assert (row["state"], row["attempts"]) == (NotificationState.FAILED, 1)
    assert "UnicodeEncodeError" in str(row["detail"])
    assert "挤兑" not in str(row["detail"])


def test_what_kills_every_attempt_ends_as_dead() -> None:
    """A mistake that stops the process at one message stops it a limited number of times."""
    bank, changes = _two_receivers(Crashing())
    bank.engine(**changes).detect()
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(KeyError):
            bank.engine(**changes).notify()
        bank.clock.advance(LEASE)
    bank.engine(**changes).notify()
    assert _states(bank) == {"bad": NotificationState.DEAD, "duty": NotificationState.ACCEPTED}


def test_a_mail_with_half_a_character_is_built() -> None:
    """The broken half is replaced; the rest of the message arrives."""
    channel = EmailChannel(SmtpServer("127.0.0.1"), "yuqing@bank.example", ("duty@bank.example",), FakeClock(NOW))
    mail = channel.build(Message(BROKEN, BROKEN, "key", html=f"<p>{BROKEN}</p>"))
    assert mail["Subject"] == "云江银行挤兑?了"
    assert [part.get_content().strip() for part in mail.iter_parts() if part.get_content_maintype() == "text"] == [
        "云江银行挤兑?了",
        "<p>云江银行挤兑?了</p>",
    ]
    assert mail.as_bytes()


def test_a_webhook_with_half_a_character_is_posted() -> None:
    """The same for robots, deep inside the payload too."""
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    channel = WebhookChannel(SecretStr("http://127.0.0.1/"), http, FakeClock(NOW))
    channel.send(Message("s", BROKEN, "key", payload={"posts": [{"text": BROKEN}]}))
    body = json.loads(seen[0])
    assert body["text"] == body["posts"][0]["text"] == "云江银行挤兑?了"


def test_a_crashed_job_is_logged_without_what_it_choked_on() -> None:
    """The kind of the error and where it was raised; never its text, which may hold a post."""
    try:
        Choking().send(Message("s", BROKEN, "key"))
    except UnicodeEncodeError as error:
        event = JobExecutionEvent(EVENT_JOB_ERROR, "notify", "default", NOW + timedelta(0), exception=error)
    with capture_logs() as lines:
        report_event(event)
    (line,) = lines
    assert line["reason"] == "UnicodeEncodeError"
    assert str(line["where"]).startswith("test_unsendable.py:")
    assert "挤兑" not in repr(line)


def test_a_round_without_trouble_is_as_before() -> None:
    """Two receivers, two messages."""
    bank, changes = _two_receivers(RecordingChannel())
    bank.engine(**changes).detect()
    assert bank.engine(**changes).notify().accepted == 2
