"""Pages of m.weibo.cn and weibo.com/ajax: lists of statuses, single ones, long texts, articles, visitor tickets."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crawlers.extract import ids
from crawlers.extract.text import strip_tags
from crawlers.extract.weibo_status import (
    Json,
    article_of,
    as_dict,
    as_list,
    as_str,
    draft_of,
    is_fold_link,
    is_gone,
    mid_of,
    number_told,
)
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json, weibo_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft


@dataclass(frozen=True, slots=True)
class MobilePage:
    """What a page of statuses says. `times` are those of its posts as they stand there, without pinned ones.

    `articles`: mid and number of the article that the post carries. `since_id`: where a timeline goes on. `entries`:
    how many posts stand on it, deleted ones too. `total`: how many there are in all, None where no number is told.
    """

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    long_texts: tuple[Draft, ...] = field(default=(), repr=False)
    times: tuple[datetime, ...] = ()
    articles: tuple[tuple[str, str], ...] = ()
    since_id: str = ""
    entries: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request for one status brought; `gone`: the platform says that it is deleted or private.

    `mid`: the number of what came back, "" where a refusal names none.
    """

    verdict: Verdict
    draft: Draft | None = field(default=None, repr=False)
    gone: bool = False
    article: str = ""
    mid: str = ""
    notes: Counter[str] = field(default_factory=Counter)


def parse(reply: Reply, now: datetime) -> MobilePage:
    """Read one page of `container/getIndex`: a search, or the posts of one account."""
    verdict, document = read_document(reply)
    if verdict.outcome is not Outcome.OK:
        return MobilePage(verdict)
    data = as_dict(document.get("data"))
    cards = data.get("cards")
    if not isinstance(cards, list | dict):
        return MobilePage(Verdict(Outcome.CHANGED, "no_cards"))
    info = as_dict(data.get("cardlistInfo"))
    return _page(list(_blogs(cards)), now, as_str(info.get("since_id")), number_told(info.get("total")))


def parse_timeline(reply: Reply, now: datetime) -> MobilePage:
    """Read one page of `statuses/mymblog` or `statuses/searchProfile`."""
    verdict, document = read_document(reply)
    if verdict.outcome is not Outcome.OK:
        return MobilePage(verdict)
    data = as_dict(document.get("data"))
    if not isinstance(data.get("list"), list):
        return MobilePage(Verdict(Outcome.CHANGED, "no_list"))
    found = [(as_dict(item), bool(as_dict(item).get("isTop"))) for item in as_list(data["list"])]
    return _page(found, now, as_str(data.get("since_id")), number_told(data.get("total")))


def _page(blogs: list[tuple[Json, bool]], now: datetime, since_id: str, total: int | None) -> MobilePage:
    notes: Counter[str] = Counter()
    read = [(draft_of(blog, now, notes), blog, pinned) for blog, pinned in blogs]
    drafts = tuple(draft for draft, _, _ in read if draft is not None)
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return MobilePage(changed, Parsed(drafts, notes))
    if not drafts:
        empty = Verdict(Outcome.SUSPECT_EMPTY, "no_posts")
        return MobilePage(empty, Parsed((), notes), since_id=since_id, entries=len(blogs), total=total)
    times = tuple(draft.published_at for draft, _, pinned in read if draft is not None and not pinned)
    long_texts = tuple(draft for draft in drafts if draft.text_truncated)
    articles = tuple((mid_of(blog), number) for _, blog, _ in read if (number := article_of(blog)))
    return MobilePage(OK, Parsed(drafts, notes), long_texts, times, articles, since_id, len(blogs), total)


