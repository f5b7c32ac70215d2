"""The play itself: four quiet weeks are collected, then the clock runs and the crisis comes."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from yuqing.demo.children import Children
from yuqing.demo.stage import Stage
from yuqing.demo.summary import leave_cluster, mails, summarise
from yuqing.domain.errors import YuqingError
from yuqing.processes import cli_command, dashboard_command

START = "2026-03-14T09:30:00+08:00"
# One real second is one simulated minute: an outage that builds up in a quarter of an hour takes 15 seconds.
SPEED = 60
POLL_SECONDS = 5
PATIENCE_SECONDS = 170
# What the play waits for: the outage (spike) and the rumour (keyword). Other rules may speak before them.
AWAITED = ("分钟内负面", "出现“")


@dataclass
class Demo:
    """One run of the demo. `say` gets the lines for the person who watches."""

    root: Path
    store: str = "sqlite"
    headless: bool = False
    port: int = 8501
    seed: int = 7
    patience: float = PATIENCE_SECONDS
    say: Callable[[str], None] = field(default=lambda line: print(line, file=sys.stderr, flush=True))  # noqa: T201

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.stage = Stage.prepare(self.root)
        self.children = Children(self.root / "logs")
        self.http = httpx.Client(timeout=10, trust_env=False)

    def run(self) -> dict[str, Any]:
        """Play to the end (headless) or until Ctrl-C or SIGTERM; returns the summary and leaves no process behind."""
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._simulate()
            self._collect_history()
            self._open_house()
            self._crisis()
            return self._close() if self.headless else self._stay()
        finally:
            self.children.stop_all()
            self.http.close()
            self._sweep()

    def _sweep(self) -> None:
        """Leave nothing in the user's cluster; the embedded store stays in the demo's folder."""
        if self.store == "elasticsearch" and hasattr(self, "environment"):
            leave_cluster(self.environment)

    def _tell(self, text: str) -> None:
        self.say(f"[{time.monotonic() - self.started:5.1f}s] {text}")

    def _simulate(self) -> None:
        self._tell("启动模拟的微博、抖音、新闻、应用商店、股吧、黑猫、热榜和本地收件箱 …")
        ready = self.root / "simulator.json"
        command = [
            *(sys.executable, "-m", "simulator", "--port", "0", "--seed", str(self.seed), "--now", START),
            *("--speed", "0", "--scenario", "demo", "--ready-file", str(ready)),
            *("--smtp-port", "0", "--inbox", str(self.stage.inbox)),
        ]
        self.children.start("simulator", command, _plain_environment())
        self.simulator = self.children.wait_for_file("simulator", ready)
        self.stage.write_sources(str(self.simulator["url"]), POLL_SECONDS)
        self.environment = self.stage.environment(self.simulator, self.store, self.port, SPEED)

    def _step(self, name: str, *arguments: str, timeout: float = 240) -> dict[str, Any]:
        return self.children.finish(name, cli_command(*arguments), self.environment, timeout)

    def _collect_history(self) -> None:
        self._tell("首次采集：回溯四周 …")
        crawled = self._step("crawl", "crawl", "--json")
        self._tell(f"采集到 {crawled['mentions']['new']} 条提及，开始打分 …")
        scored = self._step("score", "score", "--json")
        self._tell(f"已打分 {scored['scored']} 条，生成上周周报 …")
        self.report = self._step("report", "report", "--json", "--output", str(self.root / "reports"))

    def _open_house(self) -> None:
        if not self.headless:
            self.children.start("dashboard", dashboard_command(self.port), self.environment)
            self._tell(f"看板        http://127.0.0.1:{self.port}")
            self._tell(f"本地收件箱  {self.simulator['inbox_url']}")
        for name, path in self.report.items():
            self._tell(f"上周周报    {path}（{name}）")

    def _crisis(self) -> None:
        self._tell(f"时间开始流动：1 秒 = {SPEED // 60} 分钟；云江手机银行即将故障 …")
        self._clock(SPEED)
        self.start_run()
        self._told: set[str] = set()
        self._awaited = set(AWAITED)
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self._awaited:
            self.tick()
            time.sleep(0.2)

    def start_run(self) -> None:
        """Start `yuqing run`."""
        self.children.start("run", cli_command("run"), self.environment)

    def tick(self) -> None:
        """Look once: tell new mails, and stop when `yuqing run` has gone."""
        for mail in mails(self.stage.inbox):
            self._awaited -= {words for words in AWAITED if words in mail.subject}
            if mail.message_id not in self._told:
                self._told.add(mail.message_id)
                self._tell(f"收到预警邮件：{mail.subject}")
        if self.children.running["run"].poll() is not None:
            raise YuqingError(f"yuqing run 意外退出，日志：{self.root / 'logs' / 'run.log'}")

    def _clock(self, speed: float) -> None:
        answer = self.http.post(f"{str(self.simulator['url']).rstrip('/')}/__control/clock", json={"speed": speed})
        answer.raise_for_status()

    def _close(self) -> dict[str, Any]:
        self._tell("停下时钟，收尾 …")
        self.children.stop("run")
        self._clock(0)
        self._step("crawl", "crawl", "--json")
        self._step("score", "score", "--json")
        summary = summarise(self.environment, self.stage, self.report, time.monotonic() - self.started)
        self._tell("完成")
        return summary

    def _stay(self) -> dict[str, Any]:
        self._tell("演示继续运行，按 Ctrl-C 结束。打开看板和收件箱看一看。")
        try:
            self.children.running["run"].wait()
        except KeyboardInterrupt:
            self._tell("结束")
        return summarise(self.environment, self.stage, self.report, time.monotonic() - self.started)


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}
