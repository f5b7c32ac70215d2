"""The command that shows what is behind a subject's numbers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from nlp.keywords import Keyword
    from yuqing.insight import Insight

_SHOWN = 10
_WEEK = timedelta(days=7)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(insight)


def insight(
    subject: Annotated[str, typer.Argument(help="主体编号，见 subjects.yml")],
    since: FromOption = None,
    until: ToOption = None,
    as_json: JsonOption = False,
) -> None:
    """洞察：一个主体近 7 天（或所给时段）的关键词、影响指数、传播者与媒体、需求信号，各带提及编号。"""
    from yuqing.bootstrap import open_app
    from yuqing.insight import InsightReader
    from yuqing.seen import assess_period

    start, end = parse_period(since, until)
    with open_app() as app:
        watched = subject_named(app.subjects, subject)
        end = end or app.clock.now()
        start = start or end - _WEEK
        found = InsightReader(app.mentions, app.subjects).read(watched, start, end)
        seen = assess_period(app, start, end)
        names = {each.id: each.name for each in app.topics}
    if as_json:
        write_json({"subject": subject, **found.as_json(), "is_complete": seen is None or seen.is_complete})
    else:
        write_lines([f"{watched.name}  {local(start)} 至 {local(end)}", *_lines(found, names)])
    if seen is not None and not seen.is_complete:
        progress("这个时段采集不完整：没有看到不等于没有，见 yuqing volume 与看板“采集”页")
    if found.unscored:
        progress(f"{found.unscored} 条还没有评分：负面关键词、影响指数与需求是下限")
    if not found.is_whole:
        progress(f"共 {found.total} 条提及，只分析了最新的 {found.read} 条")


def _lines(found: "Insight", topics: Mapping[str, str]) -> Iterator[str]:
    weight = found.impact
    yield f"提及 {found.total} 条；影响指数 {weight.index:.0f}（平常为 29），负面事项 {len(weight.stories)} 个"
    yield "关键词（与此前 28 天相比）：" + _terms(found.keywords)
    yield "负面关键词：" + _terms(found.complaints)
    media = found.media
    reached = "未知" if media.reach is None else f"{media.reach:,}"
    yield f"媒体：{media.outlets} 家 {media.mentions} 条，最早 {local(media.first_at)}，估计触达 {reached}"
    yield from _voices(found)
    yield from _demands(found, topics)


def _terms(keywords: "Sequence[Keyword]") -> str:
    return "、".join(f"{each.term}（{each.stories}）" for each in keywords[:_SHOWN]) or "无"


def _voices(found: "Insight") -> Iterator[str]:
    from yuqing.labels import AUTHOR_KINDS, FOLLOWERS, PLATFORMS

    for voice in found.voices[:_SHOWN]:
        reached = "未知" if voice.reach is None else f"{voice.reach:,}"
        negative = "未评分" if voice.negative is None else f"负面 {voice.negative}"
        mark = "  ★意见领袖" if voice.is_leader else ""
        who = f"{PLATFORMS[voice.platform]}  {voice.name}  {AUTHOR_KINDS[voice.kind]}，{FOLLOWERS[voice.followers]}"
        yield (f"传播者  {who}  {voice.mentions} 条（{negative}）  估计触达 {reached}{mark}")


def _demands(found: "Insight", topics: Mapping[str, str]) -> Iterator[str]:
    from yuqing.labels import DEMANDS

    for signal in found.demands[:_SHOWN]:
        name, example = topics.get(signal.product, signal.product), signal.examples[0][1]
        yield f"需求  {name}  {DEMANDS[signal.kind]} {signal.stories} 例，如：{example.sentence}"
