"""The page of an article of a 微信公众号 (mp.weixin.qq.com)."""

import re
from datetime import datetime

from lxml import etree, html

from crawlers.extract.encoding import decode
from crawlers.extract.text import visible_text
from crawlers.extract.times import parse_time
from crawlers.extract.values import string
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, MentionKind, Platform, TimePrecision

PARSER = "wechat/1"
_CREATED = re.compile(r"""\bvar\s+ct\s*=\s*["'](\d{10})["']""")
_MESSAGE = "//*[contains(@class, 'weui-msg__title') or contains(@class, 'global_error_msg')]"
_DELETED = ("该内容已被发布者删除", "此内容因违规无法查看")
_NO_ARTICLE = Verdict(Outcome.CHANGED, "no_article")


def parse(
    reply: Reply, announced: Draft | None, native_id: str, url: str, now: datetime
) -> tuple[Verdict, Draft | None]:
    """Read an article. `announced` gives the time where the page tells none."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, None
    text = decode(reply.body, reply.headers)
    try:
        page = html.document_fromstring(text)
    except (etree.ParserError, ValueError):
        return _NO_ARTICLE, None
    body = page.find(".//*[@id='js_content']")
    if body is None:
        return _without_article(page), None
    when = _when(text, announced, now)
    words = visible_text(body)
    if when is None or not words:
        return _NO_ARTICLE, None
    return OK, Draft(
        platform=Platform.WECHAT,
        kind=MentionKind.ARTICLE,
        native_id=native_id,
        url=url,
        title=_of(page, "activity-name") or (announced.title if announced else None),
        text=words,
        published_at=when[0],
        time_precision=when[1],
        author_name=_of(page, "js_name") or None,
        author_kind=AuthorKind.UNKNOWN,  # a bank, a newspaper or one person: the page does not say
        parser_version=PARSER,
    )


def _of(page: html.HtmlElement, name: str) -> str:
    found = page.find(f".//*[@id='{name}']")
    return "" if found is None else visible_text(found)


def _when(text: str, announced: Draft | None, now: datetime) -> tuple[datetime, TimePrecision] | None:
    found = _CREATED.search(text)
    shown = parse_time(string(found.group(1)), now) if found else None
    if shown is not None:
        return shown.at, shown.precision
    return (announced.published_at, announced.time_precision) if announced else None


def _without_article(page: html.HtmlElement) -> Verdict:
    """Told by the elements that stand in the article's place, never by words elsewhere."""
    if page.find(".//*[@id='js_verify']") is not None:
        return Verdict(Outcome.CHALLENGE, "js_verify")
    messages = " ".join(visible_text(element) for element in page.xpath(_MESSAGE))
    if any(words in messages for words in _DELETED):
        return Verdict(Outcome.NOT_FOUND, "deleted_message")
    return _NO_ARTICLE
