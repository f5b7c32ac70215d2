"""`yuqing receivers test` through a real SMTP server: what arrives, the exit code, the audit, and no alert."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner, Result

from config.settings import Settings
from storage.sqlite import SqliteStateStore
from tests.integration.alerts.smtp_server import Inbox
from yuqing.bootstrap import App
from yuqing.cli.main import app
from yuqing.doctor import Verdict, _receivers, _routes

NOW = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, server: Controller, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with the shipped settings and that mail server."""
    values = {"HOME": tmp_path, "NOW": NOW.isoformat(), "SMTP_HOST": "127.0.0.1", "SMTP_SECURITY": "none"}
    for name, value in (values | {"SMTP_PORT": server.port}).items():
        monkeypatch.setenv(f"YQ_{name}", str(value))
    return tmp_path


def _run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["receivers", *words])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def test_a_test_message_arrives_and_is_no_alert(home: Path, inbox: Inbox) -> None:
    """To the named receiver alone; the audit says who sent it, the lists of alerts and notifications stay empty."""
    lines = _run("test", "duty", "--by", "林知远").stdout.splitlines()
    (mail,) = inbox.mails
    assert inbox.recipients == [["duty@bank.example"]]
    assert str(mail["Subject"]) == "[测试] 预警通知测试：duty"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "林知远" in body.get_content()
    assert lines[0].startswith("[已送达] duty（邮件）")
    state = SqliteStateStore(home / "yuqing.db")
    (entry,) = [found.body for found in state.find("audit") if found.body.get("action") == "test_receiver"]
    assert (entry["actor"], entry["target"]) == ("林知远", "duty")
    assert not any([*state.find("alert"), *state.find("notification"), *state.log("notification")])
    state.close()


def test_one_that_does_not_arrive_makes_the_command_fail(home: Path, inbox: Inbox) -> None:
    """Each receiver has a result of its own; a refusal of one is told with its code, the others are sent."""
    inbox.refuse_recipients["it-operator@bank.example"] = "550 no such user"
    found = [json.loads(line) for line in _run("test", "--json", code=1).stdout.splitlines()]
    assert {each["receiver"]: each["accepted"] for each in found} == {
        "duty": True,
        "operator": False,
        "management": True,
    }
    assert "550" in next(each["told"] for each in found if each["receiver"] == "operator")
    assert len(inbox.mails) == 2
    assert home.exists()


def test_the_list_says_where_each_is_used(home: Path) -> None:
    """And that it can be sent to."""
    rows = {row["receiver"]: row for row in map(json.loads, _run("list", "--json").stdout.splitlines())}
    assert rows["operator"]["used"] == "第 1 条路由"
    assert rows["management"]["used"] == ""
    assert all(row["lacks"] == "" for row in rows.values())
    assert home.exists()


def test_the_doctor_tells_of_alerts_that_reach_nobody(tmp_path: Path) -> None:
    """A route for one subject and no other; a critical alert at night; a webhook without an address."""
    folder = tmp_path / "config"
    (folder / "rules").mkdir(parents=True)
    shipped = Settings().config
    for path in (*shipped.glob("*.yml"), *(shipped / "rules").glob("*.yml")):
        (folder / path.relative_to(shipped)).write_bytes(path.read_bytes())
    (folder / "routes.yml").write_text(
        "routes:\n  - match: {subject: yunjiang}\n    receivers: [duty, hook]\n"
        "receivers:\n"
        '  - {id: duty, channel: email, to: [a@bank.example], quiet_hours: "22:00-07:00", quiet_except: [operator]}\n'
        '  - {id: hook, channel: webhook, quiet_hours: "21:00-06:00", quiet_except: []}\n',
        encoding="utf-8",
    )
    with App(Settings(home=tmp_path / "home", config=folder, now=NOW)) as opened:
        routes, receivers = _routes(opened), _receivers(opened)
    assert {check.verdict for check in routes} == {Verdict.FAIL, Verdict.WARN}
    told = "\n".join(check.finding for check in routes)
    assert "运维（operator）级预警没有路由接收" in told
    assert "要等到免打扰时段结束" in told
    assert {check.name: check.verdict for check in receivers} == {
        "接收人 duty": Verdict.WARN,
        "接收人 hook": Verdict.FAIL,
    }
