"""HTML from Douyin: captcha pages, pages that carry their data (`RENDER_DATA`), and pages that say "no result"."""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import unquote

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome

Json = Mapping[str, object]
NO_RESULT = frozenset({"暂无搜索结果", "没有找到相关结果", "未搜索到相关内容", "换个关键词试试"})
PAGE = "is_page"  # in a document that was read from HTML
_DATA = re.compile(rb"<script[^>]*\bid=[\"']?RENDER_DATA\b[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]*)</title>", re.IGNORECASE)
_CONTAINER = re.compile(rb"\bid=[\"']?captcha_container\b")
_LEAF = re.compile(r">([^<>]{2,40})<")
_PAUSES = re.compile(r"[，,。!！~～\s]+")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_MAX_DEPTH = 12
_CAPTCHA = Verdict(Outcome.CHALLENGE, "captcha_page")
_NO_WORKS = Verdict(Outcome.SUSPECT_EMPTY, "page_without_works")
_NOTHING: Json = {"status_code": 0, PAGE: True, "no_result": True, "data": [], "has_more": 0}
_OTHER_NAMES = {"author_info": "author", "stats": "statistics"}


def read(body: bytes) -> Json | Verdict:
    """A document like those of the JSON routes, or why the page is none.

    A page whose whole sentence says "no result" is a document with `no_result`; one with works has them in `data`.
    """
    if _CONTAINER.search(body):
        return _CAPTCHA
    text = body.decode("utf-8", "replace")
    if carried := _DATA.search(body):
        found = _carried(carried[1])
        return dict(_NOTHING) if found == _NO_WORKS and _says_no_result(text) else found
    title = _TITLE.search(text)
    if title and "验证" in title[1]:
        return _CAPTCHA
    if _says_no_result(text):
        return dict(_NOTHING)
    return Verdict(Outcome.BLOCKED, "html_instead_of_json")


def _says_no_result(text: str) -> bool:
    """True when an element holds one of the sentences and nothing else: a caption may well contain one."""
    leaves = ([part for part in _PAUSES.split(unescape(leaf)) if part] for leaf in _LEAF.findall(text))
    return any(parts and NO_RESULT.issuperset(parts) for parts in leaves)


def _carried(raw: bytes) -> Json | Verdict:
    """The works in the percent-encoded data of a page. Titles of such pages are captions: they decide nothing."""
    try:
        data = json.loads(unquote(unescape(raw.decode("utf-8", "replace")).strip()))
    except (ValueError, RecursionError):
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    if any(_is_true(node.get("isSpider")) for node in _nodes(data)):
        return Verdict(Outcome.CHALLENGE, "is_spider")
    found = {str(node["awemeId"]): snake(node) for node in _nodes(data) if node.get("awemeId") and "createTime" in node}
    works = list(found.values())
    if not works:
        return _NO_WORKS
    return {"status_code": 0, PAGE: True, "data": works, "aweme_detail": works[0]}


def _is_true(value: object) -> bool:
    return str(value).lower() in ("true", "1")


def _nodes(value: object, depth: int = 0) -> Iterator[Json]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)


def snake(value: object, depth: int = 0) -> object:
    """`awemeId` as `aweme_id`, all the way down: pages spell names differently from the JSON routes."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, list):
        return [snake(item, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    named = ((_HUMP.sub(r"_\1", str(name)).lower(), item) for name, item in value.items())
    return {_OTHER_NAMES.get(name, name): snake(item, depth + 1) for name, item in named}
