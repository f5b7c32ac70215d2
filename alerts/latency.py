"""How long each stage took, kept on the alert: the first acceptance by anybody ends the clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from yuqing.domain.alert import Alert, Notification
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import StateStore

TRIES = 5


@dataclass(frozen=True)
class LatencyBook:
    """Writes notified_at and accepted_at."""

    state: StateStore

    def note(self, notification: Notification, accepted_at: datetime) -> None:
        """Note the first delivery. Losing the race against other writers five times loses a figure, never a message."""
        for _ in range(TRIES):
            document = self.state.load("alert", notification.alert_id)
            if document is None:
                return
            alert = from_json(Alert, document.body)
            if "accepted_at" in alert.latency:
                return
            stages = {"notified_at": notification.updated_at.isoformat(), "accepted_at": accepted_at.isoformat()}
            changed = replace(alert, latency={**alert.latency, **stages})
            try:
                self.state.save("alert", alert.id, to_json(changed), expected_version=document.version)
            except Conflict:
                continue
            return
