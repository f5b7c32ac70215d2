"""Six refusals and the real no-result: each ends in its own outcome in `yuqing coverage`; the cursor stands still."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.warm import Warm
from yuqing.demo.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.integration]
NOW = "2026-03-14T09:30:00+08:00"

# One word to search for: a round of all words would ask the same question seven times.
ONE_WORD = """
subjects:
  - {id: yunjiang, name: 云江银行, kind: brand, aliases: [云江银行, 云江手机银行, 云银]}
  - {id: yunjiang_app, name: 云江手机银行, kind: product, aliases: [云江手机银行], search_terms: [云江银行]}
"""

REFUSALS = [
    # source, double, what it answers, the outcome that coverage shows
    ("weibo_search", "weibo-s", "302_visitor", "auth_required"),
    ("weibo_mobile", "weibo-m", "ok_-100", "auth_required"),
    ("weibo_search", "weibo-s", "418", "rate_limited"),
    ("weibo_mobile", "weibo-m", "432", "rate_limited"),
    ("douyin_search", "douyin", "verify_check", "challenge"),
    ("weibo_search", "weibo-s", "blank_page", "suspect_empty"),
    ("weibo_search", "weibo-s", "no_result", "ok_empty"),
]


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """Two quiet days on the platforms, the clock at a standstill."""
    with Simulator(seed=7, now=NOW, scenario="small") as simulator:
        yield simulator


class Installation:
    """One installation on the simulated platforms."""

    def __init__(self, root: Path, sim: Simulator, warm: Warm) -> None:
        self.warm = warm
        self.stage = Stage.prepare(root)
        self.stage.write_sources(sim.url, 5)
        (self.stage.config / "subjects.yml").write_text(ONE_WORD, encoding="utf-8")
        self.environment = self.stage.environment({"url": sim.url, "smtp_port": 1}, "sqlite", 8501, 1)
        self.environment["YQ_BACKFILL_DAYS"] = "1"

    def yuqing(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        """JSON lines of a command that must end with this exit code."""
        done = self.warm.run((*arguments, "--json"), self.environment)
        assert done.returncode == code, done.stderr
        assert "_2A25LoginDemo" not in done.stderr + done.stdout
        return [json.loads(line) for line in done.stdout.splitlines()]

    def coverage(self, source: str) -> dict[str, Any]:
        """The coverage row of 云江银行."""
        (row,) = [r for r in self.yuqing("coverage") if (r["source"], r["query"]) == (source, "云江银行")]
        return row


@pytest.mark.parametrize(("source", "route", "fault", "outcome"), REFUSALS)
def test_refusals_are_told_apart(
    tmp_path: Path, sim: Simulator, warm: Warm, source: str, route: str, fault: str, outcome: str
) -> None:
    """A refusal shows as what it is and moves no cursor; only a proved no-result counts as seen."""
    sim.clear_faults()
    sim.clock.set(datetime.fromisoformat(NOW), 0)
    here = Installation(tmp_path / "stage", sim, warm)
    crawl = ("crawl", source)
    here.yuqing(*crawl)
    before = here.coverage(source)
    assert before["status"] == "ok"
    assert before["mentions"] > 0

    sim.clock.advance(minutes=30)
    sim.fault(route, fault, times=-1)
    (summary,) = here.yuqing(*crawl, code=0 if outcome == "ok_empty" else 1)
    refused = here.coverage(source)
    assert refused["status"] == outcome
    moved = refused["complete_until"] != before["complete_until"]
    assert moved is (outcome == "ok_empty")
    assert outcome in summary["outcomes"]

    sim.clear_faults()
    sim.clock.advance(minutes=30)
    here.yuqing(*crawl)
    assert here.coverage(source)["complete_until"] > before["complete_until"]
