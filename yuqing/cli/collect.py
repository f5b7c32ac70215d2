"""Commands that bring mentions in: crawl, import, extract, coverage."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from yuqing.cli.common import (
    FromOption,
    JsonOption,
    QueryOption,
    ToOption,
    local,
    parse_period,
    progress,
    write_json,
    write_lines,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(crawl)
    app.command("import")(import_files)
    app.command()(extract)
    app.command()(coverage)


def crawl(
    sources: Annotated[list[str] | None, typer.Argument(help="来源编号或类型；不写则为全部已启用来源")] = None,
    query: Annotated[str | None, typer.Option("--query", help="只搜这个词，不动游标（缺省为各主体的搜索词）")] = None,
    since: FromOption = None,
    until: ToOption = None,
    owed: Annotated[
        bool, typer.Option("--owed", help="只补采之前没看全、现在又可以请求的部分（yuqing run 会自动做）")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """采集来源；每个切片的结果记入覆盖记录，被拒绝时游标不动。有切片没看全时以 1 退出。"""
    from crawlers.run import crawl as run_crawl
    from yuqing.bootstrap import open_app
    from yuqing.crawl_round import crawl_round, owed_round
    from yuqing.domain.errors import InputError

    start, end = parse_period(since, until)
    if owed and (query or since or until):
        raise InputError("--owed 只补采欠账，不能与 --query、--from、--to 同用")
    with open_app() as app:
        names = tuple(sources or ())
        summary = owed_round(app, run_crawl, names) if owed else crawl_round(app, run_crawl, names, query, start, end)
    data = summary.as_json()
    if as_json:
        write_json(data)
    else:
        write_lines(f"{key}：{value}" for key, value in data.items())
    if not summary.complete:
        raise typer.Exit(1)


def import_files(
    files: Annotated[list[str], typer.Argument(help="CSV、JSONL、JSON、XLSX 或 MediaCrawler 文件；- 为标准输入")],
    mapping: Annotated[str | None, typer.Option("--map", help="映射文件，或 text=评论内容,published_at=时间")] = None,
    preset: Annotated[str | None, typer.Option(help="内置映射名；缺省按列名自动识别")] = None,
    platform: Annotated[str | None, typer.Option(help="文件所属平台（weibo、douyin、feedback 等）")] = None,
    kind: Annotated[str | None, typer.Option(help="提及类型（post、comment、review 等）")] = None,
    subject: Annotated[list[str] | None, typer.Option(help="所有行都归于此主体（可重复）")] = None,
    keep_unmatched: Annotated[bool, typer.Option(help="未提到任何主体的行也保存")] = False,
    as_json: JsonOption = False,
) -> None:
    """导入文件；坏行进隔离文件（注明行号与原因），重复导入不产生新数据。"""
    from crawlers.imports.command import run_imports
    from yuqing.bootstrap import open_app

    quarantined = False
    with open_app() as app:
        for name, summary in run_imports(
            app,
            tuple(files),
            mapping=mapping,
            preset=preset,
            platform=platform,
            kind=kind,
            subjects=tuple(subject or ()),
            keep_unmatched=keep_unmatched,
        ):
            quarantined = quarantined or summary.quarantined > 0
            if as_json:
                write_json(summary.as_json())
            else:
                write_lines([summary.sentence(name)])
    if quarantined:
        raise typer.Exit(1)


def extract(
    file: Annotated[str, typer.Argument(help="保存的网页；- 为标准输入")],
    url: Annotated[str, typer.Option(help="网页的地址")],
) -> None:
    """从一个保存的网页提取标题、正文、时间、来源。"""
    from crawlers.extract.news_page import extract as extract_page
    from yuqing.clocks import SystemClock
    from yuqing.domain.errors import InputError

    try:
        html = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}：无法读取（{error.strerror}）") from None
    write_json(extract_page(html, url, now=SystemClock().now()).as_json())


def coverage(
    query: QueryOption = None,
    since: FromOption = None,
    until: ToOption = None,
    as_json: JsonOption = False,
) -> None:
    """每个来源与查询的覆盖情况：看到了什么，没看到什么，为什么。"""
    from yuqing.bootstrap import open_app
    from yuqing.coverage_view import coverage_rows

    start, end = parse_period(since, until)
    with open_app() as app:
        rows = coverage_rows(app.state, query, start, end)
    if as_json:
        for row in rows:
            write_json(row.as_json())
        return
    if not rows:
        progress("还没有覆盖记录：先运行 yuqing crawl")
    write_lines(
        f"{row.source}  {row.query}  {row.label}（{row.status}）  已核实至 {local(row.complete_until)}  "
        f"未看到 {row.incomplete} 段  饱和 {row.saturated} 段  最近检查 {local(row.checked_at)}"
        for row in rows
    )
