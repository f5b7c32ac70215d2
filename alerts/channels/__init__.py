"""Channels, one file each. A new one is a file, a builder in this table, a name in rules.CHANNELS, a test."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from alerts.channels.email import EmailChannel, SmtpServer
from alerts.channels.webhook import WebhookChannel
from yuqing.domain.alert import Message, Receiver
from yuqing.domain.errors import ChannelError, ConfigError
from yuqing.domain.ports import Channel, Clock

TIMEOUT = 15.0


@dataclass(frozen=True)
class ChannelSettings:
    """What the channels need of the process settings. `smtp` None or `webhook_url` None: not configured."""

    clock: Clock
    smtp: SmtpServer | None = None
    smtp_sender: str = "yuqing@localhost"
    webhook_url: SecretStr | None = field(default=None, repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)
    webhook_public_only: bool = False


@dataclass(frozen=True)
class Unconfigured:
    """Stands for a channel that the settings do not provide: every message fails visibly and is tried again later."""

    reason: str

    def send(self, message: Message) -> str:
        """Always raises ChannelError."""
        raise ChannelError(self.reason)


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


CHANNELS: Mapping[str, Callable[[Receiver, ChannelSettings], Channel]] = {"email": _email, "webhook": _webhook}


def build_channels(receivers: Iterable[Receiver], settings: ChannelSettings) -> Mapping[str, Channel]:
    """One channel per receiver id. Raises ConfigError for a receiver that cannot work."""
    return {receiver.id: CHANNELS[receiver.channel](receiver, settings) for receiver in receivers}
