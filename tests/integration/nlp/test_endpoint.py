"""A language model's endpoint on the loopback: what leaves, what is believed, and what is refused."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from nlp.classify import classify_file
from nlp.endpoint import GIVE_UP, MOST_BYTES, Endpoint, opinion
from nlp.opinion import Opinion, Refusal
from nlp.registry import load_sentiment
from yuqing.cli.main import app
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.errors import ConfigError, ModelError

KEY = "sk-s3cret-of-the-bank"
TEXT = "云江银行又闪退，打13800138000没人接"
MASKED = "云江银行又闪退，打[手机号]没人接"


def said(content: str) -> bytes:
    """An answer of the endpoint with this content."""
    return json.dumps({"choices": [{"message": {"content": content}}]}, ensure_ascii=False).encode()


def verdict(label: str, quote: str) -> bytes:
    """An answer as agreed."""
    return said(json.dumps({"label": label, "quote": quote}, ensure_ascii=False))


@dataclass
class Double:
    """Answers what it is told to, and remembers what it was asked."""

    status: int = 200
    body: bytes = b""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    wait: threading.Event | None = None
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        self.paths.append(handler.path)
        self.headers.append(dict(handler.headers))
        self.asked.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        if self.wait is not None:
            self.wait.wait(30)
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.send_header("Location", "http://elsewhere.example/")
        handler.end_headers()
        handler.wfile.write(self.body)


@pytest.fixture
def double() -> Iterator[Double]:
    """A server on the loopback."""
    found = Double()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield found
    if found.wait is not None:
        found.wait.set()
    server.shutdown()
    thread.join()
    server.server_close()


def endpoint(double: Double, seconds: float = 20.0) -> Endpoint:
    """The product's side of it."""
    return Endpoint.open(double.url, "bank-llm", KEY, seconds)


def test_the_text_leaves_masked_and_the_key_as_a_header(double: Double) -> None:
    """One question per text with the agreed task; the answer is a stance with its evidence."""
    double.body = verdict("negative", "又闪退")
    [found] = endpoint(double).judge([TEXT])
    assert isinstance(found, Opinion)
    assert (found.sentiment.label, found.sentiment.negative, found.quote) == (SentimentLabel.NEGATIVE, 1.0, "又闪退")
    [asked] = double.asked
    assert json.loads(asked["messages"][1]["content"]) == {"text": MASKED}
    assert (asked["model"], asked["temperature"]) == ("bank-llm", 0)
    assert double.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert double.paths == ["/v1/chat/completions"]
    assert "13800138000" not in json.dumps(double.asked, ensure_ascii=False)


def test_a_number_at_the_edge_of_what_is_read_does_not_leave_in_part(double: Double) -> None:
    """Masking comes before cutting."""
    double.body = verdict("neutral", "说说")
    endpoint(double).judge(["说" * 995 + "13800138000"])
    assert "138" not in double.asked[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (verdict("negative", "服务态度恶劣"), "引文不在原文中"),
        (verdict("negative", ""), "引文不在原文中"),
        (verdict("negative", "闪"), "引文不在原文中"),
        (verdict("negative", "[手机号]"), "引文不在原文中"),
        (verdict("negative", "13800138000"), "引文不在原文中"),
        (verdict("furious", "又闪退"), "标签与引文"),
        (said('{"label": "negative"}'), "标签与引文"),
        (said('{"label": ["negative"], "quote": "又闪退"}'), "标签与引文"),
        (said("这条是负面的，因为又闪退"), "约定的格式"),
        (said('["negative"]'), "约定的格式"),
        (b"<html>busy</html>", "约定的格式"),
        (b'{"choices": []}', "约定的格式"),
        (b'{"choices": [{"message": {"content": null}}]}', "约定的格式"),
        (b"\xff\xfe\x00", "约定的格式"),
        (b"[" * 30_000, "约定的格式"),
        (b" " * (MOST_BYTES + 1), "太慢或太长"),
    ],
)
def test_what_is_not_as_agreed_or_not_in_the_text_is_refused(double: Double, body: bytes, reason: str) -> None:
    """Invented quotes, other labels, prose, broken and endless answers."""
    double.body = body
    [found] = endpoint(double).judge([TEXT])
    assert isinstance(found, Refusal)
    assert reason in found.reason


def test_a_fenced_answer_is_read() -> None:
    """Many models wrap JSON in a block of code."""
    found = opinion(said('```json\n{"label": "positive", "quote": "没人接"}\n```'), MASKED)
    assert isinstance(found, Opinion)
    assert found.sentiment.label is SentimentLabel.POSITIVE


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 503])
def test_any_other_status_is_refused_and_no_redirect_is_followed(double: Double, status: int) -> None:
    """The status is told, nothing of the body; texts do not travel to where a redirect points."""
    double.status, double.body = status, KEY.encode()
    [found] = endpoint(double).judge([TEXT])
    assert found == Refusal(f"模型端点回答 HTTP {status}", is_down=True)
    assert len(double.asked) == 1


