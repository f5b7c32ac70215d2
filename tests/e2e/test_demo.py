"""The whole product in its demo: a crisis is collected over HTTP, scored, detected, mailed and reported."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.truth import every_id, findable_ids, stored_ids
from tests.elastic import find_server
from yuqing.demo.play import AWAITED, Demo

pytestmark = [pytest.mark.e2e, pytest.mark.integration]
KILLS = 10


@pytest.fixture
def store() -> tuple[dict[str, str], list[str]]:
    """Settings and options of a real Elasticsearch where one runs, else of the embedded store.

    On the embedded store the killed demo shows all that this one shows: a machine without Elasticsearch loses nothing.
    """
    url = find_server().url
    if url is None:
        return {}, []
    return {"YQ_ELASTICSEARCH_URL": url}, ["--store", "elasticsearch"]


def assert_good(summary: dict[str, Any]) -> None:
    """Mentions of every platform, all scored, an outage and a rumour mailed once each, everything seen."""
    assert summary["ok"]
    assert min(summary["mentions"][platform] for platform in ("weibo", "douyin", "news")) > 50
    assert min(summary["mentions"][platform] for platform in ("appstore", "guba", "heimao")) > 20
    assert any("云江手机银行崩了" in topic for topic in summary["hot"])
    assert summary["unscored"] == 0
    rules = {alert["rule"]: alert for alert in summary["alerts"]}
    assert {"spike", "keyword"} <= {alert.split("_")[0] for alert in rules}
    assert len(summary["mails"]) == len(set(summary["mails"])) >= 2
    assert any("云江" in subject for subject in summary["mails"])
    for alert in summary["alerts"]:
        assert alert["seconds_from_publication_to_mail"] is None or alert["seconds_from_publication_to_mail"] > 0
    assert summary["incomplete"] == {}
    assert all(Path(path).stat().st_size > 10_000 for path in summary["report"].values())


def test_the_demo_as_a_user_starts_it(tmp_path: Path, store: tuple[dict[str, str], list[str]]) -> None:
    """Undisturbed, in its own process, it reaches the alert mails and the report."""
    settings, options = store
    command = [sys.executable, "-m", "yuqing", "demo", "--headless", "--home", str(tmp_path / "demo"), *options]
    done = subprocess.run(
        command, env={**os.environ, **settings}, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert_good(json.loads(done.stdout.strip().splitlines()[-1]))


@dataclass
class KillingDemo(Demo):
    """A demo whose `yuqing run` is killed at random moments and started again at once."""

    chance: random.Random = field(default_factory=lambda: random.Random(20260314))
    kills: int = 0
    next_kill: float = 0.0
    lost: set[str] = field(default_factory=set)
    invented: set[str] = field(default_factory=set)
    doubled: int = -1

    def start_run(self) -> None:
        """Start, and choose the next moment: at once, or up to eight seconds later."""
        super().start_run()
        self.next_kill = time.monotonic() + self.chance.uniform(0.5, 8.0)

    def tick(self) -> None:
        """Kill when the moment has come; the crisis goes on until all kills are done."""
        if self.kills < KILLS and time.monotonic() >= self.next_kill:
            child = self.children.running["run"]
            child.kill()
            child.wait()
            self.kills += 1
            self.start_run()
        super().tick()
        if self.kills < KILLS:
            self._awaited.add(AWAITED[0])  # stay in the loop

    def _close(self) -> dict[str, Any]:
        summary = super()._close()
        base, found = str(self.simulator["url"]), stored_ids(self.environment)
        self.lost = findable_ids(base, self.http) - set(found)
        self.invented = set(found) - every_id(base, self.http)
        self.doubled = len(found) - len(set(found))
        return summary


def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """kill -9 of `yuqing run` at ten random moments: all that the demo shows, each mention once, one mail per event."""
    demo = KillingDemo(tmp_path / "demo", headless=True, patience=240)
    summary = demo.run()
    assert demo.kills == KILLS
    assert demo.lost == set()
    assert demo.invented == set()
    assert demo.doubled == 0
    assert_good(summary)
    events = [alert["id"] for alert in summary["alerts"]]
    assert len(events) == len(set(events))


def test_the_folder_of_somebody_else_is_never_wiped(tmp_path: Path) -> None:
    """The demo refuses a folder that holds other files."""
    (tmp_path / "thesis.docx").write_text("important", encoding="utf-8")
    command = [sys.executable, "-m", "yuqing", "demo", "--headless", "--home", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert (tmp_path / "thesis.docx").read_text(encoding="utf-8") == "important"
