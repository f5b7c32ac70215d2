"""The command that runs the simulated platforms alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import typer

from yuqing.cli.common import progress, write_json, write_lines
from yuqing.domain.errors import YuqingError

_NOW = "2026-03-14T09:30:00+08:00"
# What the doubles take for an operator's own session.
_SESSIONS = {
    "YQ_WEIBO_COOKIE": "SUB=_2A25LoginDemo; SUBP=0033Demo",
    "YQ_DOUYIN_COOKIE": "sessionid=demo; LOGIN_STATUS=1",
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(simulate)


def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口；0 表示任选一个空闲的")] = 0,
    seed: Annotated[int, typer.Option(help="随机种子：同一种子，同一个世界")] = 7,
    now: Annotated[str, typer.Option(help="模拟世界开始的时刻（ISO 8601）")] = _NOW,
    speed: Annotated[float, typer.Option(min=0, help="现实 1 秒等于模拟多少秒；0 表示时钟不走")] = 0.0,
    scenario: Annotated[
        str, typer.Option(help="场景：demo、quiet、outage、months 等，见 docs/reference/simulator.md")
    ] = "demo",
    days: Annotated[int | None, typer.Option(min=0, help="场景的天数；缺省由场景决定")] = None,
    rate: Annotated[float, typer.Option(min=0, help="平日言论的多少，1 为平常")] = 1.0,
    rate_guard: Annotated[
        float, typer.Option("--rate-guard", min=0, help="每分钟超过多少次请求就按平台自己的方式拒绝；0 表示不限")
    ] = 0.0,
    inbox: Annotated[Path | None, typer.Option(help="同时开一个本地收件箱，邮件存到这个文件夹")] = None,
    env_file: Annotated[Path | None, typer.Option("--env-file", help="把环境变量也写进这个文件（供 source）")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以一行 JSON 输出地址和环境变量")] = False,
) -> None:
    """单独运行模拟的微博、抖音、新闻等平台（只在本机），直到 Ctrl-C。输出让 yuqing 指向它们的环境变量。"""
    command = _command(port, seed, now, speed, scenario, rate, rate_guard)
    command += ["--days", str(days)] if days is not None else []
    command += ["--inbox", str(inbox)] if inbox is not None else []
    with _Doubles(command) as doubles:
        variables = environment(doubles.facts)
        lines = [f"export {name}='{value}'" for name, value in variables.items()]
        if env_file is not None:
            env_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if as_json:
            write_json({**doubles.facts, "environment": variables})
        else:
            write_lines(lines)
        sys.stdout.flush()
        _tell(doubles.facts)
        doubles.wait()


def environment(facts: dict[str, Any]) -> dict[str, str]:
    """The settings that point every source at the doubles: each `<surface>_base` has its own prefix."""
    from config.settings import PREFIX, Settings

    url = str(facts["url"]).rstrip("/")
    bases = [name.removesuffix("_base") for name in Settings.model_fields if name.endswith("_base")]
    found = {f"{PREFIX}{name}_base".upper(): f"{url}/{name.replace('_', '-')}" for name in bases}
    found |= _SESSIONS | {f"{PREFIX}CLOCK_URL".upper(): f"{url}/__control/clock"}
    if "smtp_port" in facts:
        found |= {"YQ_SMTP_HOST": "127.0.0.1", "YQ_SMTP_PORT": str(facts["smtp_port"]), "YQ_SMTP_SECURITY": "none"}
    return found


def _command(port: int, seed: int, now: str, speed: float, scenario: str, rate: float, rate_guard: float) -> list[str]:
    return [
        *(sys.executable, "-m", "simulator", "--port", str(port), "--seed", str(seed), "--now", now),
        *("--speed", str(speed), "--scenario", scenario, "--rate", str(rate), "--rate-guard", str(rate_guard)),
    ]


def _tell(facts: dict[str, Any]) -> None:
    progress(f"模拟平台    {facts['url']}（控制：{facts['url']}/__control/…，按 Ctrl-C 结束）")
    progress(f"新闻的 RSS  {facts['url']}/news/rss/all.xml（写进 sources.yml 的 feeds）")
    if "inbox_url" in facts:
        progress(f"本地收件箱  {facts['inbox_url']}")


class _Doubles:
    """The doubles as a child process that ends with us."""

    def __init__(self, command: list[str]) -> None:
        # A setting of the product means nothing to the doubles, and a secret must not travel.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("YQ_")}
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean)  # noqa: S603

    def __enter__(self) -> Self:
        assert self._process.stdout is not None  # noqa: S101  # it was asked for above
        line = self._process.stdout.readline()
        if not line:
            _, said = self._process.communicate()
            raise YuqingError(f"模拟平台没有启动：{(said.strip().splitlines() or ['没有说明原因'])[-1]}")
        self.facts: dict[str, Any] = json.loads(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._process.terminate()
        self._process.communicate(timeout=10)
        return kind is KeyboardInterrupt  # Ctrl-C is how this command ends

    def wait(self) -> None:
        """Until the doubles end or the user ends us."""
        if self._process.wait() != 0:
            raise YuqingError("模拟平台意外退出")
