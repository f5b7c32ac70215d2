"""黑猫投诉 (tousu.sina.com.cn): the public search for complaints. Complainants are dropped: nothing of them is read."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from crawlers.extract.numbers import count_value
from crawlers.extract.text import strip_tags
from crawlers.extract.times import parse_time
from crawlers.extract.values import Json, string, table
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Engagement, MentionKind, Platform

PARSER = "heimao/1"
_SITE = "https://tousu.sina.com.cn"


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """What a page of the search says. `total`: how many complaints the search found, None where it is not told."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    total: int | None = None


def parse(reply: Reply, now: datetime) -> ComplaintPage:
    """Read one page. The platform proves an empty result by its own count: 0."""
    refusal = by_status(reply)
    if refusal is not None:
        return ComplaintPage(refusal)
    document = load_json(reply)
    if isinstance(document, Verdict):
        return ComplaintPage(document)
    result = table(document.get("result"))
    code = string(table(result.get("status")).get("code"))
    if code != "0":
        return ComplaintPage(Verdict(Outcome.BLOCKED, f"status_{code[:8]}") if code else _changed("no_status"))
    data = table(result.get("data"))
    found = data.get("lists")
    if not isinstance(found, list):
        return ComplaintPage(_changed("no_lists"))
    return _page(found, _count(table(data.get("pager")).get("item_count")), now)


def _count(value: object) -> int | None:
    text = string(value)
    return int(text) if text.isascii() and text.isdigit() else None


def _changed(detail: str) -> Verdict:
    return Verdict(Outcome.CHANGED, detail)


_NOBODY = ("", "匿名", "匿名用户")


def _page(entries: list[object], total: int | None, now: datetime) -> ComplaintPage:
    notes: Counter[str] = Counter()
    read = (_complaint(table(entry), now, notes) for entry in entries)
    parsed = Parsed(tuple(draft for draft in read if draft), notes)
    if changed := judge_cards(len(parsed.drafts), notes["unreadable"]):
        return ComplaintPage(changed, parsed, total)
    return ComplaintPage(OK if entries else _nothing(total), parsed, total)


def _nothing(total: int | None) -> Verdict:
    """An empty list proves nothing by itself, and beside a count that is not 0 it is a fault."""
    if total == 0:
        return Verdict(Outcome.OK_EMPTY, "total_0")
    return Verdict(Outcome.SUSPECT_EMPTY, "no_total" if total is None else "blank_page")


def _complaint(entry: Json, now: datetime, notes: Counter[str]) -> Draft | None:
    main, author = table(entry.get("main")), strip_tags(string(table(entry.get("author")).get("title")))
    native, title = string(main.get("sn")), strip_tags(string(main.get("title")))
    when = parse_time(string(main.get("timestamp")), now)
    text = strip_tags(string(main.get("summary"))) or title
    if not native.isdigit() or when is None or not text:
        notes["unreadable"] += 1
        return None
    return Draft(
        platform=Platform.HEIMAO,
        kind=MentionKind.COMPLAINT,
        native_id=native,
        url=_address(string(main.get("url")), native),
        title=title or None,
        text=text,
        published_at=when.at,
        time_precision=when.precision,
        author_name=None if author in _NOBODY else author,  # to be masked where the text is signed with it
        author_kind=AuthorKind.PERSON,
        engagement=Engagement(
            likes=count_value(main.get("upvote_amount")),
            comments=count_value(main.get("comment_amount")),
            shares=count_value(main.get("share_amount")),
        ),
        hashtags=_tags(main),
        text_truncated=True,  # a summary
        context=strip_tags(string(main.get("cotitle"))),  # the company that is complained about
        parser_version=PARSER,
    )


def _address(shown: str, native: str) -> str:
    """The complaint's own page; whatever else an address may carry is left out."""
    path = urlsplit(shown).path
    return f"{_SITE}{path}" if re.fullmatch(r"/complaint/view/\d+/?", path) else f"{_SITE}/complaint/view/{native}/"


def _tags(main: Json) -> tuple[str, ...]:
    """What is complained about and what is asked for."""
    parts = (
        part for name in ("issue", "appeal") for part in re.split("[,，;；、]", strip_tags(string(main.get(name))))
    )
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
