"""Which parser reads which of Weibo's golden pages: the beginning of a file's name tells."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crawlers.extract import weibo_json, weibo_open, weibo_talk
from crawlers.extract.weibo_talk import Thread
from crawlers.model import Reply
from yuqing.domain.mention import MentionId

NOW = datetime(2026, 3, 14, 1, 40, tzinfo=UTC)
POST = Thread(MentionId("weibo:post:5276300844652167"), "云江银行转账失败")


def _reply(path: Path) -> Reply:
    return Reply("https://weibo.com/x", 200, path.read_bytes())


def _ajax(path: Path) -> object:
    if path.stem.startswith("show"):
        return weibo_json.parse_show(_reply(path), NOW)
    if path.stem.startswith("detail"):
        return weibo_json.parse_detail(_reply(path), NOW)
    if path.stem.startswith("timeline"):
        return weibo_json.parse_timeline(_reply(path), NOW)
    return list(weibo_json.parse_article(_reply(path)))


def _talk(path: Path) -> object:
    parse = weibo_talk.parse_reposts if path.stem.startswith("reposts") else weibo_talk.parse_comments
    return parse(_reply(path), POST, NOW)


def _open(path: Path) -> object:
    parse = weibo_open.parse_comments if path.stem.startswith("comments") else weibo_open.parse_statuses
    return parse(_reply(path), NOW)


WEIBO: dict[str, Callable[[Path], object]] = {"weibo_ajax": _ajax, "weibo_talk": _talk, "weibo_open": _open}
