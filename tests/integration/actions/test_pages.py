"""The pages behind the buttons: opening changes nothing, pressing does, once; links are for one thing and expire."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from alerts.engine import AlertEngine
from alerts.links import Links
from config.settings import Settings
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.actions.server import serve
from yuqing.actions.site import ActionSite
from yuqing.audit import AuditTrail
from yuqing.bootstrap import App
from yuqing.domain.alert import Alert, AlertSeverity, AlertState
from yuqing.domain.codec import to_json
from yuqing.domain.errors import ConfigError, StoreUnavailable

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
BASE = "http://testserver"
ALERT = Alert(
    id="a1",
    fingerprint="f",
    labels={"rule": "spike", "subject": "yunjiang"},
    state=AlertState.FIRING,
    severity=AlertSeverity.CRITICAL,
    starts_at=NOW - timedelta(minutes=20),
    ends_at=None,
    updated_at=NOW,
    summary="云江银行 <b>手机银行</b>：30 分钟内负面 86 条，平时 4 条",
    rule_id="spike",
    subject_id="yunjiang",
    observed=86,
    expected=4,
    probability=None,
    evidence=(),
)


class Fakes:
    """An installation on fakes."""

    def __init__(self) -> None:
        self.clock, self.state = FakeClock(NOW), InMemoryStateStore()
        self.settings = Settings()
        self.mentions = InMemoryMentionStore(self.clock)
        self.links = Links("http://dash.example", b"k" * 32, actions_url=BASE)
        self.engine = AlertEngine(self.mentions, self.state, self.clock, (), (), (), (), (), {}, self.links)
        self.audit = AuditTrail(self.state, self.clock)
        self.state.save("alert", ALERT.id, to_json(ALERT))

    @property
    def entries(self) -> list[tuple[str, str, str]]:
        """Who did what to what."""
        return [(str(e.body["actor"]), str(e.body["action"]), str(e.body["target"])) for e in self.state.find("audit")]

    def link(self, action: str, receiver: str = "duty") -> str:
        """A link as a message carries it."""
        return self.links.url(action, "a1", self.clock.now(), receiver)


@pytest.fixture
def fakes() -> Fakes:
    """A firing alert."""
    return Fakes()


@pytest.fixture
def browser(fakes: Fakes) -> Iterator[TestClient]:
    """A phone."""
    app = ActionSite(fakes).asgi()  # type: ignore[arg-type]
    with TestClient(app, base_url=BASE) as client:
        yield client


def form_of(answer: httpx.Response) -> dict[str, str]:
    """The hidden fields of the page."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in found}


def press(browser: TestClient, link: str, **typed: str) -> httpx.Response:
    """Open a link and press the button."""
    return browser.post("/act", data={**form_of(browser.get(link)), "name": "林知远", **typed})


@pytest.mark.parametrize("action", ["acknowledge", "assign", "silence"])
def test_opening_a_link_changes_nothing(fakes: Fakes, browser: TestClient, action: str) -> None:
    """Mail scanners open every link, some of them many times, some with HEAD."""
    before = (dict(fakes.state._documents), dict(fakes.state._logs))
    for _ in range(3):
        assert browser.get(fakes.link(action)).status_code == 200
    browser.head(fakes.link(action))
    assert (dict(fakes.state._documents), dict(fakes.state._logs)) == before


def test_the_button_acknowledges_once(fakes: Fakes, browser: TestClient) -> None:
    """The first name stays; a second press, a reload or another phone changes nothing and is told so."""
    link = fakes.link("acknowledge")
    page = browser.get(link)
    answer = press(browser, link)
    assert "已记下：林知远 来处理" in answer.text
    again = browser.post("/act", data={**form_of(page), "name": "另一人"})
    assert "林知远 已经确认过" in again.text
    found = fakes.engine.alert("a1")
    assert found is not None
    assert found.acknowledged_by == "林知远"
    assert fakes.entries == [("林知远", "alert.acknowledge", "a1")]
    assert fakes.audit.verify() == []
    assert "已经确认过" in browser.get(link).text


def test_assigning_acknowledges_too(fakes: Fakes, browser: TestClient) -> None:
    """Whose task it is, written down with who said so; the same name twice is one entry, another name is another."""
    link = fakes.link("assign")
    assert "已指派给 周一" in press(browser, link, assignee="周一").text
    assert "已经指派给 周一" in press(browser, link, assignee=" 周一 ").text
    press(browser, link, assignee="周二")
    found = fakes.engine.alert("a1")
    assert found is not None
    assert (found.assigned_to, found.acknowledged_by) == ("周二", "林知远")
    assert [action for _, action, _ in fakes.entries] == ["alert.assign", "alert.assign"]
    assert "请填写指派给谁" in press(browser, link, assignee=" ").text


def test_a_link_silences_once(fakes: Fakes, browser: TestClient) -> None:
    """Two hours for alerts like this one; pressed again later it makes no second silence."""
    link = fakes.link("silence")
    assert "已静默 2 小时" in press(browser, link).text
    fakes.clock.advance(timedelta(hours=3))
    assert "已经用这个链接静默过" in press(browser, link).text
    (silence,) = fakes.engine.silences()
    assert (silence.matchers, silence.author) == (ALERT.labels, "林知远")
    assert silence.ends_at - silence.starts_at == timedelta(hours=2)
    assert [action for _, action, _ in fakes.entries] == ["alert.silence"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("do", "silence"), ("alert", "a2"), ("to", "chief"), ("exp", "9999999999"), ("sig", "x"), ("sig", "")],
)
def test_a_signature_is_for_one_action_on_one_alert(fakes: Fakes, browser: TestClient, name: str, value: str) -> None:
    """Any part that is changed makes the link worthless, for opening and for pressing."""
    query = dict(parse_qsl(urlsplit(fakes.link("acknowledge")).query)) | {name: value}
    assert browser.get("/act", params=query).status_code == 403
    whole = form_of(browser.get(fakes.link("acknowledge"))) | {name: value}
    answer = browser.post("/act", data={**whole, "name": "林知远"})
    assert answer.status_code == 403
    assert "没有" in answer.text or "链接" in answer.text
    assert fakes.entries == []


