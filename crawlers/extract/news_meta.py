"""What the head of an article page declares: Open Graph, JSON-LD and the meta names that Chinese portals use."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import html

_TIME_NAMES = (
    "article:published_time",
    "og:published_time",
    "bytedance:published_time",
    "og:release_date",
    "weibo: article:create_at",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish_time",
    "publish-date",
    "apub:time",
    "_pubtime",
    "article:create_at",
)
_TITLE_NAMES = ("og:title", "articletitle", "twitter:title")
_AUTHOR_NAMES = ("article:author", "author", "og:article:author", "mediaid_author")
_PUBLISHER_NAMES = ("contentsource", "source", "mediaid", "article:publisher", "og:site_name")
_SCRIPT_TIME = re.compile(
    r"""\b(?:var ct|publish_?time|pub_?time|ptime)["']?\s*[:=]\s*["']"""
    r"""(1\d{9}(?:\d{3})?|20\d\d-\d\d-\d\d \d\d:\d\d[:\d]*)["']""",
    re.IGNORECASE,
)
_PAID_TIERS = ("locked", "metered")
_ARTICLE_TYPES = ("NewsArticle", "Article", "BlogPosting", "ReportageNewsArticle", "WebPage")


@dataclass(frozen=True, slots=True)
class Declared:
    """The declarations of one page; missing ones are empty."""

    title: str = field(default="", repr=False)
    published: str = ""
    author: str = field(default="", repr=False)
    publisher: str = ""
    canonical: str = ""
    is_free: bool = True


def _metas(tree: html.HtmlElement) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content)
    return found


def _first(metas: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((metas[name] for name in names if name in metas), "")


def _json_ld(tree: html.HtmlElement) -> Iterator[Mapping[str, object]]:
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            document = json.loads(script.text or "", strict=False)
        except ValueError:
            continue  # one broken island says nothing about the page
        entries = document if isinstance(document, list) else [document]
        for entry in entries:
            if isinstance(entry, dict):
                graph = entry.get("@graph")
                yield from (node for node in graph if isinstance(node, dict)) if isinstance(graph, list) else (entry,)


def _name(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name")
    return value.strip() if isinstance(value, str) else ""


def _is_article(node: Mapping[str, object]) -> bool:
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return bool(node.get("datePublished") or node.get("pubDate")) or any(k in _ARTICLE_TYPES for k in kinds)


def script_time(page: str) -> str | None:
    """The time that some sites keep in a script only."""
    found = _SCRIPT_TIME.search(page)
    return found.group(1) if found else None


def read(tree: html.HtmlElement) -> Declared:
    """Everything that the page declares about itself."""
    metas = _metas(tree)
    ld = next((node for node in _json_ld(tree) if _is_article(node)), {})
    canonical = tree.xpath("string(//link[@rel='canonical']/@href)")
    free = ld.get("isAccessibleForFree", True)
    return Declared(
        title=_name(ld.get("headline")) or _first(metas, _TITLE_NAMES),
        published=_first(metas, _TIME_NAMES) or _name(ld.get("datePublished")) or _name(ld.get("pubDate")),
        author=_name(ld.get("author")) or _first(metas, _AUTHOR_NAMES),
        publisher=_first(metas, _PUBLISHER_NAMES[:4]) or _name(ld.get("publisher")) or metas.get("og:site_name", ""),
        canonical=str(canonical),
        is_free=str(free).lower() != "false" and metas.get("article:content_tier", "").lower() not in _PAID_TIERS,
    )
