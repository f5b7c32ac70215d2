"""What each receiver was told about an alert, read from the queue of notifications."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alerts.dispatch import NotificationQueue, notification_id
from alerts.kinds import FIRING, repeat, surge
from yuqing.domain.alert import Alert, Notification, NotificationState

_UNTOLD = (NotificationState.SILENCED, NotificationState.DEAD)
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
        """How many messages of a kind came after the beginning, and when the last of any kind arrived; None while one
        is on its way."""
        found = {each: self._chain(alert, receiver, each) for each in _NUMBERED}
        times = [time for _, time in found.values() if time is not None]
        return found[kind][0], max(times) if len(times) == len(found) else None

    def _chain(self, alert: Alert, receiver: str, kind: Callable[[int], str]) -> tuple[int, datetime | None]:
        number, row = 0, self.row(alert, receiver, FIRING)
        while row is not None and row.state is NotificationState.ACCEPTED:
            following = self.row(alert, receiver, kind(number + 1))
            if following is None:
                return number, row.accepted_at
            number, row = number + 1, following
        return number, None
