"""Rolling lists in JSON, as portals feed their own pages: plain, as JSONP, or assigned to a variable of a script."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawlers.extract.encoding import decode
from crawlers.extract.entries import Entry, Feed, dated, once
from crawlers.extract.feeds import joined
from crawlers.extract.text import strip_tags
from crawlers.extract.times import parse_time
from crawlers.model import Reply, Verdict
from crawlers.outcomes import OK, by_status, html_instead
from yuqing.domain.coverage import Outcome

FIELDS = ("title", "url", "time", "summary", "publisher", "id", "content")
_WRAPPER = re.compile(
    r"^\s*(?:/\*.*?\*/\s*)*(?:(?:var|let|const)\s+)?(?:try\s*\{\s*)?[\w$.\[\]]+\s*(?:=|\()\s*(?=[\[{])", re.S
)
_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")


@dataclass(frozen=True, slots=True)
class RollShape:
    """Where things stand in the documents of one roll, as dotted paths ("result.data", "0.name").

    `items` leads to the list ("" where the document is the list); `fields` to the parts of an item; `link` makes an
    address of an item's parts ("https://news.example/{id}.html"); `ok` names control fields and the values that mean
    success; `total` the count of hits; `cursor` what the next page is asked with; `skip` parts of an item whose
    value leaves it out.
    """

    items: str
    fields: Mapping[str, str]
    link: str = ""
    ok: Mapping[str, str] = field(default_factory=dict)
    total: str = ""
    cursor: str = ""
    skip: Mapping[str, str] = field(default_factory=dict)


def dig(value: Any, path: str) -> Any:
    """What stands at a dotted path; None where there is nothing."""
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def parse(reply: Reply, now: datetime, shape: RollShape, *, is_search: bool = False, is_first: bool = True) -> Feed:
    """Read one page of a roll. An empty list proves nothing for a column, which always holds something; for a search
    it does where the document says that the search went well."""
    refusal = by_status(reply)
    if refusal is not None:
        return Feed(refusal)
    document = _document(reply)
    if isinstance(document, Verdict):
        return Feed(document)
    for path, wanted in shape.ok.items():
        if str(dig(document, path)) != wanted:
            return Feed(Verdict(Outcome.CHANGED, "roll_status"))
    items = dig(document, shape.items)
    if isinstance(items, Mapping):  # some rolls number their items: {"0": {…}, "1": {…}}
        items = list(items.values())
    if not isinstance(items, list):
        return Feed(_without_list(document, shape, is_search))
    if not items:
        return Feed(_empty(document, shape, is_search, is_first), total=_total(document, shape))
    return _entries(items, document, reply.url, now, shape)


def _document(reply: Reply) -> Any:
    """The JSON inside whatever wraps it; a verdict for what is none."""
    if found := html_instead(reply.body):
        return found
    text = decode(reply.body, reply.headers).lstrip("\ufeff \t\r\n")
    wrapper = _WRAPPER.match(text)
    start = wrapper.end() if wrapper else 0
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        is_cut = text[start : start + 1] in ("{", "[")
        return Verdict(Outcome.TRANSPORT, "truncated_json") if is_cut else Verdict(Outcome.CHANGED, "not_json")


def _without_list(document: Any, shape: RollShape, is_search: bool) -> Verdict:
    """Searches without hits often leave the list out and say zero; anything else has changed."""
    if is_search and shape.total and str(dig(document, shape.total)) == "0":
        return Verdict(Outcome.OK_EMPTY, "total_zero")
    return Verdict(Outcome.CHANGED, "no_items")


def _total(document: Any, shape: RollShape) -> int | None:
    """How many hits the document counts; None where it counts none that we can read."""
    told = dig(document, shape.total) if shape.total else None
    text = str(told) if isinstance(told, str | int) and not isinstance(told, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _empty(document: Any, shape: RollShape, is_search: bool, is_first: bool) -> Verdict:
    if not is_first:
        return Verdict(Outcome.OK_EMPTY, "end_of_list")
    if shape.total and str(dig(document, shape.total)) == "0":
        return Verdict(Outcome.OK_EMPTY, "total_zero")
    if is_search and shape.ok:
        return Verdict(Outcome.OK_EMPTY, "search_without_hits")
    return Verdict(Outcome.SUSPECT_EMPTY, "roll_without_items")


def _entries(items: list[Any], document: Any, base: str, now: datetime, shape: RollShape) -> Feed:
    wanted = [item for item in items if not (isinstance(item, Mapping) and _is_skipped(item, shape))]
    rows = [item for item in wanted if isinstance(item, Mapping)]
    found = [dated(entry) for item in rows if (entry := _entry(item, base, now, shape))]
    cursor = dig(document, shape.cursor) if shape.cursor else None
    after = str(cursor) if isinstance(cursor, str | int) and not isinstance(cursor, bool) else ""
    if len(found) * 2 < len(wanted):
        return Feed(Verdict(Outcome.CHANGED, "items_unreadable"))
    total, unreadable = _total(document, shape), len(wanted) - len(found)
    return Feed(OK, once(found), cursor=after, total=total, rows=len(items), unreadable=unreadable)


def _is_skipped(item: Mapping[str, Any], shape: RollShape) -> bool:
    return any(str(dig(item, path)) == value for path, value in shape.skip.items())


def _texts(item: Mapping[str, Any], paths: str) -> Iterator[str]:
    """The values at the alternatives of a field ("rich_text|title") that say something."""
    for path in paths.split("|"):
        value = dig(item, path)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            yield str(value).strip()


def _entry(item: Mapping[str, Any], base: str, now: datetime, shape: RollShape) -> Entry | None:
    raw = {name: next(_texts(item, path), "") for name, path in shape.fields.items()}
    url = joined(base, _link(raw, item, shape))
    published = parse_time(_stamp(raw.get("time", "")), now)
    content = strip_tags(raw.get("content", ""))
    title = " ".join(strip_tags(raw.get("title", "")).split())
    if url is None or not (title or content) or (raw.get("time") and published is None):
        return None
    return Entry(url, title, strip_tags(raw.get("summary", "")), published, raw.get("publisher", ""), content)


def _stamp(text: str) -> str:
    """Epoch seconds with a fraction without it."""
    whole, dot, rest = text.partition(".")
    return whole if dot and len(whole) in (10, 13) and whole.isdigit() and rest.isdigit() else text


def _link(raw: Mapping[str, str], item: Mapping[str, Any], shape: RollShape) -> str:
    """The item's own address, else the one made of its parts; "" where a part is missing."""
    if address := raw.get("url"):
        return "https:" + address if address.startswith("//") else address
    parts = {name: raw.get(name) or next(_texts(item, name), "") for name in _PLACEHOLDER.findall(shape.link)}
    return "" if not all(parts.values()) else _PLACEHOLDER.sub(lambda found: parts[found[1]], shape.link)
