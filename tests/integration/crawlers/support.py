"""What the crawl tests share: an order for the driver, and its answer."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.server import Simulator

ROOT = Path(__file__).resolve().parents[3]
LOGIN = "SUB=_2A25LoginSecretValue; SUBP=0033SubpSecretValue"
FAST = {"delay_seconds": 0, "backoff_seconds": 0.02, "backoff_max_seconds": 0.05}
BRANDS = ("云江银行", "云江手机银行", "云银", "海州银行", "海银", "北原银行", "北原行", "金秋开户礼", "林知远")


@dataclass(frozen=True)
class Answer:
    """What one crawl did."""

    summary: dict[str, Any]
    error: str | None
    drafts: dict[str, dict[str, Any]]
    coverage: list[dict[str, Any]]
    cursors: dict[str, str]
    log: str

    def tally(self, source: str) -> dict[str, Any]:
        """The counts of one source."""
        return self.summary["sources"][source]


@dataclass
class Bench:
    """A simulator and a state file: crawls run one after another on the same state."""

    sim: Simulator
    folder: Path
    now: str = "2026-03-14T01:30:00+00:00"
    secrets: dict[str, str] = field(default_factory=lambda: {"weibo_cookie": LOGIN, "douyin_cookie": "sessionid=x1"})

    def crawl(self, *sources: dict[str, Any], queries: tuple[str, ...] = ("云江银行",), **order: Any) -> Answer:
        """Run one crawl in its own process."""
        full = {
            "url": self.sim.url,
            "now": self.now,
            "words": list(queries),
            "queries": list(queries),
            "state_file": str(self.folder / "state.json"),
            "raw_dir": str(self.folder / "raw"),
            "sources": list(sources),
            "secrets": self.secrets,
            **order,
        }
        command = [
            sys.executable,
            "-W",
            "error::DeprecationWarning:crawlers",
            "-m",
            "tests.integration.crawlers.driver",
        ]
        done = subprocess.run(
            command, input=json.dumps(full), capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return Answer(**json.loads(done.stdout), log=done.stderr)


def weibo_web(**options: Any) -> dict[str, Any]:
    """The web search source."""
    return {"id": "weibo_search", "kind": "weibo", "options": {**FAST, "surface": "search", **options}}


def weibo_mobile(**options: Any) -> dict[str, Any]:
    """The mobile source."""
    return {"id": "weibo_mobile", "kind": "weibo", "options": {**FAST, "surface": "mobile", **options}}


def douyin(**options: Any) -> dict[str, Any]:
    """The Douyin source."""
    return {"id": "douyin_search", "kind": "douyin", "options": {**FAST, **options}}


def news(sim: Simulator, *sections: str, **options: Any) -> dict[str, Any]:
    """The portal's feeds."""
    feeds = [f"{sim.url}/news/{section}" for section in sections or ("rss/all.xml?limit=1000",)]
    return {"id": "news_portal", "kind": "news", "options": {**FAST, "feeds": feeds, **options}}
