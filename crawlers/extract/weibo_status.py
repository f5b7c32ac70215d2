"""One status of Weibo, as the mobile site, the desktop site and the open platform write it, to a draft."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from lxml import html

from crawlers.extract import ids
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean, hashtags, own_words, strip_tags
from crawlers.extract.times import parse_time
from yuqing.domain.draft import Draft
from yuqing.domain.mention import (
    AuthorKind,
    Engagement,
    FollowerBand,
    MentionId,
    MentionKind,
    Platform,
    TimePrecision,
    follower_band,
    mention_id,
)

PARSER = "weibo_json/2"
Json = Mapping[str, object]
_KINDS = {
    -1: AuthorKind.PERSON,
    0: AuthorKind.VERIFIED_PERSON,
    1: AuthorKind.GOVERNMENT,
    2: AuthorKind.ORGANISATION,
    3: AuthorKind.MEDIA,
    4: AuthorKind.ORGANISATION,
    5: AuthorKind.ORGANISATION,
    6: AuthorKind.ORGANISATION,
    7: AuthorKind.ORGANISATION,
    200: AuthorKind.PERSON,
    220: AuthorKind.PERSON,
}
_REPOSTED = "转发微博"
_ARTICLE_ID = re.compile(r"(?:/id/|[?&]id=)(\d{8,30})\b")
_REST_IS_ELSEWHERE = re.compile(r"全文\s*[：:]\s*https?://\S+\s*$")


def as_dict(value: object) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The items of a list, or of an object that stands for one."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def as_str(value: object) -> str:
    """A text or a number as text; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def as_int(value: object) -> int:
    """A number, also one that was sent as text; 0 for anything else."""
    text = as_str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0


def number_told(value: object) -> int | None:
    """A number that the platform tells; None where it tells none, or something that is no number: never 0 then."""
    text = as_str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None


def mid_of(status: Json) -> str:
    """The decimal id."""
    return as_str(status.get("mid")) or as_str(status.get("idstr")) or as_str(status.get("id"))


def is_gone(status: Json) -> bool:
    """True for what the platform leaves of a deleted status: nobody wrote it."""
    return str(status.get("deleted")) == "1" or ("user" in status and status["user"] is None)


def is_cut(status: Json) -> bool:
    """True where the text ends before the status does. A long flag alone also marks short posts with many pictures."""
    if not status.get("isLongText"):
        return False
    text = as_str(status.get("text"))
    return ">全文<" in text or bool(status.get("continue_tag")) or bool(_REST_IS_ELSEWHERE.search(text))


def article_of(status: Json) -> str:
    """The number of the article that a status carries, "" where it carries none."""
    page = as_dict(status.get("page_info"))
    if "article" not in (page.get("type"), page.get("object_type")):
        return ""
    return article_number(as_str(page.get("page_url"))) or as_str(page.get("page_id"))


def article_number(url: str) -> str:
    """The number in the address of an article."""
    found = _ARTICLE_ID.search(url)
    return found.group(1) if found else ""


def is_fold_link(node: html.HtmlElement) -> bool:
    """The link to the rest of a text."""
    words = (node.text or "").strip()
    return (node.tag == "a" and words == "全文") or (node.tag == "span" and node.get("class") == "expand")


def words_of(status: Json) -> str:
    """What a status says, as a reader sees it."""
    plain = status.get("text_raw")
    if isinstance(plain, str):
        return clean(plain)
    return _REST_IS_ELSEWHERE.sub("", strip_tags(as_str(status.get("text")), is_fold_link)).strip()


def when(entry: Json, native_id: str, now: datetime, notes: Counter[str]) -> tuple[datetime, TimePrecision] | None:
    """The time of a status or comment: as shown, refined by its id; more than a day apart, the id is believed."""
    shown = parse_time(entry.get("created_at"), now)
    precision = shown.precision if shown else TimePrecision.SECOND
    believed = ids.reconcile(shown.at if shown else None, precision, ids.weibo_time(native_id))
    if believed is None:
        return None
    notes["time_mismatch"] += believed[2]
    notes["time_missing"] += shown is None
    return believed[0], believed[1]


def draft_of(status: Json, now: datetime, notes: Counter[str]) -> Draft | None:
    """The draft of a status; None, and a note, for what is gone or cannot be read."""
    mid = mid_of(status)
    if is_gone(status):
        notes["gone"] += 1
        return None
    at = when(status, mid, now, notes)
    if not ids.is_mid(mid) or at is None or not isinstance(status.get("text", status.get("text_raw")), str):
        notes["unreadable"] += 1
        return None
    original = as_dict(status.get("retweeted_status"))
    user = as_dict(status.get("user"))
    text, context = _texts(status, original)
    parent = original_id(original)
    return Draft(
        platform=Platform.WEIBO,
        kind=MentionKind.REPOST if original else MentionKind.POST,
        native_id=mid,
        url=f"https://m.weibo.cn/detail/{mid}",  # the desktop address carries the author's number
        text=text,
        published_at=at[0],
        time_precision=at[1],
        author_id=as_str(user.get("id")) or None,
        author_name=clean(as_str(user.get("screen_name"))) or None,
        author_kind=author_kind(user),
        followers=followers(user),
        engagement=_engagement(status),
        parent_id=parent,
        root_id=parent,
        region=_region(status),
        hashtags=hashtags(text),
        text_truncated=is_cut(status),
        context=context,
        parser_version=PARSER,
    )


def _texts(status: Json, original: Json) -> tuple[str, str]:
    """The poster's own words and, of a repost, what they are about: the chain and the original."""
    text = words_of(status)
    if not original:
        return text, ""
    own, chain = own_words(text)
    own = _REPOSTED if own == "Repost" else own
    return own, f"{chain}\n{words_of(original)}".strip()


def original_id(original: Json) -> MentionId | None:
    """The id of a reposted status."""
    mid = mid_of(original)
    return mention_id(Platform.WEIBO, MentionKind.POST, mid) if ids.is_mid(mid) else None


def author_kind(user: Json) -> AuthorKind:
    """What sort of account it is, by its badge."""
    if not user:
        return AuthorKind.UNKNOWN
    grade = user.get("verified_type")
    if isinstance(grade, int) and grade in _KINDS and (user.get("verified") or grade < 0 or grade >= 200):
        return _KINDS[grade]
    return AuthorKind.PERSON if user.get("verified") is False else AuthorKind.UNKNOWN


def followers(user: Json) -> FollowerBand:
    """The band of its follower count."""
    return follower_band(count_value(user.get("followers_count")))


def _engagement(status: Json) -> Engagement:
    return Engagement(
        likes=count_value(status.get("attitudes_count")),
        comments=count_value(status.get("comments_count")),
        shares=count_value(status.get("reposts_count")),
        views=count_value(status.get("reads_count")),
    )


def _region(status: Json) -> str | None:
    name = as_str(status.get("region_name")).removeprefix("发布于").strip()
    return name or None
