"""The webhook against a real HTTP server: signature, key, refusals, and what never leaks."""

import json
import logging
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from alerts.channels.webhook import WebhookChannel, sign
from tests.fakes import FakeClock
from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
TOKEN, SECRET = "t0ken-in-the-url", "s3cret-of-the-hook"
MESSAGE = Message("[预警·高] 云江银行", "正文", "alert-1|hook|firing", payload={"event": "firing"})


def _channel(url: str, **changes: object) -> WebhookChannel:
    http = httpx.Client(timeout=2.0, trust_env=False)
    return WebhookChannel(SecretStr(url), http, FakeClock(NOW), SecretStr(SECRET), **changes)  # type: ignore[arg-type]


def test_what_arrives_can_be_verified(httpserver: HTTPServer) -> None:
    """JSON body, timestamp, and a signature that the receiver computes again."""
    got: list[Request] = []

    def answer(request: Request) -> Response:
        request.get_data()
        got.append(request)
        return Response(status=202)

    httpserver.expect_request("/hook").respond_with_handler(answer)
    assert _channel(httpserver.url_for(f"/hook?token={TOKEN}")).send(MESSAGE) == "HTTP 202"
    (request,) = got
    body = request.get_data()
    assert json.loads(body) == {"subject": MESSAGE.subject, "text": MESSAGE.text, "event": "firing"}
    stamp = request.headers["X-Yuqing-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    assert request.headers["X-Yuqing-Signature"] == f"sha256={sign(SECRET, stamp, body)}"


def test_every_attempt_has_the_same_key(httpserver: HTTPServer) -> None:
    """The far side can tell a repetition from a second event."""
    httpserver.expect_request("/hook").respond_with_data("")
    channel = _channel(httpserver.url_for("/hook"))
    for key in ("alert-1|hook|firing", "alert-1|hook|firing", "alert-2|hook|firing"):
        channel.send(Message("预警", "…", key))
    keys = [request.headers["Idempotency-Key"] for request, _ in httpserver.log]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(301, False), (400, True), (404, True), (408, False), (429, False), (500, False), (503, False)],
)
def test_anything_but_2xx_is_a_failure(httpserver: HTTPServer, status: int, permanent: bool) -> None:
    """Redirects are not followed; what may pass is tried again."""
    httpserver.expect_request("/hook").respond_with_data("", status=status, headers={"Location": "/elsewhere"})
    with pytest.raises(ChannelError, match=str(status)) as caught:
        _channel(httpserver.url_for("/hook")).send(MESSAGE)
    assert caught.value.permanent is permanent
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/hook", "no-scheme/hook", "http://"])
def test_no_secret_in_errors_repr_and_logs(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong, neither token nor signing secret shows."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    channel = _channel(f"{url}?token={TOKEN}")
    with pytest.raises(ChannelError) as caught:
        channel.send(MESSAGE)
    shown = f"{caught.value!r} {caught.value.__cause__!r} {channel!r} {caplog.text}"
    assert TOKEN not in shown
    assert SECRET not in shown


def test_private_addresses_can_be_refused(httpserver: HTTPServer) -> None:
    """With public_only nothing is sent inside the own network."""
    httpserver.expect_request("/hook").respond_with_data("")
    with pytest.raises(ChannelError, match="内网") as caught:
        _channel(httpserver.url_for("/hook"), public_only=True).send(MESSAGE)
    assert caught.value.permanent
    assert httpserver.log == []
