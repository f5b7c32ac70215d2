"""Channels, one file each. A new one is a file, a builder in this table, a name in rules.CHANNELS, a test."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from alerts.channels import dingtalk, feishu, wecom
from alerts.channels.dingtalk import DingTalkChannel
from alerts.channels.email import EmailChannel, SmtpServer
from alerts.channels.feishu import FeishuChannel
from alerts.channels.robots import Quota, Robot, parse_robots
from alerts.channels.webhook import WebhookChannel
from alerts.channels.wecom import WeComChannel
from yuqing.domain.alert import Message, Receiver
from yuqing.domain.errors import ChannelError, ConfigError
from yuqing.domain.ports import Channel, Clock

TIMEOUT = 15.0


@dataclass(frozen=True)
class RobotSettings:
    """The robots of one vendor, as the settings write them, and where they are asked."""

    base: str
    robots: SecretStr | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ChannelSettings:
    """What the channels need of the process settings. `smtp` None or `webhook_url` None: not configured.

    `robots` by vendor; `http` None: a client of our own.
    """

    clock: Clock
    smtp: SmtpServer | None = None
    smtp_sender: str = "yuqing@localhost"
    webhook_url: SecretStr | None = field(default=None, repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)
    webhook_public_only: bool = False
    robots: Mapping[str, RobotSettings] = field(default_factory=dict)
    http: httpx.Client | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Unconfigured:
    """Stands for a channel that the settings do not provide: every message fails visibly and is tried again later."""

    reason: str

    def send(self, message: Message) -> str:
        """Always raises ChannelError."""
        raise ChannelError(self.reason, refused=True)


def _email(receiver: Receiver, settings: ChannelSettings) -> Channel:
    if settings.smtp is None:
        return Unconfigured("没有设置 SMTP 服务器（YQ_SMTP_HOST），邮件暂不能发送")
    to = receiver.options.get("to")
    if not isinstance(to, list | tuple) or not to:
        raise ConfigError(f"接收人 {receiver.id} 没有邮件地址（to）")
    return EmailChannel(settings.smtp, settings.smtp_sender, tuple(str(each) for each in to), settings.clock)


def _webhook(receiver: Receiver, settings: ChannelSettings) -> Channel:
    if settings.webhook_url is None:
        return Unconfigured("没有设置 Webhook 地址（YQ_WEBHOOK_URL），暂不能发送")
    # trust_env off: a proxy variable of the shell must not see signed alerts.
    http = httpx.Client(timeout=TIMEOUT, trust_env=False)
    return WebhookChannel(
        settings.webhook_url, http, settings.clock, settings.webhook_secret, settings.webhook_public_only
    )


def _robot(receiver: Receiver, settings: ChannelSettings) -> tuple[Robot, httpx.Client, str] | Unconfigured:
    """The robot of a receiver with what it needs to speak."""
    name, variable = robot_name(receiver), f"YQ_{receiver.channel.upper()}_ROBOTS"
    found = settings.robots.get(receiver.channel)
    if found is None or found.robots is None:
        return Unconfigured(f"没有设置{VENDORS[receiver.channel]}机器人（{variable}），暂不能发送")
    robot = parse_robots(found.robots.get_secret_value(), variable).get(name)
    if robot is None:
        return Unconfigured(f"{variable} 中没有机器人 {name}（接收人 {receiver.id}），暂不能发送")
    # trust_env off: a proxy variable of the shell must not see alerts.
    return robot, settings.http or httpx.Client(timeout=TIMEOUT, trust_env=False), found.base


def robot_name(receiver: Receiver) -> str:
    """Which robot of its vendor a receiver speaks through."""
    return str(receiver.options.get("robot") or "default")


def _wecom(receiver: Receiver, settings: ChannelSettings) -> Channel:
    found = _robot(receiver, settings)
    return found if isinstance(found, Unconfigured) else WeComChannel(*found)


def _dingtalk(receiver: Receiver, settings: ChannelSettings) -> Channel:
    found = _robot(receiver, settings)
    if isinstance(found, Unconfigured):
        return found
    robot, http, base = found
    return DingTalkChannel(robot, http, settings.clock, base)


def _feishu(receiver: Receiver, settings: ChannelSettings) -> Channel:
    found = _robot(receiver, settings)
    if isinstance(found, Unconfigured):
        return found
    robot, http, base = found
    return FeishuChannel(robot, http, settings.clock, base)


VENDORS: Mapping[str, str] = {"wecom": "企业微信", "dingtalk": "钉钉", "feishu": "飞书"}
CHANNELS: Mapping[str, Callable[[Receiver, ChannelSettings], Channel]] = {
    "email": _email,
    "webhook": _webhook,
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}
_LIMITS: Mapping[str, tuple[int, int]] = {
    "wecom": (wecom.PER_MINUTE, 0),
    "dingtalk": (dingtalk.PER_MINUTE, 0),
    "feishu": (feishu.PER_MINUTE, feishu.PER_SECOND),
}


def build_channels(receivers: Iterable[Receiver], settings: ChannelSettings) -> Mapping[str, Channel]:
    """One channel per receiver id. Raises ConfigError for a receiver that cannot work."""
    return {receiver.id: CHANNELS[receiver.channel](receiver, settings) for receiver in receivers}


def quotas_of(receivers: Iterable[Receiver]) -> Mapping[str, Quota]:
    """How fast each receiver's robot may be used; two receivers of one robot share its quota."""
    return {
        each.id: Quota(f"{each.channel}:{robot_name(each)}", *_LIMITS[each.channel])
        for each in receivers
        if each.channel in _LIMITS
    }
