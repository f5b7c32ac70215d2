"""Result pages of s.weibo.com search."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache

from lxml import etree

from crawlers.extract import ids
from crawlers.extract.encoding import decode
from crawlers.extract.numbers import count_value
from crawlers.extract.text import Node, all_text, clean, hashtags, own_words, visible_text
from crawlers.extract.times import parse_time
from crawlers.extract.weibo_status import article_number
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, TRUNCATED_HTML, by_status, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Engagement, MentionId, MentionKind, Platform, TimePrecision, mention_id

PARSER = "weibo_html/2"
_ACTION_MID = re.compile(r"mid=(\d{8,19})")
_PAGE = re.compile(r"[?&]page=(\d+)")
_ARTICLE = ".//a[i[contains(@class,'wbicon') and normalize-space(text())='O']]"
_TAIL = 1024  # how far from its ends a document is searched for its beginning and its end
_BESIDE_NO_RESULT = 3  # parts of a list that says "no result": the marker, an advert, a hint
_FOLD = frozenset({"fl_unfold", "fl_fold"})
_GRADES = {
    "woo_svg_vblue": AuthorKind.ORGANISATION,
    "woo_svg_vyellow": AuthorKind.VERIFIED_PERSON,
    "woo_svg_vorange": AuthorKind.VERIFIED_PERSON,
    "woo_svg_vgold": AuthorKind.VERIFIED_PERSON,
}


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a result page says: its verdict, its posts, and how many pages the site offers."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    last_page: int = 1
    has_next: bool = False
    articles: tuple[tuple[str, str], ...] = ()  # mid and number of the article in the post


def parse(reply: Reply, now: datetime) -> SearchPage:
    """Read one result page."""
    refusal = by_status(reply)
    if refusal is not None:
        return SearchPage(refusal)
    source = decode(reply.body, reply.headers).encode()
    tree = _tree(source)
    if tree is None:
        return SearchPage(Verdict(Outcome.CHANGED, "not_html"))
    parsed = _posts(tree, now)
    has_next = bool(_select(tree, "a", "next"))
    verdict = _elsewhere(tree, source) or _cut_short(reply) or _verdict(tree, parsed)
    return SearchPage(verdict, parsed, _last_page(tree), has_next, _articles(tree))


def _tree(source: bytes) -> Node | None:
    # lxml's own HTML classes choose a Python class for every node: a seventh of the time of a page.
    try:
        return etree.fromstring(source, parser=etree.HTMLParser(encoding="utf-8", huge_tree=False))
    except (etree.ParseError, ValueError):
        return None


def _elsewhere(tree: Node, source: bytes) -> Verdict | None:
    """The verdict of a page that stands in the place of results: told by titles and ids that no post can make."""
    if (tree.findtext(".//title") or "").strip() == "Sina Visitor System":
        return Verdict(Outcome.AUTH_REQUIRED, "visitor_page")
    if b"captcha_container" in source and _nodes(tree, "//*[@id='captcha_container']"):
        return Verdict(Outcome.CHALLENGE, "captcha_page")
    return None


def _cut_short(reply: Reply) -> Verdict | None:
    """A document that was begun and not ended: the pager stands below the list and may be missing with the rest."""
    if b"</html" in reply.body[-_TAIL:].lower() or b"<html" not in reply.body[:_TAIL].lower():
        return None
    return Verdict(Outcome.TRANSPORT, TRUNCATED_HTML)


def _verdict(tree: Node, parsed: Parsed) -> Verdict:
    if changed := judge_cards(len(parsed.drafts), parsed.notes["unreadable"]):
        return changed
    if parsed.drafts:
        return OK
    lists = _nodes(tree, "//*[@id='pl_feedlist_index']")
    marked = [part for part in lists or [tree] if _select(part, "div", "card-no-result")]
    if any(len(part) > _BESIDE_NO_RESULT for part in marked if lists):  # entries that are none to us, and a marker
        return Verdict(Outcome.CHANGED, "entries_unreadable")
    if marked:
        return Verdict(Outcome.OK_EMPTY, "no_result_card")
    if lists:
        return Verdict(Outcome.SUSPECT_EMPTY, "blank_page")
    return Verdict(Outcome.CHANGED, "no_result_list")


@cache
def _path(expression: str) -> etree.XPath:
    """Compiled once: a page asks a hundred times."""
    return etree.XPath(expression)


def _nodes(node: Node, expression: str) -> list[Node]:
    found = _path(expression)(node)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def _select(node: Node, tag: str, css_class: str) -> list[Node]:
    found = _nodes(node, f".//{tag}[contains(@class, '{css_class}')]")
    return [each for each in found if css_class in (each.get("class") or "").split()]


def _by_type(node: Node, node_type: str) -> list[Node]:
    return _nodes(node, f".//*[@node-type='{node_type}']")


class _Part:
    """The nodes of a part of a page by what they are found by: one pass in place of a search for each."""

    def __init__(self, root: Node) -> None:
        self._types: dict[str, list[Node]] = {}
        self._actions: dict[str, list[Node]] = {}
        self._classes: dict[str, list[Node]] = {}
        for node in root.iterdescendants("*"):
            if kind := node.get("node-type"):
                self._types.setdefault(kind, []).append(node)
            if action := node.get("action-type"):
                self._actions.setdefault(action, []).append(node)
            if names := node.get("class"):
                for name in set(names.split()):
                    self._classes.setdefault(name, []).append(node)

    def by_type(self, kind: str) -> list[Node]:
        """Nodes of a node-type."""
        return self._types.get(kind, [])

    def by_action(self, action: str) -> list[Node]:
        """Nodes of an action-type."""
        return self._actions.get(action, [])

    def select(self, tag: str, css_class: str) -> list[Node]:
        """Nodes of a class, with the tag ("*": any)."""
        return [node for node in self._classes.get(css_class, ()) if tag in ("*", node.tag)]


def _last_page(tree: Node) -> int:
    numbers = [1]
    for link in _nodes(tree, "//ul[contains(@class,'s-scroll')]/li/a"):
        page = _PAGE.search(link.get("href") or "")
        digits = page.group(1) if page else "".join(re.findall(r"\d+", link.text or ""))
        numbers.append(int(digits) if digits.isdigit() else 1)
    return max(numbers)


def _articles(tree: Node) -> tuple[tuple[str, str], ...]:
    """The articles that posts link to: the link carries the icon `O`. Never one of a quoted original."""
    found: dict[str, str] = {}
    if not _nodes(tree, _ARTICLE):
        return ()
    for card in _nodes(tree, "//div[@mid and contains(@class,'card-wrap')]"):
        quoted = _by_type(card, "feed_list_forward")
        inside = set(quoted[0].iter()) if quoted else set()
        links = _outside(_nodes(card, _ARTICLE), inside)
        numbers = [number for link in links if (number := article_number(link.get("href") or ""))]
        if numbers:
            found[card.get("mid") or ""] = numbers[0]
    return tuple(found.items())


def _posts(tree: Node, now: datetime) -> Parsed:
    notes: Counter[str] = Counter()
    drafts = [_post(card, now, notes) for card in _nodes(tree, "//div[@mid and contains(@class,'card-wrap')]")]
    return Parsed(tuple(draft for draft in drafts if draft is not None), notes)


def _post(card: Node, now: datetime, notes: Counter[str]) -> Draft | None:
    mid, part = card.get("mid") or "", _Part(card)
    quoted = part.by_type("feed_list_forward")
    inside = set(quoted[0].iter()) if quoted else set()
    text = _own_text(part, inside)
    when = _when(part, inside, mid, now, notes)
    if not ids.is_mid(mid) or text is None or when is None:
        notes["unreadable"] += 1
        return None
    author = _author(part, inside)
    text, context = (own_words(text)[0], _context(quoted[0], text)) if quoted else (text, "")
    original = _original(quoted[0]) if quoted else None
    return Draft(
        platform=Platform.WEIBO,
        kind=MentionKind.REPOST if quoted else MentionKind.POST,
        native_id=mid,
        url=f"https://m.weibo.cn/detail/{mid}",  # the desktop address carries the author's number
        text=text,
        published_at=when[0],
        time_precision=when[1],
        author_id=author[0],
        author_name=author[1],
        author_kind=_author_kind(part),
        engagement=_engagement(part),
        parent_id=original,
        root_id=original,
        hashtags=hashtags(text),
        text_truncated=_is_truncated(part, inside),
        context=context,
        parser_version=PARSER,
    )


def _outside(nodes: list[Node], inside: set[Node]) -> list[Node]:
    return [node for node in nodes if node not in inside]


def _own_text(card: _Part, inside: set[Node]) -> str | None:
    """The poster's own words: the hidden full paragraph where there is one, never the quoted original."""
    full = _outside(card.by_type("feed_list_content_full"), inside)
    short = _outside(card.by_type("feed_list_content"), inside)
    found = [node for node in full + short if node.tag == "p"]
    return visible_text(found[0], _is_furniture) if found else None


