"""Several notifications of a group in one message, without losing or doubling one of them.

The oldest of a group (the leader) carries the others. Each step is a conditional save, in this order:

1. each companion notes its leader (`carried_by`);
2. the claim of the leader notes its `members`, once and for all;
3. each member confirms that it is still carried, and only those that do are in the message;
4. when the leader is accepted each member becomes accepted, at once or at the next look.

A member is let go (and then sent by itself) when its leader was claimed without it, given up or silenced, or was not
claimed for as long as a lease lasts. Letting go and confirming are saves of the same row: one of them comes first, and
the other fails. So a member is in a message under one key, wherever a process dies.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.dispatch import NotificationQueue
from yuqing.domain.alert import Notification, NotificationState
from yuqing.jobs.notify import Ticket

MOST = 20  # so many more in one message; a reader does not get to the end of longer ones
_GIVEN_UP = (NotificationState.DEAD, NotificationState.SILENCED)


@dataclass(frozen=True)
class Bundler:
    """Puts the notifications of a group together. `is_free`: whether one may be told now, as its own claim asks."""

    queue: NotificationQueue
    is_free: Callable[[Ticket, datetime], bool]

    def settle(self, ticket: Ticket, now: datetime) -> Ticket | None:
        """What became of one that another carries: the ticket when it is let go, None while it is taken care of."""
        row = ticket.notification
        leader = self.queue.load(row.carried_by)
        if leader is None:
            return self.queue.hand_over(ticket, "", now)
        if row.id in leader.notification.members:
            return self._with_leader(ticket, leader.notification, now)
        waits = leader.notification.attempts == 0 and leader.notification.state is NotificationState.QUEUED
        if waits and abs(now - row.updated_at) < self.queue.lease:
            return None  # it may be claimed with this one any moment
        return self.queue.hand_over(ticket, "", now)

    def _with_leader(self, ticket: Ticket, leader: Notification, now: datetime) -> Ticket | None:
        if leader.state in _GIVEN_UP:
            return self.queue.hand_over(ticket, "", now)
        if leader.state is NotificationState.ACCEPTED:
            self.accept(ticket, leader, now)
        return None

    def accept(self, ticket: Ticket, leader: Notification, now: datetime) -> None:
        """It was told in the message of its leader."""
        self.queue.accepted(ticket, f"随 {leader.id} 一并送达", leader.accepted_at or now)

    def claim(self, ticket: Ticket, now: datetime) -> Ticket | None:
        """Claim a notification, together with what of its group is due. The ticket names the confirmed members."""
        if ticket.notification.attempts == 0 and ticket.notification.group:
            members = [each.notification.id for each in self._companions(ticket, now)]
            claimed = self.queue.claim(ticket, now, members)
        else:
            claimed = self.queue.claim(ticket, now)
        if claimed is None or not claimed.notification.members:
            return claimed
        confirmed = [each for each in claimed.notification.members if self._confirm(each, claimed, now)]
        return replace(claimed, notification=replace(claimed.notification, members=tuple(confirmed)))

    def _companions(self, ticket: Ticket, now: datetime) -> list[Ticket]:
        leader = ticket.notification
        found = [
            each
            for each in self.queue.due(now)
            if each.notification.group == leader.group
            and each.notification.id != leader.id
            and each.notification.carried_by in ("", leader.id)
            and each.notification.state is NotificationState.QUEUED
            and each.notification.attempts == 0
            and self.is_free(each, now)
        ]
        noted = [self.queue.hand_over(each, leader.id, now) for each in found[:MOST]]
        return [each for each in noted if each is not None]

    def _confirm(self, member: str, leader: Ticket, now: datetime) -> bool:
        ticket = self.queue.load(member)
        if ticket is None or ticket.notification.carried_by != leader.notification.id:
            return False
        if ticket.notification.state is not NotificationState.QUEUED:
            return False
        return self.queue.hand_over(ticket, leader.notification.id, now) is not None

    def members(self, leader: Notification) -> Sequence[Ticket]:
        """The members of a message as they are stored now."""
        found = (self.queue.load(member) for member in leader.members)
        return [each for each in found if each is not None and each.notification.carried_by == leader.id]
