"""WeCom (企业微信) group robot: Markdown, at most 4096 bytes, 20 messages a minute.

https://developer.work.weixin.qq.com/document/path/91770. The client of WeCom shows the Markdown; the plug-in inside
personal WeChat does not. There is no signature: the key in the address is all, so the address is a secret.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import httpx

from alerts.channels.robots import MINUTE, Codes, Robot, ask, body_of, code_of, shortened, title_of
from yuqing.domain.alert import Message
from yuqing.domain.errors import ChannelError

LIMIT = 4096
PER_MINUTE = 20
CODES = Codes(
    "企业微信",
    {
        -1: "系统繁忙",
        40008: "消息类型不支持",
        40058: "参数不合法或内容过长",
        44004: "内容为空",
        45009: "发送过于频繁",
        45033: "并发过高",
        93000: "机器人地址无效或已被移出群",
        93004: "机器人已停用",
        93008: "机器人不在群里",
    },
    frozenset({40008, 40058, 44004, 93000, 93004, 93008}),
    {45009: MINUTE, 45033: MINUTE},
)


@dataclass(frozen=True)
class WeComChannel:
    """Posts to one group. The key never appears in errors, logs or repr."""

    robot: Robot
    http: httpx.Client = field(repr=False)
    base: str = "https://qyapi.weixin.qq.com"
    codes: ClassVar[Codes] = CODES

    def send(self, message: Message) -> str:
        """Deliver; only errcode 0 is a delivery. Raises ChannelError."""
        body = {"msgtype": "markdown", "markdown": {"content": self.content(message)}}
        url = f"{self.base.rstrip('/')}/cgi-bin/webhook/send"
        verdict = ask(self.http, url, {"key": self.robot.token.get_secret_value()}, body, self.codes.vendor)
        code = code_of(verdict, "errcode")
        if code is None:
            raise ChannelError(f"{self.codes.vendor}的答复里没有 errcode")
        if code != 0:
            raise self.codes.refuse(code)
        return "errcode 0"

    @staticmethod
    def content(message: Message) -> str:
        """Title, body and links within the limit; the links are never cut."""
        links = "\n".join(f"[{link.label}]({link.url})" for link in message.links)

        def whole(body: str) -> str:
            return "\n\n".join(part for part in (f"**{title_of(message)}**", body, links) if part)

        return whole(shortened(body_of(message), lambda body: len(whole(body).encode("utf-8", "replace")), LIMIT))
