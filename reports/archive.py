"""Report files: the JSON archive with the HTML and Word files beside it, and reading them back."""

import json
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn
from lxml import etree, html

from reports.render_docx import render_docx
from reports.render_html import render_html
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import InputError, StoreError
from yuqing.domain.report import Report

_SILENT = ("script", "style", "title")


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where a report was written to."""

    json: Path
    html: Path
    docx: Path


def write_files(report: Report, folder: Path) -> ReportFiles:
    """Write ID.json, ID.html and ID.docx; each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    files = ReportFiles(*(folder / f"{report.id}.{ending}" for ending in ("json", "html", "docx")))
    _write(files.json, json.dumps(to_json(report), ensure_ascii=False, indent=1).encode())
    _write(files.html, render_html(report).encode())
    _write(files.docx, render_docx(report))
    return files


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def read_archive(path: Path) -> Report:
    """The report of a JSON archive. Raises InputError naming the file."""
    try:
        body = json.loads(_read(path))
        return from_json(Report, body)
    except (ValueError, AttributeError, TypeError, StoreError) as error:
        raise InputError(f"{path.name} 不是周报归档：{error}") from None


def html_lines(content: bytes) -> list[str]:
    """What a reader of the HTML file reads, line by line; pictures by their alternative text."""
    page = html.document_fromstring(content)
    etree.strip_elements(page, *_SILENT, with_tail=False)
    lines = []
    for element in page.iter():
        if element.tag == "img":
            lines.append(element.get("alt", ""))
        lines += [element.text or "", *(child.tail or "" for child in element)]
    return [text for line in lines if (text := " ".join(line.split()))]


def html_report_id(content: bytes) -> str:
    """The archive id that the HTML file names; empty when it names none."""
    metas = html.document_fromstring(content).iter("meta")
    return next((meta.get("content", "") for meta in metas if meta.get("name") == "yuqing-report"), "")


def docx_lines(content: bytes) -> list[str]:
    """What a reader of the Word file reads, paragraph by paragraph; pictures by their alternative text."""
    body = Document(BytesIO(content)).element.body
    lines = ["".join(text.text or "" for text in paragraph.iter(qn("w:t"))) for paragraph in body.iter(qn("w:p"))]
    lines += [picture.get("descr", "") for picture in body.iter(qn("wp:docPr"))]
    return [text for line in lines if (text := " ".join(line.split()))]


def docx_report_id(content: bytes) -> str:
    """The archive id that the Word file names; empty when it names none."""
    return str(Document(BytesIO(content)).core_properties.identifier or "")


def read_file(path: Path) -> bytes:
    """The bytes of an .html or .docx file that can be opened. Raises InputError naming the file."""
    content = _read(path)
    try:
        _ = html_report_id(content) if path.suffix == ".html" else docx_report_id(content)
    except (ValueError, KeyError, etree.LxmlError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} 打不开：{error}") from None
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} 读不出来：{error.strerror}") from None
