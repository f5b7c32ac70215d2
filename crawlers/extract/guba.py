"""股吧 (guba.eastmoney.com): posts of a bar, one post, and the replies below it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from crawlers.extract.encoding import decode
from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean, strip_tags
from crawlers.extract.times import parse_time
from crawlers.extract.values import Json, string, table, tables, whole
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, html_instead, judge_cards, load_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Engagement, MentionId, MentionKind, Platform, mention_id

PARSER = "guba/1"
_SITE = "https://guba.eastmoney.com"
_ROW = re.compile(r'href="(?:https?:)?(?://guba\.eastmoney\.com)?/news,\w+,\d+\.html"')
_GONE = Verdict(Outcome.NOT_FOUND, "error_type_2")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `subject` is what every post in it is about."""

    code: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A post as the list shows it. `active_at`: its last reply, None where the list does not tell it."""

    draft: Draft
    active_at: datetime | None
    replies: int
    has_page: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """What a list page says. `total` is the number of posts of the bar, 0 where it is not told."""

    verdict: Verdict
    posts: tuple[Listed, ...] = ()
    total: int = 0
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class ReplyPage:
    """What a page of replies says. `shown` counts the threads on it."""

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    shown: int = 0


def parse_list(reply: Reply, bar: Bar, now: datetime) -> ListPage:
    """Read a list page."""
    found = _embedded(reply, "article_list")
    if isinstance(found, Verdict):
        return ListPage(found)
    entries = found.get("re")
    total = whole(found.get("count"))
    if not isinstance(entries, list):
        return ListPage(Verdict(Outcome.CHANGED, "no_posts_key"))
    notes: Counter[str] = Counter()
    posts = tuple(one for entry in entries if (one := _listed(table(entry), bar, now, notes)))
    if changed := judge_cards(len(posts), notes["unreadable"]):
        return ListPage(changed, posts, total, notes)
    if posts:
        return ListPage(OK, posts, total, notes)
    is_proved = string(found.get("count")) == "0" and string(found.get("rc", 1)) == "1"
    verdict = Verdict(Outcome.OK_EMPTY, "count_0") if is_proved else Verdict(Outcome.SUSPECT_EMPTY, "no_posts")
    return ListPage(verdict, (), total, notes)


def parse_post(reply: Reply, bar: Bar, now: datetime) -> tuple[Verdict, Draft | None]:
    """Read the page of one post: its whole text, and the counts of now."""
    if 300 <= reply.status < 400 and _is_gone(reply.location):
        return _GONE, None
    found = _embedded(reply, "post_article")
    if isinstance(found, Verdict):
        return found, None
    draft = _draft(found, bar, now)
    return (OK, draft) if draft else (Verdict(Outcome.CHANGED, "post_unreadable"), None)


def parse_replies(reply: Reply, bar: Bar, post: Draft, now: datetime) -> ReplyPage:
    """Read one page of the replies to a post."""
    refusal = by_status(reply)
    if refusal is not None:
        return ReplyPage(refusal)
    document = load_json(reply)
    if isinstance(document, Verdict):
        return ReplyPage(document)
    if "re" not in document:
        return ReplyPage(Verdict(Outcome.CHANGED, "no_replies_key"))
    notes: Counter[str] = Counter()
    entries = tables(document["re"])
    drafts = tuple(draft for entry in entries for draft in _thread(entry, bar, post, now, notes))
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return ReplyPage(changed, Parsed(drafts, notes), len(entries))
    verdict = OK if drafts else Verdict(Outcome.SUSPECT_EMPTY, "no_replies")
    return ReplyPage(verdict, Parsed(drafts, notes), len(entries))


def _is_gone(location: str) -> bool:
    target = urlsplit(location)
    return target.path.rstrip("/").endswith("/error") and "type=2" in target.query.split("&")


def _embedded(reply: Reply, name: str) -> Json | Verdict:
    """The JSON that the page assigns to a variable, or why there is none.

    Without it a page that shows posts has a new layout; one that shows none is the site's way of refusing.
    """
    refusal = by_status(reply)
    if refusal is not None:
        return refusal
    text = decode(reply.body, reply.headers)
    found = re.search(rf"\b{name}\s*=\s*(?=[{{\[])", text)
    if found is None:
        return _without(name, text, reply.body)
    try:
        value, _ = json.JSONDecoder().raw_decode(text, found.end())
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json")
    return value if isinstance(value, dict) else Verdict(Outcome.CHANGED, "json_not_an_object")


def _without(name: str, text: str, body: bytes) -> Verdict:
    instead = html_instead(body)
    if instead is not None and instead.outcome is Outcome.CHALLENGE:
        return instead
    is_new = name in text or len(_ROW.findall(text)) > 1
    return Verdict(Outcome.CHANGED, f"no_{name}") if is_new else Verdict(Outcome.BLOCKED, "soft_block")


def _listed(entry: Json, bar: Bar, now: datetime, notes: Counter[str]) -> Listed | None:
    draft = _draft(entry, bar, now)
    if draft is None:
        notes["unreadable"] += 1
        return None
    active = parse_time(entry.get("post_last_time"), now)
    return Listed(
        draft,
        max(active.at, draft.published_at) if active else None,
        whole(entry.get("post_comment_count")),
        # Others are reports and announcements, which live elsewhere.
        has_page=string(entry.get("post_type", 0)) == "0",
    )


def _draft(entry: Json, bar: Bar, now: datetime) -> Draft | None:
    """A post; with its title alone where the text is not there."""
    native, title = string(entry.get("post_id")), strip_tags(string(entry.get("post_title")))
    when = parse_time(entry.get("post_publish_time"), now)
    text = strip_tags(string(entry.get("post_content")))
    if not native.isdigit() or when is None or not (title or text):
        return None
    author = table(entry.get("post_user")) or entry
    name = string(entry.get("stockbar_name")) or string(table(entry.get("post_guba")).get("stockbar_name"))
    return Draft(
        platform=Platform.GUBA,
        kind=MentionKind.POST,
        native_id=native,
        url=f"{_SITE}/news,{bar.code},{native}.html",
        title=title or None,
        text=text or title,
        published_at=when.at,
        time_precision=when.precision,
        author_id=string(author.get("user_id")) or None,
        author_name=clean(string(author.get("user_nickname"))) or None,
        author_kind=AuthorKind.PERSON,
        engagement=_engagement(entry),
        hashtags=(name,) if name else (),
        text_truncated=not text,
        subjects=(bar.subject,) if bar.subject else (),
        parser_version=PARSER,
    )


def _engagement(entry: Json) -> Engagement:
    names = {
        "likes": "post_like_count",
        "comments": "post_comment_count",
        "shares": "post_forward_count",
        "views": "post_click_count",
    }
    return Engagement(**{name: count_value(entry.get(field)) for name, field in names.items()})


def _thread(entry: Json, bar: Bar, post: Draft, now: datetime, notes: Counter[str]) -> Iterator[Draft]:
    """A reply and the replies to it."""
    root = mention_id(post.platform, post.kind, post.native_id)
    own = mention_id(Platform.GUBA, MentionKind.COMMENT, string(entry.get("reply_id")))
    for each in (entry, *tables(entry.get("child_replys"))):
        draft = _reply(each, root if each is entry else own, bar, post, now)
        notes["unreadable"] += draft is None
        if draft is not None:
            yield draft


def _reply(entry: Json, parent: MentionId, bar: Bar, post: Draft, now: datetime) -> Draft | None:
    native = string(entry.get("reply_id"))
    when = parse_time(entry.get("reply_publish_time") or entry.get("reply_time"), now)
    if not native.isdigit() or when is None:
        return None
    author = table(entry.get("reply_user"))
    return Draft(
        platform=Platform.GUBA,
        kind=MentionKind.COMMENT,
        native_id=native,
        url=post.url,
        text=strip_tags(string(entry.get("reply_text"))) or "[表情]",
        published_at=when.at,
        time_precision=when.precision,
        author_id=string(author.get("user_id")) or string(entry.get("user_id")) or None,
        author_name=clean(string(author.get("user_nickname"))) or None,
        author_kind=AuthorKind.PERSON,
        engagement=Engagement(likes=count_value(entry.get("reply_like_count"))),
        parent_id=parent,
        root_id=mention_id(post.platform, post.kind, post.native_id),
        subjects=(bar.subject,) if bar.subject else (),
        context=post.title or post.text,
        parser_version=PARSER,
    )
