"""A group with its robot: what it took, how fast, and what its security settings ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Room:
    """One group. `secret` asks for a signature, `keyword` for a word in every message; `state`: well, removed."""

    vendor: str
    token: str
    secret: str = ""
    keyword: str = ""
    state: str = "well"
    messages: list[dict[str, Any]] = field(default_factory=list)
    sent: list[datetime] = field(default_factory=list)
    closed_until: datetime | None = None

    def is_too_fast(self, now: datetime, per_minute: int, closed_for: timedelta) -> bool:
        """Count one message; over the limit the robot is closed for a while, where the vendor does that."""
        if self.closed_until is not None and now < self.closed_until:
            return True
        self.sent = [moment for moment in self.sent if timedelta(0) <= now - moment < MINUTE]
        if len(self.sent) >= per_minute:
            self.closed_until = now + closed_for if closed_for else None
            return True
        self.sent.append(now)
        return False

    def keep(self, text: str, body: Mapping[str, Any], now: datetime) -> None:
        """The group sees a message."""
        self.messages.append({"text": text, "body": dict(body), "at": now.isoformat()})


def new_rooms() -> dict[tuple[str, str], Room]:
    """The groups that are there from the start, by vendor and token."""
    rooms = [
        Room("wecom", "demo-wecom-key"),
        Room("dingtalk", "demo-dingtalk-token", "SECdemo"),
        Room("feishu", "demo-feishu-hook", "demo-secret"),
    ]
    return {(room.vendor, room.token): room for room in rooms}
