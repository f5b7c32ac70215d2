"""Hot lists that are HTML pages: Weibo's summary, Baidu (also as JSON), Kuaishou."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from lxml import etree, html

from crawlers import outcomes
from crawlers.extract.encoding import decode
from crawlers.extract.hot_json import NO_BOARD, Lines
from crawlers.extract.hot_lines import HotLine, HotPage, heat, label, note, page_of, place, rows, words
from crawlers.extract.values import Json, string, table, tables
from crawlers.model import Reply, Verdict
from yuqing.domain.coverage import Outcome

_BAIDU = re.compile(r"<!--s-data:(\{.*?\})-->", re.DOTALL)
_APOLLO = re.compile(r"window\.__APOLLO_STATE__\s*=\s*")
_TITLE = re.compile(r"<title>([^<]{0,80})", re.IGNORECASE)
_CAPTCHA_TITLES = ("百度安全验证", "验证码", "安全验证", "人机验证")
_VISITOR_TITLE = "Sina Visitor System"
_AND, _NO_LINK = "&", "javascript:"
Reader = Callable[[str], Lines]


def weibo_summary(reply: Reply, board: str, now: datetime) -> HotPage:
    """The table of s.weibo.com/top/summary; its first row, without a number, is pinned."""
    return _parse(reply, board, now, _summary_rows)


def baidu(reply: Reply, board: str, now: datetime) -> HotPage:
    """The realtime board, as the page or as its JSON twin."""
    return _parse(reply, board, now, _baidu_cards)


def kuaishou(reply: Reply, board: str, now: datetime) -> HotPage:
    """The ranking in the state that the start page carries."""
    return _parse(reply, board, now, _kuaishou_items)


def _parse(reply: Reply, board: str, now: datetime, read: Reader) -> HotPage:
    if refusal := outcomes.by_status(reply):
        return HotPage(refusal)
    text = decode(reply.body, reply.headers)
    return page_of(board, _refused(text) or read(text), now)


def _refused(text: str) -> Verdict | None:
    """A page that is no board but a wall, told by its title and frame."""
    head = text[:8192]
    title = _TITLE.search(head)
    if 'id="captcha_container"' in head or (title and title.group(1).strip().startswith(_CAPTCHA_TITLES)):
        return Verdict(Outcome.CHALLENGE, "captcha_page")
    if title and title.group(1).strip() == _VISITOR_TITLE:
        return Verdict(Outcome.AUTH_REQUIRED, "visitor_page")
    return None


def _summary_rows(text: str) -> Lines:
    try:
        tree = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return Verdict(Outcome.CHANGED, "not_html")
    frame = next((node for node in tree.iter("div") if node.get("id") == "pl_top_realtimehot"), None)
    if frame is None or next(frame.iter("table"), None) is None:
        return NO_BOARD
    return [_summary_row(row) for row in frame.iter("tr") if next(row.iter("td"), None) is not None]


def _summary_row(row: html.HtmlElement) -> HotLine:
    """A pinned row has no number; a row that is sold has a dot, or a link that leads nowhere."""
    number, topic, flag = (_cell(row, name) for name in ("td-01", "td-02", "td-03"))
    link = next(topic.iter("a"), None) if topic is not None else None
    href = link.get("href", "") if link is not None else ""
    place_of_row = _text(number)
    return HotLine(
        word=words(_text(link)),
        rank=place(place_of_row),
        heat=heat(_text(next(topic.iter("span"), None) if topic is not None else None)),
        label=label(_text(flag)),
        url=f"https://s.weibo.com{href.split(_AND)[0]}" if href.startswith("/weibo?") else "",
        pinned=not place_of_row,
        is_ad=href.startswith(_NO_LINK) or place_of_row == "•",
    )


def _cell(row: html.HtmlElement, name: str) -> html.HtmlElement | None:
    return next((cell for cell in row.iter("td") if name in cell.get("class", "").split()), None)


def _text(node: html.HtmlElement | None) -> str:
    return "" if node is None else str(node.text_content()).strip()


def _baidu_cards(text: str) -> Lines:
    document = _baidu_document(text)
    if isinstance(document, Verdict):
        return document
    cards = tables(table(document.get("data")).get("cards"))
    if not cards or not isinstance(cards[0].get("content"), list):
        return NO_BOARD
    content = rows(cards[0]["content"])
    # Sometimes the lines lie one level deeper.
    nested = [line for part in content for line in rows(part.get("content"))]
    pinned = [_baidu_line(line, is_pinned=True) for line in tables(cards[0].get("topContent"))]
    return [*pinned, *(_baidu_line(line) for line in nested or content)]


def _baidu_document(text: str) -> Json | Verdict:
    found = _BAIDU.search(text)
    if found is None and not text.lstrip().startswith("{"):
        return NO_BOARD
    try:
        document = json.loads(found.group(1) if found else text)
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    return document if isinstance(document, dict) else NO_BOARD


def _baidu_line(line: Json, is_pinned: bool = False) -> HotLine:
    word = words(line.get("word") or line.get("query"))
    return HotLine(
        word=word,
        heat=heat(line.get("hotScore")),
        label=label(line.get("hotTagName") or line.get("labelTagName")),
        url=f"https://www.baidu.com/s?wd={quote(word)}" if word else "",
        note=note(line.get("desc")),
        pinned=is_pinned or bool(line.get("isTop")),
    )


def _kuaishou_items(text: str) -> Lines:
    """The state is a cache of records that name one another."""
    start = _APOLLO.search(text)
    if start is None:
        return _kuaishou_refusal(text)
    try:
        state, _ = json.JSONDecoder().raw_decode(text, start.end())
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    records = table(table(state).get("defaultClient")) or table(state)
    roots = [table(value) for name, value in records.items() if "visionHotRank" in name and "items" in table(value)]
    if not roots:
        return NO_BOARD
    return [_kuaishou_line(table(records.get(string(item.get("id"))) or item)) for item in rows(roots[0]["items"])]


def _kuaishou_refusal(text: str) -> Verdict:
    if text.lstrip().startswith("{"):
        document = outcomes.load_json(Reply("", 200, text.encode()))
        if not isinstance(document, Verdict) and string(document.get("result")) == "2":
            return Verdict(Outcome.RATE_LIMITED, "result_2")
    return NO_BOARD


def _kuaishou_line(item: Json) -> HotLine:
    word = words(item.get("name"))
    return HotLine(
        word=word,
        heat=heat(item.get("hotValue")),
        label="" if item.get("tagType") == "置顶" else label(item.get("tagType")),
        url=f"https://www.kuaishou.com/search/video?searchKey={quote(word)}" if word else "",
        pinned=item.get("tagType") == "置顶",
    )
