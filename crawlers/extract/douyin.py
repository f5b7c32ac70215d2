"""Douyin search results and comments. A body may hold several JSON documents, with HTTP chunk sizes between them."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract import ids
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean
from crawlers.extract.times import from_epoch
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, douyin, html_instead, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import (
    AuthorKind,
    Engagement,
    MentionId,
    MentionKind,
    Platform,
    TimePrecision,
    follower_band,
    mention_id,
)

PARSER = "douyin/1"
Json = Mapping[str, object]
_CHUNK_SIZE = re.compile(rb"\s*[0-9a-fA-F]{1,8}\r?\n")
_MAX_DOCUMENTS = 64
_WORK_CARDS = frozenset({1, 999})


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search reply says. `search_id` belongs into every later page of the same search."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    has_more: bool = False
    cursor: int = 0
    search_id: str = ""


@dataclass(frozen=True, slots=True)
class CommentPage:
    """What a comment reply says. `threads` are comments whose replies are not (all) on this page."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    has_more: bool = False
    cursor: int = 0
    threads: tuple[str, ...] = ()


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _str(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _int(value: object) -> int:
    text = _str(value)
    return int(text) if text.isascii() and text.isdigit() else 0


def documents(body: bytes) -> list[Json] | Verdict:
    """Every JSON object of a body, or why there is none."""
    if refusal := html_instead(body):
        return refusal
    found: list[Json] = []
    decoder = json.JSONDecoder()
    text = body.decode("utf-8", "replace").strip()
    while text and len(found) < _MAX_DOCUMENTS:
        if size := _CHUNK_SIZE.match(text.encode()):
            text = text.encode()[size.end() :].decode().lstrip()
            continue
        try:
            document, end = decoder.raw_decode(text)
        except ValueError:
            return found if text.strip() == "0" and found else Verdict(Outcome.TRANSPORT, "truncated_json")
        if isinstance(document, dict):
            found.append(document)
        text = text[end:].strip()
    return found or Verdict(Outcome.CHANGED, "json_not_an_object")


def _read(reply: Reply) -> tuple[Verdict, list[Json]]:
    """The documents of a reply; a refusal in any of them wins."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, []
    found = documents(reply.body)
    if isinstance(found, Verdict):
        return found, []
    refusals = [verdict for document in found if (verdict := douyin(document))]
    return (refusals[0], []) if refusals else (OK, found)


def parse_search(reply: Reply, now: datetime) -> SearchPage:
    """Read one page of general or video search."""
    verdict, found = _read(reply)
    if verdict.outcome is not Outcome.OK:
        return SearchPage(verdict)
    if not any(isinstance(document.get("data"), list) for document in found):
        return SearchPage(Verdict(Outcome.CHALLENGE, "no_data"))
    last = found[-1]
    works = [work for document in found for work in _works(document)]
    parsed = _parse_works(works, now)
    has_more = str(last.get("has_more", 0)) in ("1", "True")
    return SearchPage(
        _search_verdict(parsed, found, has_more), parsed, has_more, _int(last.get("cursor")), _search_id(found)
    )


def _search_verdict(parsed: Parsed, found: list[Json], has_more: bool) -> Verdict:
    if changed := judge_cards(len(parsed.drafts), parsed.notes["unreadable"]):
        return changed
    if parsed.drafts:
        return OK
    if any(document.get("data") for document in found):
        return OK if has_more else Verdict(Outcome.SUSPECT_EMPTY, "only_other_cards")
    return Verdict(Outcome.SUSPECT_EMPTY, "empty_with_more") if has_more else Verdict(Outcome.OK_EMPTY, "no_more")


def _search_id(found: list[Json]) -> str:
    for document in found:
        if name := _str(_dict(document.get("extra")).get("logid")) or _str(
            _dict(document.get("log_pb")).get("impr_id")
        ):
            return name
    return ""


def _works(document: Json) -> Iterator[Json]:
    for card in _items(document.get("data")):
        mixed = _items(_dict(card.get("aweme_mix_info")).get("mix_items"))
        work = card.get("aweme_info") or (mixed[0] if mixed else None)
        if isinstance(work, dict) and not work.get("is_ads"):
            yield work
        elif not isinstance(work, dict) and card.get("type") in _WORK_CARDS:
            yield {}  # a work that is not where works are


def _parse_works(works: list[Json], now: datetime) -> Parsed:
    notes: Counter[str] = Counter()
    drafts = [_work(work, notes) for work in works]
    return Parsed(tuple(draft for draft in drafts if draft is not None), notes)


def _work(work: Json, notes: Counter[str]) -> Draft | None:
    native = _str(work.get("aweme_id"))
    when = _when(work, native, notes)
    if not native.isdigit() or when is None:
        notes["unreadable"] += 1
        return None
    author = _dict(work.get("author"))
    form = "note" if work.get("images") else "video"
    return Draft(
        platform=Platform.DOUYIN,
        kind=MentionKind.VIDEO,
        native_id=native,
        url=f"https://www.douyin.com/{form}/{native}",
        text=_text(work),
        published_at=when[0],
        time_precision=when[1],
        author_id=_str(author.get("sec_uid")) or _str(author.get("uid")) or None,
        author_name=clean(_str(author.get("nickname"))) or None,
        author_kind=_author_kind(author),
        followers=follower_band(count_value(author.get("follower_count"))),
        engagement=_engagement(_dict(work.get("statistics"))),
        hashtags=_hashtags(work),
        parser_version=PARSER,
    )


def _text(work: Json) -> str:
    """Description, a caption that says more, and the text seen in the picture, each once."""
    parts = (work.get("desc"), work.get("caption"), _dict(work.get("seo_info")).get("seo_ocr_content"))
    lines: list[str] = []
    for part in (clean(_str(part)) for part in parts):
        if part and not any(part in line for line in lines):
            lines.append(part)
    return "\n".join(lines)


def _when(entry: Json, native: str, notes: Counter[str]) -> tuple[datetime, TimePrecision] | None:
    seconds = _int(entry.get("create_time"))
    shown = from_epoch(seconds) if 0 < seconds < 10**13 else None
    believed = ids.reconcile(shown, TimePrecision.SECOND, ids.douyin_time(native))
    if believed is None:
        return None
    notes["time_from_id"] += believed[2]
    notes["time_missing"] += shown is None
    return believed[0], believed[1]


def _author_kind(author: Json) -> AuthorKind:
    if not author:
        return AuthorKind.UNKNOWN
    if _str(author.get("enterprise_verify_reason")):
        return AuthorKind.ORGANISATION
    return AuthorKind.VERIFIED_PERSON if _str(author.get("custom_verify")) else AuthorKind.PERSON


def _engagement(statistics: Json) -> Engagement:
    """`play_count` is always 0 on the web: unknown."""
    return Engagement(
        likes=count_value(statistics.get("digg_count")),
        comments=count_value(statistics.get("comment_count")),
        shares=count_value(statistics.get("share_count")),
        views=count_value(statistics.get("play_count")) or None,
    )


def _hashtags(work: Json) -> tuple[str, ...]:
    names = (_str(extra.get("hashtag_name")) for extra in _items(work.get("text_extra")))
    return tuple(dict.fromkeys(name for name in names if name))


def parse_comments(reply: Reply, video: MentionId, context: str) -> CommentPage:
    """Read one page of comments (with the replies inside it) of a work whose text is `context`."""
    verdict, found = _read(reply)
    if verdict.outcome is not Outcome.OK:
        return CommentPage(verdict)
    notes: Counter[str] = Counter()
    entries = [entry for document in found for entry in _items(document.get("comments"))]
    drafts = tuple(draft for entry in entries for draft in _thread(entry, video, context, notes))
    last = found[-1]
    has_more = str(last.get("has_more", 0)) in ("1", "True")
    verdict = _comment_verdict(drafts, notes["unreadable"], found, has_more)
    threads = tuple(_str(entry.get("cid")) for entry in entries if _has_more_replies(entry))
    return CommentPage(verdict, Parsed(drafts, notes), has_more, _int(last.get("cursor")), threads)


def _comment_verdict(drafts: tuple[Draft, ...], unreadable: int, found: list[Json], has_more: bool) -> Verdict:
    if changed := judge_cards(len(drafts), unreadable):
        return changed
    if drafts:
        return OK
    if not any("comments" in document for document in found):
        return Verdict(Outcome.CHANGED, "no_comments_key")
    total = max(_int(document.get("total")) for document in found)
    if total == 0 and not has_more:
        return Verdict(Outcome.OK_EMPTY, "total_0")
    return Verdict(Outcome.SUSPECT_EMPTY, "comments_missing")


def _thread(entry: Json, video: MentionId, context: str, notes: Counter[str]) -> Iterator[Draft]:
    """A comment and the replies that came inside it."""
    for each in (entry, *_items(entry.get("reply_comment"))):
        draft = _comment(each, _answered(each, video), video, context, notes)
        if draft is not None:
            yield draft


def _answered(entry: Json, video: MentionId) -> MentionId:
    """What a comment answers: another reply, the comment that began the thread, or the work itself."""
    for name in ("reply_to_reply_id", "reply_id"):
        if (answered := _str(entry.get(name))) not in ("", "0"):
            return mention_id(Platform.DOUYIN, MentionKind.COMMENT, answered)
    return video


def _has_more_replies(entry: Json) -> bool:
    return _int(entry.get("reply_comment_total")) > len(_items(entry.get("reply_comment")))


def _comment(entry: Json, parent: MentionId, root: MentionId, context: str, notes: Counter[str]) -> Draft | None:
    native = _str(entry.get("cid"))
    when = _when(entry, native, notes)
    if not native.isdigit() or when is None:
        notes["unreadable"] += 1
        return None
    user = _dict(entry.get("user"))
    return Draft(
        platform=Platform.DOUYIN,
        kind=MentionKind.COMMENT,
        native_id=native,
        url=f"https://www.douyin.com/video/{root.rpartition(':')[2]}",
        text=clean(_str(entry.get("text"))) or "[表情]",  # a sticker or a picture alone
        published_at=when[0],
        time_precision=when[1],
        author_id=_str(user.get("sec_uid")) or _str(user.get("uid")) or None,
        author_name=clean(_str(user.get("nickname"))) or None,
        author_kind=AuthorKind.PERSON if user else AuthorKind.UNKNOWN,
        engagement=Engagement(
            likes=count_value(entry.get("digg_count")), comments=count_value(entry.get("reply_comment_total"))
        ),
        parent_id=parent,
        root_id=root,
        region=_str(entry.get("ip_label")) or None,
        context=context,
        parser_version=PARSER,
    )
