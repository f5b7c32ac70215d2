"""What each receiver was told about an alert, read from the queue of notifications."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alerts.dispatch import NotificationQueue, notification_id
from alerts.holding import INHIBITED, SILENCED
from alerts.kinds import FIRING, RESOLVED, repeat, surge
from yuqing.domain.alert import Alert, Notification, NotificationState

SAME_EVENT = "同一事件已由预警"
_UNTOLD = (NotificationState.SILENCED, NotificationState.DEAD)
_ON_ITS_WAY = (NotificationState.QUEUED, NotificationState.SENDING, NotificationState.FAILED)
_NUMBERED: tuple[Callable[[int], str], ...] = (repeat, surge)


@dataclass(frozen=True)
class Log:
    """The rows of the queue."""

    queue: NotificationQueue

    def row(self, alert: Alert, receiver: str, kind: str) -> Notification | None:
        """One notification."""
        found = self.queue.load(notification_id(alert.id, receiver, kind))
        return None if found is None else found.notification

    def reaches(self, alert_id: str, receiver: str) -> bool:
        """Whether an alert has a message for this receiver that has arrived or still may."""
        found = self.queue.load(notification_id(alert_id, receiver, FIRING))
        return found is not None and found.notification.state not in _UNTOLD

    def last_told(self, alert: Alert, receiver: str, kind: Callable[[int], str]) -> tuple[int, datetime | None]:
        """How many messages of a kind were queued after the beginning, and when the last of any kind arrived.

        None while one is on its way, or sleeps and is of this kind. One that was dropped for good has told nothing and
        is waited for by nobody.
        """
        beginning = self.row(alert, receiver, FIRING)
        if beginning is None or beginning.state is not NotificationState.ACCEPTED:
            return 0, None
        rows = {each: self._numbered(alert, receiver, each) for each in _NUMBERED}
        everything = [row for found in rows.values() for row in found]
        waits = any(row.state in _ON_ITS_WAY for row in everything) or any(may_wake(row) for row in rows[kind])
        arrived = [row.accepted_at for row in (beginning, *everything) if row.state is NotificationState.ACCEPTED]
        return len(rows[kind]), None if waits else max(time for time in arrived if time is not None)

    def _numbered(self, alert: Alert, receiver: str, kind: Callable[[int], str]) -> list[Notification]:
        found: list[Notification] = []
        while (row := self.row(alert, receiver, kind(len(found) + 1))) is not None:
            found.append(row)
        return found


def may_wake(row: Notification) -> bool:
    """What was kept back, not what was dropped because somebody took care; an end is never told late."""
    is_kept = row.state is NotificationState.SILENCED and row.detail.startswith((SILENCED, INHIBITED, SAME_EVENT))
    return is_kept and row.kind != RESOLVED
