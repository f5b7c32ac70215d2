"""List pages in HTML: the links that a selector names, with the dates beside them or in their addresses."""

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree, html

from crawlers.extract import news_frame
from crawlers.extract.encoding import decode
from crawlers.extract.entries import Entry, Feed, dated, once
from crawlers.extract.feeds import joined, no_feed
from crawlers.extract.text import visible_text
from crawlers.extract.times import ParsedTime, find_time, parse_time
from crawlers.extract.urls import date_in
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status
from yuqing.domain.coverage import Outcome


@dataclass(frozen=True, slots=True)
class ListShape:
    """CSS of `links`; of the `row` around each link and the `time` inside the row, where dates stand beside titles;
    `match` is a regular expression that the address of an article fits, `date` one whose groups are the year, month
    and day in it, where they do not stand there as a date usually does."""

    links: str
    row: str = ""
    time: str = ""
    match: str = ""
    date: str = ""


def parse(reply: Reply, now: datetime, shape: ListShape, *, is_first: bool = True) -> Feed:
    """Read one list page. A page without the links has changed, unless it lies behind the last one: whether it does,
    the pages before it tell."""
    refusal = by_status(reply)
    if refusal is not None:
        return Feed(refusal)
    tree = _tree(decode(reply.body, reply.headers))
    if tree is None:
        return Feed(no_feed(reply.body, "no_links"))
    found = _rows(tree, shape, reply.url, now)
    frame, is_closed = news_frame.parts(tree), news_frame.is_closed(reply.body)
    if found:
        entries = once([dated(entry) for entry in found])
        return Feed(OK, entries, frame=frame, has_next=news_frame.has_next(tree), is_closed=is_closed)
    verdict = no_feed(reply.body, "no_links")
    if not is_first and verdict.outcome is Outcome.CHANGED and len(visible_text(tree)) > 0:
        verdict = Verdict(Outcome.OK_EMPTY, "end_of_list")
    return Feed(verdict, frame=frame, is_closed=is_closed)


def _tree(text: str) -> html.HtmlElement | None:
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return None


def _rows(tree: html.HtmlElement, shape: ListShape, base: str, now: datetime) -> list[Entry]:
    base = joined(base, str(tree.xpath("string(//base/@href)"))) or base
    rows = tree.cssselect(shape.row) if shape.row else [tree]
    found = (_entry(link, row, shape, base, now) for row in rows for link in row.cssselect(shape.links))
    return [entry for entry in found if entry is not None]


def _entry(link: html.HtmlElement, row: html.HtmlElement, shape: ListShape, base: str, now: datetime) -> Entry | None:
    url = joined(base, (link.get("href") or "").strip())
    if url is None or (shape.match and not re.search(shape.match, url)):
        return None
    title = " ".join((link.get("title") or visible_text(link)).split())
    return Entry(url, title, published=_time(row, url, shape, now)) if title else None


def _time(row: html.HtmlElement, url: str, shape: ListShape, now: datetime) -> ParsedTime | None:
    """The time beside the title, else the day in the address."""
    cells = row.cssselect(shape.time) if shape.time else []
    shown = " ".join(visible_text(cells[0]).split()).strip("[]()【】（） ") if cells else ""
    if found := find_time(shown, now) or parse_time(shown, now):
        return found
    coded = re.search(shape.date, url) if shape.date else None
    return parse_time("-".join(coded.groups()[:3]) if coded else date_in(url), now)
