"""News sites: feeds, sitemaps, rolls and list pages tell what is new, article pages what it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

from crawlers.backends import news_drafts, news_ends, news_keys, news_windows
from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.backends.feed_memory import FeedMemory, Look
from crawlers.backends.news_articles import HTML, NewsArticles
from crawlers.backends.news_doors import Door
from crawlers.backends.news_drafts import id_of
from crawlers.backends.news_settings import NewsSettings
from crawlers.extract import news_moves
from crawlers.extract.entries import Entry, Feed
from crawlers.extract.news_page import Site
from crawlers.extract.news_rolls import RollShape
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock

_MAX_SITEMAPS = 20  # per index
_MAX_DEPTH = 3  # an index, sitemaps in it, sitemaps in those
_NO_ENTRIES = frozenset({"feed_without_entries", "sitemap_without_urls", "index_without_sitemaps"})
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})
_NOT_MODIFIED = Verdict(Outcome.OK_EMPTY, "not_modified")
_UNASKED = Verdict(Outcome.CHANGED, "unasked_not_modified")


class NewsRss(BackendBase):
    """One query per door and search term. Articles already read are not fetched again."""

    def __init__(
        self,
        settings: NewsSettings,
        memory: FeedMemory,
        clock: Clock,
        terms: tuple[SearchTerm, ...] = (),
        is_relevant: Callable[[str], bool] = lambda text: True,
    ) -> None:
        searches = [door for door in settings.places if door.is_search]
        is_only = len(searches) == len(settings.places) == 1
        self._doors: dict[str, tuple[Door, str]] = {}
        queries: list[SearchTerm] = []
        for door in settings.places:
            for query, term in zip(door.queries(terms, is_only), terms if door.is_search else (None,), strict=True):
                queries.append(query)
                self._doors[query.id] = (door, term.text if term else "")
        super().__init__(tuple(queries))
        self.searches = bool(searches) and len(searches) == len(settings.places)
        self._searched = searches[0] if searches else None
        self._settings = settings
        self._articles = NewsArticles(Site(settings.rules, settings.hosts), settings.hosts, clock)
        self._memory = memory
        self._clock = clock
        self._is_relevant = is_relevant
        self._asked: set[str] = set()

    @cached_property
    def _read_before(self) -> frozenset[str]:
        """Articles read in earlier runs, by whichever feed."""
        return frozenset[str]().union(*(self._memory.seen(query.text) for query in self.queries))

    def _door(self, query: SearchTerm) -> tuple[Door, str]:
        """The door of a query and what is typed in; the canary word is typed in at the first one."""
        if query.id not in self._doors and self._searched is not None:
            return self._searched, query.text
        return self._doors[query.id]

    def _id(self, entry: Entry) -> str:
        return id_of(entry, self._settings.hosts)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page of the door, conditionally."""
        door, keyword = self._door(piece.query)
        if door.key_page:
            return (news_keys.ask(door),)
        page = door.ask(keyword, 1, "", self._clock.now())
        # "Not modified" would keep us from what no look has read yet: articles to be tried again, an older window.
        place = piece.query.text
        is_read = self._memory.reaches(place, piece.since) and not self._memory.unread(place)
        known = self._memory.load(place) if is_read else {}
        headers = dict(page.headers)
        for header, name in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified")):
            if value := known.get(name):
                headers[header] = str(value)
        return (replace(page, headers=headers),)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """What a page of a door, an article, or an article looked at again means."""
        if page.purpose == "feed":
            return self._read_door(reply, page, piece)
        if page.purpose == news_keys.PURPOSE:
            return self._read_key(reply, piece)
        return self._articles.read(reply, page)

    def _read_key(self, reply: Reply, piece: Slice) -> PageResult:
        """The page of a column only tells how its roll is asked for."""
        door, keyword = self._door(piece.query)
        verdict, key = news_keys.read(reply, door)
        if not key:
            return PageResult(verdict)
        page = door.ask(keyword, 1, "", self._clock.now(), key)
        return PageResult(verdict, follow=(replace(page, memo={"key": key}),), unsettled=True)

    def _read_door(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        door, _ = self._door(piece.query)
        if moved := news_moves.detour(page.url, reply):
            return PageResult(moved)
        if reply.status == 304:
            return PageResult(_NOT_MODIFIED if _CONDITIONS & {*page.headers} else _UNASKED)
        found = self._whole(door.read(reply, page.number, self._clock.now()), piece)
        is_cut = found.verdict.detail == "truncated_feed" or not found.is_closed
        if is_cut and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if found.verdict.outcome is not Outcome.OK and not (found.entries or found.sitemaps):
            return self._read_blank(found, page, piece)
        if piece.query.id not in self._doors:  # the canary asks whether anything is found, not what it says
            return PageResult(found.verdict, tuple(d for entry in found.entries if (d := self._announced(entry, door))))
        return self._read_entries(found, reply, page, piece)

    def _read_entries(self, found: Feed, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """What is announced, also by a page of which we only understand a part: then its verdict stands."""
        door, _ = self._door(piece.query)
        drafts, follow, is_too_much = self._take(found, door, piece)
        nested = found.sitemaps[:_MAX_SITEMAPS] if page.number < _MAX_DEPTH else ()
        left_out = found.sitemaps[len(nested) :]
        further = self._further(found, page, piece)
        memo = self._told(reply, found, piece) if page.number == 1 else {}
        done = [draft.native_id for draft in drafts if not draft.text_truncated]
        return PageResult(
            found.verdict,
            drafts,
            follow=(*follow, *(self._sitemap(each.url, page.number + 1) for each in nested), *further),
            saturated=is_too_much
            or any(news_windows.may_hold(each, piece.since) for each in left_out)
            or (not further and self._has_gap(found, piece)),
            notes={"unreadable": found.unreadable},
            memo={**memo, "listed": [self._id(entry) for entry in found.entries], "done": done},
        )

    def _whole(self, found: Feed, piece: Slice) -> Feed:
        """A page without its end where others had one was cut short."""
        is_cut = not found.is_closed and found.verdict.outcome.is_complete
        if is_cut and self._memory.usually_closed(piece.query.text):
            return replace(found, verdict=Verdict(Outcome.TRANSPORT, "truncated_list"))
        return found

    def _read_blank(self, found: Feed, page: PageRequest, piece: Slice) -> PageResult:
        """A page that lists nothing. A column that was full is not believed, nor an end that nothing proves."""
        door, _ = self._door(piece.query)
        detail = found.verdict.detail
        if detail in _NO_ENTRIES and not door.is_search and self._memory.listed(piece.query.text):
            return PageResult(Verdict(Outcome.SUSPECT_EMPTY, "feed_ran_dry"))
        if detail == "search_without_hits" and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if detail != "end_of_list":
            return PageResult(found.verdict)
        if not news_ends.is_end(found, page):
            doubt = Verdict(Outcome.SUSPECT_EMPTY, "page_without_entries")
            return again(page, doubt) if page.attempt < MAX_ATTEMPTS else PageResult(doubt)
        # A column that ends before the window begins has shown all it has, not all there was.
        return PageResult(found.verdict, saturated=not door.is_search)

    def _take(self, found: Feed, door: Door, piece: Slice) -> tuple[tuple[Draft, ...], tuple[PageRequest, ...], bool]:
        """Drafts of what needs no page or gets none, requests for the other articles, and whether some got none."""
        wanted = self._wanted(found, piece)
        whole = [entry for entry in wanted if self._is_whole(entry, door)]
        paged = [entry for entry in wanted if not self._is_whole(entry, door) and self._is_worth_a_page(entry)]
        most = self._settings.max_articles
        told = (self._announced(entry, door) for entry in (*whole, *paged[most:]))
        follow = tuple(self._article(entry, door) for entry in paged[:most])
        return tuple(draft for draft in told if draft), follow, len(paged) > most

    def _is_whole(self, entry: Entry, door: Door) -> bool:
        """Whether the announcement is the article."""
        return bool(entry.content and entry.published) and (door.shape is not None or self._settings.full_text)

    def _is_worth_a_page(self, entry: Entry) -> bool:
        return not self._settings.only_matching or self._is_relevant(f"{entry.title}\n{entry.summary}")

    def _wanted(self, found: Feed, piece: Slice) -> list[Entry]:
        """Entries of the window, and older ones that are to be tried again; not what is read or on its way."""
        again = self._memory.unread(piece.query.text)
        known = self._read_before | self._asked  # two feeds of a site announce the same article
        fresh = [
            entry for entry in found.entries if not news_windows.is_old(entry, piece.since) or self._id(entry) in again
        ]
        wanted = {self._id(entry): entry for entry in reversed(fresh) if self._id(entry) not in known}
        self._asked.update(wanted)
        return list(wanted.values())[::-1]

    def _further(self, found: Feed, page: PageRequest, piece: Slice) -> tuple[PageRequest, ...]:
        """The next page of a list, until the window is behind us."""
        door, keyword = self._door(piece.query)
        needs_cursor = isinstance(door.shape, RollShape) and bool(door.shape.cursor)
        if found.verdict.outcome is not Outcome.OK or page.number >= door.pages or (needs_cursor and not found.cursor):
            return ()
        mark = sha256("".join(sorted(self._id(entry) for entry in found.entries)).encode()).hexdigest()
        if mark == page.memo.get("mark") or self._is_behind(found.entries, door, piece):
            return ()  # the same page again: the site knows no page numbers, or shows the last page for ever
        key = page.memo.get("key", "")
        following = door.ask(keyword, page.number + 1, found.cursor, self._clock.now(), key)
        return (replace(following, memo={"key": key, "mark": mark, **news_ends.carried(found, page.memo)}),)

    def _is_behind(self, entries: tuple[Entry, ...], door: Door, piece: Slice) -> bool:
        """Whether what comes after these is older than the window. Pinned articles stand above, never below."""
        times = [news_windows.latest(entry) for entry in entries if entry.published]
        if times:
            return door.newest_first and times[-1] < piece.since
        listed = self._listed(piece)
        return 2 * sum(self._id(entry) in listed for entry in entries) > len(entries)

    def _listed(self, piece: Slice) -> frozenset[str]:
        """What a complete look that reached as far back as this one has listed."""
        place = piece.query.text
        return self._memory.listed(place) if self._memory.reaches(place, piece.since) else frozenset()

    def _has_gap(self, found: Feed, piece: Slice) -> bool:
        """A list whose every entry is new, and none older than the window, may have lost some in between; and one
        whose end did not come may have more.

        Entries that a complete look has listed prove that nothing lies between; what an unfinished one read does not.
        """
        if not found.is_closed:
            return True
        listed = self._listed(piece)
        times = [news_windows.latest(entry) for entry in found.entries if entry.published]
        is_inside = bool(found.entries) and (not times or min(times) > piece.since)
        return is_inside and not any(self._id(entry) in listed for entry in found.entries)

    @staticmethod
    def _told(reply: Reply, found: Feed, piece: Slice) -> Mapping[str, object]:
        """What the next look is judged by. A page that names others may stay as it is while those change."""
        kept = {} if found.sitemaps else reply.headers
        validators = {"etag": kept.get("etag", ""), "last_modified": kept.get("last-modified", "")}
        return {"told": {**validators, "since": piece.since.isoformat(), "closed": found.is_closed}}

    @staticmethod
    def _sitemap(url: str, depth: int) -> PageRequest:
        return PageRequest(url, "feed", number=depth, follow_redirects=True)

    def _announced(self, entry: Entry, door: Door) -> Draft | None:
        return news_drafts.announced(entry, self._settings.hosts, door.kind)

    def _article(self, entry: Entry, door: Door) -> PageRequest:
        memo = {"id": self._id(entry), "publisher": entry.publisher, "url": entry.url}
        draft = self._announced(entry, door)
        return PageRequest(entry.url, "article", headers=HTML, follow_redirects=True, draft=draft, memo=memo)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page of a stored article."""
        return self._articles.look_up(mention, url)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """An article that cannot be read is kept as far as its feed announced it, and tried again."""
        return self._articles.lost(page, verdict)

    def judge(self, piece: Slice, memos: Sequence[Mapping[str, object]]) -> Verdict | None:
        """One odd page is an accident; many of a feed mean that the site has changed."""
        look = news_windows.look_of(memos)
        if not self._memory.is_broken(piece.query.text, look):
            return None
        is_absence = len(look.missing) > len(look.unreadable)
        return Verdict(Outcome.CHANGED, "articles_missing" if is_absence else "articles_unreadable")

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """Articles that were read stay read; validators and what was listed count only when nothing was missed."""
        look = news_windows.look_of(memos)
        found = next((memo["told"] for memo in memos if "told" in memo), {})
        told = found if complete and isinstance(found, dict) else {}
        listed = news_windows.names(memos, "listed") if complete else ()
        if look != Look() or told or listed:
            self._memory.save(piece.query.text, told, look, listed)
