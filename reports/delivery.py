"""The report as a message: the summary in the mail, the whole report attached as Word and HTML."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.labels import title
from reports.render_docx import render_docx
from reports.render_html import cards, render_html
from yuqing.domain.alert import Attachment, Message
from yuqing.domain.report import Report
from yuqing.jobs.report import dedup_key

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def report_message(report: Report) -> Message:
    """[周报] 云江银行 舆情周报 2026-03-09—03-15, with two attachments. One dedup key per report."""
    heading = title(report)
    name = heading.replace(" ", "_")
    return Message(
        subject=f"[周报] {heading}",
        text=_text(report),
        html=_environment().get_template("mail.html.j2").render(report=report, heading=heading, cards=cards(report)),
        dedup_key=dedup_key(report.id),
        attachments=(
            Attachment(f"{report.id}.docx", f"{name}.docx", WORD, render_docx(report)),
            Attachment(f"{report.id}.html", f"{name}.html", "text/html", render_html(report).encode()),
        ),
        payload=_payload(report),
    )


def summary_lines(report: Report) -> tuple[str, ...]:
    """The sentences of the summary, then what is missing."""
    said = next((section.sentences for section in report.sections if section.id == "summary"), ())
    return (*said, *(f"数据缺口：{note}" for note in report.notes))


def _text(report: Report) -> str:
    lines = (
        title(report),
        "",
        *summary_lines(report),
        "",
        "全文见附件（Word 与 HTML，内容相同）。",
        f"归档编号：{report.id}",
    )
    return "\n".join(lines)


def _payload(report: Report) -> dict[str, object]:
    return {
        "type": "report",
        "id": report.id,
        "subject": report.subject_id,
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "summary": list(summary_lines(report)),
    }


def _environment() -> Environment:
    return Environment(loader=PackageLoader("reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