def test_an_old_link_is_told(fakes: Fakes, browser: TestClient) -> None:
    """After three days the dashboard is the way."""
    link = fakes.link("acknowledge")
    page = browser.get(link)
    fakes.clock.advance(timedelta(days=3))
    assert "已过期" in browser.get(link).text
    assert browser.post("/act", data={**form_of(page), "name": "林知远"}).status_code == 403
    assert fakes.entries == []


def test_a_post_without_the_page_does_nothing(fakes: Fakes, browser: TestClient) -> None:
    """The link alone is not enough: its token stands on the page; another site's form is refused."""
    query = dict(parse_qsl(urlsplit(fakes.link("acknowledge")).query))
    assert browser.post("/act", data={**query, "name": "林知远"}).status_code == 422
    form = {**form_of(browser.get(fakes.link("acknowledge"))), "name": "林知远"}
    assert browser.post("/act", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post("/act", content=b"name=" + b"x" * 10_000).status_code == 413
    assert fakes.entries == []
    assert browser.post("/act", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "名" * 31, "\x07坏"])
def test_nobody_acts_without_a_name(fakes: Fakes, browser: TestClient, name: str) -> None:
    """The audit must say who; the page says what is missing and keeps the form."""
    answer = press(browser, fakes.link("acknowledge"), name=name)
    assert answer.status_code == 422
    assert "您的姓名" in answer.text
    assert form_of(answer)["do"] == "acknowledge"
    assert fakes.entries == []


def test_a_resolved_alert_needs_nothing(fakes: Fakes, browser: TestClient) -> None:
    """An old message is opened in the morning: no button, no entry."""
    page = browser.get(fakes.link("acknowledge"))
    over = {**to_json(ALERT), "state": "resolved", "ends_at": NOW.isoformat()}
    fakes.state.save("alert", "a1", over)
    assert "<button" not in browser.get(fakes.link("acknowledge")).text
    assert "已经解除" in browser.post("/act", data={**form_of(page), "name": "林知远"}).text
    assert fakes.entries == []


def test_the_page_is_harmless(fakes: Fakes, browser: TestClient) -> None:
    """Words of posts stay words, nothing is loaded or embedded, the address goes nowhere, nothing is kept."""
    answer = browser.get(fakes.link("acknowledge"))
    assert "<b>" not in answer.text
    assert "&lt;b&gt;手机银行" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    nonce = re.search(r"nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'nonce="{nonce.group(1)}"' in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="zh-CN">' in answer.text
    assert b"k" * 32 not in answer.content


def test_the_name_is_remembered_on_the_phone(fakes: Fakes, browser: TestClient) -> None:
    """At night nobody types it twice."""
    press(browser, fakes.link("silence"))
    assert 'value="林知远"' in browser.get(fakes.link("acknowledge")).text


def test_a_store_that_is_down_is_told(fakes: Fakes, browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is claimed to have been done."""
    form = form_of(browser.get(fakes.link("acknowledge")))

    def down(*_: object) -> None:
        raise StoreUnavailable("nobody answers")

    monkeypatch.setattr(fakes.state, "load", down)  # the fake store has no switch for it
    answer = browser.post("/act", data={**form, "name": "林知远"})
    assert answer.status_code == 503
    assert "没有执行" in answer.text
    assert browser.get("/healthz").status_code == 503


def test_health_follows_the_watch(fakes: Fakes, browser: TestClient) -> None:
    """Starting, well, and late when nobody has judged the rules for minutes."""
    assert browser.get("/healthz").json() == {"status": "starting"}
    fakes.engine.detect()
    assert browser.get("/healthz").json() == {"status": "ok", "detected_seconds_ago": 0}
    fakes.clock.advance(timedelta(minutes=30))
    late = browser.get("/healthz")
    assert (late.status_code, late.json()["status"]) == (503, "late")


def test_it_is_served_beside_the_scheduler(tmp_path: Path) -> None:
    """A real server on loopback with a real store: page, health, metrics without signatures; a taken port is told."""
    with App(Settings(home=tmp_path, actions_port=1, now=NOW)) as app:
        app.state.save("alert", ALERT.id, to_json(ALERT))

        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
            with pytest.raises(ConfigError, match="处置页面端口"):
                serve(app, port, "127.0.0.1")
        stop = serve(app, port, "127.0.0.1")
        try:
            link = app.engine.links.url("acknowledge", "a1", NOW, "duty")
            assert link.startswith("http://127.0.0.1:1/act?")
            query = urlsplit(link).query
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
                page = http.get(f"/act?{query}")
                assert "我来处理" in page.text
                done = http.post("/act", data={**form_of(page), "name": "林知远"})
                assert "已记下" in done.text
                assert http.get("/healthz").status_code == 200
                metrics = http.get("/metrics").text
                assert 'yuqing_alerts_firing{acknowledged="true",severity="critical"} 1.0' in metrics
                assert "sig=" not in metrics
        finally:
            stop()
        assert app.audit.verify() == []
