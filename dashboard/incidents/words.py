"""How an incident looks: badges, facts in one line, a statement with its findings marked."""

import html
from collections.abc import Sequence

from dashboard import data
from dashboard import format as fmt
from yuqing.domain.incident import Entry, Grade, Incident, IncidentStatus, deadline
from yuqing.incidents.checker import Finding
from yuqing.incidents.telling import clock_words
from yuqing.labels import ENTRY_KINDS, INCIDENT_STATUSES

GRADE_COLORS = {Grade.I: "red", Grade.II: "orange", Grade.III: "yellow", Grade.IV: "gray"}
STATUS_COLORS = {
    IncidentStatus.OPEN: "red",
    IncidentStatus.ACKNOWLEDGED: "orange",
    IncidentStatus.HANDLING: "blue",
    IncidentStatus.RESOLVED: "green",
    IncidentStatus.CLOSED: "gray",
}
_BLOCKS, _ADVISES = "rgba(216,59,46,0.30)", "rgba(232,160,32,0.32)"


def badges(incident: Incident) -> str:
    """Grade, status, and whether its time has passed."""
    parts = [
        f":{GRADE_COLORS[incident.grade]}-badge[{incident.grade.value} 级]",
        f":{STATUS_COLORS[incident.status]}-badge[{INCIDENT_STATUSES[incident.status]}]",
    ]
    clock = deadline(incident, data.now())
    if clock is not None and clock.is_over:
        parts.append(f":red-badge[:material/timer_off: {clock_words(incident, data.now())}]")
    if incident.is_false_alarm:
        parts.append(":gray-badge[误报]")
    return " ".join(parts)


def facts(incident: Incident) -> str:
    """About whom and what, whose it is, since when, what is due."""
    names, topics = data.subject_names(), data.topic_names()
    about = fmt.plain(names.get(incident.subject_id, incident.subject_id or "—"))
    topic = f" · {fmt.plain(topics.get(incident.topic, incident.topic))}" if incident.topic else ""
    owner = f"负责人 {fmt.plain(incident.owner)}" if incident.owner else "没有负责人"
    clock = deadline(incident, data.now())
    due = f" · {clock_words(incident, data.now())}" if clock is not None and not clock.is_over else ""
    return f"{about}{topic} · {owner} · {fmt.short_stamp(incident.began_at)} 开始{due}"


def entry(line: Entry) -> str:
    """One line of the timeline as Markdown."""
    who = f" :gray[— {fmt.plain(line.by)}]" if line.by else ""
    return f":gray[{fmt.short_stamp(line.at)}] :gray-badge[{ENTRY_KINDS[line.kind]}] {fmt.plain(line.text)}{who}"


def marked(text: str, findings: Sequence[Finding]) -> str:
    """The text as HTML, each finding on a coloured ground with its reason as a tooltip."""
    pieces, at = [], 0
    for each in findings:
        if each.start < at:
            continue
        color = _BLOCKS if each.blocks else _ADVISES
        pieces.append(html.escape(text[at : each.start]))
        title = html.escape(f"{each.category}：{each.reason}", quote=True)
        style = f"background:{color};color:inherit;border-radius:3px;padding:0 2px"
        pieces.append(f'<mark style="{style}" title="{title}">{html.escape(each.text)}</mark>')
        at = each.end
    body = "".join([*pieces, html.escape(text[at:])])
    return f'<div style="white-space:pre-wrap;line-height:1.7">{body}</div>'
