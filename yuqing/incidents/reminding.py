"""An overdue incident is told to those whom the settings name: one message per deadline and grade, each once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from yuqing.domain.alert import AlertSeverity, Message, MessageLink
from yuqing.domain.incident import Deadline, Incident
from yuqing.domain.ports import Channel, Clock, StateStore
from yuqing.jobs.report import send_report
from yuqing.labels import BUTTONS, DEADLINES, INCIDENT_STATUSES

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Reminder:
    """Sends over these channels, by receiver."""

    state: StateStore
    clock: Clock
    channels: Mapping[str, Channel]
    dashboard_url: str

    def remind(self, incident: Incident, deadline: Deadline) -> None:
        """Tell everybody once. Raises ChannelError; who was told before is not told again."""
        message = self._message(incident, deadline)
        for name, channel in self.channels.items():
            send_report(message, channel, self.state, name, self.clock)

    def _message(self, incident: Incident, deadline: Deadline) -> Message:
        word, now = DEADLINES[deadline.what], self.clock.now()
        link = f"{self.dashboard_url.rstrip('/')}/incidents?{urlencode({'incident': incident.id})}"
        lines = (
            f"事件：{incident.title}",
            f"等级：{incident.grade.value}　状态：{INCIDENT_STATUSES[incident.status]}",
            f"负责人：{incident.owner or '还没有'}",
            f"{word}时限：{_stamp(deadline.due)}（北京时间），现在 {_stamp(now)}",
            f"看板：{link}",
        )
        return Message(
            subject=f"[处置超时·{incident.grade.value}] {incident.title}：已过{word}时限",
            text="\n".join(lines),
            dedup_key=f"incident:{incident.id}:{deadline.what}:{incident.grade.value}:{deadline.due.isoformat()}",
            links=(MessageLink(BUTTONS["open"], link),),
            severity=AlertSeverity.CRITICAL if incident.grade.rank < 2 else AlertSeverity.WARNING,
            payload={"incident": incident.id, "deadline": deadline.what, "due": deadline.due.isoformat()},
        )


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M}"
