"""The answers of Douyin's official video search. It shows a title, counts and a link; no account, no comments."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from crawlers.extract.douyin_work import Json, as_dict, as_int, as_items, as_text, is_id, is_true, moment
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, html_instead, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Engagement, MentionKind, Platform

PARSER = "douyin_open/1"
_WORK = re.compile(r"/(video|note)/(\d{8,20})\b")
_ERRORS: Mapping[int, Outcome] = MappingProxyType(
    {
        # the token: wrong, expired, without this capability, of another application
        **dict.fromkeys((28001003, 28001008, 28001012, 28001014, 28001015, 28001018, 28001042), Outcome.AUTH_REQUIRED),
        **dict.fromkeys((2190002, 2190004, 2190008), Outcome.AUTH_REQUIRED),
        # used up, too often, "come back later"
        **dict.fromkeys((28003017, 28003018, 28001052, 2190001), Outcome.RATE_LIMITED),
        **dict.fromkeys((28001005, 28001006, 2100004), Outcome.TRANSPORT),
        # our parameters, an address that is no more
        **dict.fromkeys((28001007, 28001017, 28001056, 2100005), Outcome.CHANGED),
    }
)


@dataclass(frozen=True, slots=True)
class OpenPage:
    """What one page says."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    has_more: bool = False
    cursor: int = 0
    search_id: str = ""


def parse(reply: Reply, now: datetime) -> OpenPage:
    """Read one page of results."""
    found = _document(reply)
    if isinstance(found, Verdict):
        return OpenPage(found)
    data = found.get("data")
    if not isinstance(data, dict) or "video_list" not in data:
        return OpenPage(Verdict(Outcome.CHANGED, "no_data"))
    notes: Counter[str] = Counter()
    drafts = [_draft(entry, now, notes) for entry in as_items(data["video_list"])]
    parsed = Parsed(tuple(draft for draft in drafts if draft is not None), notes)
    has_more = is_true(data.get("has_more"))
    verdict = _verdict(parsed, data, has_more)
    return OpenPage(verdict, parsed, has_more, as_int(data.get("cursor")), as_text(data.get("search_id")))


def _document(reply: Reply) -> Json | Verdict:
    if refusal := by_status(reply) or html_instead(reply.body):
        return refusal
    try:
        document = json.loads(reply.body)
    except (ValueError, RecursionError):
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    if not isinstance(document, dict):
        return Verdict(Outcome.CHANGED, "json_not_an_object")
    return _refusal(document) or document


def _refusal(document: Json) -> Verdict | None:
    """By `err_no`, and by the `error_code` that the older half of the platform puts into `data` or `extra`."""
    places = (document.get("err_no"), *(as_dict(document.get(name)).get("error_code") for name in ("data", "extra")))
    told = [as_text(place) for place in places if place is not None]
    if not told:
        return Verdict(Outcome.CHANGED, "no_err_no")
    error = next((text for text in told if text != "0"), "")
    if not error:
        return None
    return Verdict(_ERRORS.get(as_int(error), Outcome.BLOCKED), f"err_{error[:10]}")


def _verdict(parsed: Parsed, data: Json, has_more: bool) -> Verdict:
    if changed := judge_cards(len(parsed.drafts), parsed.notes["unreadable"]):
        return changed
    if parsed.drafts:
        return OK
    if has_more:
        return Verdict(Outcome.SUSPECT_EMPTY, "empty_with_more")
    is_proved = isinstance(data["video_list"], list) and str(data.get("has_more")).lower() in ("0", "false")
    return Verdict(Outcome.OK_EMPTY, "no_more") if is_proved else Verdict(Outcome.SUSPECT_EMPTY, "no_end_marker")


def _draft(entry: Json, now: datetime, notes: Counter[str]) -> Draft | None:
    """A title is not all that a work says: the text counts as cut, so that the website's fuller one may replace it."""
    linked = _WORK.search(as_text(entry.get("link")))
    native = linked[2] if linked else as_text(entry.get("item_id"))  # item ids may be sealed: "@9Vx…"
    when = moment(entry, native, now, notes) if is_id(native) else None
    title = clean(as_text(entry.get("title")))
    if when is None:
        notes["unreadable"] += 1
        return None
    counts = as_dict(entry.get("statistics"))
    return Draft(
        platform=Platform.DOUYIN,
        kind=MentionKind.VIDEO,
        native_id=native,
        url=f"https://www.douyin.com/{linked[1] if linked else 'video'}/{native}",
        text=title,
        text_truncated=True,
        published_at=when[0],
        time_precision=when[1],
        author_name=clean(as_text(entry.get("nickname"))) or None,
        author_kind=AuthorKind.UNKNOWN,
        engagement=Engagement(
            likes=count_value(counts.get("digg_count")),
            comments=count_value(counts.get("comment_count")),
            shares=count_value(counts.get("share_count")),
            views=count_value(counts.get("play_count")) or None,
        ),
        parser_version=PARSER,
    )
