"""The three group robots on a fake wire: what counts as delivered, what is cut, and what never shows."""

import json
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from alerts.channels import ChannelSettings, RobotSettings, Unconfigured, build_channels, quotas_of
from alerts.channels.dingtalk import DingTalkChannel
from alerts.channels.dingtalk import sign as dingtalk_sign
from alerts.channels.feishu import FeishuChannel
from alerts.channels.feishu import sign as feishu_sign
from alerts.channels.robots import Robot, parse_robots
from alerts.channels.wecom import LIMIT, WeComChannel
from tests.fakes import FakeClock
from yuqing.domain.alert import AlertSeverity, Message, MessageLink, Receiver
from yuqing.domain.errors import ChannelError, ConfigError
from yuqing.domain.ports import Channel

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
TOKEN, SECRET = "t0ken-of-the-robot", "SECret-of-the-robot"
LINK = "https://yuqing.bank.example/act?sig=signed-key-of-a-link"
MESSAGE = Message(
    "[预警·高] 云江银行 手机银行：30 分钟内负面 86 条",
    "正文",
    "a|duty|firing",
    markdown="观察到：**86 条**\n平时：4 条\n\n第二段",
    links=(MessageLink("在看板中打开", LINK),),
    severity=AlertSeverity.CRITICAL,
)
Handler = Callable[[httpx.Request], httpx.Response]
VENDORS = ("wecom", "dingtalk", "feishu")


def made(vendor: str, handler: Handler) -> Channel:
    """A channel of a vendor on a fake wire."""
    http = httpx.Client(transport=httpx.MockTransport(handler), timeout=1.0)
    robot = Robot("pr", SecretStr(TOKEN), SecretStr(SECRET))
    if vendor == "wecom":
        return WeComChannel(robot, http)
    return {"dingtalk": DingTalkChannel, "feishu": FeishuChannel}[vendor](robot, http, FakeClock(NOW))


def _answering(vendor: str, code: int) -> Handler:
    name = "code" if vendor == "feishu" else "errcode"
    return lambda _request: httpx.Response(200, json={name: code, "msg": f"said {TOKEN}"})


def test_wecom_asks_as_the_vendor_documents() -> None:
    """The key in the address, Markdown with title, body and links."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok"})

    assert made("wecom", answer).send(MESSAGE) == "errcode 0"
    (request,) = asked
    assert (request.url.host, request.url.path) == ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send")
    assert request.url.params["key"] == TOKEN
    body = json.loads(request.content)
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["content"].startswith(f"**{MESSAGE.subject}**\n\n观察到")
    assert body["markdown"]["content"].endswith(f"[在看板中打开]({LINK})")


def test_dingtalk_signs_the_address() -> None:
    """Milliseconds and HMAC in the query; single line breaks survive the vendor's Markdown."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"errcode": 0, "errmsg": "ok"})

    made("dingtalk", answer).send(MESSAGE)
    query = parse_qs(asked[0].url.query.decode())
    stamp = int(query["timestamp"][0])
    assert stamp == int(NOW.timestamp() * 1000)
    assert query["sign"] == [dingtalk_sign(SECRET, stamp)]
    assert query["access_token"] == [TOKEN]
    assert "86 条**  \n平时" in json.loads(asked[0].content)["markdown"]["text"]


def test_feishu_signs_the_body() -> None:
    """Seconds and HMAC in the body, a card with a coloured head and buttons."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"StatusCode": 0, "StatusMessage": "success"})

    made("feishu", answer).send(MESSAGE)
    body = json.loads(asked[0].content)
    assert asked[0].url.path == f"/open-apis/bot/v2/hook/{TOKEN}"
    assert body["sign"] == feishu_sign(SECRET, int(body["timestamp"]))
    assert body["card"]["header"] == {
        "title": {"tag": "plain_text", "content": MESSAGE.subject},
        "template": "red",
    }
    assert body["card"]["elements"][-1]["actions"][0]["url"] == LINK


def test_the_signatures_are_those_of_the_documentation() -> None:
    """Known answers, computed with openssl from the vendors' recipes."""
    assert dingtalk_sign("this is secret", 1700000000000) == "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0="
    assert feishu_sign("this is secret", 1700000000) == "OfGzRzoUICBOoc8wVra1e4A1hPfbZ9zqXozA8CWVUuY="


