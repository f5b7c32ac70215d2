"""One seeded month for `recall.py`: the doubles, the product's home, and the crawls between them."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

ROOT = Path(__file__).resolve().parent.parent
START = datetime.fromisoformat("2026-03-01T00:00:00+08:00")
BACKFILL = timedelta(days=2)
# The look at the age of three days brings what was said below a post since it was found: all is said in 56 hours.
LOOKS = "3d"
AFTERMATH = timedelta(days=4)
# Life goes on after the last day that counts: a platform that falls silent is rightly not believed (canary).
GOES_ON = timedelta(days=10)
# What goes wrong, per route: refusals that pass, accidents, pages that lie.
FAULTS = {
    "weibo-s": ("418", "5xx", "blank_page", "no_result", "reset", "302_visitor", "truncated_body"),
    "weibo-ajax": ("418", "5xx", "reset", "truncated_json", "ok_-100"),
    "weibo-ajax-comments": ("418", "5xx", "truncated_json", "blank_page"),
    "douyin-search": ("status_9", "5xx", "truncated_json", "empty_body", "verify_check"),
    "douyin-comments": ("status_9", "5xx", "truncated_json", "empty_body"),
    "douyin-detail": ("status_9", "5xx", "truncated_json", "empty_body"),
    "news-feed": ("5xx", "429", "403", "reset"),
    "news-article": ("5xx", "429", "403", "reset"),
}


@dataclass(frozen=True)
class Order:
    """What to play. `kills`: so many crawls are ended by SIGKILL at random moments; `share`: of answers are faulty."""

    seed: int
    days: int = 30
    step: timedelta = timedelta(hours=6)
    share: float = 0.1
    kills: int = 0
    rate: float = 1.0
    talk: float = 0.05
    scenario: str = "months"
    tail_step: timedelta = timedelta(hours=12)
    follow_up: timedelta = timedelta(minutes=10)  # how often what is owed is paid off between two looks


@dataclass
class Played:
    """How the month went."""

    crawls: int = 0
    followed: int = 0  # crawls of what was owed, between two looks
    killed: int = 0
    fates: Counter[int] = field(default_factory=Counter)  # exit codes of the crawls
    tail: int = 0  # steps after the last day until nothing was owed
    owed: int = 0  # what still was when the patience of this benchmark ended
    requests: dict[str, dict[str, int]] = field(default_factory=dict)  # while there were faults: host -> outcome -> n


class Doubles:
    """The platforms, as a process of their own."""

    def __init__(self, order: Order) -> None:
        days = timedelta(days=order.days) + GOES_ON
        command = [
            *(sys.executable, "-m", "simulator", "--seed", str(order.seed), "--scenario", order.scenario),
            *("--now", START.isoformat(), "--t0", (START + days).isoformat(), "--days", str(days.days)),
            *("--rate", str(order.rate), "--talk", str(order.talk)),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        self.url = str(json.loads(self._process.stdout.readline())["url"])
        self._http = httpx.Client(timeout=300)

    def get(self, what: str, **query: str) -> Any:
        """An answer of the control API."""
        answer = self._http.get(f"{self.url}/__control/{what}", params=query)
        answer.raise_for_status()
        return answer.json()

    def fail(self, share: float, seed: int) -> None:
        """From now on so many answers are refusals or accidents; none: the platforms behave."""
        self._http.delete(f"{self.url}/__control/scenario").raise_for_status()
        orders = [
            {"route": route, "outcome": ",".join(outcomes), "times": -1, "share": share, "seed": seed}
            for route, outcomes in FAULTS.items()
        ]
        if share:
            self._http.post(f"{self.url}/__control/scenario", json=orders).raise_for_status()

    def set_clock(self, now: datetime) -> None:
        """The time of all platforms, and of the product, which reads it there."""
        self._http.post(f"{self.url}/__control/clock", json={"now": now.isoformat()}).raise_for_status()

    def close(self) -> None:
        """End them."""
        self._http.close()
        self._process.terminate()
        self._process.communicate(timeout=30)


class Product:
    """The product as an operator would run it: a home, a configuration, its commands."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._stage(url)
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "warm_commands.py"), str(self.errors)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("YQ_")} | self.settings,
            cwd=ROOT,
        )

    @property
    def errors(self) -> Path:
        """What the commands wrote to standard error."""
        return self.folder / "errors.txt"

    def _stage(self, url: str) -> None:
        config = self.folder / "config"
        shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        (config / "sources.yml").write_text(yaml.safe_dump({"sources": _sources(url)}, allow_unicode=True))
        self.errors.touch()
        bases = {
            f"YQ_{name.upper().replace('-', '_')}_BASE": f"{url}/{name}"
            for name in ("weibo-s", "weibo-m", "weibo-ajax", "weibo-passport", "weibo-card", "douyin")
        }
        self.settings = {
            **bases,
            "YQ_CONFIG": str(config),
            "YQ_HOME": str(self.folder / "home"),
            "YQ_CLOCK_URL": f"{url}/__control/clock",
            "YQ_WEIBO_COOKIE": "SUB=_2A25LoginBench; SUBP=0033Bench",
            "YQ_DOUYIN_COOKIE": "sessionid=bench; LOGIN_STATUS=1",
            "YQ_BACKFILL_DAYS": str(BACKFILL.days),
            "YQ_REFRESH_SCHEDULE": LOOKS,
            "YQ_REFRESH_REACTIONS": "1",  # whatever got an answer is looked at again, not only what is hot
            "YQ_REFRESH_LIMIT": "5000",
            "YQ_EVIDENCE_DAYS": "0",
            "YQ_LOG_LEVEL": "ERROR",
        }

    def command(self, *arguments: str, kill_after: float | None = None) -> tuple[int, float]:
        """Exit code (-9: killed) and seconds of one command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"arguments": arguments, "kill_after": kill_after}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return int(answer["code"]), float(answer["seconds"])

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """The product's stores, for looking into them."""
        from config.settings import load_settings
        from yuqing.bootstrap import open_app

        before = {name: value for name, value in os.environ.items() if name.startswith("YQ_")}
        _replace_settings(self.settings)
        try:
            with open_app(load_settings()) as app:
                yield app
        finally:
            _replace_settings(before)

    def owes(self) -> tuple[int, frozenset[str]]:
        """How many slices the job table still waits for, and the posts whose comments were not read."""
        with self.opened() as app:
            jobs = [job for job in app.state.find("job") if job.body.get("state") not in ("done", "looked")]
            works = frozenset(work for found in app.state.find("thread") for work in found.body.get("works") or ())
            return len(jobs), works

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


