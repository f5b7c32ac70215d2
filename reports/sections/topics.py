"""话题分布与负面话题: what it is about, the worst first."""

from dataclasses import replace

from reports import proofs
from reports.charting import Curve, charted
from reports.sections.volume import ORDER
from reports.week import ENOUGH, Cell, Week, cell, judged, negative, negative_share
from reports.wording import trend, with_unit
from yuqing.domain.report import Chart, Figure, Report, Section, Table
from yuqing.domain.subject import TopicDefinition
from yuqing.labels import SENTIMENTS

ID, TITLE = "topics", "话题分布与负面话题"
TOP = 3
CHARTED = 8
SEVERE = 2


def build(week: Week) -> Section:
    """One row per topic that was spoken of, and a chart of the loudest."""
    found = {
        facet.value: facet.count for facet in week.evidence.mentions.facet(week.all, "topic", len(week.topics) + 1)
    }
    spoken = [topic for topic in week.topics if found.get(topic.id)]
    rows = sorted((_row(week, topic) for topic in spoken), key=_negatives_first)
    columns = ("话题", "提及（条）", "占比", "负面（条）", "负面占比", "高风险（条）", "负面环比")
    table = Table("各话题声量（按负面排序，一条提及可有多个话题）", columns, tuple(rows))
    return Section(ID, TITLE, tables=(table,) if rows else (), charts=_charts(week, spoken, rows))


def _row(week: Week, topic: TopicDefinition) -> tuple[Cell, ...]:
    name, query = topic.name, replace(week.all, topics=(topic.id,))
    return (
        name,
        week.counted(f"{name}·提及", query),
        week.figure(f"{name}·占比", "%", proofs.share(query, judged(week.all))),
        week.counted(f"{name}·负面", negative(query)),
        negative_share(week, f"{name}·负面占比", query),
        week.counted(f"{name}·高风险", replace(query, min_severity=SEVERE)),
        week.changed(f"{name}·负面环比", negative(query)),
    )


def _negatives_first(row: tuple[Cell, ...]) -> tuple[float, float]:
    return -(cell(row, 3).value or 0), -(cell(row, 1).value or 0)


def _charts(week: Week, spoken: list[TopicDefinition], rows: list[tuple[Cell, ...]]) -> tuple[Chart, ...]:
    ids = {topic.name: topic.id for topic in spoken}
    names = [str(row[0]) for row in rows[:CHARTED]]
    curves = [
        Curve(
            SENTIMENTS[label],
            [
                proofs.count(replace(week.all, topics=(ids[name],), sentiments=(label,)), week.source_ids, ENOUGH)
                for name in names
            ],
        )
        for label in ORDER
    ]
    note = f"单位：条，负面最多的 {len(names)} 个话题。"
    return (charted(week, "topics", "主要话题的情感构成", "stacked_bar", names, curves, note),) if names else ()


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """The topics with most negative mentions, and where crises hide."""
    if not section.tables:
        return ("没有已评分的提及，话题分布无数据。",)
    rows = section.tables[0].rows
    return tuple(_line(number, row) for number, row in enumerate(rows[:TOP], start=1) if cell(row, 3).value) or (
        "各话题均未见负面提及。",
    )


def _line(number: int, row: tuple[Cell, ...]) -> str:
    change: Figure = cell(row, 6)
    compared = "无可比的上周数据" if change.value is None else f"较上周{trend(change)}"
    return (
        f"负面话题第 {number} 位：{row[0]}，负面 {with_unit(cell(row, 3))}，"
        f"占该话题的 {with_unit(cell(row, 4))}，{compared}；其中高风险提及 {with_unit(cell(row, 5))}。"
    )
