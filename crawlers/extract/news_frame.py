"""What surrounds the links of a list page: enough to know the same page again when it lists nothing."""

import re
from collections.abc import Collection

from lxml import html

_NEXT = re.compile(r"(?:下一?页|后一?页|next(?:page)?)[›»>]{0,2}", re.IGNORECASE)
_ENDED = re.compile(r"disabled|nolink|no-?more", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_CLOSED = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_MOST = 80
_LIKE = 2 / 3


def parts(tree: html.HtmlElement) -> tuple[str, ...]:
    """The names that a template gives its parts, and the title without numbers: alike on every page of a list."""
    names = {name for node in tree.iter() if isinstance(node.tag, str) for name in _names(node)}
    title = _DIGITS.sub("", "".join((tree.findtext(".//title") or "").split()))
    return (*sorted(names)[:_MOST], *([title] if title else []))


def _names(node: html.HtmlElement) -> list[str]:
    return [
        *(f".{name}" for name in (node.get("class") or "").split()),
        *(f"#{n}" for n in (node.get("id") or "").split()),
    ]


def is_same(blank: Collection[str], full: Collection[str]) -> bool:
    """Whether a page without links is the page with links, emptied: a captcha or an error has another frame."""
    return bool(blank) and len({*blank} & {*full}) >= _LIKE * len(blank)


def has_next(tree: html.HtmlElement) -> bool:
    """Whether a link says that it leads to the next page, and leads somewhere."""
    return any(
        _NEXT.fullmatch("".join(link.text_content().split()))
        and not (link.get("href") or "#").strip().lower().startswith(("#", "javascript:"))
        and not _ENDED.search(link.get("class") or "")
        for link in tree.iter("a")
    )


def is_closed(body: bytes) -> bool:
    """Whether the end of the page has come. Sites may leave it out: it tells something where it usually stands."""
    return bool(_CLOSED.search(body[-4096:]))
