"""Why nobody is told of an alert now: a silence, or another alert that is firing.

The terms are Alertmanager's, and so is what follows from them. Both are asked whenever a message is about to leave, so
they count for beginnings, reminders, the escalation chain and ends alike; a silenced alert still inhibits others; what
was kept back leaves when nothing keeps it back any more while its alert fires, and never when the alert has ended.
"""

from collections.abc import Iterable
from datetime import datetime

from alerts.policy import inhibited_by, silenced_by
from yuqing.domain.alert import Alert, Inhibition, Silence

SILENCED = "静默"
INHIBITED = "抑制：预警"


def held_back(
    alert: Alert, silences: Iterable[Silence], firing: Iterable[Alert], inhibitions: Iterable[Inhibition], now: datetime
) -> str:
    """The reason why nobody is told of an alert now, as it is stored with the notification; "" for none."""
    silence = silenced_by(alert, silences, now)
    if silence is not None:
        return f"{SILENCED} {silence.id}：{silence.reason}"
    other = inhibited_by(alert, firing, inhibitions)
    return "" if other is None else f"{INHIBITED} {other.id} 正在进行"
