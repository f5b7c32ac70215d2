"""Notify: queued notifications are claimed, sent, and marked. At least once, with a key that stays the same."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from yuqing.domain.alert import Notification
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class Ticket:
    """A notification as it was read: the version proves that nobody else has touched it since."""

    notification: Notification
    version: int


class Queue(Protocol):
    """The notifications in the state store."""

    def due(self, now: datetime) -> Sequence[Ticket]:
        """Queued, failed and due again, or claimed by a process that has not answered for too long."""
        ...

    def claim(self, ticket: Ticket, now: datetime) -> Ticket | None:
        """Mark as being sent; None when another process was faster or it need not be sent any more."""
        ...

    def accepted(self, ticket: Ticket, acknowledgement: str, now: datetime) -> None:
        """The far side has taken it over."""
        ...

    def failed(self, ticket: Ticket, error: ChannelError, now: datetime) -> bool:
        """It was not delivered; True when it will be tried again."""
        ...


@dataclass(frozen=True, slots=True)
class NotifySummary:
    """One round of delivery."""

    attempted: int = 0
    accepted: int = 0
    retried: int = 0  # failed, will be tried again
    dead: int = 0

    def as_json(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """For people."""
        return f"投递 {self.attempted} 条：成功 {self.accepted} 条，稍后重试 {self.retried} 条，无法投递 {self.dead} 条"


def notify(queue: Queue, deliver: Callable[[Notification], str], clock: Clock) -> NotifySummary:
    """Deliver what is due.

    The claim is stored before the message leaves and the acceptance after it, so no crash loses a message. A crash
    between the two makes the claim run out and the message leave again with the same dedup key (the Message-ID of a
    mail, the idempotency key of a webhook): the far side can tell that it is the same one.
    """
    accepted = retried = dead = 0
    for ticket in queue.due(clock.now()):
        claimed = queue.claim(ticket, clock.now())
        if claimed is None:
            continue
        try:
            acknowledgement = _delivered(deliver, claimed.notification)
        except ChannelError as error:
            again = queue.failed(claimed, error, clock.now())
            retried, dead = retried + again, dead + (not again)
        else:
            queue.accepted(claimed, acknowledgement, clock.now())
            accepted += 1
    return NotifySummary(accepted + retried + dead, accepted, retried, dead)


def _delivered(deliver: Callable[[Notification], str], notification: Notification) -> str:
    """A text that cannot be put into a message is a failed attempt: it must not keep back the ones behind it."""
    try:
        return deliver(notification)
    except ValueError as error:
        # Only the kind: the error's own text may quote the post.
        raise ChannelError(f"消息无法生成（{type(error).__name__}）") from None
