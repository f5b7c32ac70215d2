"""A real SMTP server on loopback that keeps what it accepts and refuses on order."""

import socket
import subprocess
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "yuqing", "s3cret-smtp-password"


@dataclass
class Inbox:
    """Accepted mails, and the answers that were ordered instead of acceptance."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse_data: str = ""
    refuse_recipients: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802  (the name is aiosmtpd's)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept or refuse one recipient."""
        if address in self.refuse_recipients:
            return self.refuse_recipients[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep or refuse one mail."""
        if self.refuse_data:
            return self.refuse_data
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 queued"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    """One user, one password."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def start(inbox: Inbox, *, login: bool = False, starttls: SSLContext | None = None) -> Controller:
    """A running server; stop() ends it. With `login` it knows one user; with a context it offers STARTTLS."""
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate if login else None,
        auth_require_tls=False,
        tls_context=starttls,
    )
    controller.start()
    return controller


def start_tls(inbox: Inbox, context: SSLContext) -> Controller:
    """A running server that speaks TLS from the first byte."""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), ssl_context=context)
    controller.start()
    return controller


def certificate(folder: Path) -> tuple[SSLContext, SSLContext]:
    """(server, client) contexts of a fresh certificate for 127.0.0.1; made by the openssl command."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    server = SSLContext(PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, create_default_context(cafile=str(cert))
