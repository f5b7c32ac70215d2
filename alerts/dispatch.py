"""The queue of notifications, in the state store: kind `notification`, id `alert|receiver|kind`.

The id follows from the event, so queueing twice is impossible: the second save finds the row. Rows change only by
conditional saves; of two processes that claim the same row one gets a Conflict and goes on to the next.

    queued ──claim──> sending ──> accepted
      ^                 ├──> failed ──(not_before)──> claim again
      │                 ├──> dead        permanent refusal, or too many attempts
    silenced            └──(lease over)──> claim again with the same dedup key

Of a group one message tells several: the oldest carries the others (`members`, `carried_by`), see alerts/bundle.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from yuqing.domain.alert import Alert, Notification, NotificationState
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import ChannelError, Conflict
from yuqing.domain.ports import StateStore
from yuqing.jobs.notify import Ticket

KIND = "notification"
LOG = "notification"
ALL = 1_000_000  # alerts and notifications are kept for good: none may fall behind a limit
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)
MAX_ATTEMPTS = 20  # with the pauses above about eight hours
_WAITING = (NotificationState.QUEUED, NotificationState.FAILED, NotificationState.SENDING)


def notification_id(alert_id: str, receiver: str, kind: str) -> str:
    """The one id of this notification, whoever queues it and how often."""
    return f"{alert_id}|{receiver}|{kind}"


def backoff(attempts: int) -> timedelta:
    """The pause after so many attempts: doubled each time, up to half an hour."""
    doublings = min(max(attempts - 1, 0), 10)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


@dataclass(frozen=True)
class NotificationQueue:
    """Implements yuqing.jobs.notify.Queue. `lease`: after which time a claim without an answer is void."""

    state: StateStore
    lease: timedelta = LEASE
    max_attempts: int = MAX_ATTEMPTS

    def put(
        self,
        alert: Alert,
        receiver: str,
        kind: str,
        now: datetime,
        *,
        not_before: datetime | None = None,
        held: str = "",
        group: str = "",
    ) -> bool:
        """Queue a notification, or store it as silenced for the reason `held`; False when it was there before."""
        row = Notification(
            id=notification_id(alert.id, receiver, kind),
            alert_id=alert.id,
            receiver=receiver,
            kind=kind,
            state=NotificationState.SILENCED if held else NotificationState.QUEUED,
            created_at=now,
            updated_at=now,
            not_before=not_before,
            meant_for=not_before,
            detail=held,
            group=group,
        )
        try:
            self.state.save(KIND, row.id, to_json(row), expected_version=0)
        except Conflict:
            return False
        self._log(row, now)
        return True

    def wake(self, ticket: Ticket, now: datetime, not_before: datetime | None = None) -> bool:
        """Queue a silenced notification after all."""
        meant = not_before or now
        row = ticket.notification
        row = replace(row, state=NotificationState.QUEUED, detail="", not_before=not_before, meant_for=meant)
        return self._save(ticket, row, now) is not None

    def hold(self, ticket: Ticket, reason: str, now: datetime) -> None:
        """Put a waiting notification to sleep: a silence began before it was sent."""
        row = replace(ticket.notification, state=NotificationState.SILENCED, detail=reason)
        self._save(ticket, row, now)

    def find(self, state: NotificationState) -> list[Ticket]:
        """The rows of one state."""
        found = self.state.find(KIND, {"state": state.value}, ALL)
        return [Ticket(from_json(Notification, each.body), each.version) for each in found]

    def load(self, id: str) -> Ticket | None:
        """One row."""
        found = self.state.load(KIND, id)
        return None if found is None else Ticket(from_json(Notification, found.body), found.version)

    def due(self, now: datetime) -> Sequence[Ticket]:
        """See yuqing.jobs.notify.Queue: oldest first."""
        waiting = [
            ticket for state in _WAITING for ticket in self.find(state) if self._is_due(ticket.notification, now)
        ]
        return sorted(waiting, key=lambda ticket: (ticket.notification.created_at, ticket.notification.id))

    def _is_due(self, row: Notification, now: datetime) -> bool:
        if row.updated_at - now > self.lease:
            return True  # the clock was set back: what was to wait until then would wait for ever
        if row.state is NotificationState.SENDING:
            return now - row.updated_at >= self.lease
        return row.not_before is None or row.not_before <= now

    def claim(self, ticket: Ticket, now: datetime, members: Sequence[str] | None = None) -> Ticket | None:
        """See yuqing.jobs.notify.Queue. What ended every process that tried it so often is given up.

        `members`: which other notifications this message is to carry.
        """
        row = ticket.notification
        if row.attempts - row.delays >= self.max_attempts:
            self._save(ticket, replace(row, state=NotificationState.DEAD, detail="每次投递都中断，已放弃"), now)
            return None
        carried = row.members if members is None else tuple(members)
        row = replace(
            row, state=NotificationState.SENDING, attempts=row.attempts + 1, doubts=row.doubts + 1, members=carried
        )
        return self._save(ticket, row, now)

    def of_group(self, group: str) -> list[Notification]:
        """Every notification of a group, past ones too."""
        return [from_json(Notification, found.body) for found in self.state.find(KIND, {"group": group}, ALL)]

    def hand_over(self, ticket: Ticket, leader: str, now: datetime) -> Ticket | None:
        """Note that the message of another notification carries this one ("": not any more)."""
        row = replace(ticket.notification, carried_by=leader, state=NotificationState.QUEUED)
        return self._save(ticket, row, now)

    def accepted(self, ticket: Ticket, acknowledgement: str, now: datetime) -> None:
        """See yuqing.jobs.notify.Queue. When the lease was lost meanwhile the other claim decides."""
        row = replace(
            ticket.notification,
            state=NotificationState.ACCEPTED,
            accepted_at=now,
            not_before=None,
            detail=acknowledgement[:200],
        )
        self._save(ticket, row, now)

    def failed(self, ticket: Ticket, error: ChannelError, now: datetime) -> bool:
        """See yuqing.jobs.notify.Queue."""
        row = ticket.notification
        if not error.may_have_arrived:
            row = replace(row, doubts=row.doubts - 1)
        if error.retry_after is not None and not error.permanent:
            row = replace(row, delays=row.delays + 1)
        again = not error.permanent and row.attempts - row.delays < self.max_attempts
        state = NotificationState.FAILED if again else NotificationState.DEAD
        pause = now + max(error.retry_after or timedelta(0), backoff(row.attempts - row.delays)) if again else None
        self._save(ticket, replace(row, state=state, not_before=pause, detail=str(error)[:200]), now)
        return again

    def _save(self, ticket: Ticket, row: Notification, now: datetime) -> Ticket | None:
        row = replace(row, updated_at=now)
        try:
            version = self.state.save(KIND, row.id, to_json(row), expected_version=ticket.version)
        except Conflict:
            return None
        self._log(row, now)
        return Ticket(row, version)

    def _log(self, row: Notification, now: datetime) -> None:
        """The notification log: one line per change, the answer to "did the duty officer get it?"."""
        body = {
            "id": row.id,
            "alert_id": row.alert_id,
            "receiver": row.receiver,
            "kind": row.kind,
            "state": row.state.value,
            "attempts": row.attempts,
            "detail": row.detail,
        }
        self.state.append(LOG, body, now)
