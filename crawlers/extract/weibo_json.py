"""Search pages and long texts of m.weibo.cn, and the visitor ticket of passport.weibo.com."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import html

from crawlers.extract import ids
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean, hashtags, own_words, strip_tags
from crawlers.extract.times import parse_time
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json, weibo_json
from yuqing.domain.coverage import Outcome
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

PARSER = "weibo_json/1"
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
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MobilePage:
    """What a mobile search page says. `oldest` leaves pinned posts aside: they are out of order."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    long_texts: tuple[Draft, ...] = field(default=(), repr=False)
    oldest: datetime | None = None


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _str(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def parse(reply: Reply, now: datetime) -> MobilePage:
    """Read one page of `container/getIndex` search."""
    verdict, document = _document(reply)
    if verdict.outcome is not Outcome.OK:
        return MobilePage(verdict)
    data = document.get("data")
    cards = data.get("cards") if isinstance(data, dict) else None
    if not isinstance(cards, list | dict):
        return MobilePage(Verdict(Outcome.CHANGED, "no_cards"))
    return _page(list(_blogs(cards)), now)


def _page(blogs: list[tuple[Json, bool]], now: datetime) -> MobilePage:
    notes: Counter[str] = Counter()
    read = [(_post(blog, now, notes), blog, pinned) for blog, pinned in blogs]
    drafts = tuple(draft for draft, _, _ in read if draft is not None)
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return MobilePage(changed, Parsed(drafts, notes))
    if not drafts:
        return MobilePage(Verdict(Outcome.SUSPECT_EMPTY, "no_posts"), Parsed((), notes))
    in_order = [draft.published_at for draft, _, pinned in read if draft is not None and not pinned]
    long_texts = tuple(draft for draft in drafts if draft.text_truncated)
    return MobilePage(OK, Parsed(drafts, notes), long_texts, min(in_order, default=None))


def _document(reply: Reply) -> tuple[Verdict, Json]:
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, {}
    document = load_json(reply)
    if isinstance(document, Verdict):
        return document, {}
    return weibo_json(document), document


def _blogs(cards: object) -> Iterator[tuple[Json, bool]]:
    """Every post of a card list, in `cards` or inside `card_group`, and whether it is pinned."""
    for card in _list(cards):
        entry = _dict(card)
        blog = entry.get("mblog")
        if isinstance(blog, dict):
            yield blog, blog.get("mblogtype") == 2 or _str(entry.get("profile_type_id")).startswith("proweibotop")
        elif entry.get("card_type") == 9:
            yield {}, False  # a post that is not where posts are
        yield from _blogs(entry.get("card_group"))


def _is_fold_link(node: html.HtmlElement) -> bool:
    return node.tag == "a" and (node.text or "").strip() == "全文"


def _post(blog: Json, now: datetime, notes: Counter[str]) -> Draft | None:
    mid = _str(blog.get("mid")) or _str(blog.get("id"))
    when = _when(blog, mid, now, notes)
    if not ids.is_mid(mid) or when is None or not isinstance(blog.get("text"), str):
        notes["unreadable"] += 1
        return None
    original = _dict(blog.get("retweeted_status"))
    user = _dict(blog.get("user"))
    text, context = _text(blog, original)
    parent = _parent(original)
    return Draft(
        platform=Platform.WEIBO,
        kind=MentionKind.REPOST if original else MentionKind.POST,
        native_id=mid,
        url=f"https://m.weibo.cn/detail/{mid}",
        text=text,
        published_at=when[0],
        time_precision=when[1],
        author_id=_str(user.get("id")) or None,
        author_name=clean(_str(user.get("screen_name"))) or None,
        author_kind=_author_kind(user),
        followers=_followers(user),
        engagement=_engagement(blog),
        parent_id=parent,
        root_id=parent,
        region=_region(blog),
        hashtags=hashtags(text),
        text_truncated=bool(blog.get("isLongText")) and _has_fold_link(blog),
        context=context,
        parser_version=PARSER,
    )


def _has_fold_link(blog: Json) -> bool:
    """A long flag alone also marks short posts with many pictures; the link to the rest marks a cut text."""
    return ">全文<" in _str(blog.get("text")) or bool(blog.get("continue_tag"))


def _text(blog: Json, original: Json) -> tuple[str, str]:
    """The poster's own words and, of a repost, what they are about: the chain and the original."""
    text = strip_tags(_str(blog.get("text")), _is_fold_link)
    if not original:
        return text, ""
    own, chain = own_words(text)
    return own, f"{chain}\n{strip_tags(_str(original.get('text')), _is_fold_link)}".strip()


def _parent(original: Json) -> MentionId | None:
    mid = _str(original.get("mid")) or _str(original.get("id"))
    return mention_id(Platform.WEIBO, MentionKind.POST, mid) if ids.is_mid(mid) else None


def _when(blog: Json, mid: str, now: datetime, notes: Counter[str]) -> tuple[datetime, TimePrecision] | None:
    shown = parse_time(blog.get("created_at"), now)
    precision = shown.precision if shown else TimePrecision.SECOND
    believed = ids.reconcile(shown.at if shown else None, precision, ids.weibo_time(mid))
    if believed is None:
        return None
    notes["time_from_id"] += believed[2]
    notes["time_missing"] += shown is None
    return believed[0], believed[1]


def _author_kind(user: Json) -> AuthorKind:
    if not user:
        return AuthorKind.UNKNOWN
    grade = user.get("verified_type")
    if isinstance(grade, int) and grade in _KINDS and (user.get("verified") or grade < 0 or grade >= 200):
        return _KINDS[grade]
    return AuthorKind.PERSON if user.get("verified") is False else AuthorKind.UNKNOWN


def _followers(user: Json) -> FollowerBand:
    return follower_band(count_value(user.get("followers_count")))


def _engagement(blog: Json) -> Engagement:
    return Engagement(
        likes=count_value(blog.get("attitudes_count")),
        comments=count_value(blog.get("comments_count")),
        shares=count_value(blog.get("reposts_count")),
        views=count_value(blog.get("reads_count")),
    )


def _region(blog: Json) -> str | None:
    name = _str(blog.get("region_name")).removeprefix("发布于").strip()
    return name or None


def parse_long_text(reply: Reply) -> tuple[Verdict, str | None]:
    """The whole text from `statuses/extend`."""
    verdict, document = _document(reply)
    if verdict.outcome is not Outcome.OK:
        return verdict, None
    content = _dict(document.get("data")).get("longTextContent")
    if not isinstance(content, str) or not content:
        return Verdict(Outcome.CHANGED, "no_long_text"), None
    return OK, strip_tags(content, _is_fold_link)


_JSONP = re.compile(rb"\(\s*(\{.*\})\s*\)\s*;?\s*$", re.DOTALL)


def parse_visitor(reply: Reply) -> tuple[Verdict, Mapping[str, str]]:
    """The SUB and SUBP pair that passport.weibo.com gives a visitor."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, {}
    found = _JSONP.search(reply.body)
    try:
        data = _dict(_dict(json.loads(found.group(1))).get("data")) if found else {}
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json"), {}
    pair = {"SUB": _str(data.get("sub")), "SUBP": _str(data.get("subp"))}
    return (OK, pair) if all(pair.values()) else (Verdict(Outcome.CHANGED, "no_visitor_pair"), {})
