"""What the crawl tests share: an order for the driver, and its answer."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator.server import Simulator

KEY = b"key of the test bench"
ROOT = Path(__file__).resolve().parents[3]
LOGIN = "SUB=_2A25LoginSecretValue; SUBP=0033SubpSecretValue"
# Without a pause the next crawl of a test asks again at once; what the pause does has tests of its own.
SECRETS = {"weibo_cookie": LOGIN, "douyin_cookie": "sessionid=x1", "douyin_open_token": "clt.InventedToken"}
FAST = {"delay_seconds": 0, "backoff_seconds": 0.02, "backoff_max_seconds": 0.05, "pause_minutes": 0}
MUTE = {"canary": ""}  # so that tests can count requests; the canary has tests of its own
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
    circuits: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)  # sources of which a cursor moved
    hot: list[dict[str, Any]] = field(default_factory=list)  # topics of hot lists that match

    def tally(self, source: str) -> dict[str, Any]:
        """The counts of one source."""
        return self.summary["sources"][source]


class Driver:
    """The warm process that crawls are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.crawlers.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._orders = 0

    def obey(self, order: dict[str, Any], folder: Path) -> dict[str, Any]:
        """One crawl; fails with what the child wrote to its standard error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders += 1
        path = folder / f"order-{self._orders}.json"
        full = {**order, "log_file": str(path.with_suffix(".log"))}
        path.write_text(json.dumps(full), encoding="utf-8")
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline().strip()
        errors = path.with_suffix(".err").read_text(encoding="utf-8")
        if said == "done -9" and "kill_after" in order:
            return {}
        assert said == "done 0", errors[-3000:]
        log = path.with_suffix(".log").read_text(encoding="utf-8")
        return {**json.loads(path.with_suffix(".answer").read_text(encoding="utf-8")), "log": log + errors}

    def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(60)  # a busy machine takes its time
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass
class Bench:
    """A simulator and a state file: crawls run one after another on the same state."""

    sim: Simulator
    driver: Driver
    folder: Path
    now: str = "2026-03-14T01:30:00+00:00"
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def crawl(self, *sources: dict[str, Any], queries: tuple[str, ...] = ("云江银行",), **order: Any) -> Answer:
        """Run one crawl in its own process."""
        return Answer(**self.driver.obey(self._order(sources, queries, **order), self.folder))

    def _order(
        self, sources: tuple[dict[str, Any], ...], queries: tuple[str, ...] = ("云江银行",), **order: Any
    ) -> dict[str, Any]:
        return {
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

    def kill(self, after: int, *sources: dict[str, Any], **order: Any) -> bool:
        """Run one crawl that is killed when so many mentions are stored; tells whether it came to that."""
        return not self.driver.obey(self._order(sources, kill_after=after, **order), self.folder)

    def state(self) -> dict[str, Any]:
        """What the stores hold: documents, and the ids of the mentions."""
        saved: dict[str, Any] = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return saved

    def later(self, minutes: int) -> None:
        """Time passes, for crawler and platform."""
        moment = datetime.fromisoformat(self.now) + timedelta(minutes=minutes)
        self.now = moment.isoformat()
        self.sim.clock.set(moment, 0)


def weibo_web(**options: Any) -> dict[str, Any]:
    """The web search source."""
    return {"id": "weibo_search", "kind": "weibo", "options": {**FAST, **MUTE, "surface": "search", **options}}


def weibo_mobile(**options: Any) -> dict[str, Any]:
    """The mobile source."""
    return {"id": "weibo_mobile", "kind": "weibo", "options": {**FAST, **MUTE, "surface": "mobile", **options}}


def douyin(**options: Any) -> dict[str, Any]:
    """The Douyin source."""
    return {"id": "douyin_search", "kind": "douyin", "options": {**FAST, **MUTE, **options}}


def news(sim: Simulator, *sections: str, **options: Any) -> dict[str, Any]:
    """The portal's feeds."""
    feeds = [f"{sim.url}/news/{section}" for section in sections or ("rss/all.xml?limit=1000",)]
    return {"id": "news_portal", "kind": "news", "options": {**FAST, "feeds": feeds, **options}}
