"""A message on trial: sent the real way through the real channel of a receiver, and about no alert at all.

Nothing of it is stored with alerts or notifications. It counts against the pace of a robot as any other message does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from time import monotonic
from uuid import uuid4
from zoneinfo import ZoneInfo

from alerts.channels.robots import Quota
from alerts.pace import RobotPace
from yuqing.domain.alert import Message, Receiver
from yuqing.domain.errors import ChannelError, InputError
from yuqing.domain.ports import Channel, Clock
from yuqing.labels import CHANNELS

SHANGHAI = ZoneInfo("Asia/Shanghai")
_WORDS = "这是一条测试消息，不是真的预警，无须处理。收到它，说明“{receiver}”（{channel}）这条通道现在可用。"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one test message. `told` is the far side's acknowledgement, or why it failed."""

    receiver: str
    channel: str
    is_accepted: bool
    told: str
    seconds: float

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "receiver": self.receiver,
            "channel": self.channel,
            "accepted": self.is_accepted,
            "told": self.told,
            "seconds": round(self.seconds, 2),
        }

    def sentence(self) -> str:
        """For people."""
        verdict = "已送达" if self.is_accepted else "失败"
        return f"[{verdict}] {self.receiver}（{CHANNELS[self.channel]}）：{self.told}，{self.seconds:.1f} 秒"


@dataclass(frozen=True)
class Trial:
    """Sends test messages to receivers of routes.yml."""

    receivers: Mapping[str, Receiver]
    channels: Mapping[str, Channel]
    quotas: Mapping[str, Quota]
    pace: RobotPace
    clock: Clock

    def run(self, names: Iterable[str], by: str) -> list[Tried]:
        """One message to each of these receivers, or to every one. Raises InputError for a name that nobody has."""
        wanted = list(dict.fromkeys(names)) or list(self.receivers)
        if unknown := [name for name in wanted if name not in self.receivers]:
            known = "、".join(self.receivers)
            raise InputError(f"routes.yml 中没有接收人 {'、'.join(unknown)}（有：{known}）")
        return [self._try(self.receivers[name], by) for name in wanted]

    def _try(self, receiver: Receiver, by: str) -> Tried:
        begun = monotonic()
        try:
            told, accepted = self._send(receiver, by), True
        except ChannelError as error:
            told, accepted = str(error), False
        return Tried(receiver.id, receiver.channel, accepted, told, monotonic() - begun)

    def _send(self, receiver: Receiver, by: str) -> str:
        now = self.clock.now()
        quota = self.quotas.get(receiver.id)
        if quota is not None and not self.pace.reserve(quota, now):
            raise ChannelError("这个机器人本分钟的发送次数已用完，或正按对方要求等待，请稍后再试", refused=True)
        return self.channels[receiver.id].send(message(receiver, by, now))


def message(receiver: Receiver, by: str, now: datetime) -> Message:
    """The test message. Its key is its own: no mail program takes two of them for one."""
    words = _WORDS.format(receiver=receiver.id, channel=CHANNELS[receiver.channel])
    sent = f"{by} 于 {now.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} 用 yuqing receivers test 发出。"
    page = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><title>通知测试</title>'
        f'<body style="font-family:sans-serif;line-height:1.6"><p>{escape(words)}</p><p>{escape(sent)}</p></body>'
        "</html>"
    )
    return Message(
        subject=f"[测试] 预警通知测试：{receiver.id}",
        text=f"{words}\n\n{sent}\n",
        html=page,
        markdown=f"{words}\n\n{sent}",
        dedup_key=f"test|{receiver.id}|{now.isoformat()}|{uuid4().hex}",
        payload={"version": 1, "event": "test", "receiver": receiver.id},
    )
