"""RSS 2.0, Atom and news sitemaps to entries. Malformed feeds are read as far as they go."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from urllib.parse import urljoin

import feedparser
from lxml import etree

from crawlers.extract.encoding import decode
from crawlers.extract.reach import may_follow
from crawlers.extract.text import clean, strip_tags
from crawlers.extract.times import ParsedTime, parse_time
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(rss|feed|rdf:RDF|urlset|sitemapindex)\b")
_LATEST = datetime.max.replace(tzinfo=UTC)
_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One announced article."""

    url: str
    title: str = field(default="", repr=False)
    summary: str = field(default="", repr=False)
    published: ParsedTime | None = None
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Nested:
    """A sitemap that an index names, and when it was changed."""

    url: str
    modified: ParsedTime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed or sitemap says. `sitemaps` are further sitemaps named by an index, newest first."""

    verdict: Verdict
    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[Nested, ...] = ()


def parse(reply: Reply, now: datetime) -> Feed:
    """Read a feed of any of the known forms."""
    if reply.status == 304:
        return Feed(Verdict(Outcome.OK_EMPTY, "not_modified"))
    refusal = by_status(reply)
    if refusal is not None:
        return Feed(refusal)
    text = _DECLARATION.sub("", decode(reply.body, reply.headers)).lstrip()
    root = _ROOT.search(text[:2000])
    if root is None:
        return Feed(Verdict(Outcome.CHANGED, "not_a_feed"))
    if root.group(1) in ("urlset", "sitemapindex"):
        return _sitemap(text, reply.url, now)
    return _feed(text, reply.url, now)


def _feed(text: str, base: str, now: datetime) -> Feed:
    found = feedparser.parse(
        BytesIO(text.encode()), response_headers={"content-type": "application/xml; charset=utf-8"}
    )
    entries = [entry for item in found.entries if (entry := _entry(item, base, now))]
    if entries:
        return Feed(OK, tuple(entries))
    if found.entries:
        return Feed(Verdict(Outcome.CHANGED, "entries_unreadable"))
    if found.bozo:
        return Feed(Verdict(Outcome.CHANGED, "malformed_feed"))
    return Feed(Verdict(Outcome.OK_EMPTY, "feed_without_entries"))


def _entry(item: Mapping[str, object], base: str, now: datetime) -> Entry | None:
    link = str(item.get("link") or item.get("id") or "")
    url = _joined(base, link)
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
    )


def _sitemap(text: str, base: str, now: datetime) -> Feed:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(text.encode(), parser)
    if root is None:
        return Feed(Verdict(Outcome.CHANGED, "malformed_sitemap"))
    if etree.QName(root).localname == "sitemapindex":
        named = _sitemaps(root, base, now)
        return Feed(OK if named else Verdict(Outcome.OK_EMPTY, "index_without_sitemaps"), sitemaps=named)
    entries = tuple(entry for url in root.iter("{*}url") if (entry := _sitemap_entry(url, base, now)))
    return Feed(OK if entries else Verdict(Outcome.OK_EMPTY, "sitemap_without_urls"), entries)


def _sitemaps(index: etree._Element, base: str, now: datetime) -> tuple[Nested, ...]:
    """The sitemaps of an index, newest first; one without a time may hold anything and comes before all."""
    found = [
        Nested(url, parse_time(child.findtext("{*}lastmod"), now))
        for child in index.iter("{*}sitemap")
        if (url := _joined(base, (child.findtext("{*}loc") or "").strip()))
    ]
    return tuple(sorted(found, key=lambda nested: nested.modified.at if nested.modified else _LATEST, reverse=True))


def _joined(base: str, link: str) -> str | None:
    """A link as a whole address; None where there is none that may be fetched."""
    try:
        url = urljoin(base, link)
    except ValueError:
        return None
    return url if link and may_follow(url, base) else None


def _sitemap_entry(url: etree._Element, base: str, now: datetime) -> Entry | None:
    location = _joined(base, (url.findtext("{*}loc") or "").strip())
    if location is None:
        return None
    when = url.findtext(f".//{_NEWS}publication_date") or url.findtext("{*}lastmod")
    return Entry(
        url=location,
        title=(url.findtext(f".//{_NEWS}title") or "").strip(),
        published=parse_time(when, now),
        publisher=(url.findtext(f".//{_NEWS}publication/{_NEWS}name") or "").strip(),
    )
