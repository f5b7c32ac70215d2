"""Verify a report: every number, sentence and quote again from the stores; what does not fit is named."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reports.compile import written_again
from reports.evidence import Evidence
from reports.labels import NO_DATA, minute, show, show_number
from reports.measures import evaluate
from reports.sections import coverage, events, stories
from reports.week import Cell, figures
from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionId, Platform
from yuqing.domain.ports import MentionStore, StateStore, StoredMention
from yuqing.domain.report import Chart, Figure, Quote, Report, Section, Table
from yuqing.labels import PLATFORMS

# Only what floating-point sums may differ by.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that the stores do not confirm."""

    section: str
    item: str
    reported: str
    found: str

    def __str__(self) -> str:
        return f"〔{self.section}〕{self.item}：报告为“{self.reported}”，核对结果为“{self.found}”"


def verify(report: Report, mentions: MentionStore, state: StateStore) -> list[Mismatch]:
    """Everything in the report that the stores do not confirm; empty when all is well."""
    mentions.refresh()
    evidence = Evidence(mentions, state)
    found = [mismatch for section in report.sections for mismatch in _section(section, report, evidence)]
    return [*found, *_notes(report, evidence)]


def _section(section: Section, report: Report, evidence: Evidence) -> Iterator[Mismatch]:
    for figure in figures(section):
        yield from _figure(section, figure, evidence)
    for table in section.tables:
        for row in table.rows:
            yield from _row(section, table, row, evidence)
    for chart in section.charts:
        yield from _chart(section, chart, evidence)
    yield from _quotes(section, evidence)
    yield from _lines(section.title, "文字", section.sentences, written_again(section, report))


def _figure(section: Section, figure: Figure, evidence: Evidence) -> Iterator[Mismatch]:
    try:
        found = evaluate(figure.proof, evidence)
    except InputError as error:
        yield Mismatch(section.title, figure.name, show(figure), str(error))
        return
    if not _same(figure.value, found):
        shown = NO_DATA if found is None else show_number(found, figure.unit)
        yield Mismatch(section.title, figure.name, _exact(figure, shown), shown)


def _exact(figure: Figure, other: str) -> str:
    """The figure as shown; in full where rounding would hide the difference."""
    return repr(figure.value) if show(figure) == other else show(figure)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _row(section: Section, table: Table, row: tuple[Cell, ...], evidence: Evidence) -> Iterator[Mismatch]:
    label = str(row[0])
    for value in row:
        if isinstance(value, Figure) and not value.name.startswith(f"{label}·"):
            yield Mismatch(section.title, f"{table.title}第一列", label, value.name)
    words = tuple(value for value in row if isinstance(value, str))
    expected = _words(section, row, evidence)
    if expected is not None and words != expected:
        yield Mismatch(section.title, f"{label}一行的文字", "，".join(words), "，".join(expected))


def _words(section: Section, row: tuple[Cell, ...], evidence: Evidence) -> tuple[str, ...] | None:
    """The words that a row must hold where they come from a store."""
    if section.id == coverage.ID:
        return str(row[0]), coverage.causes(coverage.row_hours(row, evidence))
    if section.id == stories.ID:
        return stories.words(row, evidence)
    if section.id != events.ID:
        return None
    proof = next(value.proof for value in row if isinstance(value, Figure))
    alert = evidence.alert(str(proof["id"]))
    return ("预警不存在",) if alert is None else events.words(alert, datetime.fromisoformat(str(proof["until"])))


def _chart(section: Section, chart: Chart, evidence: Evidence) -> Iterator[Mismatch]:
    if [len(values) for _, values in chart.series] != [len(proofs) for proofs in chart.proofs]:
        yield Mismatch(section.title, chart.title, f"{len(chart.series)} 条曲线", "依据不全")
        return
    for (name, values), proofs in zip(chart.series, chart.proofs, strict=True):
        for label, value, proof in zip(chart.x, values, proofs, strict=True):
            yield from _point(section, f"{chart.title}·{name}·{label.split()[0]}", value, proof, evidence)


def _point(
    section: Section, item: str, value: float | None, proof: Mapping[str, object], evidence: Evidence
) -> Iterator[Mismatch]:
    try:
        found = evaluate(proof, evidence)
    except InputError as error:
        yield Mismatch(section.title, item, _plain(value), str(error))
        return
    if not _same(value, found):
        yield Mismatch(section.title, item, _plain(value), _plain(found))


def _plain(value: float | None) -> str:
    return NO_DATA if value is None else f"{value:g}"


def _quotes(section: Section, evidence: Evidence) -> Iterator[Mismatch]:
    ids = [quote.mention_id for quote in section.quotes]
    stored = evidence.mentions.get(ids) if ids else {}
    for quote in section.quotes:
        reason = _against(quote, stored)
        if reason:
            yield Mismatch(section.title, f"引文 {quote.mention_id}", quote.text, reason)


def _against(quote: Quote, stored: Mapping[MentionId, StoredMention]) -> str:
    """Why a quote does not hold; empty when it stands literally in the stored text."""
    found = stored.get(quote.mention_id)
    if found is None:
        return "库中没有这条提及"
    if found.deleted_at is not None:
        return "原文已被平台删除，不得再引用"
    mention = found.mention
    if not quote.text or not any(quote.text in text for text in (mention.text, mention.title or "")):
        return "库中原文没有这段文字"
    if (quote.platform, quote.published_at, quote.url) != (mention.platform.value, mention.published_at, mention.url):
        place = PLATFORMS[Platform(mention.platform)]
        return f"出处不符，应为{place} {minute(mention.published_at)} {mention.url}"
    return ""


def _lines(section: str, item: str, reported: tuple[str, ...], found: tuple[str, ...]) -> Iterator[Mismatch]:
    for number in range(max(len(reported), len(found))):
        here = reported[number] if number < len(reported) else "（缺）"
        there = found[number] if number < len(found) else "（无此句）"
        if here != there:
            yield Mismatch(section, f"{item}第 {number + 1} 句", here, there)


def _notes(report: Report, evidence: Evidence) -> Iterator[Mismatch]:
    section = next((each for each in report.sections if each.id == coverage.ID), None)
    expected = coverage.notes(section, evidence) if section else ()
    yield from _lines("数据缺口", "说明", report.notes, expected)
