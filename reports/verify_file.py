"""Verify a file of a report: what it says against its archive, and the archive against the stores."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from reports import archive
from reports.render_docx import render_docx
from reports.render_html import render_html
from reports.verify import Mismatch, verify
from yuqing.domain.errors import InputError
from yuqing.domain.ports import MentionStore, StateStore
from yuqing.domain.report import Report
from yuqing.jobs.report import load_report

MISSING = "（缺）"


def verify_file(path: Path, mentions: MentionStore, state: StateStore) -> list[Mismatch]:
    """Everything in a .json, .html or .docx report that is not confirmed. Raises InputError for any other file.

    An HTML or Word file names its archive; it is compared with the archive word for word, and the archive with the
    stores. Pictures are compared by their alternative text, which holds the numbers that they show.
    """
    match path.suffix.lower():
        case ".json":
            report = archive.read_archive(path)
            return [*_against_archive(report, state), *verify(report, mentions, state)]
        case ".html":
            content = archive.read_file(path)
            report = _archived(path, archive.html_report_id(content), state)
            changed = _text(archive.html_lines(content), archive.html_lines(render_html(report).encode()))
        case ".docx":
            content = archive.read_file(path)
            report = _archived(path, archive.docx_report_id(content), state)
            changed = _text(archive.docx_lines(content), archive.docx_lines(render_docx(report)))
        case _:
            raise InputError(f"{path.name}：只能复核 .json、.html 或 .docx 格式的周报")
    return [*changed, *verify(report, mentions, state)]


def _archived(path: Path, id: str, state: StateStore) -> Report:
    if not id:
        raise InputError(f"{path.name} 没有写明归档编号，不是本系统生成的周报")
    report = load_report(state, id)
    beside = path.with_suffix(".json")
    if report is None and beside.is_file():
        report = archive.read_archive(beside)
    if report is None or report.id != id:
        raise InputError(f"{path.name}：库中没有编号为 {id} 的归档，旁边也没有 {beside.name}")
    return report


def _against_archive(report: Report, state: StateStore) -> Iterator[Mismatch]:
    """A file may carry other proofs than the archive that was sent; where there is an archive, it counts."""
    stored = load_report(state, report.id)
    if stored is None or stored == report:
        return
    for ours, theirs in zip(report.sections, stored.sections, strict=False):
        if ours != theirs:
            yield Mismatch(ours.title, "整节", "文件中的内容", "与库中归档不同")
    if [each.id for each in report.sections] != [each.id for each in stored.sections]:
        yield Mismatch("全文", "章节", f"{len(report.sections)} 节", f"库中归档为 {len(stored.sections)} 节")
    if (report.since, report.until, report.compiled_at) != (stored.since, stored.until, stored.compiled_at):
        yield Mismatch("封面", "时间", f"{report.compiled_at:%Y-%m-%d %H:%M}", f"{stored.compiled_at:%Y-%m-%d %H:%M}")


def _text(here: Sequence[str], there: Sequence[str]) -> Iterator[Mismatch]:
    matcher = SequenceMatcher(None, here, there, autojunk=False)
    for kind, first, last, other_first, other_last in matcher.get_opcodes():
        if kind != "equal":
            reported, found = here[first:last], there[other_first:other_last]
            yield Mismatch("文件", _place(here, first), _joined(reported), _joined(found))


def _place(lines: Sequence[str], at: int) -> str:
    return f"“{lines[at - 1][:24]}”之后" if at else "开头"


def _joined(lines: Sequence[str]) -> str:
    return " / ".join(lines) if lines else MISSING