@pytest.mark.parametrize(
    ("vendor", "code", "permanent", "waits"),
    [
        ("wecom", 93000, True, None),
        ("wecom", 40058, True, None),
        ("wecom", 45009, False, timedelta(minutes=1)),
        ("wecom", -1, False, None),
        ("wecom", 987654, False, None),
        ("dingtalk", 310000, False, None),
        ("dingtalk", 300005, True, None),
        ("dingtalk", 130101, False, timedelta(minutes=10)),
        ("feishu", 19021, False, None),
        ("feishu", 19024, False, None),
        ("feishu", 19001, True, None),
        ("feishu", 11232, False, timedelta(minutes=1)),
    ],
)
def test_an_error_code_in_a_200_is_a_failure(vendor: str, code: int, permanent: bool, waits: timedelta | None) -> None:
    """Only the vendor's own success counts; whether trying again helps, and when, depends on the code."""
    with pytest.raises(ChannelError, match=str(code)) as caught:
        made(vendor, _answering(vendor, code)).send(MESSAGE)
    assert caught.value.permanent is permanent
    assert caught.value.retry_after == waits


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("answer", "permanent", "waits"),
    [
        (httpx.Response(200, text="ok"), False, None),
        (httpx.Response(200, json={"message": "accepted"}), False, None),
        (httpx.Response(200, json=["ok"]), False, None),
        (httpx.Response(200, json={"errcode": "0", "code": "0"}), False, None),
        (httpx.Response(200, json={"errcode": False, "code": False}), False, None),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), False, None),
        (httpx.Response(404, text="gone"), True, None),
        (httpx.Response(403, json={"errcode": 0, "code": 0}), True, None),
        (httpx.Response(502, text="bad gateway"), False, None),
        (httpx.Response(503, json={"errcode": 0, "code": 0}, headers={"Retry-After": "120"}), False, 120),
        (httpx.Response(429, text=""), False, 60),
        (httpx.Response(429, text="", headers={"Retry-After": "999999"}), False, 1800),
        (
            httpx.Response(
                503,
                text="",
                headers={"Retry-After": "Fri, 20 Mar 2026 04:01:30 GMT", "Date": "Fri, 20 Mar 2026 04:00:00 GMT"},
            ),
            False,
            90,
        ),
        (httpx.Response(200, content=b"x" * 100_000), False, None),
    ],
    ids=[
        "plain",
        "no verdict",
        "a list",
        "zero as text",
        "false",
        "moved",
        "404",
        "403 with a zero",
        "502",
        "503 with a zero",
        "429",
        "429 for days",
        "date",
        "endless",
    ],
)
def test_anything_but_the_success_code_is_a_failure(
    vendor: str, answer: httpx.Response, permanent: bool, waits: int | None
) -> None:
    """Neither a friendly page nor a zero in a failing answer is a delivery; Retry-After is kept within reason."""
    with pytest.raises(ChannelError) as caught:
        made(vendor, lambda _request: answer).send(MESSAGE)
    assert caught.value.permanent is permanent
    assert caught.value.retry_after == (None if waits is None else timedelta(seconds=waits))


def _tls(_request: httpx.Request) -> httpx.Response:
    try:
        raise ssl.SSLCertVerificationError(f"certificate of {TOKEN}")
    except ssl.SSLError as error:
        raise httpx.ConnectError(f"for {TOKEN}") from error