def _context(quoted: Node, text: str) -> str:
    """What a repost is about: the chain before it and the original."""
    full = _by_type(quoted, "feed_list_content_full") or _by_type(quoted, "feed_list_content")
    original = visible_text(full[0], _is_furniture) if full else ""
    return f"{own_words(text)[1]}\n{original}".strip()


def _is_truncated(card: _Part, inside: set[Node]) -> bool:
    if _outside(card.by_type("feed_list_content_full"), inside):
        return False
    return any(node.tag == "a" for node in _outside(card.by_action("fl_unfold"), inside))


def _is_furniture(node: Node) -> bool:
    return node.get("action-type") in _FOLD or (node.tag == "i" and "wbicon" in (node.get("class") or ""))


def _path_parts(link: Node) -> list[str]:
    path = (link.get("href") or "").partition("#")[0].partition("?")[0]
    return [part for part in path.split("/") if part]


def _when(
    card: _Part, inside: set[Node], mid: str, now: datetime, notes: Counter[str]
) -> tuple[datetime, TimePrecision] | None:
    rows = _outside(card.select("*", "from"), inside)
    link = rows[0].find(".//a") if rows else None
    shown = parse_time(clean(all_text(link)), now) if link is not None else None
    precision = shown.precision if shown else TimePrecision.SECOND
    believed = ids.reconcile(shown.at if shown else None, precision, ids.weibo_time(mid))
    if believed is None:
        return None
    notes["time_mismatch"] += believed[2]
    notes["time_missing"] += shown is None
    return believed[0], believed[1]


