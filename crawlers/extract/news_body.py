"""The main text of an article page: site rule, then trafilatura, then the densest block."""

import re
from dataclasses import dataclass, field
from itertools import takewhile

import trafilatura
from lxml import html

from crawlers.extract.text import clean, visible_text

_NOISE = frozenset({"script", "style", "nav", "header", "footer", "aside", "form", "noscript", "iframe", "button"})
_KNOWN = (  # containers that the large portals use
    "#artibody, #article, #js_content, #endText, .post_body, .article-content, .TRS_Editor, .content-article, "
    ".art_context, .news_txt, .left_zw, .rm_txt_con, #ContentBody, "
    "article, [itemprop=articleBody], .article_content, #content_area, .detail-content, .newsText, #vsb_content"
)
_PARAGRAPHS = ("p", "h2", "h3", "h4", "li", "blockquote", "pre")
_ABOUT = "来源|责任编辑|责编|编辑|原标题|本文来源|文章来源|稿源|作者|审核|校对"
_META_LINE = re.compile(rf"^(?:[-·•]\s*)?[（(【\[]?\s*(?:{_ABOUT})\s*[:：]")
# The same in brackets behind the last sentence.
_META_TAIL = re.compile(rf"[（(【\[]\s*(?:{_ABOUT})\s*[:：][^（()）【】\[\]]{{1,50}}[)）】\]]\s*$")
_DATE_LINE = re.compile(
    r"^(?:(?:发布|更新)?时间\s*[:：]\s*)?(?:20\d{2}\s*[-年/.]\s*)?\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?[\s\d:：]*(?:\S{0,4}来源.*)?$"
)
_MIN_LENGTH = 60
_SHORT = 150
MAX_LENGTH = 100_000


@dataclass(frozen=True, slots=True)
class Body:
    """The text, which way found it (rule, site, trafilatura, density, none) and the lines that are about the text."""

    text: str = field(repr=False)
    method: str
    about: tuple[str, ...] = field(default=(), repr=False)


def _skip(node: html.HtmlElement) -> bool:
    return node.tag in _NOISE or "display:none" in (node.get("style") or "").replace(" ", "")


def text_of(node: html.HtmlElement) -> str:
    """The readable text of a node."""
    return visible_text(node, _skip)


def _by_css(tree: html.HtmlElement, css: str) -> str:
    texts = [text_of(node) for node in tree.cssselect(css)]
    return max(texts, key=len, default="")


def _by_container(tree: html.HtmlElement) -> str:
    """The longest of the innermost known containers: around them stand sharing, comments and related articles."""
    found = {node: text for node in tree.cssselect(_KNOWN) if len(text := text_of(node)) >= _MIN_LENGTH}
    around = {outer for node in found for outer in node.iterancestors() if outer in found}
    inner = {node: text for node, text in found.items() if node not in around}
    node = max(inner, key=lambda each: len(inner[each]), default=None)
    if node is None:
        return ""
    paragraphs = _paragraphs(node)
    return paragraphs if 2 * len(paragraphs) >= len(inner[node]) else inner[node]


def _paragraphs(node: html.HtmlElement) -> str:
    """The paragraphs of a container that are not lists of links."""
    texts: list[str] = []
    for part in node.iter(*_PARAGRAPHS):
        inside = part.iterancestors()
        if _skip(part) or any(
            outer.tag in _PARAGRAPHS or _skip(outer) for outer in takewhile(lambda o: o is not node, inside)
        ):
            continue
        text, linked = text_of(part), sum(len(a.text_content().strip()) for a in part.iter("a"))
        if text and linked <= 0.6 * len(text):
            texts.append(text)
    return "\n".join(texts)


def _by_trafilatura(page: str) -> str:
    found = trafilatura.extract(page, favor_precision=True, include_comments=False, include_tables=False)
    return found or ""


def _density(tree: html.HtmlElement) -> str:
    """The block whose own paragraphs hold the most text outside links."""
    best, score = "", 0.0
    for node in tree.iter("div", "td", "section", "article", "main"):
        own = [child for child in node if child.tag in ("p", "br", "span", "strong") or child.tail]
        letters = sum(len(text_of(child)) + len((child.tail or "").strip()) for child in own if child.tag == "p")
        letters += sum(len((child.tail or "").strip()) for child in own if child.tag != "p")
        linked = sum(len(a.text_content()) for a in node.iter("a"))
        if letters - 2 * linked > score:
            best, score = text_of(node), letters - 2 * linked
    return best


def _is_heading(line: str, title: str) -> bool:
    """A line of the page's head that slipped into the text: the title again, or time and source alone."""
    return line == title or bool(_DATE_LINE.match(line) and len(line) < 50)


def _split(text: str, method: str, title: str) -> Body:
    """Text and the lines about it."""
    lines = text[:MAX_LENGTH].splitlines()
    while len(lines) > 1 and _is_heading(lines[0], title):
        lines.pop(0)
    about = [line for line in lines if _META_LINE.match(line) and len(line) < 60]
    kept = [line for line in lines if line not in about]
    while kept and (tail := _META_TAIL.search(kept[-1])):
        about.append(tail.group().strip())
        kept[-1] = kept[-1][: tail.start()].rstrip()
    return Body("\n".join(line for line in kept if line), method, tuple(about))


def extract(tree: html.HtmlElement, page: str, css: str | None, title: str = "") -> Body:
    """The main text, and which way gave it."""
    if css and (text := _by_css(tree, css)):
        return _split(text, "rule", title)
    if text := _by_container(tree):
        return _split(text, "site", title)
    guess, dense = clean(_by_trafilatura(page)), _density(tree)
    # A short guess beside a long block is the disclaimer below the article.
    if len(guess) >= _MIN_LENGTH and (len(guess) >= _SHORT or len(dense) < 2 * len(guess)):
        return _split(guess, "trafilatura", title)
    return _split(dense, "density", title) if dense else Body("", "none")
