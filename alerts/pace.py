"""How fast a robot is used: kind `robot_pace`, one document per robot, the same for all processes.

Over the limit of its vendor a message waits in the queue; it is not sent, refused and sent again. A slot that a crash
wasted is only a slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.channels.robots import Quota
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import StateStore

KIND = "robot_pace"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=30)
TRIES = 5


@dataclass(frozen=True)
class RobotPace:
    """The slots of the robots."""

    state: StateStore

    def reserve(self, quota: Quota, now: datetime) -> bool:
        """Take a slot; False when there is none now."""
        for _ in range(TRIES):
            sent, until, version = self._load(quota, now)
            if (until is not None and now < until) or not _has_room(quota, sent, now):
                return False
            if self._save(quota, [*sent, now], until, version):
                return True
        return False  # others were faster each time: the next round comes in seconds

    def pause(self, quota: Quota, length: timedelta, now: datetime) -> None:
        """The vendor asked to wait."""
        for _ in range(TRIES):
            sent, until, version = self._load(quota, now)
            later = max(now + min(length, LONGEST_PAUSE), until or now)
            if self._save(quota, sent, later, version):
                return

    def _load(self, quota: Quota, now: datetime) -> tuple[list[datetime], datetime | None, int]:
        document = self.state.load(KIND, quota.id)
        if document is None:
            return [], None, 0
        sent, until = document.body.get("sent"), document.body.get("until")
        moments = [datetime.fromisoformat(str(each)) for each in sent] if isinstance(sent, Sequence) else []
        paused = datetime.fromisoformat(str(until)) if until else None
        # What lies in the future was written before the clock was set back.
        recent = [moment for moment in moments if timedelta(0) <= now - moment < MINUTE]
        stands = paused is not None and paused - now <= LONGEST_PAUSE
        return recent, paused if stands else None, document.version

    def _save(self, quota: Quota, sent: list[datetime], until: datetime | None, version: int) -> bool:
        body = {"sent": [each.isoformat() for each in sent], "until": until.isoformat() if until else None}
        try:
            self.state.save(KIND, quota.id, body, expected_version=version)
        except Conflict:
            return False
        return True


def _has_room(quota: Quota, sent: Sequence[datetime], now: datetime) -> bool:
    last_second = sum(now - moment < SECOND for moment in sent)
    return len(sent) < quota.per_minute and not (quota.per_second and last_second >= quota.per_second)
