"""采集覆盖: what was seen, what was not, and why; per source."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from reports import proofs
from reports.evidence import Evidence
from reports.labels import minute
from reports.ledger import Gap, SourceHours
from reports.week import Cell, Week, cell
from reports.wording import listed, with_unit
from yuqing.domain.report import Report, Section, Table
from yuqing.domain.subject import Source
from yuqing.labels import OUTCOMES

ID, TITLE = "coverage", "采集覆盖"
COLUMNS = ("来源", "完整（小时）", "其中触顶", "受阻（小时）", "未采（小时）", "完整度", "受阻原因")
MOST_GAPS = 4


def build(week: Week) -> Section:
    """One row per source."""
    rows = tuple(_row(week, source) for source in week.sources)
    return Section(ID, TITLE, tables=(Table("各来源采集情况", COLUMNS, rows),) if rows else ())


def _row(week: Week, source: Source) -> tuple[Cell, ...]:
    def number(name: str, unit: str, what: str) -> Cell:
        proof = proofs.coverage(what, [source.id], week.since, week.until)
        return week.figure(f"{source.name}·{name}", unit, proof)

    hours = week.evidence.hours(source.id, week.since, week.until)
    return (
        source.name,
        number("完整", "小时", "complete"),
        number("触顶", "小时", "saturated"),
        number("受阻", "小时", "blocked"),
        number("未采集", "小时", "missing"),
        number("完整度", "%", "completeness"),
        causes(hours),
    )


def causes(hours: SourceHours) -> str:
    """Why hours were not seen: 要求验证 14 小时."""
    return listed([f"{OUTCOMES[outcome]} {count} 小时" for outcome, count in hours.causes.items()]) or "—"


def sentences(section: Section, report: Report) -> tuple[str, ...]:
    """Which sources have gaps."""
    if not section.tables:
        return ("没有启用的采集来源，数据全部来自导入，本报告不对未导入的内容作任何陈述。",)
    rows = section.tables[0].rows
    return tuple(said for said in (_on_gaps(rows), _on_caps(rows)) if said)


def _on_gaps(rows: Sequence[tuple[Cell, ...]]) -> str:
    broken = [f"{row[0]}（完整度 {with_unit(cell(row, 5))}）" for row in rows if (cell(row, 5).value or 0) < 100]
    if not broken:
        return "所有来源在本期内均完整采集。"
    return f"以下来源存在未采集到的时段：{listed(broken)}。受阻或未采集的时段一律按无数据处理，不计为零。"


def _on_caps(rows: Sequence[tuple[Cell, ...]]) -> str:
    capped = [f"{row[0]} {with_unit(cell(row, 2))}" for row in rows if cell(row, 2).value]
    return f"以下来源在部分时段达到平台展示上限，这些时段的声量为下限：{listed(capped)}。" if capped else ""


def notes(section: Section, evidence: Evidence) -> tuple[str, ...]:
    """The missing times of each source, the longest first; taken from the ledger by the proofs of the table."""
    rows = section.tables[0].rows if section.tables else ()
    return tuple(note for row in rows if (note := _note(row, evidence)))


def row_hours(row: Sequence[Cell], evidence: Evidence) -> SourceHours:
    """The hours that a row of the table speaks of."""
    proof = cell(row, 1).proof
    source = str(cast("Sequence[object]", proof["sources"])[0])
    since, until = (datetime.fromisoformat(str(proof[key])) for key in ("since", "until"))
    return evidence.hours(source, since, until)


def _note(row: Sequence[Cell], evidence: Evidence) -> str:
    gaps = row_hours(row, evidence).gaps()
    if not gaps:
        return ""
    longest = sorted(gaps, key=lambda gap: (gap.since - gap.until, gap.since))[:MOST_GAPS]
    parts = [_said(gap) for gap in sorted(longest, key=lambda gap: gap.since)]
    rest = f"，另有 {len(gaps) - MOST_GAPS} 段较短" if len(gaps) > MOST_GAPS else ""
    return f"{row[0]}：{listed(parts)}{rest}。其间的内容未计入本报告。"


def _said(gap: Gap) -> str:
    cause = OUTCOMES[gap.outcome] if gap.outcome else "未采集"
    return f"{minute(gap.since)} 至 {minute(gap.until)}（{cause}）"
