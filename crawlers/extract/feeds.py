"""RSS 2.0, RSS 1.0 (RDF), Atom and news sitemaps to entries. Malformed feeds are read as far as they go."""

import re
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin

import feedparser
from lxml import etree

from crawlers.extract.encoding import decode
from crawlers.extract.entries import Entry, Feed, Nested, dated
from crawlers.extract.reach import may_follow
from crawlers.extract.text import clean, strip_tags
from crawlers.extract.times import parse_time
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status, html_instead, judge_cards
from yuqing.domain.coverage import Outcome

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(?:\w+:)?(rss|feed|RDF|urlset|sitemapindex)\b")
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry|url|sitemap)(?=[\s/>])")
# What a feed in which nothing is listed calls itself when it is none: the words of the site, never of an article.
_NO_ENTRY_SIGN = re.compile(
    r"(?:请先?|您?需要)?(?:登[录陆])(?:后查看)?|login(?: required)?|sign in|(?:请输入)?验证码|(?:安全|人机|访问)验证"
    r"|captcha|access denied|forbidden|error"
    r"|出错了|错误(?:提示)?|提示信息|访问(?:受限|过于频繁)|系统(?:繁忙|维护)(?:中)?",
    re.IGNORECASE,
)
_SITEMAP_LINE = re.compile(r"(?im)^\s*sitemap\s*:\s*(\S+)")
_ELEMENT = re.compile(r"<([A-Za-z]\w*)(?=[\s/>])")
_FRAME = frozenset(  # what stands in a feed beside its items
    {
        *("rss", "channel", "feed", "RDF", "title", "link", "description", "language", "copyright", "category"),
        *("managingEditor", "webMaster", "pubDate", "lastBuildDate", "generator", "docs", "cloud", "ttl", "image"),
        *("url", "width", "height", "textInput", "textinput", "name", "skipHours", "skipDays", "hour", "day"),
        *("rating", "items", "id", "updated", "published", "subtitle", "author", "contributor", "uri", "email"),
        *("icon", "logo", "rights", "br", "p", "a", "b"),
    }
)
_MAX_UNPACKED = 64 * 1024 * 1024  # a sitemap has at most 50 MB
_MAX_FEED = 4_000_000  # characters
_MAX_ITEMS = 5_000
_MAX_BROKEN = 200_000
_SMALL = 20_000
_LATEST = datetime.max.replace(tzinfo=UTC)
_TRUNCATED = Verdict(Outcome.TRANSPORT, "truncated_feed")
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


def parse(reply: Reply, now: datetime) -> Feed:
    """Read a feed of any of the known forms. What stands in one that was cut short is told with that verdict."""
    if reply.status == 304:
        return Feed(Verdict(Outcome.CHANGED, "unasked_not_modified"))  # who asked for it does not come here
    refusal = by_status(reply)
    if refusal is not None:
        return Feed(refusal)
    text = _DECLARATION.sub("", decode(_unpacked(reply.body), reply.headers)).lstrip()
    root = _ROOT.search(text[:2000])
    if root is None:
        return Feed(no_feed(reply.body, "not_a_feed"))
    is_sitemap = root.group(1) in ("urlset", "sitemapindex")
    found = (_sitemap if is_sitemap else _feed)(text, reply.url, now)
    return found if _is_closed(text, root.group(1)) else replace(found, verdict=_TRUNCATED)


def _is_closed(text: str, root: str) -> bool:
    """Whether the document has an end: what lies behind a cut is neither there nor absent."""
    return bool(re.search(rf"</(?:\w+:)?{root}\s*>|<(?:\w+:)?{root}\b[^<>]*/>", text))


def no_feed(body: bytes, detail: str) -> Verdict:
    """The verdict of a page that is not what was asked for: a captcha in its place, else a change."""
    found = html_instead(body)
    return found if found and found.outcome is Outcome.CHALLENGE else Verdict(Outcome.CHANGED, detail)


def parse_robots(reply: Reply) -> Feed:
    """The sitemaps that a robots.txt names; none is a site that offers none."""
    refusal = by_status(reply)
    if refusal is not None:
        return Feed(refusal)
    if reply.body.lstrip()[:1] == b"<":
        return Feed(no_feed(reply.body, "not_a_robots_txt"))
    lines = dict.fromkeys(_SITEMAP_LINE.findall(decode(reply.body, reply.headers)))
    named = tuple(Nested(url) for line in lines if (url := joined(reply.url, line)))
    return Feed(OK if named else Verdict(Outcome.CHANGED, "no_sitemap_named"), sitemaps=named)