def _replace_settings(values: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("YQ_")]:
        del os.environ[name]
    os.environ.update(values)


def _sources(url: str) -> list[dict[str, Any]]:
    common = {
        "delay_seconds": 0,
        "backoff_seconds": 0.01,
        "backoff_max_seconds": 0.05,
        "retries": 1,
        "pause_minutes": 0,
    }
    made = {
        "weibo_search": ("weibo", "web", {"surface": "search", "comments": True}),
        "douyin_search": ("douyin", "web", {"comments": True}),
        "news_portal": ("news", "rss", {"feeds": [f"{url}/news/rss/all.xml?limit=1000"]}),
    }
    return [
        {
            "id": name,
            "kind": kind,
            "name": name,
            "backend": backend,
            "legal_basis": "simulated platform on loopback",
            "enabled": True,
            "accepted_terms_by": "benchmark",
            "interval_seconds": 21_600,
            "options": {**common, **options},
        }
        for name, (kind, backend, options) in made.items()
    ]


class Month:
    """Plays a month; the doubles and the product stay open for the comparison until the context is left."""

    def __init__(self, order: Order, folder: Path) -> None:
        self.order = order
        self.played = Played()
        self.end = START + timedelta(days=order.days)
        self.looks: list[datetime] = []  # the crawls, whatever became of them
        self.unread: dict[datetime, frozenset[str]] = {}  # the posts whose comments were refused, after each crawl
        self._folder = folder
        self._chance = random.Random(order.seed)
        self._is_killed = False  # the last crawl was
        self._usual = 1.0  # seconds that a crawl takes

    def __enter__(self) -> Self:
        self.doubles = Doubles(self.order)
        self.product = Product(self._folder, self.doubles.url)
        return self

    def __exit__(self, *_: object) -> None:
        self.product.close()
        self.doubles.close()

    def play(self) -> None:
        """The days with faults and kills, then as many steps without as it takes until nothing is owed."""
        self.doubles.fail(self.order.share, self.order.seed)
        now = START
        while now < self.end or self.played.killed < self.order.kills:
            now += self.order.step
            self._look(now)
            self._follow_up(now)
        self.played.requests = self.doubles.get("counts", forget="1")
        self.doubles.fail(0, 0)
        self._settle(now)

    def _settle(self, now: datetime) -> None:
        last = self.end + GOES_ON
        while now + self.order.tail_step < last:
            now += self.order.tail_step
            self.played.tail += 1
            self.doubles.set_clock(now)
            self.looks.append(now)
            code = max(abs(self.product.command(name)[0]) for name in ("crawl", "refresh"))
            jobs, works = self.product.owes()
            self.played.owed = jobs + len(works)
            if code == 0 and now > self.end + AFTERMATH and self.played.owed == 0:
                return

    def _look(self, now: datetime) -> None:
        """One crawl, killed half of the time while there are kills left; second looks."""
        self.doubles.set_clock(now)
        self.looks.append(now)
        if self.played.killed < self.order.kills and self._chance.random() < self._risk(now):
            self._crawl(self._chance.uniform(0.1, 1.0) * self._usual)
        else:
            self._crawl(None)
        self.product.command("refresh")
        _, self.unread[now] = self.product.owes()

    def _follow_up(self, look: datetime) -> None:
        """What `yuqing run` does between two looks: it has a crawl that was killed once more, pays off what is owed and
        due, and has its second looks."""
        now, is_killed = look + self.order.follow_up, self._is_killed
        while now < look + self.order.step:
            self.doubles.set_clock(now)
            if is_killed:
                self._crawl(None)
                is_killed = False
            if any(self.product.owes()):
                self.product.command("crawl", "--owed")
                self.product.command("refresh")
                self.played.followed += 1
            now += self.order.follow_up

    def _risk(self, now: datetime) -> float:
        """Of being killed, so that the kills are spread over the days."""
        steps_left = max((self.end - now) / self.order.step, 1)
        return min(1.0, 1.3 * (self.order.kills - self.played.killed) / steps_left)

    def _crawl(self, kill_after: float | None) -> None:
        code, seconds = self.product.command("crawl", "--json", kill_after=kill_after)
        self.played.crawls += 1
        self.played.fates[code] += 1
        self._is_killed = code == -9
        self.played.killed += self._is_killed
        if code >= 0:
            self._usual = 0.8 * self._usual + 0.2 * seconds
