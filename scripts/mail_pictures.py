"""The alert mail as it arrives: an invented outage, judged by the engine, sent through an SMTP server on loopback.

`scripts/screenshots.py` opens it in Chromium; `python scripts/mail_pictures.py` prints its plain text.
"""

import sys
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.unit.alerts.bank import Bank

WIDTHS = {"phone": 390, "desktop": 1280}


@dataclass(frozen=True, slots=True)
class MailShot:
    """One picture of the mail."""

    name: str
    width: int
    dark: bool


def mail_shots() -> list[MailShot]:
    """Phone and desktop, light and dark."""
    return [
        MailShot(f"mail-{place}{'-dark' if dark else ''}", width, dark)
        for place, width in WIDTHS.items()
        for dark in (False, True)
    ]


def example_mail() -> EmailMessage:
    """The mail about the outage, as the server on loopback took it."""
    from alerts.channels import ChannelSettings, build_channels
    from alerts.channels.email import SmtpServer
    from tests.integration.alerts.smtp_server import Inbox, start
    from tests.unit.alerts.bank import Bank
    from yuqing.domain.subject import Backend, Source

    bank, inbox = Bank.empty(), Inbox()
    _outage(bank)
    server = start(inbox)
    try:
        engine = bank.engine()
        settings = ChannelSettings(
            bank.clock, SmtpServer("127.0.0.1", server.port, "none", timeout=5.0), "yuqing@bank.example"
        )
        news = Source("news", "news", "新闻门户", Backend.RSS, "公开 RSS", True, 600)
        channels = build_channels(engine.receivers, settings)
        engine = bank.engine(channels=channels, sources=(*engine.sources, news))
        engine.detect()
        engine.notify()
    finally:
        server.stop()
    return inbox.mails[0]


def _outage(bank: "Bank") -> None:
    """Four quiet weeks, then the App is down: posts of people, an outlet, an opinion leader, a source with a gap."""
    from tests.unit.alerts.bank import DAY, MINUTE, NOW
    from yuqing.domain.coverage import Outcome
    from yuqing.domain.mention import AuthorKind, FollowerBand

    bank.quiet()
    bank.cover(NOW - 28 * DAY, NOW - 2 * DAY)
    bank.polls(NOW - 2 * DAY, NOW)
    bank.cover(NOW - 28 * DAY, NOW - timedelta(hours=6), source="news")
    for minutes in range(330, -1, -10):
        outcome = Outcome.BLOCKED if 150 <= minutes <= 200 else Outcome.OK
        bank.cover(NOW - (minutes + 30) * MINUTE, NOW - minutes * MINUTE, outcome, source="news")
    tags = ("云江手机银行崩了",)
    bank.post(NOW - 34 * MINUTE, "云江手机银行从十点半起一直打不开，工资转不出去，客服电话也占线", hashtags=tags)
    bank.outage(posts=46)
    bank.post(
        NOW - 12 * MINUTE,
        "#云江手机银行崩了# 收到几十条私信，都说付款时被扣了钱、订单却显示失败。云江银行能不能先发个公告？",
        author=AuthorKind.PERSON,
        followers=FollowerBand.OVER_1M,
        severity=3,
        hashtags=tags,
        shares=2_011,
    )


def page(mail: EmailMessage) -> str:
    """The HTML part with its pictures inside, as a mail program shows it."""
    html = mail.get_body(("html",))
    if html is None:
        raise ValueError("the mail has no HTML part")
    text = str(html.get_content())
    for part in mail.walk():
        if part.get_content_maintype() == "image":
            content = part.get_payload(decode=True)
            data = b64encode(content if isinstance(content, bytes) else b"").decode()
            text = text.replace(f"cid:{str(part['Content-ID']).strip('<>')}", f"data:image/png;base64,{data}")
    return text


def take_mail(browser: "Browser", shots: Sequence[MailShot], output: Path) -> list[Path]:
    """The pictures, whole."""
    content, made = page(example_mail()), []
    for shot in shots:
        context = browser.new_context(
            viewport={"width": shot.width, "height": 844},
            color_scheme="dark" if shot.dark else "light",
            locale="zh-CN",
            device_scale_factor=2 if shot.width < 500 else 1,
        )
        opened = context.new_page()
        opened.set_content(content, wait_until="load")
        path = output / f"{shot.name}.png"
        opened.screenshot(path=path, full_page=True)
        context.close()
        made.append(path)
    return made


def main() -> int:
    """Print the text part."""
    body = example_mail().get_body(("plain",))
    sys.stdout.write(str(body.get_content()) if body is not None else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
