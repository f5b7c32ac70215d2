"""The closing file of an incident as one Word file."""

import re
from pathlib import Path

from reports.incident_docx import render_incident
from yuqing.domain.errors import InputError
from yuqing.domain.incident import Incident
from yuqing.host import Host
from yuqing.incidents.desk import person
from yuqing.incidents.office import Office, open_office

_UNFIT = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')


def file_name(incident: Incident) -> str:
    """处置事件-20260314-ab12c-手机银行登录异常.docx."""
    title = _UNFIT.sub("_", incident.title)[:40].strip("_.")
    return f"处置事件-{incident.id}-{title}.docx"


def file_bytes(office: Office, incident_id: str, by: str) -> bytes:
    """The Word file; who took it out is on record."""
    incident = office.book.get(incident_id)
    office.book.audit(person(by), "incident.export", incident_id, {})
    return render_incident(office.files.make(incident))


def export_file(host: Host, incident_id: str, output: Path, by: str) -> Path:
    """Write it to a file, or into a folder under its own name. Raises InputError where that cannot be."""
    office = open_office(host)
    content = file_bytes(office, incident_id, by)
    path = output if output.suffix == ".docx" else output / file_name(office.book.get(incident_id))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise InputError(f"{path}：无法写入（{error.strerror}）") from None
    return path
