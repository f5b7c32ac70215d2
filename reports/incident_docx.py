"""The closing file of an incident as one Word document, with the pieces of the weekly report."""

from docx.shared import Cm, Pt

from reports import docx_parts as parts
from reports.incident_sections import sections
from reports.labels import stamp
from reports.render_docx import Writer
from yuqing.domain.incident import Draft
from yuqing.domain.incident_file import IncidentFile
from yuqing.domain.report import Report, Section
from yuqing.labels import INCIDENT_STATUSES


def render_incident(file: IncidentFile) -> bytes:
    """The whole file as the bytes of a .docx file."""
    return _FileWriter(file).write()


class _FileWriter(Writer):
    """A cover of its own, and the words of the statement as they go out."""

    kind = "处置事件档案"

    def __init__(self, file: IncidentFile) -> None:
        incident = file.incident
        super().__init__(
            Report(
                incident.id,
                incident.subject_id,
                file.subject_name,
                incident.began_at,
                incident.closed_at or file.made_at,
                file.made_at,
                sections(file),
            )
        )
        self._file = file

    def _title(self) -> str:
        return f"{self.kind} {self._file.incident.id}"

    def _cover(self) -> None:
        file, incident = self._file, self._file.incident
        for _ in range(6):
            self._document.add_paragraph()
        self._document.add_paragraph(self.kind, style="Subtitle")
        name = self._document.add_paragraph(incident.title, style="Title")
        for run in name.runs:
            run.font.size = Pt(24)
        parts.border(name._p.get_or_add_pPr(), "w:pBdr", bottom=(18, parts.BRAND))
        grade = f"{incident.grade.value} 级（{file.grade_name}） · {INCIDENT_STATUSES[incident.status]}"
        self._document.add_paragraph(f"{file.subject_name} · {grade}", style="Subtitle")
        for _ in range(10):
            self._document.add_paragraph()
        told = (("事件编号", incident.id), ("负责人", incident.owner or "—"), ("编制时间", stamp(file.made_at)))
        for label, text in told:
            self._document.add_paragraph(f"{label}　{text}")
        self._document.add_paragraph("内部资料。不含个人信息；引文为公开内容，已遮盖。")
        self._document.add_page_break()

    def _section(self, number: int, section: Section) -> None:
        super()._section(number, section)
        statement = self._file.incident.statement
        if section.id == "statement" and statement is not None:
            self._words(statement)

    def _words(self, statement: Draft) -> None:
        """The approved statement, in a frame, line by line."""
        self._document.add_heading(f"定稿（第 {statement.number} 稿）", level=2)
        for text in statement.text.splitlines():
            line = self._document.add_paragraph(text)
            line.paragraph_format.left_indent = Cm(0.4)
            parts.border(line._p.get_or_add_pPr(), "w:pBdr", left=(24, parts.BRAND))