def test_an_endpoint_that_does_not_answer_is_left_alone_after_a_while(double: Double) -> None:
    """Each text gets its refusal; only the first ones wait."""
    double.wait = threading.Event()
    found = endpoint(double, seconds=0.2).judge([TEXT] * (GIVE_UP + 2))
    assert all(isinstance(each, Refusal) and each.is_down for each in found)
    assert [each.reason for each in found if isinstance(each, Refusal)] == [
        *["模型端点没有应答（ReadTimeout）"] * GIVE_UP,
        *["模型端点不可用，没有再问"] * 2,
    ]


def test_refused_answers_do_not_count_as_an_endpoint_that_is_down(double: Double) -> None:
    """A model that invents quotes is asked about the next text all the same."""
    double.body = verdict("negative", "服务态度恶劣")
    endpoint(double).judge([TEXT] * (GIVE_UP + 2))
    assert len(double.asked) == GIVE_UP + 2


def test_an_answer_that_trickles_in_is_given_up() -> None:
    """Every piece comes in time, the whole does not."""
    now = iter(range(0, 1_000, 8))

    def slow(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(b" " for _ in range(50)))

    http = httpx.Client(base_url="http://llm.internal/v1", transport=httpx.MockTransport(slow))
    [found] = Endpoint(http, "m", monotonic=lambda: float(next(now))).judge([TEXT])
    assert found == Refusal("模型端点回答得太慢或太长", is_down=True)


def test_no_connection_is_a_refusal() -> None:
    """Nobody listens there."""
    [found] = Endpoint.open("http://127.0.0.1:9/v1", "m", KEY, 5).judge([TEXT])
    assert found == Refusal("模型端点没有应答（ConnectError）", is_down=True)


def test_a_blank_text_is_not_sent(double: Double) -> None:
    """There is nothing to ask."""
    assert endpoint(double).judge(["", "  "]) == [Refusal("没有文字可判断")] * 2
    assert double.asked == []


def test_the_key_is_in_no_repr_error_or_log(double: Double, caplog: pytest.LogCaptureFixture) -> None:
    """Wherever an endpoint, its refusals or its log lines end up."""
    caplog.set_level(logging.DEBUG)
    double.status, double.body = 401, f"bad key {KEY}".encode()
    asked = endpoint(double)
    found = asked.judge([TEXT])
    assert KEY not in repr(asked) + repr(found) + caplog.text
    assert TEXT not in caplog.text


@pytest.mark.parametrize(
    ("url", "model"),
    [
        (None, "m"),
        ("http://llm.internal/v1", ""),
        ("http://u:p@llm.internal/v1", "m"),
        ("http://llm.internal?k=1", "m"),
    ],
)
def test_missing_or_leaking_settings_are_refused(url: str | None, model: str) -> None:
    """Off unless both are set; credentials in an address would stand in logs."""
    with pytest.raises(ConfigError) as caught:
        Endpoint.open(url, model, KEY, 5)
    assert "u:p" not in str(caught.value)


def test_it_cannot_be_the_model_that_alerts_rest_on() -> None:
    """YQ_MODEL=endpoint and rescoring with it are refused with the reason."""
    with pytest.raises(ModelError, match="不参与预警"):
        load_sentiment("endpoint")


def test_a_file_is_classified_with_evidence_and_refusals_in_their_rows(double: Double, tmp_path: Path) -> None:
    """The answer stands beside its quote; a refused row says why and is counted."""
    answers = iter([verdict("negative", "又闪退"), verdict("negative", "没说过的话")])
    inner: Callable[[BaseHTTPRequestHandler], None] = double.answer

    def next_answer(handler: BaseHTTPRequestHandler) -> None:
        double.body = next(answers)
        inner(handler)

    double.answer = next_answer  # type: ignore[method-assign]
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": "a", "text": TEXT}, {"id": "b", "text": "云江银行利率多少"}, {"id": "c"}]
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    result = classify_file(source, output, reader=endpoint(double))
    first, second, third = map(json.loads, output.read_text(encoding="utf-8").splitlines())
    assert (first["sentiment"]["label"], first["evidence"], first["model"]) == (
        "negative",
        "又闪退",
        "endpoint:bank-llm",
    )
    assert first["topics"]
    assert second == {"id": "b", "error": "第 2 行：模型端点的引文不在原文中，不予采信"}
    assert "error" in third
    assert [bad.line for bad in result.quarantined] == [2, 3]


def test_the_command_asks_for_the_settings_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address it says which ones, before it reads anything."""
    monkeypatch.delenv("YQ_ENDPOINT_URL", raising=False)
    outcome = CliRunner().invoke(app, ["classify", str(tmp_path / "none.jsonl"), "--model", "endpoint"])
    assert outcome.exit_code != 0
    assert isinstance(outcome.exception, ConfigError)
    assert "YQ_ENDPOINT_URL" in str(outcome.exception)
