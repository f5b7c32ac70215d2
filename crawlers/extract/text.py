"""HTML to the text that a reader sees."""

import re
from collections.abc import Callable
from typing import TypeAlias

from lxml import etree, html

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\ud800-\udfff\ue000-\uf8ff]")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote", "section"})
_HASHTAG = re.compile(r"#([^#\s][^#\n]{0,60}?)#")
_CHAIN = re.compile(r"//\s*@")
Node: TypeAlias = etree._Element  # lxml's name of what its own documents call an element
Skip = Callable[[Node], bool]


def clean(text: str) -> str:
    """Without zero-width and icon-font characters and halves of characters, white space runs as one, lines kept."""
    lines = [" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines()]
    return "\n".join(filter(None, lines))


def all_text(node: Node) -> str:
    """All text inside a node, as it stands in the source."""
    return "".join(map(str, node.itertext()))


def _pieces(node: Node, skip: Skip) -> list[str]:
    """The text of a node; explicit stack, because a hostile page nests deeper than Python recurses."""
    pieces: list[str] = []
    stack: list[Node | str] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            pieces.append(top)
            continue
        if not isinstance(top.tag, str) or top.tag in ("script", "style") or skip(top):
            continue
        pieces.append(_own(top))
        for child in reversed(top):
            stack.append(child.tail or "")
            stack.append(child)
    return pieces


def _own(node: Node) -> str:
    if node.tag == "img":
        alt = node.get("alt") or ""
        return alt if re.fullmatch(r"\[[^\[\]]{1,12}\]", alt) else ""  # an emoji; other pictures say nothing
    start = "\n" if node.tag in _BLOCKS else ""
    return start + (node.text or "")


def visible_text(node: Node, skip: Skip = lambda node: False) -> str:
    """What a node shows, emojis as [名字], without the parts that `skip` names."""
    return clean("".join(_pieces(node, skip)))


def strip_tags(fragment: str, skip: Skip = lambda node: False) -> str:
    """What an HTML fragment of a JSON feed shows."""
    if "<" not in fragment and "&" not in fragment:
        return clean(fragment)
    if not fragment.strip():
        return ""
    try:
        return visible_text(html.fragment_fromstring(fragment, create_parent="div"), skip)
    except (etree.ParserError, ValueError):  # nothing but comments or control characters
        return clean(re.sub(r"<[^>]*>", "", fragment))


def own_words(text: str) -> tuple[str, str]:
    """A repost's text as (the poster's own words, what others said before them in the chain "//@名字:…")."""
    own, *chain = _CHAIN.split(text, maxsplit=1)
    return own.strip() or "转发微博", "".join(chain)


def hashtags(text: str) -> tuple[str, ...]:
    """The topics written as #话题#, in order, once each."""
    return tuple(dict.fromkeys(tag.strip() for tag in _HASHTAG.findall(text)))