def _slow(_request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout(f"reading {TOKEN}")


def _refused(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"connecting {TOKEN}")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("handler", "told"),
    [(_tls, "TLS 握手失败"), (_slow, "超时"), (_refused, "ConnectError")],
    ids=["tls", "slow", "refused"],
)
def test_failures_of_the_wire_are_told_and_passing(vendor: str, handler: Handler, told: str) -> None:
    """The operator reads what is wrong; it is tried again."""
    with pytest.raises(ChannelError, match=told) as caught:
        made(vendor, handler).send(MESSAGE)
    assert not caught.value.permanent


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("kind", ["refusal", "tls", "slow", "404"])
def test_no_secret_in_errors_repr_and_logs(vendor: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong: no token, no secret, no signed link, also where the vendor repeats what it was sent."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    handlers: dict[str, Handler] = {
        "refusal": _answering(vendor, 19021),
        "tls": _tls,
        "slow": _slow,
        "404": lambda request: httpx.Response(404, text=f"no {request.url}"),
    }
    channel = made(vendor, handlers[kind])
    with pytest.raises(ChannelError) as caught:
        channel.send(MESSAGE)
    shown = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {channel!r} {MESSAGE.links!r} {caplog.text}"
    for secret in (TOKEN, SECRET, "signed-key-of-a-link"):
        assert secret not in shown


def test_a_long_message_is_cut_with_a_remark() -> None:
    """Within the vendor's limit in bytes, the links whole, and the reader told how much is missing."""
    long = Message("[预警·高] 云江银行", "正文", "k", markdown="云江银行手机银行打不开\n" * 900, links=MESSAGE.links)
    content = WeComChannel.content(long)
    assert LIMIT - 60 < len(content.encode()) <= LIMIT
    assert content.endswith(f"[在看板中打开]({LINK})")
    cut = int(content.partition("此处截去 ")[2].partition(" 字")[0])
    assert cut + content.count("云江银行手机银行打不开\n") * 12 == pytest.approx(900 * 12, abs=12)
    body = DingTalkChannel.body(long)
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= 20_000
    assert "截去" in str(body)
    assert "截去" not in str(DingTalkChannel.body(MESSAGE))


def test_a_message_without_markdown_is_sent_as_its_text() -> None:
    """The weekly report goes to a group too."""
    assert "正文" in WeComChannel.content(Message("周报", "正文", "k"))


@pytest.mark.parametrize(
    "word",
    [
        TOKEN,
        f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
        f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
        f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}",
    ],
    ids=["token", "wecom", "dingtalk", "feishu"],
)
def test_robots_are_written_as_the_chat_programs_show_them(word: str) -> None:
    """The whole address or its token alone."""
    robots = parse_robots(f"default {word} {SECRET}\n\npr {TOKEN}2", "YQ_X_ROBOTS")
    assert robots["default"].token.get_secret_value() == TOKEN
    assert robots["default"].secret == SecretStr(SECRET)
    assert robots["pr"].secret is None


@pytest.mark.parametrize(
    "text", [f"{TOKEN}", f"a {TOKEN}; a {TOKEN}", "a short", f"a {TOKEN} {SECRET} more", "a https://x/"]
)
def test_robots_that_are_written_wrong_are_told_without_their_secret(text: str) -> None:
    """The setting and the number of the line, never the value."""
    with pytest.raises(ConfigError, match="YQ_X_ROBOTS 第") as caught:
        parse_robots(text, "YQ_X_ROBOTS")
    assert TOKEN not in str(caught.value)


def test_receivers_find_their_robot_and_share_its_quota() -> None:
    """By name; one that is not set fails visibly and is tried again, it does not stop the start."""
    receivers = [
        Receiver("duty", "wecom"),
        Receiver("chief", "wecom"),
        Receiver("lost", "wecom", {"robot": "other"}),
        Receiver("ding", "dingtalk"),
        Receiver("mail", "email", {"to": ["a@bank.example"]}),
    ]
    settings = ChannelSettings(
        FakeClock(NOW), robots={"wecom": RobotSettings("https://x.example", SecretStr(f"default {TOKEN}"))}
    )
    channels = build_channels(receivers, settings)
    assert isinstance(channels["duty"], WeComChannel)
    assert isinstance(channels["lost"], Unconfigured)
    with pytest.raises(ChannelError, match="YQ_DINGTALK_ROBOTS"):
        channels["ding"].send(MESSAGE)
    quotas = quotas_of(receivers)
    assert quotas["duty"] == quotas["chief"] != quotas["lost"]
    assert "mail" not in quotas
    assert TOKEN not in f"{settings!r}{channels!r}"
