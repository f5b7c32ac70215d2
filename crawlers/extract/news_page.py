"""An article page of any news site: title, main text, time with precision, publisher, author, canonical address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import htmldate
from lxml import etree, html

from crawlers.extract import news_body, news_meta, urls
from crawlers.extract.encoding import decode
from crawlers.extract.times import SHANGHAI, ParsedTime, find_time, parse_time
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import TimePrecision

PARSER = "news_page/1"
_SUFFIX = re.compile(r"\s*(?:[-_|—–]{1,2}|\s·)\s*[^-_|—–]{1,24}$")
_SOURCE_LINE = re.compile(r"(?:文章|本文|信息|稿件)?(?:来源|稿源)\s*[:：]\s*([^\s|,，。;；:：()（）<>]{2,30})")
_AUTHOR_LINE = re.compile(r"(?:作者|记者)\s*[:：]\s*([\u4e00-\u9fff·A-Za-z]{2,12})")
_SOFT_404 = re.compile(r"^\s*(404|页面(没有找到|不存在)|您访问的页面|该(文章|内容|新闻)(已被?删除|不存在)|错误提示)")
_PAYWALL = re.compile(r"(订阅后|付费后|登录后|开通会员|购买后)[^。]{0,12}(阅读|查看)(全文|剩余)")
_DAY = TimePrecision.DAY


@dataclass(frozen=True, slots=True)
class Rule:
    """CSS of one site; an empty part is left to the general ways."""

    title: str = ""
    time: str = ""
    body: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says. `outcome` tells whether the rest may be believed."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    published_at: datetime | None
    time_precision: TimePrecision | None
    publisher: str
    author: str = field(repr=False)
    canonical_url: str
    outcome: Outcome
    is_complete: bool = True  # False: a paywall shows only the lead
    method: str = "none"

    def as_json(self) -> dict[str, object]:
        """The fields that `yuqing extract` prints."""
        return {
            "title": self.title,
            "text": self.text,
            "published_at": self.published_at.astimezone(SHANGHAI).isoformat() if self.published_at else None,
            "time_precision": self.time_precision.value if self.time_precision else None,
            "publisher": self.publisher,
            "author": self.author,
            "canonical_url": self.canonical_url,
            "outcome": self.outcome.value,
        }


def _nothing(url: str, outcome: Outcome) -> Article:
    return Article("", "", None, None, "", "", urls.canonicalise(url), outcome)


def read(reply: Reply, now: datetime, rules: Mapping[str, Rule] | None = None) -> tuple[Verdict, Article]:
    """An article from a reply, with the verdict of the fetch."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, _nothing(reply.url, refusal.outcome)
    article = extract(reply.body, reply.url, reply.headers, now, rules)
    detail = {Outcome.OK: "", Outcome.NOT_FOUND: "soft_404"}.get(article.outcome, "no_main_text")
    return (OK if article.outcome is Outcome.OK else Verdict(article.outcome, detail)), article


