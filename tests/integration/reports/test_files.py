"""The files of a report: HTML that parses, Word that opens, both with the numbers of the archive."""

import json
import warnings
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from shutil import copy

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import html
from PIL import Image

from reports.archive import ReportFiles, docx_lines, html_lines, read_archive, write_files
from reports.charts import describe, gaps, to_png, to_svg
from reports.delivery import report_message
from reports.labels import show
from reports.render_docx import render_docx
from reports.render_html import render_html
from reports.verify import verify
from reports.verify_file import verify_file
from reports.week import figures
from tests.integration.reports.conftest import Told
from yuqing.domain.errors import InputError
from yuqing.domain.report import Chart, Quote, Report, Section

TITLES = [
    "摘要", "声量与情感", "平台分布", "话题分布与负面话题", "竞品对比", "重大事件与处置", "代表性负面提及",
    "代表性正面提及", "采集覆盖", "口径说明",
]  # fmt: skip
TABLES = {
    "情感构成：本周与上周": 5,
    "逐日声量": 7,
    "各平台声量": 3,
    "与同业比较（常态为前四周可比周均值）": 3,
    "各来源采集情况": 3,
}


@pytest.fixture(scope="session")
def report(crisis: Told) -> Report:
    """The report of the eventful week."""
    return crisis.report


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    """Its HTML."""
    return render_html(report)


@pytest.fixture(scope="session")
def word(report: Report) -> bytes:
    """Its Word file."""
    return render_docx(report)


def test_structure(report):
    """The sections in their order, the tables with their rows, the charts."""
    assert [section.title for section in report.sections] == TITLES
    tables = {table.title: len(table.rows) for section in report.sections for table in section.tables}
    assert TABLES.items() <= tables.items()
    charts = [chart.id for section in report.sections for chart in section.charts]
    assert charts == ["daily", "stance", "platform_lines", "platform_stance", "topics", "peers"]


def test_the_report_of_a_real_store_is_confirmed(crisis):
    """SQLite gives the same answers twice."""
    assert verify(crisis.report, crisis.mentions, crisis.state) == []


def test_html_is_one_file_that_says_what_the_report_says(report, page):
    """Every sentence, number and quote is there; no script, nothing loaded from elsewhere."""
    parsed = html.document_fromstring(page)
    assert [heading.text_content()[len(str(n)) :] for n, heading in enumerate(parsed.iter("h2"), 1)] == TITLES
    text = "\n".join(html_lines(page.encode()))
    for section in report.sections:
        assert all(sentence in text for sentence in section.sentences)
        assert all(show(figure) in text for table in section.tables for row in table.rows for figure in row
                   if not isinstance(figure, str))  # fmt: skip
        assert all(quote.text in text for quote in section.quotes)
    assert not list(parsed.iter("script", "link", "iframe"))
    assert all(image.get("src", "").startswith("data:image/svg+xml;base64,") for image in parsed.iter("img"))
    assert all(image.get("alt") for image in parsed.iter("img"))


def test_html_is_the_same_every_time(report, page):
    """Otherwise an archived file could not be compared with its archive."""
    assert render_html(report) == page


def test_a_table_without_rows_is_no_crash(report):
    """A bank that has not switched on any source yet gets its report too."""
    bare = [replace(one, tables=tuple(replace(t, rows=()) for t in one.tables)) for one in report.sections]
    empty = replace(report, sections=tuple(bare))
    for lines in (html_lines(render_html(empty).encode()), docx_lines(render_docx(empty))):
        assert any("各来源采集情况" in line for line in lines)


