"""The SMTP server of the inbox; it can be told to refuse."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulator.inbox.folder import MailFolder

REPLIES = {
    421: "421 4.3.2 service not available, closing",
    451: "451 4.3.0 try again later",
    452: "452 4.3.1 insufficient storage",
    550: "550 5.7.1 refused by policy",
    554: "554 5.7.1 message refused",
}
STAGES = ("mail", "rcpt", "data")


@dataclass(slots=True)
class Refusal:
    """Answer the next `times` commands of a stage with a code (-1: always)."""

    code: int
    times: int = 1
    stage: str = "data"


class MailDoor:
    """Accepts mail into a folder; aiosmtpd calls the `handle_` methods."""

    def __init__(self, folder: MailFolder, now: Callable[[], str]) -> None:
        self.folder = folder
        self.refusal: Refusal | None = None
        self.refused = 0
        self._now = now
        self._socket: socket.socket | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1]) if self._socket else 0

    async def open(self, port: int) -> asyncio.Server:
        """Listen on loopback; port 0 picks a free one."""
        self._socket = socket.create_server(("127.0.0.1", port))
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: self._protocol(loop), sock=self._socket)

    def refuse(self, refusal: Refusal) -> None:
        """Refuse from now on."""
        if refusal.code not in REPLIES or refusal.stage not in STAGES:
            raise ValueError(f"code must be one of {sorted(REPLIES)}, stage one of {STAGES}")
        self.refusal = refusal

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """MAIL FROM."""
        if reply := self._reply("mail"):
            return reply
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT TO."""
        if reply := self._reply("rcpt"):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail itself."""
        if reply := self._reply("data"):
            return reply
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.folder.keep(content, envelope.mail_from or "", tuple(map(str, envelope.rcpt_tos)), self._now())
        return "250 OK kept"

    def _reply(self, stage: str) -> str:
        """The refusal that is due at this stage, counted; empty when there is none."""
        refusal = self.refusal
        if refusal is None or refusal.stage != stage or refusal.times == 0:
            return ""
        refusal.times -= 1 if refusal.times > 0 else 0
        self.refused += 1
        return REPLIES[refusal.code]

    def _protocol(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        # A fixed host name: the default asks the resolver, and nothing here may leave the machine.
        return SMTP(
            self,
            hostname="localhost",
            enable_SMTPUTF8=True,
            loop=loop,
            authenticator=_accept_anyone,
            auth_require_tls=False,
        )


def _accept_anyone(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    """Let a client that has been given credentials use them; they are not kept."""
    return AuthResult(success=isinstance(data, LoginPassword))
