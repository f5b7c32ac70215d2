"""Delivery status notices are asked for where the server has them, and its answer is in the notification log."""

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from alerts.channels.email import EmailChannel, SmtpServer
from tests.fakes import FakeClock
from yuqing.domain.alert import Message

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
ANSWER = "250 2.0.0 Ok: queued as 4F2A81C0"


class Speaker(socketserver.StreamRequestHandler):
    """As much of SMTP as one mail needs."""

    def handle(self) -> None:
        """Answer every command; remember it."""
        server = self.server
        assert isinstance(server, Server)
        self._say("220 mail.example")
        body = False
        for raw in self.rfile:
            line = raw.decode("ascii", "replace").strip()
            if body:
                body = line != "."
                if not body:
                    self._say(ANSWER)
                continue
            server.heard.append(line)
            body = line.upper() == "DATA"
            self._say(
                {"EHLO": server.greeting, "DATA": "354 go", "QUIT": "221 bye"}.get(line.split()[0].upper(), "250 ok")
            )

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.TCPServer):
    """A mail server that has the extensions it is told to have."""

    allow_reuse_address = True

    def __init__(self, *extensions: str) -> None:
        super().__init__(("127.0.0.1", 0), Speaker)
        self.heard: list[str] = []
        lines = ["mail.example", *extensions]
        self.greeting = "\r\n".join(f"250{'-' if i + 1 < len(lines) else ' '}{name}" for i, name in enumerate(lines))


@pytest.fixture(params=[("DSN",), ()], ids=["with", "without"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """One that has the extension, and one that has not."""
    with Server(*request.param) as made:
        thread = threading.Thread(target=made.handle_request)
        thread.start()
        yield made
        thread.join(10)


def test_failures_and_delays_are_asked_for_where_the_server_tells_of_them(server: Server) -> None:
    """With the id of the notification in the envelope; nothing is asked of a server that would refuse it."""
    settings = SmtpServer("127.0.0.1", server.server_address[1], "none", timeout=10.0)
    channel = EmailChannel(settings, "yuqing@bank.example", ("duty@bank.example",), FakeClock(NOW))
    message = Message("[预警·高] 云江银行", "正文", "alert-1|duty|firing")
    told = channel.send(message)
    key = channel.build(message)["X-Yuqing-Dedup-Key"]
    mail, to = (next(line for line in server.heard if line.upper().startswith(word)) for word in ("MAIL", "RCPT"))
    asked = "DSN" in server.greeting
    assert (f"ENVID={key}" in mail, "NOTIFY=FAILURE,DELAY" in to, "回执" in told) == (asked, asked, asked)
    assert ANSWER in told