def read_document(reply: Reply) -> tuple[Verdict, Json]:
    """The JSON of a reply that has `ok` and `data`, and how the fetch ended."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, {}
    document = load_json(reply)
    if isinstance(document, Verdict):
        return document, {}
    return weibo_json(document), document


def _blogs(cards: object) -> Iterator[tuple[Json, bool]]:
    """Every post of a card list, in `cards` or inside `card_group`, and whether it is pinned."""
    for card in as_list(cards):
        entry = as_dict(card)
        blog = entry.get("mblog")
        if isinstance(blog, dict):
            yield blog, blog.get("mblogtype") == 2 or as_str(entry.get("profile_type_id")).startswith("proweibotop")
        elif entry.get("card_type") == 9:
            yield {}, False  # a post that is not where posts are
        yield from _blogs(entry.get("card_group"))


def parse_show(reply: Reply, now: datetime) -> Shown:
    """Read `statuses/show` of either site: the status stands in `data`, or at the top."""
    refusal = by_status(reply)
    if refusal is not None:
        return Shown(refusal, gone=refusal.detail == "error_20101")
    document = load_json(reply)
    if isinstance(document, Verdict):
        return Shown(document)
    if str(document.get("ok")) == "1" and "data" not in document:
        return _shown(document, now)
    verdict = weibo_json(document)
    if verdict.outcome is not Outcome.OK:
        return Shown(verdict, gone=verdict.detail == "error_20101")
    return _shown(as_dict(document.get("data")), now)


_RENDERED = re.compile(r"\$render_data\s*=\s*(\[.*?\])\[0\]\s*\|\|", re.DOTALL)


def parse_detail(reply: Reply, now: datetime) -> Shown:
    """Read the page `/detail/{mid}`: its script holds the status."""
    refusal = by_status(reply)
    if refusal is not None:
        return Shown(refusal)
    found = _RENDERED.search(reply.body.decode("utf-8", "replace"))
    if found is None:
        return Shown(Verdict(Outcome.CHANGED, "no_render_data"))
    try:
        rendered = as_list(json.loads(found.group(1)))
    except ValueError:
        return Shown(Verdict(Outcome.CHANGED, "render_data_unreadable"))
    return _shown(as_dict(as_dict(rendered[0] if rendered else None).get("status")), now)


def _shown(status: Json, now: datetime) -> Shown:
    if is_gone(status) and ids.is_mid(mid_of(status)):
        return Shown(Verdict(Outcome.NOT_FOUND, "deleted"), gone=True, mid=mid_of(status))
    notes: Counter[str] = Counter()
    draft = draft_of(_whole(status), now, notes)
    if draft is None:
        return Shown(Verdict(Outcome.CHANGED, "entries_unreadable"), notes=notes)
    return Shown(OK, draft, article=article_of(status), mid=draft.native_id, notes=notes)


def _whole(status: Json) -> Json:
    """The status with its long text in place of the beginning, where both were sent."""
    content = as_dict(status.get("longText")).get("longTextContent")
    if not isinstance(content, str) or not content:
        return status
    return {**{name: value for name, value in status.items() if name != "text_raw"}, "text": content}


def parse_long_text(reply: Reply) -> tuple[Verdict, str | None]:
    """The whole text from `statuses/extend` or `statuses/longtext`."""
    verdict, document = read_document(reply)
    if verdict.outcome is not Outcome.OK:
        return verdict, None
    content = as_dict(document.get("data")).get("longTextContent")
    if not isinstance(content, str) or not content:
        return Verdict(Outcome.CHANGED, "no_long_text"), None
    return OK, strip_tags(content, is_fold_link)


def parse_article(reply: Reply) -> tuple[Verdict, str, str]:
    """The title and the text of an article of card.weibo.com."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, "", ""
    document = load_json(reply)
    if isinstance(document, Verdict):
        return document, "", ""
    data = as_dict(document.get("data"))
    title, content = strip_tags(as_str(data.get("title"))), strip_tags(as_str(data.get("content")))
    if not content:
        return Verdict(Outcome.CHANGED, "no_article"), "", ""
    return OK, title, content


def parse_config(reply: Reply) -> tuple[Verdict, bool | None]:
    """Whether a session is one of an account, from `/api/config`; None where the answer does not say."""
    verdict, document = read_document(reply)
    login = as_dict(document.get("data")).get("login")
    if verdict.outcome is not Outcome.OK:
        return verdict, None
    return (OK, login) if isinstance(login, bool) else (Verdict(Outcome.CHANGED, "no_login_field"), None)


_JSONP = re.compile(rb"\(\s*(\{.*\})\s*\)\s*;?\s*$", re.DOTALL)


def parse_visitor(reply: Reply) -> tuple[Verdict, Mapping[str, str]]:
    """The SUB and SUBP pair that passport.weibo.com gives a visitor."""
    refusal = by_status(reply)
    if refusal is not None:
        return refusal, {}
    found = _JSONP.search(reply.body)
    try:
        data = as_dict(as_dict(json.loads(found.group(1))).get("data")) if found else {}
    except ValueError:
        return Verdict(Outcome.TRANSPORT, "truncated_json"), {}
    pair = {"SUB": as_str(data.get("sub")), "SUBP": as_str(data.get("subp"))}
    return (OK, pair) if all(pair.values()) else (Verdict(Outcome.CHANGED, "no_visitor_pair"), {})
