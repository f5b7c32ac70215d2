"""One work (video or picture post) and one comment of Douyin as drafts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract import ids
from crawlers.extract.numbers import count_value, parse_count
from crawlers.extract.text import clean
from crawlers.extract.times import MAX_SKEW, from_epoch
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

PARSER = "douyin/2"
Json = Mapping[str, object]
_LATEST_EPOCH = 10**13


@dataclass(frozen=True, slots=True)
class Work:
    """A work and what its draft has no place for.

    `comments`: the exact number of comments that the platform tells, None where it is rounded or not told.
    `context`: what a comment below the work is about; an organisation's name belongs to it.
    """

    draft: Draft
    comments: int | None = None
    pinned: bool = False
    gone: bool = False
    context: str = field(default="", repr=False)


def as_dict(value: object) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_items(value: object) -> list[Json]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    """A string or a number as text, "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def as_int(value: object) -> int:
    """A whole number, 0 for anything else."""
    text = as_text(value)
    return int(text) if text.isascii() and text.isdigit() else 0


def is_true(value: object) -> bool:
    """1 and true, as numbers or words."""
    return str(value).lower() in ("1", "true")


def read_work(work: Json, now: datetime, notes: Counter[str]) -> Work | None:
    """One work; None (and a note) where it has no id or no time."""
    native = as_text(work.get("aweme_id"))
    when = moment(work, native, now, notes)
    if not is_id(native) or when is None:
        notes["unreadable"] += 1
        return None
    draft = _draft(work, native, when)
    organisation = draft.author_name if draft.author_kind is AuthorKind.ORGANISATION else None
    context = f"{organisation}\n{draft.text}" if organisation else draft.text
    comments = parse_count(as_dict(work.get("statistics")).get("comment_count"))
    exact = None if comments.is_approx else comments.value
    return Work(draft, exact, is_true(work.get("is_top")), _is_gone(as_dict(work.get("status"))), context)


def _draft(work: Json, native: str, when: tuple[datetime, TimePrecision]) -> Draft:
    author = as_dict(work.get("author"))
    form = "note" if work.get("images") else "video"
    return Draft(
        platform=Platform.DOUYIN,
        kind=MentionKind.VIDEO,
        native_id=native,
        url=f"https://www.douyin.com/{form}/{native}",
        text=_text(work),
        published_at=when[0],
        time_precision=when[1],
        author_id=as_text(author.get("sec_uid")) or as_text(author.get("uid")) or None,
        author_name=clean(as_text(author.get("nickname"))) or None,
        author_kind=_author_kind(author),
        followers=follower_band(count_value(author.get("follower_count"))),
        engagement=_engagement(as_dict(work.get("statistics"))),
        hashtags=_hashtags(work),
        parser_version=PARSER,
    )


def is_id(native: str) -> bool:
    """True for a platform id: digits only, 32 bits of time and more."""
    return native.isascii() and native.isdigit() and len(native) <= 20


def _is_gone(status: Json) -> bool:
    """Deleted, forbidden, or for the author's eyes only."""
    return (
        is_true(status.get("is_delete"))
        or is_true(status.get("is_prohibited"))
        or as_int(status.get("private_status")) > 0
    )


def _text(work: Json) -> str:
    """Description, a caption that says more, and the text seen in the picture, each once."""
    parts = (work.get("desc"), work.get("caption"), as_dict(work.get("seo_info")).get("seo_ocr_content"))
    lines: list[str] = []
    for part in (clean(as_text(part)) for part in parts):
        if part and not any(part in line for line in lines):
            lines.append(part)
    return "\n".join(lines)


def moment(entry: Json, native: str, now: datetime, notes: Counter[str]) -> tuple[datetime, TimePrecision] | None:
    """When it was published: `create_time` in seconds or milliseconds, checked against the id."""
    number = as_int(entry.get("create_time"))
    shown = from_epoch(number) if 0 < number < _LATEST_EPOCH else None
    believed = ids.reconcile(shown, TimePrecision.SECOND, ids.douyin_time(native))
    if believed is None:
        return None
    notes["time_from_id"] += believed[2]
    notes["time_missing"] += shown is None
    notes["time_in_the_future"] += believed[0] > now + MAX_SKEW
    return min(believed[0], now + MAX_SKEW), believed[1]


def _author_kind(author: Json) -> AuthorKind:
    if not author:
        return AuthorKind.UNKNOWN
    if as_text(author.get("enterprise_verify_reason")):
        return AuthorKind.ORGANISATION
    return AuthorKind.VERIFIED_PERSON if as_text(author.get("custom_verify")) else AuthorKind.PERSON


def _engagement(statistics: Json) -> Engagement:
    """`play_count` is always 0 on the web: unknown."""
    return Engagement(
        likes=count_value(statistics.get("digg_count")),
        comments=count_value(statistics.get("comment_count")),
        shares=count_value(statistics.get("share_count")),
        views=count_value(statistics.get("play_count")) or None,
    )


def _hashtags(work: Json) -> tuple[str, ...]:
    names = (as_text(extra.get("hashtag_name")) for extra in as_items(work.get("text_extra")))
    return tuple(dict.fromkeys(name for name in names if name))


def read_comment(
    entry: Json, parent: MentionId, root: MentionId, context: str, now: datetime, notes: Counter[str]
) -> Draft | None:
    """One comment or reply; None (and a note) where it has no id or no time."""
    native = as_text(entry.get("cid"))
    when = moment(entry, native, now, notes)
    if not is_id(native) or when is None:
        notes["unreadable"] += 1
        return None
    user = as_dict(entry.get("user"))
    return Draft(
        platform=Platform.DOUYIN,
        kind=MentionKind.COMMENT,
        native_id=native,
        url=f"https://www.douyin.com/video/{root.rpartition(':')[2]}",
        text=clean(as_text(entry.get("text"))) or "[表情]",  # a sticker or a picture alone
        published_at=when[0],
        time_precision=when[1],
        author_id=as_text(user.get("sec_uid")) or as_text(user.get("uid")) or None,
        author_name=clean(as_text(user.get("nickname"))) or None,
        author_kind=AuthorKind.PERSON if user else AuthorKind.UNKNOWN,
        engagement=Engagement(
            likes=count_value(entry.get("digg_count")), comments=count_value(entry.get("reply_comment_total"))
        ),
        parent_id=parent,
        root_id=root,
        region=as_text(entry.get("ip_label")) or None,
        context=context,
        parser_version=PARSER,
    )


def answered(entry: Json, video: MentionId) -> MentionId:
    """What a comment answers: another reply, the comment that began the thread, or the work itself."""
    for name in ("reply_to_reply_id", "reply_id"):
        if (native := as_text(entry.get(name))) not in ("", "0"):
            return mention_id(Platform.DOUYIN, MentionKind.COMMENT, native)
    return video
