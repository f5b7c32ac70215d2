"""Feishu (飞书) group robot: signed, an interactive card, at most 20 KB, 100 messages a minute and 5 a second.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. The signature is an HMAC-SHA256 of nothing whose key
is "seconds, newline, secret"; the clock may be an hour off at most. On full and half hours the platform refuses more
often (11232).
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

import httpx

from alerts.channels.robots import MINUTE, Codes, Robot, ask, body_of, code_of, encoded, shortened, title_of
from yuqing.domain.alert import AlertSeverity, Message
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Clock

LIMIT = 20_000
PER_MINUTE, PER_SECOND = 100, 5
CODES = Codes(
    "飞书",
    {
        9499: "请求不合法",
        11232: "发送过于频繁",
        11233: "发送过于频繁",
        19001: "机器人地址无效",
        19002: "消息格式不对",
        19007: "机器人已停用",
        # What an operator can put right is tried again until then.
        19021: "加签不符，或本机时钟相差一小时以上",
        19022: "不在 IP 白名单",
        19024: "缺少机器人要求的关键词",
        19036: "消息过长",
    },
    frozenset({9499, 19001, 19002, 19007, 19036}),
    {11232: MINUTE, 11233: MINUTE},
)
_COLOURS: Mapping[AlertSeverity | None, str] = {
    AlertSeverity.CRITICAL: "red",
    AlertSeverity.WARNING: "orange",
    AlertSeverity.INFO: "blue",
    AlertSeverity.OPERATOR: "grey",
}


def sign(secret: str, seconds: int) -> str:
    """The signature that belongs to a moment."""
    return b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", sha256).digest()).decode()


@dataclass(frozen=True)
class FeishuChannel:
    """Posts to one group. Token and secret never appear in errors, logs or repr."""

    robot: Robot
    http: httpx.Client = field(repr=False)
    clock: Clock
    base: str = "https://open.feishu.cn"
    codes: ClassVar[Codes] = CODES

    def send(self, message: Message) -> str:
        """Deliver; only code 0 is a delivery. Raises ChannelError."""
        url = f"{self.base.rstrip('/')}/open-apis/bot/v2/hook/{self.robot.token.get_secret_value()}"
        verdict = ask(self.http, url, {}, self.body(message), self.codes.vendor)
        code = code_of(verdict, "code", "StatusCode")
        if code is None:
            raise ChannelError(f"{self.codes.vendor}的答复里没有 code")
        if code != 0:
            raise self._refusal(code, verdict)
        return "code 0"

    def _refusal(self, code: int, verdict: object) -> ChannelError:
        said = str(verdict.get("msg", "")) if isinstance(verdict, dict) else ""
        # The gateway uses the number of a bad request for its own limit too; only the words tell them apart.
        if code == 9499 and "too many" in said.lower():
            return ChannelError(f"{self.codes.vendor}发送过于频繁（错误码 {code}）", retry_after=MINUTE)
        return self.codes.refuse(code)

    def body(self, message: Message) -> dict[str, object]:
        """The request within the limit; the buttons are never cut."""
        signed = self._signature()

        def whole(body: str) -> dict[str, object]:
            return {**signed, "msg_type": "interactive", "card": _card(message, body)}

        return whole(shortened(body_of(message), lambda body: len(encoded(whole(body))), LIMIT))

    def _signature(self) -> dict[str, object]:
        if self.robot.secret is None:
            return {}
        now = int(self.clock.now().timestamp())
        return {"timestamp": str(now), "sign": sign(self.robot.secret.get_secret_value(), now)}


def _card(message: Message, body: str) -> dict[str, object]:
    title = {"tag": "plain_text", "content": title_of(message)}
    elements: list[dict[str, object]] = [{"tag": "markdown", "content": body}]
    if message.links:
        elements.append({"tag": "action", "actions": [_button(link.label, link.url) for link in message.links]})
    return {
        "config": {"wide_screen_mode": True},
        "header": {"title": title, "template": _COLOURS.get(message.severity, "green")},
        "elements": elements,
    }


def _button(label: str, url: str) -> dict[str, object]:
    return {"tag": "button", "text": {"tag": "plain_text", "content": label}, "url": url, "type": "default"}
