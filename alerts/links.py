"""Links in messages: signed and expiring, so that nobody can forge "acknowledge" or follow an old one for ever."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from yuqing.domain.errors import InputError

LIFETIME = timedelta(days=3)
ACTIONS = ("open", "acknowledge", "silence")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a valid link allows."""

    action: str
    alert_id: str
    expires_at: datetime


@dataclass(frozen=True)
class Links:
    """Makes and checks links to the dashboard's alert page. The key never leaves the process."""

    base_url: str
    key: bytes = field(repr=False)
    lifetime: timedelta = LIFETIME

    def url(self, action: str, alert_id: str, now: datetime) -> str:
        """A link that performs (after a confirmation) `action` on an alert until it expires."""
        expires = int((now + self.lifetime).timestamp())
        query = urlencode(
            {"alert": alert_id, "do": action, "exp": expires, "sig": self._sign(action, alert_id, expires)}
        )
        return f"{self.base_url.rstrip('/')}/alerts?{query}"

    def check(self, url_or_query: str, now: datetime) -> Grant:
        """The grant of a link. Raises InputError for one that is forged, damaged or expired."""
        fields = parse_qs(urlsplit(url_or_query).query or url_or_query)
        try:
            alert_id, action, signature = (fields[name][0] for name in ("alert", "do", "sig"))
            expires = int(fields["exp"][0])
        except (KeyError, ValueError):
            raise InputError("链接不完整") from None
        genuine = hmac.compare_digest(signature.encode(), self._sign(action, alert_id, expires).encode())
        if not genuine or action not in ACTIONS:
            raise InputError("链接签名无效")
        moment = datetime.fromtimestamp(expires, UTC)
        if now >= moment:
            raise InputError("链接已过期，请打开看板处理")
        return Grant(action, alert_id, moment)

    def _sign(self, action: str, alert_id: str, expires: int) -> str:
        digest = hmac.new(self.key, f"{action}\x1f{alert_id}\x1f{expires}".encode(), sha256).digest()
        return urlsafe_b64encode(digest[:18]).decode()
