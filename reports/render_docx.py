"""The report as a Word document: real styles, captions with numbers, a table of contents, page numbers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_ALIGN_VERTICAL, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from reports import docx_parts as parts
from reports.charts import describe, to_png
from reports.labels import NO_DATA, minute, period, show, stamp, title
from reports.render_html import cards, platform_name
from reports.week import Cell
from yuqing.domain.report import Chart, Figure, Quote, Report, Section, Table

TEXT_WIDTH = 17.0  # centimetres
CARDS_PER_ROW = 3


def render_docx(report: Report) -> bytes:
    """The whole report as the bytes of a .docx file."""
    return Writer(report).write()


class Writer:
    """Writes one document from top to bottom; counts tables and figures. Another kind of document has its own cover."""

    kind = "舆情周报"

    def __init__(self, report: Report) -> None:
        self._report = report
        self._document: Any = Document()
        self._numbers = {"表": 0, "图": 0}

    def write(self) -> bytes:
        """The bytes of the file."""
        self._set_up()
        self._cover()
        self._contents()
        for number, section in enumerate(self._report.sections, start=1):
            self._section(number, section)
        out = BytesIO()
        self._document.save(out)
        return out.getvalue()

    def _set_up(self) -> None:
        document = self._document
        parts.style_fonts(document)
        parts.style(document, "Normal", 10.5).paragraph_format.space_after = Pt(4)
        parts.style(document, "Title", 30, parts.BRAND, bold=True)
        parts.style(document, "Subtitle", 16, parts.SOFT)
        heading = parts.style(document, "Heading 1", 16, parts.BRAND, bold=True)
        heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(18), Pt(8)
        parts.style(document, "Heading 2", 12, parts.BRAND, bold=True)
        parts.style(document, "Caption", 9.5, parts.INK, bold=True)
        for name in ("List Bullet", "List Number", "Quote", "Header", "Footer"):
            parts.style(document, name, 9 if name in ("Header", "Footer") else 10.5)
        self._properties()
        self._page(document.sections[0])

    def _properties(self) -> None:
        properties = self._document.core_properties
        properties.title, properties.subject = self._title(), self.kind
        properties.author, properties.identifier = "舆情监测系统", self._report.id
        properties.language, properties.comments = "zh-CN", ""
        made: datetime = self._report.compiled_at.astimezone(UTC).replace(tzinfo=None)
        properties.created = properties.modified = made

    def _title(self) -> str:
        return title(self._report)

    def _page(self, section: Any) -> None:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm((21 - TEXT_WIDTH) / 2)
        section.top_margin = section.bottom_margin = Cm(2.2)
        section.different_first_page_header_footer = True
        head = section.header.paragraphs[0]
        head.text, head.alignment = self._title(), WD_ALIGN_PARAGRAPH.RIGHT
        parts.border(head._p.get_or_add_pPr(), "w:pBdr", bottom=(6, parts.LINE))
        parts.page_numbers(section.footer.paragraphs[0])

    def _cover(self) -> None:
        report = self._report
        for _ in range(7):
            self._document.add_paragraph()
        self._document.add_paragraph(self.kind, style="Subtitle")
        name = self._document.add_paragraph(report.subject_name, style="Title")
        parts.border(name._p.get_or_add_pPr(), "w:pBdr", bottom=(18, parts.BRAND))
        self._document.add_paragraph(period(report.since, report.until), style="Subtitle")
        for _ in range(12):
            self._document.add_paragraph()
        for label, text in (("编制时间", stamp(report.compiled_at)), ("归档编号", report.id)):
            line = self._document.add_paragraph()
            _coloured(line.add_run(f"{label}　"), parts.SOFT)
            line.add_run(text)
        self._document.add_page_break()

    def _contents(self) -> None:
        """Titles stand there at once; Word adds page numbers when the field is updated (F9)."""
        head = self._document.add_paragraph()
        run = _coloured(head.add_run("目　录"), parts.BRAND)
        run.bold, run.font.size = True, Pt(16)
        lines = [self._document.add_paragraph() for _ in self._report.sections]
        if lines:
            parts.field_start(lines[0], 'TOC \\o "1-1" \\h \\z \\u')
        for number, (line, section) in enumerate(zip(lines, self._report.sections, strict=True), start=1):
            line.add_run(f"{number}　{section.title}")
        if lines:
            parts.field_end(lines[-1])
        self._document.add_page_break()

    def _section(self, number: int, section: Section) -> None:
        self._document.add_heading(f"{number}　{section.title}", level=1)
        if section.id == "summary":
            self._cards()
        for sentence in section.sentences:
            self._document.add_paragraph(sentence, "List Number" if section.id == "definitions" else "List Bullet")
        for table in section.tables:
            self._table(table)
        for chart in section.charts:
            self._chart(chart)
        for quote in section.quotes:
            self._quote(quote)
        if section.id == "coverage" and self._report.notes:
            self._document.add_heading("数据缺口", level=2)
            for note in self._report.notes:
                self._document.add_paragraph(note, style="List Bullet")

    def _cards(self) -> None:
        found = cards(self._report)
        table = self._document.add_table(rows=-(-len(found) // CARDS_PER_ROW), cols=CARDS_PER_ROW)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        edge = (24, "FFFFFF")
        parts.border(table._tbl.tblPr, "w:tblBorders", insideH=edge, insideV=edge)
        for place, card in enumerate(found):
            cell = table.cell(place // CARDS_PER_ROW, place % CARDS_PER_ROW)
            parts.shade(cell, parts.PALE)
            _fill_card(cell, card)
        self._document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _caption(self, kind: str, text: str) -> None:
        self._numbers[kind] += 1
        line = self._document.add_paragraph(style="Caption")
        line.paragraph_format.keep_with_next = kind == "表"
        line.paragraph_format.space_before = Pt(8 if kind == "表" else 0)
        line.add_run(f"{kind} ")
        parts.field(line, f"SEQ {kind} \\* ARABIC", str(self._numbers[kind]))
        line.add_run(f"　{text}")

    def _table(self, table: Table) -> None:
        self._caption("表", table.title)
        made = self._document.add_table(rows=1, cols=len(table.columns))
        made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        line = (4, parts.LINE)
        parts.border(made._tbl.tblPr, "w:tblBorders", top=(8, parts.BRAND), bottom=(8, parts.BRAND), insideH=line)
        parts.repeat_header(made.rows[0])
        for row in table.rows:
            parts.keep_together(made.add_row())
            _fill_row(made.rows[-1], row, shaded=len(made.rows) % 2 == 1)
        _fill_header(made.rows[0], table)
        for column, width in zip(made.columns, _widths(table), strict=True):
            column.width = Cm(width)  # the grid: LibreOffice goes by it
            for cell in column.cells:  # Word goes by these
                cell.width = Cm(width)
        self._document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _chart(self, chart: Chart) -> None:
        line = self._document.add_paragraph()
        line.alignment, line.paragraph_format.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, True
        run = line.add_run()
        run.add_picture(BytesIO(to_png(chart)), width=Cm(TEXT_WIDTH))
        parts.describe_picture(run, describe(chart))
        self._caption("图", chart.title)
        if chart.note:
            _small(self._document.add_paragraph(chart.note))

    def _quote(self, quote: Quote) -> None:
        line = self._document.add_paragraph(f"“{quote.text}”", style="Quote")
        line.paragraph_format.keep_with_next, line.paragraph_format.space_after = True, Pt(0)
        parts.border(line._p.get_or_add_pPr(), "w:pBdr", left=(24, parts.BRAND))
        source = self._document.add_paragraph(
            f"{platform_name(quote.platform)} · {minute(quote.published_at)} · {quote.url or quote.mention_id}", "Quote"
        )
        parts.border(source._p.get_or_add_pPr(), "w:pBdr", left=(24, parts.BRAND))
        source.paragraph_format.space_after = Pt(8)
        _small(source)


def _coloured(run: Any, colour: str) -> Any:
    run.font.color.rgb = RGBColor.from_string(colour)
    return run


def _small(paragraph: Any) -> None:
    for run in paragraph.runs:
        _coloured(run, parts.SOFT).font.size = Pt(8.5)


def _fill_card(cell: Any, card: dict[str, str]) -> None:
    first = cell.paragraphs[0]
    _coloured(first.add_run(card["label"]), parts.SOFT).font.size = Pt(9)
    value = cell.add_paragraph()
    run = value.add_run(card["value"])
    run.bold, run.font.size = card["value"] != NO_DATA, Pt(20 if card["value"] != NO_DATA else 15)
    if card["unit"]:
        _coloured(value.add_run(f" {card['unit']}"), parts.SOFT).font.size = Pt(9)
    _coloured(cell.add_paragraph().add_run(card["remark"]), parts.SOFT).font.size = Pt(9)
    for line in cell.paragraphs:
        line.paragraph_format.space_after = Pt(2)


def _fill_header(row: Any, table: Table) -> None:
    for place, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
        parts.shade(cell, parts.BRAND)
        run = _coloured(cell.paragraphs[0].add_run(column), "FFFFFF")
        run.bold, run.font.size = True, Pt(9)
        cell.paragraphs[0].paragraph_format.space_before = cell.paragraphs[0].paragraph_format.space_after = Pt(1.5)
        cell.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
        if _is_number_column(table, place):
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _fill_row(row: Any, values: Sequence[Cell], *, shaded: bool) -> None:
    for place, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
        line = cell.paragraphs[0]
        line.paragraph_format.space_before = line.paragraph_format.space_after = Pt(1.5)
        run = line.add_run(show(value) if isinstance(value, Figure) else value)
        run.font.size, run.bold = Pt(9), place == 0
        if isinstance(value, Figure):
            line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _coloured(run, parts.SOFT if value.value is None else parts.INK)
        if shaded:
            parts.shade(cell, parts.PALE)


def _is_number_column(table: Table, place: int) -> bool:
    return bool(table.rows) and isinstance(table.rows[0][place], Figure)


def _widths(table: Table) -> list[float]:
    """Column widths in centimetres by the longest text of each column, within bounds."""
    texts = [[column, *(_text(row[place]) for row in table.rows)] for place, column in enumerate(table.columns)]
    weights = [min(max(_room(text) for text in column), 26.0) + 3.2 for column in texts]
    return [TEXT_WIDTH * weight / sum(weights) for weight in weights]


def _text(value: Cell) -> str:
    return show(value) if isinstance(value, Figure) else value


def _room(text: str) -> float:
    """The width of a text in Han characters."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in text)
