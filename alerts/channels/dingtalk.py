"""DingTalk (钉钉) group robot: signed, Markdown, at most 20,000 bytes, 20 messages a minute.

https://open.dingtalk.com/document/robots/custom-robot-access. More than 20 a minute and the robot is closed for ten
minutes. The signature is HMAC-SHA256 over "milliseconds, newline, secret", and the clock may be an hour off at most.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar

import httpx

from alerts.channels.robots import Codes, Robot, ask, body_of, code_of, encoded, shortened, title_of
from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError
from yuqing.domain.ports import Clock

LIMIT = 20_000
PER_MINUTE = 20
CLOSED = timedelta(minutes=10)
CODES = Codes(
    "钉钉",
    {
        -1: "系统繁忙",
        130101: "发送过于频繁",
        300001: "令牌不存在",
        300005: "令牌不存在",
        302033: "发送过于频繁",
        # One number for what an operator can put right; until then it is tried again.
        310000: "未通过机器人的安全设置：加签、时间、关键词或 IP 白名单",
        400013: "群已解散",
        400101: "令牌不存在",
        400102: "机器人已停用",
        400105: "消息类型不支持",
        400106: "机器人不存在",
        410100: "发送过于频繁",
        430101: "含有不安全的链接",
        430102: "文本不被允许",
        430103: "图片不被允许",
        430104: "内容不被允许",
        460101: "消息过长",
    },
    frozenset(
        {300001, 300005, 400013, 400101, 400102, 400105, 400106, 430101, 430102, 430103, 430104, 460101},
    ),
    {130101: CLOSED, 302033: CLOSED, 410100: CLOSED},
)


def sign(secret: str, milliseconds: int) -> str:
    """The signature that belongs to a moment."""
    return b64encode(hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), sha256).digest()).decode()


@dataclass(frozen=True)
class DingTalkChannel:
    """Posts to one group. Token and secret never appear in errors, logs or repr."""

    robot: Robot
    http: httpx.Client = field(repr=False)
    clock: Clock
    base: str = "https://oapi.dingtalk.com"
    codes: ClassVar[Codes] = CODES

    def send(self, message: Message) -> str:
        """Deliver; only errcode 0 is a delivery. Raises ChannelError."""
        url = f"{self.base.rstrip('/')}/robot/send"
        verdict = ask(self.http, url, self._parameters(), self.body(message), self.codes.vendor)
        code = code_of(verdict, "errcode")
        if code is None:
            raise ChannelError(f"{self.codes.vendor}的答复里没有 errcode")
        if code != 0:
            raise self.codes.refuse(code)
        return "errcode 0"

    def _parameters(self) -> dict[str, str]:
        parameters = {"access_token": self.robot.token.get_secret_value()}
        if self.robot.secret is not None:
            now = int(self.clock.now().timestamp() * 1000)
            parameters |= {"timestamp": str(now), "sign": sign(self.robot.secret.get_secret_value(), now)}
        return parameters

    @staticmethod
    def body(message: Message) -> dict[str, object]:
        """The request within the limit; the links are never cut."""
        links = "　".join(f"[{link.label}]({link.url})" for link in message.links)

        def whole(body: str) -> dict[str, object]:
            text = "\n\n".join(part for part in (f"#### {title_of(message)}", body, links) if part)
            # A single line break joins lines here; two blanks before it keep them apart.
            text = text.replace("\n\n", "\x00").replace("\n", "  \n").replace("\x00", "\n\n")
            return {"msgtype": "markdown", "markdown": {"title": title_of(message)[:64], "text": text}}

        return whole(shortened(body_of(message), lambda body: len(encoded(whole(body))), LIMIT))
