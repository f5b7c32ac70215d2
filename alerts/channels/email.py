"""E-mail over SMTP: HTML with a plain text twin, pictures inside, one stable Message-ID per notification."""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from pydantic import SecretStr

from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Clock

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ANSWER = 80
Security = Literal["starttls", "ssl", "none"]


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails are handed in. The password is never shown."""

    host: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    timeout: float = 20.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)  # None: the system's authorities, host name checked


@dataclass(frozen=True)
class EmailChannel:
    """Sends to fixed recipients. A server that refuses all of them has refused the message; some: the rest got it."""

    server: SmtpServer
    sender: str
    recipients: tuple[str, ...]
    clock: Clock

    def send(self, message: Message) -> str:
        """Hand the mail in; returns what became of each recipient. Raises ChannelError."""
        mail = self.build(message)
        try:
            with self._session() as session:
                refused = session.send_message(mail, self.sender, list(self.recipients), *_notices(session, mail))
                answer = _answer(session)
        except smtplib.SMTPException as error:
            raise _refusal(error) from None
        except (OSError, UnicodeError, ValueError) as error:
            unreached = isinstance(error, ConnectionRefusedError | socket.gaierror)
            why = f"SMTP {self.server.host}:{self.server.port} {_unreachable(error)}"
            raise ChannelError(why, refused=unreached) from None
        taken = [each for each in self.recipients if each not in refused]
        told = f"已受理：{', '.join(taken)}{answer}"
        return told if not refused else f"{told}；被拒：{', '.join(_codes(refused))}"

    def build(self, message: Message) -> EmailMessage:
        """The mail. Its Message-ID follows from the dedup key: every attempt is the same mail."""
        digest = sha256(message.dedup_key.encode()).hexdigest()
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = " ".join(_encodable(message.subject).split())
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Date"] = format_datetime(self.clock.now())
        mail["Message-ID"] = f"<{digest[:32]}@{self.sender.rpartition('@')[2] or 'yuqing'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Yuqing-Dedup-Key"] = digest[:32]
        mail.set_content(_encodable(message.text), cte="base64")
        if message.html is not None:
            mail.add_alternative(_encodable(message.html), subtype="html", cte="base64")
            self._attach(mail, message)
        return mail

    @staticmethod
    def _attach(mail: EmailMessage, message: Message) -> None:
        html = list(mail.iter_parts())[-1]
        if not isinstance(html, EmailMessage):
            raise TypeError("the last part is the HTML part")
        for each in message.attachments:
            kind, _, subtype = each.media_type.partition("/")
            html.add_related(
                each.content, kind, subtype, cid=f"<{each.cid}>", filename=each.filename, disposition="inline"
            )

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        server = self.server
        context = server.tls or ssl.create_default_context()
        session: smtplib.SMTP
        if server.security == "ssl":
            session = _RememberingTls(server.host, server.port, timeout=server.timeout, context=context)
        else:
            session = _Remembering(server.host, server.port, timeout=server.timeout)
        with session:
            if server.security == "starttls":
                session.starttls(context=context)
            if server.user is not None and server.password is not None:
                session.login(server.user, server.password.get_secret_value())
            yield session


class _Remembering(smtplib.SMTP):
    """Keeps the server's last answer to a mail: with its queue number the mail can be followed there."""

    answer = ""

    def data(self, msg: "ReadableBuffer | str") -> tuple[int, bytes]:
        """See smtplib.SMTP.data."""
        code, text = super().data(msg)
        self.answer = f"{code} {text.decode('ascii', 'replace')}"
        return code, text


class _RememberingTls(_Remembering, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


def _notices(session: smtplib.SMTP, mail: EmailMessage) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ask for delivery status notices where the server has them (RFC 3461): of failures and delays, to the sender.

    The envelope's id is that of the notification, so that a notice can be matched with it.
    """
    session.ehlo_or_helo_if_needed()
    if not session.has_extn("dsn"):
        return (), ()
    return ("RET=HDRS", f"ENVID={mail['X-Yuqing-Dedup-Key']}"), ("NOTIFY=FAILURE,DELAY",)


def _answer(session: smtplib.SMTP) -> str:
    """What the server said, for the notification log: printable, short, and whether it reports failures later."""
    said = getattr(session, "answer", "")
    shown = "".join(sign for sign in said if sign.isprintable())[:ANSWER]
    dsn = "；已要求退信与延迟回执（DSN）" if session.has_extn("dsn") else ""
    return f"；服务器答复 {shown}{dsn}" if shown else dsn


def _encodable(text: str) -> str:
    """Half characters, as platforms cut them out of emoji, replaced: no codec takes them."""
    return text.encode("utf-8", "replace").decode()


def _refusal(error: smtplib.SMTPException) -> ChannelError:
    """Codes from 500 are final, except where only the session (not the message) was refused."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            permanent = all(code >= 500 for code, _ in error.recipients.values())
            told = f"收件人全部被拒：{', '.join(_codes(error.recipients))}"
            return ChannelError(told, permanent=permanent, refused=True)
        case smtplib.SMTPAuthenticationError():
            # A wrong password is mended by the operator within the hours of the retries: nothing is given up.
            return ChannelError(f"SMTP 登录被拒（{error.smtp_code}）", refused=True)
        case smtplib.SMTPResponseException():
            return ChannelError(f"SMTP 拒收（{error.smtp_code}）", permanent=_is_final(error), refused=True)
        case smtplib.SMTPNotSupportedError():
            return ChannelError("SMTP 服务器不支持所要求的加密或登录方式", refused=True)
    # The text of other errors may quote what was sent: only the kind is told.
    return ChannelError(f"SMTP 会话中断（{type(error).__name__}）")


def _is_final(error: smtplib.SMTPResponseException) -> bool:
    return error.smtp_code >= 500 and isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)


def _codes(refused: "dict[str, tuple[int, bytes]]") -> Sequence[str]:
    return [f"{address}（{code}）" for address, (code, _) in sorted(refused.items())]


def _unreachable(error: Exception) -> str:
    match error:
        case ssl.SSLError():
            return "TLS 握手失败"
        case socket.gaierror():
            return "域名无法解析"
        case TimeoutError():
            return "超时"
        case ConnectionRefusedError():
            return "拒绝连接"
    return f"连接失败（{type(error).__name__}）"
