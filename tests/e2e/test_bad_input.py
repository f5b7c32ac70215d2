"""What goes wrong in an installation ends in one clear message and exit code 2, and nothing is lost."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from config.models import SHIPPED
from simulator.server import Simulator
from tests.warm import Warm

pytestmark = pytest.mark.e2e


class Yuqing(Protocol):
    """Run the command line with a data folder and settings."""

    def __call__(self, *arguments: str, home: Path, **settings: str) -> "subprocess.CompletedProcess[str]": ...


@pytest.fixture
def yuqing(warm: Warm) -> Yuqing:
    """Commands in forks of one process."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}

    def run(*arguments: str, home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
        return warm.run(arguments, {**ours, "YQ_HOME": str(home), **settings})

    return run


def copied_settings(folder: Path) -> Path:
    """The shipped settings, to be broken."""
    (folder / "rules").mkdir(parents=True)
    for path in (*SHIPPED.glob("*.yml"), *SHIPPED.glob("rules/*.yml")):
        (folder / path.relative_to(SHIPPED)).write_bytes(path.read_bytes())
    return folder


def free_port() -> int:
    """A loopback port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def assert_clear_failure(done: "subprocess.CompletedProcess[str]", *says: str) -> None:
    """One message for people, no traceback, exit code 2."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for text in says:
        assert text in done.stderr + done.stdout


def test_broken_yaml(tmp_path: Path, yuqing: Yuqing) -> None:
    """Broken YAML is told with file and line."""
    folder = copied_settings(tmp_path / "config")
    path = folder / "subjects.yml"
    path.write_text("subjects:\n  - id: [\n", encoding="utf-8")
    done = yuqing("crawl", home=tmp_path / "home", YQ_CONFIG=str(folder))
    assert_clear_failure(done, f"{path}:")


def test_settings_in_a_wrong_encoding(tmp_path: Path, yuqing: Yuqing) -> None:
    """A GBK settings file is told with its line."""
    folder = copied_settings(tmp_path / "config")
    path = folder / "subjects.yml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    done = yuqing("score", home=tmp_path / "home", YQ_CONFIG=str(folder))
    assert_clear_failure(done, f"{path}:1", "UTF-8")


def test_missing_secret_file(tmp_path: Path, yuqing: Yuqing) -> None:
    """A secret file that is missing names its variable."""
    done = yuqing("score", home=tmp_path / "home", YQ_SMTP_PASSWORD_FILE=str(tmp_path / "none"))
    assert_clear_failure(done, "YQ_SMTP_PASSWORD_FILE")


def test_misspelt_variable(tmp_path: Path) -> None:
    """A misspelt variable is refused, by the command as it is installed."""
    environment = {**os.environ, "YQ_HOME": str(tmp_path / "home"), "YQ_STOER": "sqlite"}
    command = [sys.executable, "-m", "yuqing", "score"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert_clear_failure(done, "YQ_STOER")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_write_permission(tmp_path: Path, yuqing: Yuqing) -> None:
    """A data folder without write permission is named."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert_clear_failure(yuqing("score", home=home), str(home))


def test_data_folder_is_a_file(tmp_path: Path, yuqing: Yuqing) -> None:
    """A data folder that is a file is named (this fails for root too)."""
    home = tmp_path / "home"
    home.write_text("not a folder", encoding="utf-8")
    assert_clear_failure(yuqing("score", home=home), str(home))


def test_database_is_not_a_database(tmp_path: Path, yuqing: Yuqing) -> None:
    """A damaged database is named and left as it is."""
    home = tmp_path / "home"
    home.mkdir()
    damaged = home / "yuqing.db"
    damaged.write_bytes(b"this is not a database at all" * 100)
    before = damaged.read_bytes()
    assert_clear_failure(yuqing("score", home=home), str(damaged))
    assert damaged.read_bytes() == before


def test_elasticsearch_down(tmp_path: Path, yuqing: Yuqing) -> None:
    """A cluster that does not answer is named, without its credentials."""
    url = f"http://127.0.0.1:{free_port()}"
    done = yuqing(
        *("score",),
        home=tmp_path / "home",
        YQ_STORE="elasticsearch",
        YQ_ELASTICSEARCH_URL=url,
        YQ_ELASTICSEARCH_USER="elastic",
        YQ_ELASTICSEARCH_PASSWORD="hunter2secret",
    )
    assert_clear_failure(done, url)
    assert "hunter2secret" not in done.stderr + done.stdout


def test_unknown_source_and_bad_query(tmp_path: Path, yuqing: Yuqing) -> None:
    """A source off the allow-list and a query that does not parse are told."""
    assert_clear_failure(yuqing("crawl", "myspace", home=tmp_path / "home"), "myspace")
    assert_clear_failure(yuqing("search", "(崩了", home=tmp_path / "home"), "第 1 个字符处：括号没有闭合")


def test_bad_times(tmp_path: Path, yuqing: Yuqing) -> None:
    """A time that is none, and a period turned round, are told."""
    assert_clear_failure(yuqing("search", "崩了", "--from", "yesterday", home=tmp_path / "home"), "--from")
    done = yuqing("search", "崩了", "--from", "2026-03-02", "--to", "2026-03-01", home=tmp_path / "home")
    assert_clear_failure(done, "--from")


def test_truncated_json_is_quarantined(tmp_path: Path, yuqing: Yuqing) -> None:
    """A truncated line of an import is kept aside with its number; the other lines are stored; exit code 1."""
    path = tmp_path / "rows.jsonl"
    row = '{{"id": "{0}", "platform": "weibo", "text": "云江银行排队{0}小时", "published_at": "2026-03-14T09:0{0}:00"}}'
    path.write_text("\n".join([row.format(1), '{"id": "2", "text": "云江', row.format(3)]) + "\n", encoding="utf-8")
    done = yuqing("import", str(path), "--json", home=tmp_path / "home")
    assert done.returncode == 1, done.stderr
    assert '"new": 2' in done.stdout
    (quarantine,) = (tmp_path / "home" / "quarantine").glob("*.jsonl")
    assert '"line": 2' in quarantine.read_text(encoding="utf-8")


def test_doctor_names_what_is_broken(tmp_path: Path, yuqing: Yuqing) -> None:
    """The doctor finds the broken file and says what to do; on the shipped settings it finds no fault."""
    folder = copied_settings(tmp_path / "config")
    (folder / "topics.yml").write_text("topics: 3\n", encoding="utf-8")
    broken = yuqing("doctor", home=tmp_path / "home", YQ_CONFIG=str(folder))
    assert_clear_failure(broken, "topics.yml:1", "→")
    healthy = yuqing("doctor", home=tmp_path / "home")
    assert healthy.returncode == 0, healthy.stdout
    assert "故障" not in healthy.stdout


def test_smtp_down_loses_no_message(tmp_path: Path, yuqing: Yuqing) -> None:
    """Without a mail server the doctor says so, delivery fails visibly, and the mail leaves when the server is back."""
    home, port = tmp_path / "home", free_port()
    settings = {
        "YQ_SMTP_HOST": "127.0.0.1",
        "YQ_SMTP_PORT": str(port),
        "YQ_SMTP_SECURITY": "none",
        "YQ_NOW": "2026-03-14T10:00:00+08:00",
    }
    assert_clear_failure(yuqing("doctor", home=home, **settings), f"127.0.0.1:{port}", "→")
    path = tmp_path / "rumour.jsonl"
    row = '{"id": "1", "platform": "weibo", "text": "云江银行取不出钱了", "published_at": "2026-03-14T09:58:00"}'
    path.write_text(row + "\n", encoding="utf-8")
    for command in (("import", str(path)), ("score",), ("detect",)):
        assert yuqing(*command, home=home, **settings).returncode == 0
    refused = yuqing("notify", "--json", home=home, **settings)
    assert '"accepted": 0, "retried": 1' in refused.stdout, refused.stdout + refused.stderr
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    with Simulator(seed=1, now=settings["YQ_NOW"], scenario="empty", inbox=inbox, smtp_port=port):
        later = {**settings, "YQ_NOW": "2026-03-14T12:00:00+08:00"}
        sent = yuqing("notify", "--json", home=home, **later)
    assert '"accepted": 1' in sent.stdout, sent.stdout + sent.stderr
    assert len(list(inbox.glob("*.eml"))) == 1
