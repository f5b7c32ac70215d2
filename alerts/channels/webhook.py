"""Generic webhook: JSON by POST, signed, with an idempotency key.

    X-Yuqing-Timestamp: seconds since 1970
    X-Yuqing-Signature: sha256=HMAC-SHA256(secret, timestamp + "." + body)
    Idempotency-Key:    the same for every attempt at the same notification

Anything but a 2xx answer is a failure; redirects are not followed (a signed body goes where it was meant to go).
"""

import hmac
import ipaddress
import json
import socket
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Clock

# The receiver says that this very request will never be right.
_FINAL = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


@dataclass(frozen=True)
class WebhookChannel:
    """Posts to one URL, which may hold a token and is never shown. `public_only` refuses private addresses (SSRF)."""

    url: SecretStr = field(repr=False)
    http: httpx.Client = field(repr=False)
    clock: Clock
    secret: SecretStr | None = field(default=None, repr=False)
    public_only: bool = False

    def send(self, message: Message) -> str:
        """Deliver; returns the status. Raises ChannelError, permanent where trying again cannot help."""
        url = self.url.get_secret_value()
        if self.public_only:
            _refuse_private(url)
        body = self._body(message)
        try:
            answer = self.http.post(url, content=body, headers=self._headers(message, body), follow_redirects=False)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            permanent = isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol)
            refused = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            told = f"Webhook 无法送达（{type(error).__name__}）"
            raise ChannelError(told, permanent=permanent, refused=refused) from None
        if not answer.is_success:
            status = answer.status_code
            told, refused = f"Webhook 返回 HTTP {status}", answer.is_client_error
            raise ChannelError(told, permanent=status in _FINAL, refused=refused)
        return f"HTTP {answer.status_code}"

    def _body(self, message: Message) -> bytes:
        # Half characters, as platforms cut them out of emoji, are replaced: no codec takes them.
        body = {"subject": message.subject, "text": message.text, **message.payload}
        return json.dumps(body, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        stamp = str(int(self.clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": sha256(message.dedup_key.encode()).hexdigest()[:32],
            "X-Yuqing-Timestamp": stamp,
        }
        if self.secret is not None:
            headers["X-Yuqing-Signature"] = f"sha256={sign(self.secret.get_secret_value(), stamp, body)}"
        return headers


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature that a receiver computes again."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def _refuse_private(url: str) -> None:
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname or "", parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        raise ChannelError("Webhook 域名无法解析", refused=True) from None
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise ChannelError("Webhook 指向内网地址，已按设置拒绝", permanent=True)
