"""`yuqing simulate` runs the doubles alone, says how to reach them, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.integration


def _hear_ctrl_c() -> None:
    """What a shell starts in the background inherits a deaf ear for Ctrl-C; this child has a terminal's."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def simulating(*options: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a user starts it, ended if the test did not end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yuqing", "simulate", "--scenario", "small", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "YQ_WEIBO_COOKIE": "SUB=_2A25Mine"},
        preexec_fn=_hear_ctrl_c,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def facts_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The line of `--json`."""
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_it_serves_until_ctrl_c_and_takes_its_child_along(tmp_path: Path) -> None:
    """The environment leads to every double; afterwards nobody listens."""
    script = tmp_path / "env.sh"
    with simulating("--json", "--rate-guard", "60", "--env-file", str(script), "--inbox", str(tmp_path / "in")) as run:
        facts = facts_of(run)
        variables = facts["environment"]
        assert httpx.get(variables["YQ_CLOCK_URL"]).json()["speed"] == 0.0
        assert variables["YQ_WEIBO_S_BASE"] == f"{facts['url']}/weibo-s"
        statuses = [httpx.get(f"{facts['url']}/news/rss/all.xml").status_code for _ in range(7)]
        assert (statuses[0], statuses[-1]) == (200, 403)
        assert facts["smtp_port"] == int(variables["YQ_SMTP_PORT"])
        assert script.read_text(encoding="utf-8").startswith(f"export {next(iter(variables))}='http://127.0.0.1:")
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(facts["url"])


def test_a_wrong_scenario_is_told_in_one_line() -> None:
    """With exit code 2 and no trace."""
    with simulating("--scenario", "nonsense") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "nonsense" in said
    assert "Traceback" not in said
