"""Mails through a real SMTP server: what arrives, what a refusal becomes, what never leaks."""

import base64
import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from alerts.channels.email import EmailChannel, SmtpServer
from tests.fakes import FakeClock
from tests.integration.alerts.smtp_server import PASSWORD, USER, Inbox, certificate, free_port, start, start_tls
from yuqing.domain.alert import Attachment, Message
from yuqing.domain.errors import ChannelError

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
SUBJECT = "[预警·高] 云江银行 手机银行：30 分钟内负面 86 条，平时 4 条"
MESSAGE = Message(
    subject=SUBJECT,
    text="正文：手机银行打不开",
    dedup_key="alert-1|duty|firing",
    html='<p>手机银行</p><img src="cid:trend">',
    attachments=(Attachment("trend", "trend.png", "image/png", b"\x89PNG picture"),),
)


def _channel(port: int, *to: str, **server: object) -> EmailChannel:
    settings = SmtpServer("127.0.0.1", port, "none", timeout=5.0, **server)  # type: ignore[arg-type]
    return EmailChannel(settings, "yuqing@bank.example", to or ("duty@bank.example",), FakeClock(NOW))


def test_the_mail_arrives_whole(inbox: Inbox, server: Controller) -> None:
    """Chinese subject, text and HTML twins, inline picture, stable Message-ID."""
    told = _channel(server.port).send(MESSAGE)
    (mail,) = inbox.mails
    assert "duty@bank.example" in told
    assert mail["Subject"] == SUBJECT
    assert mail["Date"].datetime == NOW
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == MESSAGE.text
    assert "手机银行" in html.get_content()
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<trend>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_payload(decode=True) == b"\x89PNG picture"


def test_every_attempt_has_the_same_message_id(inbox: Inbox, server: Controller) -> None:
    """The same notification is the same mail; another one is another."""
    channel = _channel(server.port)
    channel.send(MESSAGE)
    channel.send(MESSAGE)
    channel.send(Message("另一封", "…", "alert-2|duty|firing"))
    ids = [str(mail["Message-ID"]) for mail in inbox.mails]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@bank.example>")


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("451 try later", False), ("452 full", False), ("550 spam", True), ("554 no", True)],
)
def test_refused_data_is_final_from_500_on(inbox: Inbox, server: Controller, answer: str, permanent: bool) -> None:
    """4xx may pass, 5xx will not."""
    inbox.refuse_data = answer
    with pytest.raises(ChannelError, match=answer[:3]) as caught:
        _channel(server.port).send(MESSAGE)
    assert caught.value.permanent is permanent


def test_refused_recipients_are_named(inbox: Inbox, server: Controller) -> None:
    """One of two refused: the other gets it and the acknowledgement says who did not. All refused: an error."""
    inbox.refuse_recipients = {"gone@bank.example": "550 unknown"}
    told = _channel(server.port, "duty@bank.example", "gone@bank.example").send(MESSAGE)
    assert "gone@bank.example（550）" in told
    assert inbox.recipients == [["duty@bank.example"]]
    with pytest.raises(ChannelError, match="全部被拒") as caught:
        _channel(server.port, "gone@bank.example").send(MESSAGE)
    assert caught.value.permanent


def test_greylisting_is_not_final(inbox: Inbox, server: Controller) -> None:
    """A recipient that is refused for now is tried again."""
    inbox.refuse_recipients = {"duty@bank.example": "450 greylisted"}
    with pytest.raises(ChannelError) as caught:
        _channel(server.port).send(MESSAGE)
    assert not caught.value.permanent


def test_nobody_listening_is_an_error_that_may_pass() -> None:
    """A server that is down is told in words and tried again."""
    with pytest.raises(ChannelError, match="拒绝连接") as caught:
        _channel(free_port()).send(MESSAGE)
    assert not caught.value.permanent


def test_a_server_without_tls_gets_no_password(inbox: Inbox) -> None:
    """STARTTLS is asked for and not offered: nothing is sent in the clear."""
    controller = start(inbox)
    try:
        settings = SmtpServer("127.0.0.1", controller.port, "starttls", USER, SecretStr(PASSWORD), 5.0)
        channel = EmailChannel(settings, "yuqing@bank.example", ("duty@bank.example",), FakeClock(NOW))
        with pytest.raises(ChannelError, match="不支持"):
            channel.send(MESSAGE)
    finally:
        controller.stop()
    assert inbox.mails == []


@pytest.mark.parametrize("password", [PASSWORD, "wr0ng-but-secret"])
def test_the_password_never_leaks(inbox: Inbox, caplog: pytest.LogCaptureFixture, password: str) -> None:
    """Neither error nor repr nor log shows it, right or wrong, plain or in base64."""
    caplog.set_level(logging.DEBUG)
    controller = start(inbox, login=True)
    channel = _channel(controller.port, user=USER, password=SecretStr(password))
    told = ""
    try:
        told = channel.send(MESSAGE)
    except ChannelError as error:
        told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
    finally:
        controller.stop()
    assert len(inbox.mails) == (password == PASSWORD)
    shown = f"{told} {channel!r} {channel.server!r} " + " ".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("mail.")
    )
    assert password not in shown
    assert base64.b64encode(password.encode()).decode() not in shown


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_tls_is_checked(inbox: Inbox, tmp_path: Path, security: Literal["ssl", "starttls"]) -> None:
    """With a trusted certificate the mail arrives; an unknown authority is refused, and nothing is sent."""
    server, client = certificate(tmp_path)
    controller = start_tls(inbox, server) if security == "ssl" else start(inbox, starttls=server)
    try:
        for context, arrives in ((client, True), (None, False)):
            settings = SmtpServer("127.0.0.1", controller.port, security, timeout=5.0, tls=context)
            channel = EmailChannel(settings, "yuqing@bank.example", ("duty@bank.example",), FakeClock(NOW))
            if arrives:
                channel.send(MESSAGE)
            else:
                with pytest.raises(ChannelError, match="TLS"):
                    channel.send(MESSAGE)
    finally:
        controller.stop()
    assert len(inbox.mails) == 1


def test_a_line_break_cannot_forge_a_header(inbox: Inbox, server: Controller) -> None:
    """A subject with line breaks becomes one line; no second header comes out of it."""
    _channel(server.port).send(Message("预警\r\nBcc: all@bank.example", "…", "k"))
    assert inbox.mails[0]["Bcc"] is None
    assert inbox.recipients == [["duty@bank.example"]]
