"""平台分布: where it is said, and how far each platform was seen."""

from dataclasses import replace
from datetime import datetime, timedelta

from reports import proofs
from reports.charting import Curve, charted
from reports.labels import local
from reports.sections.volume import ORDER
from reports.week import ENOUGH, Cell, Week, cell, negative, negative_share
from reports.wording import listed, with_unit
from yuqing.domain.mention import Platform
from yuqing.domain.report import Chart, Report, Section, Table
from yuqing.labels import PLATFORMS, SENTIMENTS

ID, TITLE = "platforms", "平台分布"
STEP = timedelta(hours=6)


def build(week: Week) -> Section:
    """One row per platform, stances by platform, and the curve of each platform with its gaps."""
    platforms = _platforms(week)
    return Section(ID, TITLE, tables=(_table(week, platforms),), charts=_charts(week, platforms))


def _platforms(week: Week) -> tuple[Platform, ...]:
    """Platforms that were to be looked at or have mentions, in the order of the enumeration."""
    found = {facet.value for facet in week.evidence.mentions.facet(week.all, "platform")}
    return tuple(each for each in Platform if each.value in found or week.sources_of(each))


def _table(week: Week, platforms: tuple[Platform, ...]) -> Table:
    columns = ("平台", "提及（条）", "占比", "环比", "负面（条）", "负面占比", "采集完整度")
    return Table("各平台声量", columns, tuple(_row(week, platform) for platform in platforms))


def _row(week: Week, platform: Platform) -> tuple[Cell, ...]:
    name, query = PLATFORMS[platform], replace(week.all, platforms=(platform,))
    seen = proofs.coverage("completeness", week.sources_of(platform), week.since, week.until)
    return (
        name,
        week.counted(f"{name}·提及", query, 1.0),
        week.figure(f"{name}·占比", "%", proofs.share(query, week.all)),
        week.changed(f"{name}·环比", query),
        week.counted(f"{name}·负面", negative(query)),
        negative_share(week, f"{name}·负面占比", query),
        week.figure(f"{name}·采集完整度", "%", seen),
    )


def _charts(week: Week, platforms: tuple[Platform, ...]) -> tuple[Chart, ...]:
    return (_over_time(week, platforms), _stances(week, platforms)) if platforms else ()


def _over_time(week: Week, platforms: tuple[Platform, ...]) -> Chart:
    starts = [week.since + number * STEP for number in range(-((week.since - week.until) // STEP))]
    curves = [Curve(PLATFORMS[each], [_bin_proof(week, each, at) for at in starts]) for each in platforms]
    labels = [f"{local(at):%m-%d}" if local(at).hour == 0 else f"{local(at):%H}时" for at in starts]
    note = "单位：条，每点六小时。灰色为其中有平台采集中断，无数据。"
    return charted(week, "platform_lines", "各平台声量走势", "line", labels, curves, note)


def _bin_proof(week: Week, platform: Platform, at: datetime) -> proofs.Proof:
    query = replace(week.all, platforms=(platform,), since=at, until=min(at + STEP, week.until))
    return proofs.point(query, week.sources_of(platform), ENOUGH)


def _stances(week: Week, platforms: tuple[Platform, ...]) -> Chart:
    curves = [
        Curve(
            SENTIMENTS[label],
            [
                proofs.count(replace(week.all, platforms=(each,), sentiments=(label,)), week.sources_of(each), ENOUGH)
                for each in platforms
            ],
        )
        for label in ORDER
    ]
    names = [PLATFORMS[each] for each in platforms]
    return charted(
        week, "platform_stance", "各平台情感构成", "stacked_bar", names, curves, "单位：条，只含已评分的提及。"
    )


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """The largest platform, the one with the most negative part, and those of which nothing is known."""
    rows = section.tables[0].rows
    return tuple(sentence for sentence in (_largest(rows), _most_negative(rows), _unknown(rows)) if sentence)


def _largest(rows: tuple[tuple[Cell, ...], ...]) -> str:
    known = [row for row in rows if cell(row, 1).value]
    if not known:
        return "没有可用的平台数据。"
    top = max(known, key=lambda row: cell(row, 1).value or 0)
    return f"提及最多的平台是{top[0]}，{with_unit(cell(top, 1))}，占 {with_unit(cell(top, 2))}。"


def _most_negative(rows: tuple[tuple[Cell, ...], ...]) -> str:
    known = [row for row in rows if cell(row, 4).value]
    if not known:
        return ""
    top = max(known, key=lambda row: cell(row, 4).value or 0)
    return f"负面最多的平台是{top[0]}，{with_unit(cell(top, 4))}，占该平台已评分提及的 {with_unit(cell(top, 5))}。"


def _unknown(rows: tuple[tuple[Cell, ...], ...]) -> str:
    names = [str(row[0]) for row in rows if cell(row, 1).value is None]
    return f"{listed(names)}采集不完整且未见提及，按无数据处理，不计为零。" if names else ""
