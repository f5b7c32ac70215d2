"""Feeds of an RSSHub instance of our own (and of other bridges), and the pages with which it says why there is none."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from crawlers.extract import feeds, ids, publications
from crawlers.extract.entries import Entry
from crawlers.extract.publications import Publication
from crawlers.extract.text import hashtags
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, MentionKind, Platform, TimePrecision

PARSER = "rsshub/1"
# The instance's own words on its error page, in the order in which they count.
_CAUSES = (
    (re.compile(rb"Cooling down before new visitor Cookies", re.IGNORECASE), Outcome.RATE_LIMITED, "cooling_down"),
    (re.compile(rb"Cookies expired|Please update \w+COOKIE", re.IGNORECASE), Outcome.AUTH_REQUIRED, "cookies_expired"),
    (re.compile(rb"ConfigNotFoundError", re.IGNORECASE), Outcome.AUTH_REQUIRED, "not_configured"),
    (re.compile(rb"Authentication failed", re.IGNORECASE), Outcome.AUTH_REQUIRED, "access_key"),
    (re.compile(rb"CaptchaError", re.IGNORECASE), Outcome.CHALLENGE, "captcha"),
)  # fmt: skip
# "FetchError: [GET] "https://…": 418 I'm a teapot": what the platform answered to the instance.
_UPSTREAM = re.compile(rb"FetchError: [^<]{0,400}?: (4\d\d|5\d\d)\b")
_TIMES: Mapping[Platform, Callable[[str], datetime | None]] = MappingProxyType(
    {Platform.WEIBO: ids.weibo_time, Platform.DOUYIN: ids.douyin_time}
)
_BARE = frozenset({Platform.WEIBO, Platform.DOUYIN})  # their posts have no titles: a feed makes one of the text


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What a feed says. `oldest` is the time of its oldest entry."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    oldest: datetime | None = None


def parse(reply: Reply, now: datetime) -> FeedPage:
    """Read a feed, or why there is none."""
    if reply.status >= 400 and (cause := _cause(reply)):
        return FeedPage(cause)
    found = feeds.parse(reply, now)
    if not found.entries:
        return FeedPage(found.verdict)
    notes: Counter[str] = Counter(unreadable=found.unreadable)
    drafts = tuple(draft for entry in found.entries if (draft := _draft(entry, notes)))
    oldest = min((draft.published_at for draft in drafts), default=None)
    changed = judge_cards(len(drafts), notes["unreadable"] + notes["no_publication"])
    cut = found.verdict if found.verdict.outcome is not Outcome.OK else None
    return FeedPage(cut or changed or OK, Parsed(drafts, notes), oldest)


def _cause(reply: Reply) -> Verdict | None:
    head = reply.body[:65_536]
    for sign, outcome, detail in _CAUSES:
        if sign.search(head):
            return Verdict(outcome, detail)
    if not (found := _UPSTREAM.search(head)):
        return None
    told = by_status(replace(reply, status=int(found.group(1)), headers={}))
    return None if told is None else Verdict(told.outcome, f"upstream_{found.group(1).decode()}")


def _draft(entry: Entry, notes: Counter[str]) -> Draft | None:
    where = publications.read(entry.url)
    if where is None:
        notes["no_publication"] += 1
        return None
    text = max(entry.content, entry.summary, key=len) or entry.title
    when = _when(entry, where, notes)
    if when is None or not text:
        notes["unreadable"] += 1
        return None
    return Draft(
        second_hand=True,
        platform=where.platform,
        kind=where.kind,
        native_id=where.native_id,
        url=where.url,
        title=None if where.platform in _BARE else entry.title or None,
        text=text,
        published_at=when[0],
        time_precision=when[1],
        author_id=where.author_id,
        author_name=entry.publisher or None,
        author_kind=AuthorKind.MEDIA if where.platform is Platform.NEWS else AuthorKind.UNKNOWN,
        hashtags=hashtags(text),
        text_truncated=True,  # no feed proves that it carries the whole text; a whole one is never replaced by it
        parser_version=PARSER,
    )


def _when(entry: Entry, where: Publication, notes: Counter[str]) -> tuple[datetime, TimePrecision] | None:
    shown = entry.published
    read_id = _TIMES.get(where.platform)
    by_id = read_id(where.native_id) if read_id else None
    believed = ids.reconcile(shown.at if shown else None, shown.precision if shown else TimePrecision.DAY, by_id)
    if believed is None:
        return None
    notes["time_from_id"] += believed[2]
    return believed[0], believed[1]


def is_article_of_wechat(draft: Draft) -> bool:
    """True for what has a page of mp.weixin.qq.com behind it."""
    return draft.platform is Platform.WECHAT and draft.kind is MentionKind.ARTICLE
