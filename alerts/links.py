"""Links in messages: signed and expiring, so that nobody can forge "acknowledge" or follow an old one for ever."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from yuqing.domain.errors import InputError

LIFETIME = timedelta(days=3)
ACTIONS = ("open", "acknowledge", "assign", "silence")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid link allows."""

    action: str
    alert_id: str
    expires_at: datetime
    receiver: str = ""  # to whom the link was sent


@dataclass(frozen=True)
class Links:
    """Makes and checks links: to the dashboard's alert page, and to the pages of `yuqing run` where they are served.

    A signature holds for one action on one alert, sent to one receiver. The key never leaves the process.
    """

    base_url: str
    key: bytes = field(repr=False)
    lifetime: timedelta = LIFETIME
    actions_url: str = ""  # empty: the dashboard takes the actions

    def of(self, alert_id: str, receiver: str, now: datetime, *, open_only: bool = False) -> dict[str, str]:
        """Every link of a message to a receiver, by action, in the order of its buttons."""
        found = {"open": self.url("open", alert_id, now)}
        if open_only:
            return found
        actions = ACTIONS[1:] if self.actions_url else ("acknowledge", "silence")
        return found | {action: self.url(action, alert_id, now, receiver) for action in actions}

    def url(self, action: str, alert_id: str, now: datetime, receiver: str = "") -> str:
        """A link that performs (after a confirmation) `action` on an alert until it expires."""
        expires = int((now + self.lifetime).timestamp())
        place = f"{self.base_url.rstrip('/')}/alerts"
        if self.actions_url and action != "open":
            place = f"{self.actions_url.rstrip('/')}/act"
        told = {"to": receiver} if receiver else {}
        signature = self._sign(action, alert_id, expires, receiver)
        return f"{place}?{urlencode({'alert': alert_id, 'do': action, 'exp': expires, **told, 'sig': signature})}"

    def check(self, url_or_query: str, now: datetime) -> Grant:
        """The grant of a link. Raises InputError for one that is forged, damaged or expired."""
        fields = parse_qs(urlsplit(url_or_query).query or url_or_query)
        try:
            alert_id, action, signature = (fields[name][0] for name in ("alert", "do", "sig"))
            expires = int(fields["exp"][0])
            moment = datetime.fromtimestamp(expires, UTC)
        except (KeyError, ValueError, OverflowError, OSError):
            raise InputError("链接不完整") from None
        receiver = fields.get("to", [""])[0]
        wanted = self._sign(action, alert_id, expires, receiver)
        genuine = hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode())
        if not genuine or action not in ACTIONS:
            raise InputError("链接签名无效")
        if now >= moment:
            raise InputError("链接已过期，请打开看板处理")
        return Grant(action, alert_id, moment, receiver)

    def _sign(self, action: str, alert_id: str, expires: int, receiver: str) -> str:
        parts = [action, alert_id, str(expires), *([receiver] if receiver else [])]
        digest = hmac.new(self.key, "\x1f".join(parts).encode("utf-8", "replace"), sha256).digest()
        return urlsafe_b64encode(digest[:18]).decode()
