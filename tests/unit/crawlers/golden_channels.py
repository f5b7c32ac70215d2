"""How the saved pages of the further channels are read in the golden tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crawlers.extract import appstore, guba, heimao, rsshub, wechat
from crawlers.extract.appstore import App
from crawlers.extract.guba import Bar
from crawlers.model import Reply
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionKind, Platform

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
APP = App("1000000001", "云江手机银行", "yunjiang")
BAR = Bar("601999", "yunjiang")
ARTICLE = "https://mp.weixin.qq.com/s/AbCdEfGhIjKlMnOpQrStUv"
POST = Draft(
    *(Platform.GUBA, MentionKind.POST, "1500000002", "https://guba.eastmoney.com/news,601999,1500000002.html"),
    *("云江银行APP登不上去", NOW),
)
ANNOUNCED = Draft(Platform.WECHAT, MentionKind.ARTICLE, "AbCdEfGhIjKlMnOpQrStUv", ARTICLE, "摘要", NOW, "公众号文章")


def _reply(path: Path) -> Reply:
    return Reply(f"https://channel.example/{path.name}", 200, path.read_bytes())


def _guba(path: Path) -> object:
    if path.name.startswith("post"):
        return guba.parse_post(_reply(path), BAR, NOW)
    if path.name.startswith("replies"):
        return guba.parse_replies(_reply(path), BAR, POST, NOW)
    return guba.parse_list(_reply(path), BAR, NOW)


CHANNELS: dict[str, Callable[[Path], object]] = {
    "appstore": lambda path: appstore.parse(_reply(path), APP, "cn", NOW),
    "guba": _guba,
    "heimao": lambda path: heimao.parse(_reply(path), NOW),
    "rsshub": lambda path: rsshub.parse(_reply(path), NOW),
    "wechat": lambda path: wechat.parse(_reply(path), ANNOUNCED, ANNOUNCED.native_id, ARTICLE, NOW),
}
