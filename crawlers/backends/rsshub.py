"""RSSHub on a machine of our own, and plain RSS bridges: routes that are filled with the search terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.backends.seen_memory import SeenMemory
from crawlers.extract import publications, rsshub, wechat
from crawlers.extract.rsshub import FeedPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import by_status
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.naming import public_name
from yuqing.domain.ports import Clock

_KEYWORD = "{keyword}"
_ARTICLES = "https://mp.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class RssHubSettings:
    """The instance, its routes (paths, or whole addresses of other bridges), and the key that opens it."""

    base: str
    routes: tuple[str, ...]
    key: str = field(default="", repr=False)
    articles: bool = True
    articles_base: str = _ARTICLES  # where the pages of 公众号 are


class RssHub(BackendBase):
    """One query per route and, where the route has {keyword}, per search term. Feeds hold the newest entries only."""

    def __init__(
        self, queries: tuple[SearchTerm, ...], settings: RssHubSettings, memory: SeenMemory, clock: Clock
    ) -> None:
        super().__init__(tuple(_queries(settings.routes, queries)))
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._known: dict[str, dict[str, int]] = {}

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The feed."""
        headers = {"Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9"}
        return (PageRequest(self._address(piece.query.text), "feed", headers=headers),)

    def _address(self, route: str) -> str:
        """The key goes to our own instance only, and nowhere but into the address of the request."""
        if route.startswith(("http://", "https://")):
            return route
        if not self._settings.key:
            return self._settings.base + route
        return f"{self._settings.base}{route}{'&' if '?' in route else '?'}{urlencode({'key': self._settings.key})}"

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A feed, the article behind an entry, or the health of the instance."""
        if page.purpose in ("article", "look_up"):
            return self._read_article(reply, page)
        if page.purpose == "health":
            return self._read_health(reply, page)
        found = rsshub.parse(reply, self._clock.now())
        if found.verdict.detail == "truncated_feed" and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if found.verdict.outcome is not Outcome.OK and not found.parsed.drafts:
            return self._read_blank(found, page, piece)
        return self._read_feed(found, piece)

    def _read_blank(self, found: FeedPage, page: PageRequest, piece: Slice) -> PageResult:
        """A route that listed something before lists something now: what a platform keeps from the instance looks
        like nothing. One that filters may have nothing new."""
        if found.verdict.detail == "feed_without_entries":
            if page.attempt < MAX_ATTEMPTS:
                return again(page, found.verdict)
            if self._read_before(piece) and "filter" not in piece.query.text.partition("?")[2]:
                return PageResult(Verdict(Outcome.SUSPECT_EMPTY, "feed_ran_dry"))
        if found.verdict.outcome is Outcome.TRANSPORT:
            return self.lost(page, found.verdict)
        return PageResult(found.verdict, notes=found.parsed.notes)

    def _read_feed(self, found: FeedPage, piece: Slice) -> PageResult:
        known = self._read_before(piece)
        drafts = found.parsed.drafts
        ids = [_id_of(draft) for draft in drafts]
        articles = [draft for draft in drafts if self._has_article(draft) and draft.published_at >= piece.since]
        wanted = [draft for draft in articles if _id_of(draft) not in known]
        # Whatever was between the oldest entry of a feed and the last look has dropped out of it.
        has_gap = found.oldest is not None and found.oldest > piece.since and not any(name in known for name in ids)
        plain = {name: 1 for name, draft in zip(ids, drafts, strict=True) if not self._has_article(draft)}
        return PageResult(
            found.verdict,
            drafts,
            tuple(self._article(draft) for draft in wanted),
            saturated=has_gap,
            notes=found.parsed.notes,
            memo={"read": plain},
        )

    def _read_before(self, piece: Slice) -> dict[str, int]:
        name = piece.query.id
        if name not in self._known:
            self._known[name] = self._memory.load(name)
        return self._known[name]

    def _has_article(self, draft: Draft) -> bool:
        return self._settings.articles and rsshub.is_article_of_wechat(draft)

    def _article(self, draft: Draft) -> PageRequest:
        return PageRequest(self._page_of(draft.url), "article", headers={"Accept": "text/html"}, draft=draft)

    def _page_of(self, url: str) -> str:
        return self._settings.articles_base + url.removeprefix(_ARTICLES)

    def _read_article(self, reply: Reply, page: PageRequest) -> PageResult:
        """The whole text of an article; without it the feed's own words stand."""
        where = publications.read(page.url.replace(self._settings.articles_base, _ARTICLES, 1))
        if where is None:
            return self.lost(page, Verdict(Outcome.CHANGED, "no_publication"))
        verdict, draft = wechat.parse(reply, page.draft, where.native_id, where.url, self._clock.now())
        name = mention_id(where.platform, where.kind, where.native_id)
        is_aside = page.purpose == "article"
        if verdict.detail == "deleted_message":  # the platform's own word; a status is also what a proxy answers
            return PageResult(verdict, auxiliary=is_aside, gone=(name,), memo={"read": {name: 1}})
        if draft is None:
            return self.lost(page, verdict)
        return PageResult(verdict, (draft,), auxiliary=is_aside, memo={"read": {name: 1}})

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost article costs detail. Behind a lost feed may be its route or the whole instance: that is looked up."""
        if page.purpose == "article":
            return PageResult(verdict, auxiliary=True, notes={"article_missing": 1})
        if page.purpose == "health":
            return PageResult(Verdict(verdict.outcome, "instance_down"))
        if page.purpose == "feed" and verdict.outcome is Outcome.TRANSPORT and page.url.startswith(self._settings.base):
            probe = PageRequest(f"{self._settings.base}/healthz", "health", memo={"detail": verdict.detail})
            return PageResult(verdict, follow=(probe,), unsettled=True)
        return PageResult(verdict)

    def _read_health(self, reply: Reply, page: PageRequest) -> PageResult:
        is_up = by_status(reply) is None
        return PageResult(Verdict(Outcome.TRANSPORT, page.memo["detail"] if is_up else "instance_down"))

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """What was read is stored: articles are not asked for again, and a known entry proves that nothing dropped."""
        tables = [table for memo in memos if isinstance(table := memo.get("read"), dict)]
        self._memory.add(piece.query.id, {name: count for table in tables for name, count in table.items()})

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page of an article of a 公众号; nothing else has one here."""
        if not mention.startswith(f"{Platform.WECHAT}:{MentionKind.ARTICLE}:") or not url.startswith(f"{_ARTICLES}/"):
            return None
        return PageRequest(self._page_of(url), "look_up", headers={"Accept": "text/html"})


def _queries(routes: tuple[str, ...], terms: tuple[SearchTerm, ...]) -> list[SearchTerm]:
    """Routes filled with terms. The name of a query is readable, its address is encoded to the last sign."""
    filled = []
    for route in routes:
        if _KEYWORD in route:
            filled += [
                SearchTerm(
                    _name(route.replace(_KEYWORD, term.text)), route.replace(_KEYWORD, quote(term.text, safe=""))
                )
                for term in terms
            ]
        else:
            filled.append(SearchTerm(_name(route), route))
    return filled


def _name(route: str) -> str:
    """A route names a query, and so stands in cursors and logs: keys and accounts of people do not."""
    return public_name(route, hides_people=True)


def _id_of(draft: Draft) -> str:
    return mention_id(draft.platform, draft.kind, draft.native_id)
