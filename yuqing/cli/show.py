"""Commands that show what is stored: search, volume, export, report, verify, dashboard."""

import subprocess
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from yuqing.cli.common import (
    FromOption,
    JsonOption,
    QueryOption,
    ToOption,
    file_or_stdin,
    local,
    parse_interval,
    parse_period,
    path_or_stdio,
    progress,
    write_json,
    write_lines,
)
from yuqing.domain.ports import MentionQuery, Page
from yuqing.domain.query import parse_query

verify = typer.Typer(help="核对：报告中的每个数字与引文，审计链的每一环。", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(search)
    app.command()(volume)
    app.command("export")(export_rows)
    app.command()(report)
    app.command()(dashboard)
    app.add_typer(verify, name="verify")


def _query(text: str | None, since: str | None, until: str | None) -> MentionQuery:
    start, end = parse_period(since, until)
    return MentionQuery(text=None if not text else parse_query(text), since=start, until=end)


def search(
    query: Annotated[str, typer.Argument(help="布尔查询，例如：云江银行 AND (崩了 OR 闪退) sentiment:negative")],
    since: FromOption = None,
    until: ToOption = None,
    limit: Annotated[int, typer.Option(min=1, help="最多多少条")] = 20,
    as_json: JsonOption = False,
) -> None:
    """搜索提及，最新在前。"""
    from storage.export import mention_row
    from yuqing.bootstrap import open_app
    from yuqing.seen import search_note

    with open_app() as app:
        app.mentions.refresh()
        result, shown, after = None, 0, None
        while shown < limit and (result is None or after is not None):
            page = Page(size=min(200, limit - shown), after=after)
            result = app.mentions.search(_query(query, since, until), page)
            shown, after = shown + len(result.items), result.next_after
            for stored in result.items:
                row = mention_row(stored)
                if as_json:
                    write_json(row)
                else:
                    text = " ".join(str(row["title"] or row["text"]).split())
                    stance = stored.annotation.sentiment.label.value if stored.annotation else "未打分"
                    write_lines([f"{local(stored.mention.published_at)}  {row['platform']}  {stance}  {text[:80]}"])
        note = search_note(app, *parse_period(since, until))
    progress(f"共 {result.total if result else 0} 条，显示 {shown} 条")
    if note:
        progress(note)


def volume(
    query: Annotated[str, typer.Argument(help="布尔查询；空串表示全部")] = "",
    since: FromOption = None,
    until: ToOption = None,
    interval: Annotated[str, typer.Option(help="5m、1h、1d")] = "1d",
    output: Annotated[Path | None, typer.Option(help="另存为图（.png 或 .svg）")] = None,
    model: Annotated[
        str | None, typer.Option(help="按这个模型版本当时的评分计数（不含人工更正），可重现换模型之前的图")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """声量：按时间分段计数，按情感拆分；可存为图。没有采集到的时段为未知，不是 0。"""
    from yuqing.bootstrap import open_app
    from yuqing.seen import assess_period
    from yuqing.versions import ModelView
    from yuqing.volume_view import coverage_note, save_volume_chart, volume_rows

    with open_app() as app:
        wanted, width = _query(query, since, until), parse_interval(interval)
        counted = app.mentions if model is None else ModelView(app.mentions, model)
        rows = volume_rows(counted, wanted, width, partial(assess_period, app))
    for row in rows:
        if as_json:
            write_json(row.as_json())
        else:
            write_lines([row.line()])
    if note := coverage_note(rows):
        progress(note)
    if output is not None:
        save_volume_chart(rows, output)
        progress(f"图已存为 {output}")


def export_rows(
    kind: Annotated[str, typer.Argument(help="mentions、coverage、alerts、incidents、notifications 或 audit")],
    output: Annotated[str, typer.Option(help="输出文件；- 为标准输出")],
    fmt: Annotated[str, typer.Option("--format", help="jsonl、csv、xlsx，或 excel-csv（带 BOM 的 csv）")] = "jsonl",
    query: QueryOption = None,
    since: FromOption = None,
    until: ToOption = None,
) -> None:
    """导出数据。"""
    from storage.export import export
    from yuqing.bootstrap import open_app

    start, end = parse_period(since, until)
    with open_app() as app:
        app.mentions.refresh()
        wanted = _query(query, since, until) if kind == "mentions" else MentionQuery()
        count = export(kind, app.mentions, app.state, wanted, start, end, fmt, path_or_stdio(output))
        app.audit.record("cli", "export", kind, {"rows": str(count), "format": fmt})
    progress(f"已导出 {count} 行")


def report(
    subject: Annotated[str | None, typer.Option(help="主体编号；缺省见设置 report_subject")] = None,
    since: FromOption = None,
    until: ToOption = None,
    output: Annotated[Path, typer.Option(help="输出文件夹")] = Path("reports-out"),
    send: Annotated[bool, typer.Option("--send", help="同时用邮件发给报告收件人")] = False,
    as_json: JsonOption = False,
) -> None:
    """生成周报（HTML、Word 与可核对的 JSON 存档）；缺省为上一个完整的周。"""
    from yuqing.bootstrap import open_app
    from yuqing.reporting import make_report

    start, end = parse_period(since, until)
    with open_app() as app:
        files = make_report(app, subject, start, end, output, send=send)
    if as_json:
        write_json({name: str(path) for name, path in files.items()})
    else:
        write_lines(f"{name}：{path}" for name, path in files.items())


def _report_ending(head: bytes) -> str:
    if head.startswith(b"PK"):
        return ".docx"
    return ".html" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else ".json"


@verify.command("report")
def verify_report(
    file: Annotated[str, typer.Argument(help="存档的报告（.json、.html 或 .docx）；- 为标准输入")],
) -> None:
    """重新计算报告的每个数字、核对每条引文；不符则列出并以 1 退出。"""
    from reports.verify_file import verify_file
    from yuqing.bootstrap import open_app

    with open_app() as app, file_or_stdin(file, _report_ending) as path:
        app.mentions.refresh()
        mismatches = verify_file(path, app.mentions, app.state)
    write_lines(str(mismatch) for mismatch in mismatches)
    progress("全部相符" if not mismatches else f"{len(mismatches)} 处不符")
    if mismatches:
        raise typer.Exit(1)


@verify.command("audit")
def verify_audit() -> None:
    """核对审计链；断裂处列出并以 1 退出。"""
    from yuqing.bootstrap import open_app

    with open_app() as app:
        breaks = app.audit.verify()
    write_lines(f"{found.entry}：{found.reason}" for found in breaks)
    progress("审计链完整" if not breaks else f"{len(breaks)} 处断裂")
    if breaks:
        raise typer.Exit(1)


def dashboard(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口；缺省见设置 dashboard_port")] = None,
    address: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
) -> None:
    """启动看板。"""
    from config.settings import load_settings
    from yuqing.processes import dashboard_command

    chosen = port or load_settings().dashboard_port
    raise typer.Exit(subprocess.call(dashboard_command(chosen, address)))  # noqa: S603  (our own command line)
