"""Commands that run the product: run, demo, doctor, purge."""

from pathlib import Path
from typing import Annotated

import typer

from yuqing.cli.common import JsonOption, progress, write_json, write_lines
from yuqing.domain.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(run)
    app.command()(demo)
    app.command()(doctor)
    app.command()(purge)
    app.command()(metrics)


def run() -> None:
    """常驻运行：按计划采集、打分、检测、投递、周报、清理。"""
    from yuqing.bootstrap import open_app
    from yuqing.scheduler import Runner

    with open_app() as app:
        Runner(app).run()


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="不开看板；结束后输出 JSON 摘要")] = False,
    store: Annotated[str, typer.Option(help="sqlite 或 elasticsearch（用 YQ_ELASTICSEARCH_URL 的集群）")] = "sqlite",
    home: Annotated[Path, typer.Option(help="演示用的文件夹，每次重建")] = Path(".yuqing/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="看板端口")] = 8501,
    seed: Annotated[int, typer.Option(help="场景种子")] = 7,
) -> None:
    """演示：模拟平台上的一场危机，从采集到预警邮件、看板与周报，全程离线。"""
    from yuqing.demo.play import Demo

    if store not in ("sqlite", "elasticsearch"):
        raise InputError(f"--store {store!r} 应为 sqlite 或 elasticsearch")
    summary = Demo(home.resolve(), store=store, headless=headless, port=port, seed=seed).run()
    if headless:
        write_json(summary)
        if not summary["ok"]:
            raise typer.Exit(1)


def doctor(as_json: JsonOption = False) -> None:
    """检查安装与设置，并说明该怎么办；有故障时以 2 退出。"""
    from yuqing.doctor import Verdict, examine

    checks = examine()
    for check in checks:
        if as_json:
            write_json({"name": check.name, "verdict": check.verdict.name.lower(), "finding": check.finding})
        else:
            write_lines([f"[{check.verdict.value}] {check.name}：{check.finding}"])
            if check.advice:
                write_lines([f"        → {check.advice}"])
    if any(check.verdict is Verdict.FAIL for check in checks):
        raise typer.Exit(2)


def purge(as_json: JsonOption = False) -> None:
    """按保存期限清理一次。"""
    from yuqing.bootstrap import open_app
    from yuqing.housekeeping import clean_up

    with open_app() as app:
        summary = clean_up(app)
        app.audit.record("cli", "purge", "mentions", {"days": str(app.settings.retention_days)})
    if as_json:
        write_json(summary.as_json())
    else:
        write_lines([summary.sentence()])


def metrics(
    once: Annotated[bool, typer.Option("--once", help="输出一次指标文本就结束")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="端口；0 为设置 metrics_port")] = 0,
) -> None:
    """Prometheus 指标：输出一次，或在端口上一直提供（监听地址见设置 metrics_host）。"""
    import threading

    from yuqing.bootstrap import open_app
    from yuqing.metrics import exposition, serve

    with open_app() as app:
        chosen = port or app.settings.metrics_port
        if once:
            write_lines([exposition(app).rstrip("\n")])
            return
        if not chosen:
            raise InputError("请用 --once 输出一次，或用 --port（或设置 metrics_port）指定端口")
        stop = serve(app, chosen, app.settings.metrics_host)
        progress(f"指标在 http://{app.settings.metrics_host}:{chosen}/metrics，Ctrl-C 结束")
        try:
            threading.Event().wait()
        finally:
            stop()
