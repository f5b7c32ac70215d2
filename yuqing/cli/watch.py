"""Commands of the watch: detect, notify, alerts, acknowledge, silence, backtest."""

from datetime import timedelta
from typing import Annotated

import typer

from yuqing.cli.common import (
    FromOption,
    JsonOption,
    ToOption,
    local,
    parse_interval,
    parse_period,
    write_json,
    write_lines,
)
from yuqing.domain.errors import InputError

silences = typer.Typer(help="静默：一段时间内不通知符合条件的预警（须写明操作人与原因）。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(detect)
    app.command()(notify)
    app.command("alerts")(list_alerts)
    app.command()(acknowledge)
    app.command()(backtest)
    app.add_typer(silences, name="silence")


def detect(as_json: JsonOption = False) -> None:
    """按规则检测一次，更新预警。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        summary = app.engine.detect()
    if as_json:
        write_json(summary.as_json())
    else:
        write_lines([summary.sentence()])


def notify(as_json: JsonOption = False) -> None:
    """投递一次待发通知。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        summary = app.engine.notify()
    if as_json:
        write_json(summary.as_json())
    else:
        write_lines([summary.sentence()])


def list_alerts(as_json: JsonOption = False) -> None:
    """列出预警，最新在前。"""
    from yuqing.bootstrap import open_app
    from yuqing.domain.codec import to_json

    with open_app() as app:
        alerts = sorted(app.engine.alerts(), key=lambda alert: alert.starts_at, reverse=True)
    if as_json:
        for alert in alerts:
            write_json(to_json(alert))
        return
    write_lines(f"{alert.id}  {alert.state.value}  {local(alert.starts_at)}  {alert.summary}" for alert in alerts)


def acknowledge(
    alert: Annotated[str, typer.Argument(help="预警编号")],
    by: Annotated[str, typer.Option(help="确认人")],
) -> None:
    """确认一条预警。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        app.engine.acknowledge(alert, by)
        app.audit.record(by, "acknowledge", alert)
    write_lines([f"预警 {alert} 已由 {by} 确认"])


def _matchers(pairs: list[str]) -> dict[str, str]:
    parsed = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(parsed) != len(pairs):
        raise InputError("条件应写成 标签=值，例如 subject=yunjiang")
    return parsed


@silences.command("add")
def add_silence(
    matchers: Annotated[list[str], typer.Argument(help="标签=值，例如 subject=yunjiang rule=spike")],
    author: Annotated[str, typer.Option(help="操作人")],
    reason: Annotated[str, typer.Option(help="原因")],
    duration: Annotated[str, typer.Option("--for", help="时长：30m、2h、1d")] = "2h",
) -> None:
    """新增静默。"""
    from yuqing.bootstrap import open_app

    length: timedelta = parse_interval(duration)
    with open_app() as app:
        silence = app.engine.silence(_matchers(matchers), length, author=author, reason=reason)
        app.audit.record(author, "silence", silence.id, {"reason": reason})
    write_lines([f"静默 {silence.id}：至 {local(silence.ends_at)}"])


@silences.command("list")
def list_silences(as_json: JsonOption = False) -> None:
    """列出静默。"""
    from yuqing.bootstrap import open_app
    from yuqing.domain.codec import to_json

    with open_app() as app:
        found = app.engine.silences()
    for silence in found:
        if as_json:
            write_json(to_json(silence))
        else:
            labels = " ".join(f"{key}={value}" for key, value in sorted(silence.matchers.items()))
            write_lines([f"{silence.id}  {labels}  至 {local(silence.ends_at)}  {silence.author}：{silence.reason}"])


@silences.command("end")
def end_silence(
    silence: Annotated[str, typer.Argument(help="静默编号")],
    author: Annotated[str, typer.Option(help="操作人")],
) -> None:
    """提前结束静默。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        app.engine.expire(silence)
        app.audit.record(author, "expire_silence", silence)
    write_lines([f"静默 {silence} 已结束"])


def backtest(
    rule: Annotated[str, typer.Argument(help="规则编号")],
    since: FromOption = None,
    until: ToOption = None,
    as_json: JsonOption = False,
) -> None:
    """用已存历史回放一条规则：预警列表与每周次数。"""
    from alerts.backtest import backtest as run_backtest
    from yuqing.bootstrap import open_app

    start, end = parse_period(since, until)
    with open_app() as app:
        result = run_backtest(app.engine, rule, start, end)
    if as_json:
        write_json(result.as_json())
    else:
        write_lines(result.lines())