def extract(
    page: bytes,
    url: str,
    headers: Mapping[str, str] | None = None,
    now: datetime | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> Article:
    """The article in the bytes of a page. Without `now`, times are not clamped and relative ones not understood."""
    text = decode(page, headers)
    tree = _tree(text)
    if tree is None:
        return _nothing(url, Outcome.CHANGED)
    present = now or datetime(2100, 1, 1, tzinfo=SHANGHAI)
    return _read(tree, text, url, headers or {}, present, _rule(url, rules or {}))


def _tree(text: str) -> html.HtmlElement | None:
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None
    return tree if tree.find("body") is not None else None


def _rule(url: str, rules: Mapping[str, Rule]) -> Rule:
    """The rule of the host, or of the longest suffix of it that has one."""
    host = urlsplit(url).hostname or ""
    matching = [name for name in rules if host == name or host.endswith("." + name)]
    return rules[max(matching, key=len)] if matching else Rule()


def _read(
    tree: html.HtmlElement, page: str, url: str, headers: Mapping[str, str], now: datetime, rule: Rule
) -> Article:
    declared = news_meta.read(tree)
    title = _title(tree, declared, rule)
    visible = news_body.text_of(tree.find("body"))
    near = _near_title(visible, title)
    body = news_body.extract(tree, page, rule.body or None, title)
    when = _when(tree, declared, rule, near, page, url, headers, now)
    return Article(
        title=title,
        text=body.text,
        published_at=when.at if when else None,
        time_precision=when.precision if when else None,
        publisher=_publisher(tree, declared, rule, near, body),
        author=_author(declared, near, body),
        canonical_url=urls.canonical_of(url, declared.canonical),
        outcome=_outcome(title, body, visible),
        is_complete=declared.is_free and not _PAYWALL.search(body.text[-300:] or visible[:3000]),
        method=body.method,
    )


def _outcome(title: str, body: news_body.Body, visible: str) -> Outcome:
    if _SOFT_404.match(title) or (len(visible) < 200 and _SOFT_404.match(visible)):
        return Outcome.NOT_FOUND
    return Outcome.OK if body.text else Outcome.CHANGED


def _css_text(tree: html.HtmlElement, css: str) -> str:
    found = tree.cssselect(css) if css else []
    return " ".join(news_body.text_of(found[0]).split()) if found else ""


def _title(tree: html.HtmlElement, declared: news_meta.Declared, rule: Rule) -> str:
    if ruled := _css_text(tree, rule.title):
        return ruled
    head = " ".join((tree.findtext(".//title") or "").split())
    headings = [" ".join(node.text_content().split()) for node in tree.iter("h1")]
    named = [text for text in headings if len(text) >= 4 and text[:12] in head]
    if named:
        return max(named, key=len)
    if declared.title:
        return _strip_suffix(" ".join(declared.title.split()), headings)
    return _strip_suffix(head, headings) or next((text for text in headings if text), "")


def _strip_suffix(head: str, headings: list[str]) -> str:
    """A window title without the name of the site behind it."""
    if head in headings:
        return head
    while (shorter := _SUFFIX.sub("", head)) != head and len(shorter) >= 8:
        head = shorter
    return head


def _near_title(visible: str, title: str) -> str:
    """The lines below the title, where sites put time, source and author."""
    at = visible.find(title) if title else -1
    return visible[at + len(title) : at + len(title) + 800] if at >= 0 else visible[:2500]


def _when(
    tree: html.HtmlElement,
    declared: news_meta.Declared,
    rule: Rule,
    near: str,
    page: str,
    url: str,
    headers: Mapping[str, str],
    now: datetime,
) -> ParsedTime | None:
    """The first way that knows the clock time; else the first that knows the day."""
    ruled = _css_text(tree, rule.time)
    ways = [
        parse_time(declared.published, now),
        parse_time(news_meta.script_time(page), now),
        find_time(ruled, now) or parse_time(ruled, now),
        find_time(near, now),
    ]
    ways.append(_first_row(near, now))
    found = [way for way in ways if way is not None and not way.clamped]
    exact = next((way for way in found if way.precision is not _DAY), None)
    if exact or found:
        return exact or found[0]
    return _last_resorts(page, url, headers, now)


def _first_row(near: str, now: datetime) -> ParsedTime | None:
    """A relative or year-less time that stands alone in one of the first lines."""
    rows = (line for line in near.splitlines()[:6] if len(line) < 40)
    return next((parsed for row in rows if (parsed := parse_time(row, now)) and not row.isdigit()), None)


def _last_resorts(page: str, url: str, headers: Mapping[str, str], now: datetime) -> ParsedTime | None:
    guess = htmldate.find_date(page, url=url, extensive_search=True, original_date=True, max_date=now)
    for text in (guess, urls.date_in(url), headers.get("last-modified")):
        if text and (parsed := parse_time(text, now)):
            return parsed
    return None


def _publisher(
    tree: html.HtmlElement, declared: news_meta.Declared, rule: Rule, near: str, body: news_body.Body
) -> str:
    if ruled := _css_text(tree, rule.publisher):
        found = _SOURCE_LINE.search(ruled)
        return found.group(1) if found else ruled
    for text in (near, *body.about):
        if found := _SOURCE_LINE.search(text):
            return found.group(1)
    return declared.publisher


def _author(declared: news_meta.Declared, near: str, body: news_body.Body) -> str:
    if declared.author and not declared.author.startswith("http"):
        return declared.author
    found = _AUTHOR_LINE.search(near) or next((m for line in body.about if (m := _AUTHOR_LINE.search(line))), None)
    return found.group(1) if found else ""
