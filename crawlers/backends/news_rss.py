"""News sites: feeds and sitemaps tell what is new, article pages what it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.backends.base import BackendBase
from crawlers.backends.feed_memory import FeedMemory, Look
from crawlers.extract import feeds, news_page, urls
from crawlers.extract.feeds import Entry, Feed, Nested
from crawlers.extract.news_page import Article, Rule
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, MentionKind, Platform, TimePrecision
from yuqing.domain.ports import Clock

_MAX_SITEMAPS = 20  # per index
_MAX_DEPTH = 3  # an index, sitemaps in it, sitemaps in those
# Films and picture shows have no text to be read, which is no fault of the parser.
_NO_ARTICLE = re.compile(r"/(?:videos?|v|photos?|pics?|gallery|live|zhibo|tv|shipin|tuji|slides?)(?=[/._-])", re.ASCII)
_OUR_RULES = frozenset({"robots", "inner_address"})  # not fetched because we do not fetch such pages


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Feeds and sitemaps by address, CSS rules by host."""

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    max_articles: int = 500


class NewsRss(BackendBase):
    """One query per feed or sitemap. Articles already read are not fetched again."""

    def __init__(self, settings: NewsSettings, memory: FeedMemory, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(url, url) for url in (*settings.feeds, *settings.sitemaps)))
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._asked: set[str] = set()

    def _read_before(self) -> frozenset[str]:
        """Articles read in earlier runs, by whichever feed."""
        return frozenset[str]().union(*(self._memory.seen(query.text) for query in self.queries))

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The feed, conditionally."""
        # "Not modified" would keep us from trying the articles again that could not be read.
        known = {} if self._memory.unread(piece.query.text) else self._memory.load(piece.query.text)
        headers = {"Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"}
        for header, name in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified")):
            if value := known.get(name):
                headers[header] = str(value)
        return (PageRequest(piece.query.text, "feed", headers=headers, follow_redirects=True),)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A feed or an article."""
        if page.purpose == "article":
            return self._read_article(reply, page)
        return self._read_feed(reply, page, piece)

    def _read_feed(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        found = feeds.parse(reply, self._clock.now())
        if found.verdict.outcome is not Outcome.OK:
            return PageResult(found.verdict)
        wanted = self._wanted(found, piece)
        follow = tuple(self._article(entry) for entry in wanted[: self._settings.max_articles])
        nested = found.sitemaps[:_MAX_SITEMAPS] if page.number < _MAX_DEPTH else ()
        left_out = found.sitemaps[len(nested) :]
        return PageResult(
            found.verdict,
            follow=follow + tuple(self._sitemap(each.url, page.number + 1) for each in nested),
            saturated=len(wanted) > self._settings.max_articles
            or any(_may_hold(each, piece.since) for each in left_out)
            or self._has_gap(found.entries, piece),
            memo=self._validators(reply) if page.number == 1 else {},
        )

    def _wanted(self, found: Feed, piece: Slice) -> list[Entry]:
        """Entries of the window, and older ones that are to be tried again; not what is read or on its way."""
        again = self._memory.unread(piece.query.text)
        known = self._read_before() | self._asked  # two feeds of a site announce the same article
        fresh = [entry for entry in found.entries if not _is_old(entry, piece.since) or _id_of(entry) in again]
        wanted = [entry for entry in fresh if _id_of(entry) not in known]
        self._asked.update(_id_of(entry) for entry in wanted)
        return wanted

    def _has_gap(self, entries: tuple[Entry, ...], piece: Slice) -> bool:
        """A feed whose every entry is new and newer than the window may have lost some in between."""
        known = self._read_before().union(self._memory.unread(piece.query.text))
        times = [entry.published.at for entry in entries if entry.published]
        met = any(_id_of(entry) in known for entry in entries)
        return bool(times) and min(times) > piece.since and not met

    @staticmethod
    def _validators(reply: Reply) -> Mapping[str, object]:
        found = {"etag": reply.headers.get("etag"), "last_modified": reply.headers.get("last-modified")}
        return {"validators": {name: value for name, value in found.items() if value}}

    @staticmethod
    def _sitemap(url: str, depth: int) -> PageRequest:
        return PageRequest(url, "feed", number=depth, follow_redirects=True)

    def _article(self, entry: Entry) -> PageRequest:
        headers = {"Accept": "text/html,application/xhtml+xml"}
        draft = self._announced(entry)
        memo = {"id": _id_of(entry), "publisher": entry.publisher, "url": entry.url}
        return PageRequest(entry.url, "article", headers=headers, follow_redirects=True, draft=draft, memo=memo)

    def _announced(self, entry: Entry) -> Draft | None:
        """The article as far as the feed tells it: what is left when the page cannot be had."""
        if not entry.title or entry.published is None:
            return None
        address = urls.canonicalise(entry.url)
        return Draft(
            platform=Platform.NEWS,
            kind=MentionKind.ARTICLE,
            native_id=urls.native_id(address),
            url=address,
            title=entry.title,
            text=entry.summary or entry.title,
            published_at=entry.published.at,
            time_precision=entry.published.precision,
            author_name=entry.publisher or None,
            author_kind=AuthorKind.MEDIA,
            text_truncated=True,
            parser_version=news_page.PARSER,
        )

    def _read_article(self, reply: Reply, page: PageRequest) -> PageResult:
        verdict, article = news_page.read(reply, self._clock.now(), self._settings.rules)
        if verdict.outcome is not Outcome.OK:
            return self.lost(page, verdict)
        draft = _to_draft(article, page)
        if draft is None:
            return self.lost(page, Verdict(Outcome.CHANGED, "no_time"))
        return PageResult(verdict, (draft,), memo={"read": page.memo["id"], "done": [draft.native_id]})

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """An article that cannot be read is kept as far as its feed announced it, and tried again."""
        if page.purpose != "article":
            return PageResult(verdict)
        if verdict.outcome is Outcome.NOT_FOUND:
            return PageResult(verdict, auxiliary=True, memo={"done": [page.memo["id"]]})
        drafts = (page.draft,) if page.draft is not None else ()
        if verdict.outcome is not Outcome.CHANGED:
            return PageResult(verdict, drafts, auxiliary=verdict.detail in _OUR_RULES)
        if verdict.detail == "no_main_text" and _NO_ARTICLE.search(page.url):
            return PageResult(verdict, drafts, auxiliary=True, memo={"done": [page.memo["id"]]})
        return PageResult(verdict, drafts, auxiliary=bool(drafts), memo={"unreadable": page.memo["id"]})

    def judge(self, piece: Slice, memos: Sequence[Mapping[str, object]]) -> Verdict | None:
        """One odd page is an accident; many of a feed mean that the site has changed."""
        is_broken = self._memory.is_broken(piece.query.text, _look(memos))
        return Verdict(Outcome.CHANGED, "articles_unreadable") if is_broken else None

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """Articles that were read stay read; the validators count only when nothing was missed."""
        look = _look(memos)
        found = next((memo["validators"] for memo in memos if "validators" in memo), {})
        validators = found if complete and isinstance(found, dict) else {}
        if look != Look() or validators:
            self._memory.save(piece.query.text, validators, look)


def _look(memos: Sequence[Mapping[str, object]]) -> Look:
    read = tuple(str(memo["read"]) for memo in memos if "read" in memo)
    done = tuple(str(name) for memo in memos if isinstance(names := memo.get("done"), list) for name in names)
    return Look((*read, *done), read, tuple(str(memo["unreadable"]) for memo in memos if "unreadable" in memo))


def _is_old(entry: Entry, since: datetime) -> bool:
    shown = entry.published
    return shown is not None and shown.at < since and shown.precision is not TimePrecision.DAY


def _may_hold(nested: Nested, since: datetime) -> bool:
    """False for a sitemap that was last changed before the window (a day before, where only days are told)."""
    return nested.modified is None or nested.modified.at + timedelta(days=1) >= since


def _id_of(entry: Entry) -> str:
    return urls.native_id(urls.canonicalise(entry.url))


def _to_draft(article: Article, page: PageRequest) -> Draft | None:
    announced = page.draft
    when = _time(article, announced)
    title = article.title or (announced.title if announced else "") or ""
    if when is None or not title:
        return None
    return Draft(
        platform=Platform.NEWS,
        kind=MentionKind.ARTICLE,
        native_id=urls.native_id(article.canonical_url),
        url=article.canonical_url,
        title=title,
        text=article.text,
        published_at=when[0],
        time_precision=when[1],
        author_name=article.publisher or page.memo["publisher"] or None,
        author_kind=AuthorKind.MEDIA,
        text_truncated=not article.is_complete,
        parser_version=news_page.PARSER,
    )


def _time(article: Article, announced: Draft | None) -> tuple[datetime, TimePrecision] | None:
    """The feed's time first; the page's where the feed only knows the day."""
    page_time = (article.published_at, article.time_precision or TimePrecision.DAY) if article.published_at else None
    if announced is None or (announced.time_precision is TimePrecision.DAY and page_time is not None):
        return page_time
    return announced.published_at, announced.time_precision