def _unpacked(body: bytes) -> bytes:
    """The bytes of a file that is stored compressed (sitemap.xml.gz); others as they are."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, _MAX_UNPACKED)
    except zlib.error:
        return body


def _feed(text: str, base: str, now: datetime) -> Feed:
    if _takes_too_long(text):
        return Feed(Verdict(Outcome.CHANGED, "feed_too_large"))
    found = feedparser.parse(
        BytesIO(text.encode()),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # nothing is shown as HTML: `strip_tags` takes the text out of it
        resolve_relative_uris=False,
    )
    entries = [dated(entry) for item in found.entries if (entry := _entry(item, base, now))]
    unreadable = len(found.entries) - len(entries)
    if found.entries:
        return Feed(judge_cards(len(entries), unreadable) or OK, tuple(entries), unreadable=unreadable)
    if found.bozo:
        return Feed(Verdict(Outcome.CHANGED, "malformed_feed"))
    if set(_ELEMENT.findall(text)) - _FRAME or _ITEM.search(text):
        return Feed(Verdict(Outcome.CHANGED, "no_known_items"))  # something is listed, under a name we do not know
    if _NO_ENTRY_SIGN.fullmatch(strip_tags(str(found.feed.get("title") or ""))):
        return Feed(Verdict(Outcome.SUSPECT_EMPTY, "feed_of_a_refusal"))
    return Feed(Verdict(Outcome.OK_EMPTY, "feed_without_entries"))


def _takes_too_long(text: str) -> bool:
    """Whether reading it would keep every other source waiting: the tolerant parser is slow where tags do not close."""
    if len(text) > _MAX_FEED or len(_ITEM.findall(text)) > _MAX_ITEMS:
        return True
    if len(text) <= _SMALL:
        return False
    try:
        etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        return len(text) > _MAX_BROKEN or "depth" in str(error).lower()
    return False


def _entry(item: Mapping[str, object], base: str, now: datetime) -> Entry | None:
    link = str(item.get("link") or item.get("id") or "")
    url = joined(base, link)
    if url is None:
        return None
    when = item.get("published") or item.get("updated")
    source = item.get("source")
    return Entry(
        url=url,
        title=strip_tags(str(item.get("title") or "")),
        summary=strip_tags(str(item.get("summary") or "")),
        published=parse_time(when, now),
        publisher=clean(str(source.get("title") or "")) if isinstance(source, Mapping) else "",
        content=_content(item.get("content")),
    )


def _content(parts: object) -> str:
    """The whole text, where the feed carries it."""
    values = (
        [str(part.get("value") or "") for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    )
    return strip_tags(max(values, key=len, default=""))


def _sitemap(text: str, base: str, now: datetime) -> Feed:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(text.encode(), parser)
    if root is None:
        return Feed(Verdict(Outcome.CHANGED, "malformed_sitemap"))
    is_index = etree.QName(root).localname == "sitemapindex"
    named = _sitemaps(root, base, now) if is_index else ()
    listed = list(root.iter("{*}sitemap" if is_index else "{*}url"))
    entries = () if is_index else tuple(entry for url in listed if (entry := _sitemap_entry(url, base, now)))
    unreadable = len(listed) - len(named or entries)
    if not listed:
        return Feed(_nothing_listed(root, is_index))
    return Feed(judge_cards(len(named or entries), unreadable) or OK, entries, named, unreadable=unreadable)


def _nothing_listed(root: etree._Element, is_index: bool) -> Verdict:
    """Empty is a sitemap with nothing in it; one that lists something under other names has changed."""
    if len(root):
        return Verdict(Outcome.CHANGED, "no_known_items")
    return Verdict(Outcome.OK_EMPTY, "index_without_sitemaps" if is_index else "sitemap_without_urls")


def _sitemaps(index: etree._Element, base: str, now: datetime) -> tuple[Nested, ...]:
    """The sitemaps of an index, newest first; one without a time may hold anything and comes before all."""
    found = [
        Nested(url, parse_time(child.findtext("{*}lastmod"), now))
        for child in index.iter("{*}sitemap")
        if (url := joined(base, (child.findtext("{*}loc") or "").strip()))
    ]
    return tuple(sorted(found, key=lambda nested: nested.modified.at if nested.modified else _LATEST, reverse=True))


def joined(base: str, link: str) -> str | None:
    """A link as a whole address; None where there is none that may be fetched."""
    try:
        url = urljoin(base, link)
    except ValueError:
        return None
    return url if link and may_follow(url, base) else None


def _sitemap_entry(url: etree._Element, base: str, now: datetime) -> Entry | None:
    location = joined(base, (url.findtext("{*}loc") or "").strip())
    if location is None:
        return None
    when = url.findtext(f".//{_NEWS}publication_date") or url.findtext("{*}lastmod")
    return Entry(
        url=location,
        title=(url.findtext(f".//{_NEWS}title") or "").strip(),
        published=parse_time(when, now),
        publisher=(url.findtext(f".//{_NEWS}publication/{_NEWS}name") or "").strip(),
    )
