"""The channels against the doubles of the vendors' gateways on loopback: accepted, refused, closed, broken."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pydantic import SecretStr

from alerts.channels import ChannelSettings, RobotSettings, build_channels
from simulator.chat.site import rooms_of
from simulator.server import Simulator
from tests.integration.alerts.smtp_server import certificate
from yuqing.domain.alert import AlertSeverity, Message, MessageLink, Receiver
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Channel

VENDORS = ("wecom", "dingtalk", "feishu")
TOKENS = {
    "wecom": "demo-wecom-key",
    "dingtalk": "demo-dingtalk-token SECdemo",
    "feishu": "demo-feishu-hook demo-secret",
}
MESSAGE = Message(
    "[预警·高] 云江银行：负面 86 条",
    "正文",
    "k",
    markdown="观察到：**86 条**",
    links=(MessageLink("我来处理", "https://yuqing.bank.example/act?sig=x"),),
    severity=AlertSeverity.CRITICAL,
)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """The doubles; their talk does not matter here."""
    with Simulator(days=1, rate=0.02, talk=0.02) as running:
        yield running


@pytest.fixture(autouse=True)
def _fresh(simulator: Simulator) -> None:
    """The groups as they are from the start, a new hour on the clock."""
    for room in rooms_of(simulator.world).values():
        room.messages.clear()
        room.sent.clear()
        room.closed_until, room.keyword, room.state = None, "", "well"
    simulator.world.faults.clear()


@pytest.fixture(autouse=True)
def http() -> Iterator[httpx.Client]:
    """A client for every channel of a test, closed at its end."""
    with httpx.Client(timeout=0.5, trust_env=False) as client:
        _CLIENTS.append(client)
        yield client
    _CLIENTS.clear()


_CLIENTS: list[httpx.Client] = []


@dataclass(frozen=True)
class Clock:
    """The clock of the platform, and how far ours is off."""

    simulator: Simulator
    off: timedelta = timedelta(0)

    def now(self) -> object:
        """Now."""
        return self.simulator.clock.now() + self.off


def channel(simulator: Simulator, vendor: str, token: str = "", off: timedelta = timedelta(0)) -> Channel:
    """A channel of the settings, as bootstrap builds it."""
    robots = {vendor: RobotSettings(f"{simulator.url}/{vendor}", SecretStr(f"default {token or TOKENS[vendor]}"))}
    settings = ChannelSettings(
        Clock(simulator, off),  # type: ignore[arg-type]
        robots=robots,
        http=_CLIENTS[0],
    )
    return build_channels([Receiver("pr", vendor)], settings)["pr"]


def _room(simulator: Simulator, vendor: str) -> list[dict[str, object]]:
    return rooms_of(simulator.world)[vendor, TOKENS[vendor].split()[0]].messages


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_message_arrives(simulator: Simulator, vendor: str) -> None:
    """Signed as the vendor asks, with title, figures and link."""
    channel(simulator, vendor).send(MESSAGE)
    (got,) = _room(simulator, vendor)
    assert MESSAGE.subject in json.dumps(got, ensure_ascii=False)
    assert "86 条" in str(got["text"])
    assert "https://yuqing.bank.example/act?sig=x" in json.dumps(got)


@pytest.mark.parametrize(
    ("vendor", "token", "code"),
    [
        ("wecom", "another-key", "93000"),
        ("dingtalk", "another-token SECdemo", "300005"),
        ("dingtalk", "demo-dingtalk-token SECwrong", "310000"),
        ("dingtalk", "demo-dingtalk-token", "310000"),
        ("feishu", "another-hook demo-secret", "19001"),
        ("feishu", "demo-feishu-hook wrong-secret", "19021"),
    ],
)
def test_a_wrong_robot_or_signature_is_a_failure(simulator: Simulator, vendor: str, token: str, code: str) -> None:
    """HTTP 200 with a code in the body: nothing arrived."""
    with pytest.raises(ChannelError, match=code):
        channel(simulator, vendor, token).send(MESSAGE)
    assert _room(simulator, vendor) == []


@pytest.mark.parametrize(("vendor", "code"), [("dingtalk", "310000"), ("feishu", "19021")])
def test_a_clock_that_is_hours_off_is_told(simulator: Simulator, vendor: str, code: str) -> None:
    """The signature is right and too old: it is tried again, the clock may be set."""
    with pytest.raises(ChannelError, match=code) as caught:
        channel(simulator, vendor, off=timedelta(hours=2)).send(MESSAGE)
    assert not caught.value.permanent
    channel(simulator, vendor, off=timedelta(minutes=50)).send(MESSAGE)


@pytest.mark.parametrize(("vendor", "code"), [("dingtalk", "310000"), ("feishu", "19024")])
def test_a_missing_keyword_is_told(simulator: Simulator, vendor: str, code: str) -> None:
    """The group asks for a word; a message with it passes."""
    rooms_of(simulator.world)[vendor, TOKENS[vendor].split()[0]].keyword = "舆情播报"
    with pytest.raises(ChannelError, match=code):
        channel(simulator, vendor).send(MESSAGE)
    rooms_of(simulator.world)[vendor, TOKENS[vendor].split()[0]].keyword = "预警"
    channel(simulator, vendor).send(MESSAGE)


@pytest.mark.parametrize(("vendor", "limit"), [("wecom", 20), ("dingtalk", 20), ("feishu", 100)])
def test_too_often_asks_to_wait(simulator: Simulator, vendor: str, limit: int) -> None:
    """One more than the vendor allows in a minute is refused, and the error says how long to wait."""
    room = rooms_of(simulator.world)[vendor, TOKENS[vendor].split()[0]]
    room.sent = [simulator.clock.now()] * (limit - 1)
    pr = channel(simulator, vendor)
    pr.send(MESSAGE)
    with pytest.raises(ChannelError, match="频繁") as caught:
        pr.send(MESSAGE)
    assert caught.value.retry_after == timedelta(minutes=10 if vendor == "dingtalk" else 1)
    assert len(_room(simulator, vendor)) == 1


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_message_of_any_length_passes(simulator: Simulator, vendor: str) -> None:
    """The doubles refuse what is too long as the vendors do; the channel cuts before, and says so."""
    long = Message("[预警·高]", "", "k", markdown="“云江银行”\\ 打不开\n" * 5000, links=MESSAGE.links)
    channel(simulator, vendor).send(long)
    assert "截去" in str(_room(simulator, vendor)[0]["text"])


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("5xx", "503"),
        ("502", "502"),
        ("429", "429"),
        ("slow", "超时"),
        ("reset", "无法连接"),
        ("empty_body", "JSON"),
        ("truncated_json", "JSON"),
        ("truncated_body", "无法连接"),
        ("robot_plain", "JSON"),
        ("robot_no_verdict", "code"),
        ("404", "404"),
    ],
)
def test_a_gateway_in_trouble_is_a_failure(simulator: Simulator, vendor: str, outcome: str, told: str) -> None:
    """Nothing of it counts as delivered; the next attempt passes."""
    simulator.fault(vendor, outcome, seconds=1.0)
    pr = channel(simulator, vendor)
    with pytest.raises(ChannelError, match=told):
        pr.send(MESSAGE)
    pr.send(MESSAGE)


class _Ok(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take anything."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"errcode": 0}')

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def test_a_certificate_that_is_not_trusted_gets_nothing(tmp_path: Path, http: httpx.Client) -> None:
    """The message does not leave; the operator reads that it is TLS."""
    context, _ = certificate(tmp_path)
    server = HTTPServer(("127.0.0.1", 0), _Ok)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.handle_request)
    thread.start()
    settings = ChannelSettings(
        Clock(None),  # type: ignore[arg-type]
        robots={"wecom": RobotSettings(f"https://127.0.0.1:{server.server_port}", SecretStr("default some-key-of-it"))},
        http=http,
    )
    try:
        with pytest.raises(ChannelError, match="TLS 握手失败"):
            build_channels([Receiver("pr", "wecom")], settings)["pr"].send(MESSAGE)
    finally:
        thread.join(5)
        server.server_close()
