"""Through the whole delivery, whatever the robots answer: no token, secret or signed link is written down anywhere."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from alerts.channels import ChannelSettings, RobotSettings, build_channels, quotas_of
from alerts.rules import load_routes
from config.loader import load_yaml
from config.settings import Settings
from tests.unit.alerts.bank import MINUTE, NOW, Bank, shipped_rules
from yuqing.bootstrap import App
from yuqing.doctor import _receivers
from yuqing.domain.alert import Receiver, Route
from yuqing.domain.codec import to_json
from yuqing.metrics import exposition

TOKEN, SECRET = "t0ken-of-the-robot", "SECret-of-the-robot"
VENDORS = ("wecom", "dingtalk", "feishu")


def _answers(request: httpx.Request) -> httpx.Response:
    """A hostile far side: it repeats what it was sent, in refusals, pages and headers."""
    _answers.turn = getattr(_answers, "turn", 0) + 1  # type: ignore[attr-defined]
    said = f"{request.url} {request.content.decode()}"
    return [
        httpx.Response(200, json={"errcode": 310000, "errmsg": said, "code": 19021, "msg": said}),
        httpx.Response(502, text=said),
        httpx.Response(429, text=said, headers={"Retry-After": "1"}),
        httpx.Response(200, text=said),
        httpx.Response(200, json={"errcode": 0, "code": 0, "msg": said}),
    ][min(_answers.turn - 1, 14) // 3]  # type: ignore[attr-defined]


def test_nothing_secret_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    """State documents, notification log, metrics, logs at DEBUG, repr of everything."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    bank = Bank.empty()
    receivers = [Receiver(name, name) for name in VENDORS]
    robots = {
        name: RobotSettings(f"https://{name}.example", SecretStr(f"default {TOKEN} {SECRET}")) for name in VENDORS
    }
    with httpx.Client(transport=httpx.MockTransport(_answers)) as http:
        channels = build_channels(receivers, ChannelSettings(bank.clock, robots=robots, http=http))
        engine = bank.engine(
            rules=[rule for rule in shipped_rules() if rule.type == "keyword"],
            routes=[Route(VENDORS)],
            receivers=receivers,
            channels=channels,
            quotas=quotas_of(receivers),
        )
        bank.post(NOW - 2 * MINUTE, "听说云江银行有挤兑")
        for _ in range(8):
            engine.detect()
            engine.notify()
            bank.clock.advance(timedelta(minutes=40))
    (alert,) = engine.alerts()
    assert {row.state.value for row in engine.notifications(alert.id)} == {"accepted"}
    kinds = ("alert", "notification", "robot_pace", "watch", "audit")
    stored = [dict(found.body) for kind in kinds for found in bank.state.find(kind)]
    logged = [dict(entry.body) for entry in bank.state.log("notification")]
    written = json.dumps([stored, logged, to_json(alert)], ensure_ascii=False) + caplog.text + repr((engine, channels))
    for secret in (TOKEN, SECRET, "&sig=", "k" * 32):
        assert secret not in written, secret
    assert "wecom:default" in written


def test_neither_settings_metrics_nor_doctor_show_a_robot(tmp_path: Path) -> None:
    """Robots are secrets of the settings; one that a route needs and nobody set is told by the name of its setting."""
    folder = tmp_path / "config"
    folder.mkdir()
    shipped = Settings().config
    for path in shipped.glob("*.yml"):
        (folder / path.name).write_bytes(path.read_bytes())
    people = "[{id: a, channel: wecom}, {id: b, channel: feishu, robot: pr}]"
    text = f"routes: [{{receivers: [a, b]}}]\nreceivers: {people}\n"
    (folder / "routes.yml").write_text(text, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", config=folder, wecom_robots=SecretStr(f"default {TOKEN}"), now=NOW)
    with App(settings) as app:
        checks = _receivers(app)
        shown = f"{settings!r}{checks!r}{exposition(app)}{app.channels!r}{app.engine.quotas!r}"
    assert TOKEN not in shown
    assert [check.name for check in checks] == ["接收人 b"]
    assert "YQ_FEISHU_ROBOTS" in checks[0].finding
    assert load_routes(folder / "routes.yml", load_yaml(folder / "routes.yml"))[1][1].options["robot"] == "pr"
