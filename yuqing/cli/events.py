"""The command that shows the events behind a subject's negative mentions."""

from datetime import timedelta
from typing import Annotated

import typer

from yuqing.cli.common import (
    FromOption,
    JsonOption,
    ToOption,
    local,
    parse_period,
    progress,
    subject_named,
    write_json,
    write_lines,
)

_WEEK = timedelta(days=7)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(events)


def events(
    subject: Annotated[str, typer.Argument(help="主体编号，见 subjects.yml")],
    since: FromOption = None,
    until: ToOption = None,
    least: Annotated[int, typer.Option(min=1, help="至少多少条才算一个事件")] = 3,
    as_json: JsonOption = False,
) -> None:
    """事件：一个主体近 7 天（或所给时段）的负面提及按事聚成事件，各有标签、首发、时间线与平台扩散。"""
    from yuqing.bootstrap import open_app
    from yuqing.events_view import EventReader, spread_words
    from yuqing.events_view import as_json as plain
    from yuqing.seen import assess_period

    start, end = parse_period(since, until)
    with open_app() as app:
        watched = subject_named(app.subjects, subject)
        end = end or app.clock.now()
        start = start or end - _WEEK
        found = EventReader(app.mentions, app.subjects).read(watched, start, end, least)
        seen = assess_period(app, start, end)
    for event in found.events:
        if as_json:
            write_json(plain(event))
        else:
            label = " · ".join(event.label) or "（没有突出的词）"
            times = f"{local(event.first_at)} 至 {local(event.last_at)}"
            write_lines([f"{label}  {len(event.mention_ids)} 条  {times}  {spread_words(event)}  首发 {event.first}"])
    if seen is not None and not seen.is_complete:
        progress("这个时段采集不完整：没有看到不等于没有，见 yuqing volume 与看板“采集”页")
    if found.unscored:
        progress(f"{found.unscored} 条还没有评分，不在事件之中")
    if not found.is_whole:
        progress(f"共 {found.total} 条负面提及，只分析了最新的 {found.read} 条")