def _author(card: _Part, inside: set[Node]) -> tuple[str | None, str | None]:
    names = _outside(card.select("a", "name"), inside)
    if not names:
        return None, None
    parts = _path_parts(names[0])
    uid = parts[-1] if parts and parts[-1].isdigit() else None
    return uid, clean(names[0].get("nick-name") or all_text(names[0])) or None


def _author_kind(card: _Part) -> AuthorKind:
    avatars = card.select("div", "avator")
    signs = (svg.get("id") or "" for avatar in avatars for svg in avatar.iter("svg"))
    grades = [_GRADES[sign] for sign in signs if sign in _GRADES]
    if grades:
        return grades[0]
    return AuthorKind.PERSON if avatars else AuthorKind.UNKNOWN


def _engagement(card: _Part) -> Engagement:
    bars = card.select("div", "card-act")
    if not bars:
        return Engagement()
    bar = set(bars[-1].iter())  # the last: a quoted original has one of its own
    return Engagement(
        likes=_button(card, bar, "feed_list_like"),
        comments=_button(card, bar, "feed_list_comment"),
        shares=_button(card, bar, "feed_list_forward"),
    )


def _button(card: _Part, bar: set[Node], action: str) -> int | None:
    found = [node for node in card.by_action(action) if node in bar]
    return _shown_count(all_text(found[0])) if found else None


@lru_cache(4096)  # the same few labels on all buttons
def _shown_count(label: str) -> int | None:
    return count_value(clean(label))


def _original(quoted: Node) -> MentionId | None:
    """The id of the reposted status, from its like button or from the address of its time."""
    for button in _nodes(quoted, ".//*[@action-type='feed_list_like']"):
        if found := _ACTION_MID.search(button.get("action-data") or ""):
            return mention_id(Platform.WEIBO, MentionKind.POST, found.group(1))
    for link in _nodes(quoted, ".//*[contains(concat(' ', @class, ' '), ' from ')]//a"):
        parts = _path_parts(link)
        if len(parts) >= 2 and parts[-2].isdigit() and ids.is_bid(parts[-1]):
            return mention_id(Platform.WEIBO, MentionKind.POST, ids.bid_to_mid(parts[-1]))
    return None