def test_html_escapes_what_people_wrote(report):
    """A post is text, never markup; an address that is no web address is no link."""
    evil = Quote(
        report.sections[6].quotes[0].mention_id, "<script>alert(1)</script>", "weibo", report.since, "javascript:x"
    )
    page = render_html(replace(report, sections=(Section("voices_negative", "引文", quotes=(evil,)),)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "javascript:x" not in page


def test_word_opens_with_headings_tables_captions_and_pictures(report, word):
    """Real heading styles, one picture per chart with its description, numbered captions, the figures in the tables."""
    document = Document(BytesIO(word))
    headings = [p.text.split("　")[1] for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == TITLES
    charts = [chart for section in report.sections for chart in section.charts]
    assert len(document.inline_shapes) == len(charts)
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert described == [describe(chart) for chart in charts]
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    assert "图 1　每日声量：本周与上周" in captions
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    expected = {show(cell) for section in report.sections for table in section.tables for row in table.rows
                for cell in row if not isinstance(cell, str)}  # fmt: skip
    assert expected <= cells
    assert all(figure.value is None or show(figure) for section in report.sections for figure in figures(section))


def test_word_names_a_han_font_everywhere_and_numbers_its_pages(word, report):
    """No style falls back to a Latin theme font; footer fields; header on all but the cover."""
    document = Document(BytesIO(word))
    for style in ("Normal", "Title", "Heading 1", "Caption", "Quote", "List Bullet", "Header"):
        fonts = document.styles[style].element.find(qn("w:rPr")).find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == "微软雅黑"
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    section = document.sections[0]
    fields = [each.text for each in section.footer._element.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert section.different_first_page_header_footer
    assert document.core_properties.identifier == report.id
    assert document.core_properties.title == "云江银行 舆情周报 2026-03-09—03-15"


def test_charts_have_every_letter_they_need(report):
    """A missing glyph is a warning of matplotlib, and warnings are errors here; pictures are not blank."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for section in report.sections:
            for chart in section.charts:
                picture = Image.open(BytesIO(to_png(chart, dpi=60)))
                assert len(picture.convert("RGB").getcolors(100_000) or ()) > 20
                assert b"<svg" in to_svg(chart)


def test_a_missing_letter_would_be_noticed(report):
    """The check above can fail: a letter that the font lacks does warn."""
    chart = replace(report.sections[1].charts[0], title="x", x=tuple("\U0001f600" for _ in range(7)))
    with pytest.warns(UserWarning, match="Glyph 128512"):
        to_png(chart, dpi=30)


def test_gaps_are_runs_of_unknown_points(report):
    """The blocked night of Weibo is shaded; a chart without unknown points has no shading."""
    lines = next(chart for section in report.sections for chart in section.charts if chart.id == "platform_lines")
    assert list(gaps(lines)) == [(first, last) for first, last in gaps(lines) if last >= first]
    assert sum(last - first + 1 for first, last in gaps(lines)) == 3
    assert list(gaps(Chart("x", "x", "line", ("a", "b"), (("s", (1.0, 0.0)),)))) == []


def test_an_unknown_week_can_be_drawn(report):
    """All values unknown: a shaded frame, no crash, no zero."""
    for kind in ("line", "stacked_bar", "bar"):
        chart = Chart("x", "空", kind, ("一", "二"), (("微博", (None, None)),))
        assert to_png(chart, dpi=40).startswith(b"\x89PNG")
        assert "无数据、无数据" in describe(chart)


def test_archive_round_trip(report, written):
    """JSON, HTML and Word beside each other; the JSON reads back equal; nothing half-written is left."""
    assert read_archive(written.json) == report
    assert sorted(path.name for path in written.json.parent.iterdir()) == [
        f"{report.id}.docx", f"{report.id}.html", f"{report.id}.json",
    ]  # fmt: skip


@pytest.fixture(scope="session")
def written(report: Report, tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    """The three files of the report, written once."""
    return write_files(report, tmp_path_factory.mktemp("written"))


@pytest.fixture
def files(written: ReportFiles, tmp_path: Path) -> ReportFiles:
    """Copies of the three files, to be tampered with."""
    return ReportFiles(*(Path(copy(path, tmp_path)) for path in (written.json, written.html, written.docx)))


def check(path: Path, crisis: Told) -> str:
    """All mismatches of a file in one text."""
    return "\n".join(map(str, verify_file(path, crisis.mentions, crisis.state)))


def test_untouched_files_are_confirmed(files, crisis):
    """All three."""
    assert [check(path, crisis) for path in (files.json, files.html, files.docx)] == ["", "", ""]


def test_a_changed_number_in_the_json_is_named(files, crisis):
    """The number against the store, and the section against the archive."""
    body = json.loads(files.json.read_text())
    figure = body["sections"][0]["figures"][3]
    assert figure["name"] == "负面提及"
    figure["value"] -= 5
    files.json.write_text(json.dumps(body))
    text = check(files.json, crisis)
    assert "〔摘要〕负面提及：报告为" in text
    assert "与库中归档不同" in text


def test_a_changed_proof_in_the_json_is_named(files, crisis):
    """A number with a proof bent to fit still differs from what was archived."""
    body = json.loads(files.json.read_text())
    first, second = body["sections"][0]["figures"][:2]
    first["value"], first["proof"] = second["value"], second["proof"]
    files.json.write_text(json.dumps(body))
    assert "〔摘要〕整节" in check(files.json, crisis)


def test_a_changed_number_in_the_html_is_named(files, crisis, report):
    """What a reader sees is compared with the archive."""
    shown = show(report.sections[0].figures[0])
    files.html.write_text(files.html.read_text().replace(f'<p class="value">{shown}', '<p class="value">9'))
    text = check(files.html, crisis)
    assert "报告为“9" in text
    assert f"核对结果为“{shown}" in text


def test_a_changed_quote_in_the_word_file_is_named(files, crisis, report):
    """One word of a quote, changed in Word."""
    document = Document(str(files.docx))
    (line,) = [p for p in document.paragraphs if report.sections[6].quotes[0].text in p.text]
    line.runs[0].text = line.runs[0].text.replace("云江银行", "某银行")
    document.save(str(files.docx))
    assert "某银行" in check(files.docx, crisis)


def test_a_file_that_is_no_report_is_refused(tmp_path, crisis):
    """By name, with the reason."""
    broken = {
        "a.json": b"{", "b.json": b"[]", "c.json": b'{"id": "x"}', "d.html": b"<p>hello</p>", "e.docx": b"PK",
        "f.pdf": b"%PDF", "g.html": b"",
    }  # fmt: skip
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            verify_file(tmp_path / name, crisis.mentions, crisis.state)
    with pytest.raises(InputError, match="读不出来"):
        verify_file(tmp_path / "none.json", crisis.mentions, crisis.state)


def test_an_html_file_without_its_archive_is_refused(files, crisis):
    """The archive may lie beside it; without any there is nothing to compare with."""
    text = files.html.read_text()
    files.html.write_text(text.replace(crisis.report.id, "weekly-other-20260309-20260316"))
    with pytest.raises(InputError, match="库中没有编号为 weekly-other"):
        verify_file(files.html, crisis.mentions, crisis.state)


def test_the_mail_carries_the_report(report):
    """Subject, summary as text and HTML, Word and HTML attached, one key per report."""
    message = report_message(report)
    assert message.subject == "[周报] 云江银行 舆情周报 2026-03-09—03-15"
    assert message.dedup_key == f"report:{report.id}"
    assert all(sentence in message.text for sentence in report.sections[0].sentences)
    assert message.html is not None
    assert all(note in message.html for note in report.notes)
    assert [attachment.filename for attachment in message.attachments] == [
        "云江银行_舆情周报_2026-03-09—03-15.docx", "云江银行_舆情周报_2026-03-09—03-15.html",
    ]  # fmt: skip
    assert docx_lines(message.attachments[0].content) == docx_lines(render_docx(report))
