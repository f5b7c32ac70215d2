"""Apple's public feed of customer reviews, as JSON."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from crawlers.extract.numbers import count_value
from crawlers.extract.text import clean
from crawlers.extract.times import parse_time
from crawlers.extract.values import Json, string, table, tables
from crawlers.model import Parsed, Reply, Verdict
from crawlers.outcomes import OK, by_status, judge_cards, load_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, Engagement, MentionKind, Platform

PARSER = "appstore/1"
_AUTHOR = re.compile(r"/id(\d+)$")
_PAGE = re.compile(r"/page=(\d{1,3})\b")
_FRAME = frozenset({"author", "updated", "title", "link"})  # what every feed has, with reviews or without


@dataclass(frozen=True, slots=True)
class App:
    """One app of the store. `subject` is what every review of it is about; `name` is matched where there is none."""

    id: str
    name: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What a page of the feed says.

    `pages`: how many pages the feed says that it has, None where it does not.
    """

    verdict: Verdict
    parsed: Parsed = field(default_factory=Parsed)
    pages: int | None = None


def parse(reply: Reply, app: App, storefront: str, now: datetime) -> ReviewPage:
    """Read one page. A page without reviews is never more than suspect: it proves nothing by itself."""
    refusal = by_status(reply)
    if refusal is not None:
        return ReviewPage(refusal)
    document = load_json(reply)
    if isinstance(document, Verdict):
        return ReviewPage(document)
    feed = document.get("feed")
    if not isinstance(feed, dict) or not _FRAME & feed.keys():
        return ReviewPage(Verdict(Outcome.CHANGED, "no_feed"))
    entry = feed.get("entry", [])
    if not isinstance(entry, dict | list):
        return ReviewPage(Verdict(Outcome.CHANGED, "entry_is_no_list"))
    # A single review stands alone instead of in a list.
    page = _page(_reviews([entry] if isinstance(entry, dict) else entry), app, storefront, now)
    return replace(page, pages=_pages(feed))


def _page(reviews: list[Json], app: App, storefront: str, now: datetime) -> ReviewPage:
    notes: Counter[str] = Counter()
    read = (_review(entry, app, storefront, now, notes) for entry in reviews)
    drafts = tuple(draft for draft in read if draft)
    if changed := judge_cards(len(drafts), notes["unreadable"]):
        return ReviewPage(changed, Parsed(drafts, notes))
    verdict = OK if drafts else Verdict(Outcome.SUSPECT_EMPTY, "no_reviews_on_page")
    return ReviewPage(verdict, Parsed(drafts, notes))


def _reviews(entries: list[object]) -> list[Json]:
    """All but the app's own entry, which stands first where it stands at all. What is no object stays unreadable."""
    found = [table(entry) for entry in entries]
    return found[1:] if found and _is_the_app(found[0]) else found


def _is_the_app(entry: Json) -> bool:
    return "im:rating" not in entry and "im:name" in entry


def _pages(feed: Json) -> int | None:
    """The number of the page that the feed calls its last."""
    links = feed.get("link")
    attributes = (table(link.get("attributes")) for link in tables([links] if isinstance(links, dict) else links))
    last = next((string(one.get("href")) for one in attributes if one.get("rel") == "last"), "")
    found = _PAGE.search(last)
    return int(found.group(1)) if found else None


def _label(value: object) -> str:
    return string(table(value).get("label")).strip()


def _review(entry: Json, app: App, storefront: str, now: datetime, notes: Counter[str]) -> Draft | None:
    native, title = _label(entry.get("id")), clean(_label(entry.get("title")))
    when = parse_time(_label(entry.get("updated")), now)
    rating = _label(entry.get("im:rating"))
    if not native.isdigit() or when is None or rating not in ("1", "2", "3", "4", "5"):
        notes["unreadable"] += 1
        return None
    author = table(entry.get("author"))
    return Draft(
        platform=Platform.APPSTORE,
        kind=MentionKind.REVIEW,
        native_id=native,
        url=f"https://apps.apple.com/{storefront}/app/id{app.id}",
        title=title or None,
        text=clean(_label(entry.get("content"))) or title or "[只有评分]",
        published_at=when.at,
        time_precision=when.precision,
        author_id=_account(_label(author.get("uri"))),
        author_name=clean(_label(author.get("name"))) or None,
        author_kind=AuthorKind.PERSON,
        engagement=Engagement(likes=count_value(_label(entry.get("im:voteSum")) or None)),
        rating=int(rating),
        subjects=(app.subject,) if app.subject else (),
        context=app.name,
        parser_version=PARSER,
    )


def _account(uri: str) -> str | None:
    found = _AUTHOR.search(uri)
    return found.group(1) if found else uri or None
