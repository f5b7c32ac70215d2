"""News sites: feeds and sitemaps tell what is new, article pages what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from crawlers.backends.base import BackendBase
from crawlers.extract import feeds, news_page, urls
from crawlers.extract.feeds import Entry
from crawlers.extract.news_page import Article, Rule
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import AuthorKind, MentionKind, Platform, TimePrecision
from yuqing.domain.ports import Clock, StateStore

KIND = "feed"
_MAX_SEEN = 5_000
_MAX_SITEMAPS = 20
# A page that is gone or is no article (a video, a gallery) must not hold up the feed for ever.
_HARMLESS = frozenset({Outcome.NOT_FOUND, Outcome.CHANGED})


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Feeds and sitemaps by address, CSS rules by host."""

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    max_articles: int = 500


class FeedMemory:
    """What is remembered per feed between runs: ETag, Last-Modified, and the articles already read."""

    def __init__(self, state: StateStore) -> None:
        self._state = state

    @staticmethod
    def _id(url: str) -> str:
        return sha256(url.encode()).hexdigest()[:32]

    def load(self, url: str) -> Mapping[str, object]:
        """The document of a feed, empty before the first read."""
        found = self._state.load(KIND, self._id(url))
        return found.body if found else {}

    def seen(self, url: str) -> frozenset[str]:
        """The ids of the articles already read."""
        ids = self.load(url).get("seen", [])
        return frozenset(ids) if isinstance(ids, list) else frozenset()

    def save(self, url: str, validators: Mapping[str, object], fresh: Sequence[str]) -> None:
        """Remember validators (only after a complete read) and articles (always)."""
        old = self.load(url)
        known = old.get("seen", [])
        seen = list(dict.fromkeys([*(known if isinstance(known, list) else []), *fresh]))[-_MAX_SEEN:]
        self._state.save(KIND, self._id(url), {**old, **validators, "url": url, "seen": seen})


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
        known = self._memory.load(piece.query.text)
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
        read = self._read_before()
        known = read | self._asked  # two feeds of a site announce the same article
        wanted = [entry for entry in found.entries if self._is_wanted(entry, known, piece.since)]
        self._asked.update(_id_of(entry) for entry in wanted)
        follow = tuple(self._article(entry) for entry in wanted[: self._settings.max_articles])
        follow += tuple(
            self._sitemap(url, page.number + 1) for url in found.sitemaps[:_MAX_SITEMAPS] if page.number < 3
        )
        return PageResult(
            found.verdict,
            follow=follow,
            saturated=len(wanted) > self._settings.max_articles or self._has_gap(found.entries, read, piece.since),
            memo=self._validators(reply) if page.number == 1 else {},
        )

    def _is_wanted(self, entry: Entry, known: frozenset[str], since: datetime) -> bool:
        is_old = entry.published is not None and entry.published.at < since
        is_old = is_old and entry.published is not None and entry.published.precision is not TimePrecision.DAY
        return not is_old and _id_of(entry) not in known

    def _has_gap(self, entries: tuple[Entry, ...], known: frozenset[str], since: datetime) -> bool:
        """A feed whose every entry is new and newer than the window may have lost some in between."""
        times = [entry.published.at for entry in entries if entry.published]
        met = any(_id_of(entry) in known for entry in entries)
        return bool(times) and min(times) > since and not met

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
        return PageResult(verdict, (draft,), memo={"seen": [page.memo["id"], draft.native_id]})

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """An article that cannot be read is kept as far as its feed announced it."""
        if page.purpose != "article":
            return PageResult(verdict)
        drafts = (page.draft,) if page.draft is not None and verdict.outcome is not Outcome.NOT_FOUND else ()
        harmless = verdict.outcome in _HARMLESS
        memo = {"seen": [page.memo["id"]]} if harmless else {}
        return PageResult(verdict, drafts, auxiliary=harmless or verdict.detail == "robots", memo=memo)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """Articles that were read stay read; the validators count only when nothing was missed."""
        fresh = [str(name) for memo in memos if isinstance(ids := memo.get("seen"), list) for name in ids]
        validators = next((memo["validators"] for memo in memos if "validators" in memo), {})
        if fresh or (complete and validators):
            self._memory.save(
                piece.query.text, dict(validators) if complete and isinstance(validators, dict) else {}, fresh
            )


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
