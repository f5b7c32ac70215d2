"""Errors that nobody foresaw: one line without anybody's words, an exit code of their own, and the scheduler tells."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from yuqing import scheduler
from yuqing.bootstrap import App
from yuqing.cli.main import LastWord
from yuqing.domain.errors import InputError
from yuqing.scheduler import Runner

BROKEN = """
import sys
import yuqing.crawl_round
def broken(*_):
    raise ValueError("金秋开户礼这条正文不该出现")
yuqing.crawl_round.crawl_round = broken
sys.argv = ["yuqing", "crawl", "--json"]
from yuqing.cli import main
main()
"""


def test_a_crash_of_a_crawl_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    """1 would mean that some slices were not seen; a traceback may quote a post."""
    environment = {"YQ_HOME": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("错误：程序内部出错 ValueError（<string>:5<collect.py:")
    assert done.stderr.count("\n") == 1
    assert "正文" not in done.stderr


def test_errors_raised_on_purpose_pass() -> None:
    """They have their own message and code."""
    with pytest.raises(InputError), LastWord():
        raise InputError("来源不在白名单")


def fetched(monkeypatch: pytest.MonkeyPatch, script: str) -> list[Any]:
    """What the scheduler logs of a crawl process that runs this script."""
    monkeypatch.setattr(scheduler, "cli_command", lambda *_: [sys.executable, "-S", "-c", script])
    monkeypatch.setattr(Runner, "judge", lambda _self: None)
    runner = Runner(cast(App, SimpleNamespace(settings=SimpleNamespace(crawl_timeout_seconds=30))))
    with capture_logs() as logs:
        runner.crawl(("guba",))
    return [(line["event"], line["code"]) for line in logs]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("raise SystemExit(3)", [("crawl.failed", 3)]),
        ("raise SystemExit(1)", [("crawl.failed", 1)]),
        ("print('{}'); raise SystemExit(1)", []),
        ("print('{}')", []),
    ],
)
def test_the_scheduler_tells_of_a_crawl_that_broke(
    monkeypatch: pytest.MonkeyPatch, script: str, told: list[Any]
) -> None:
    """Only with its summary does 1 mean what coverage tells anyway."""
    assert fetched(monkeypatch, script) == told
