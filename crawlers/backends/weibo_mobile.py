"""Search on m.weibo.cn: JSON, newest first. A visitor sees one page, an account more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, all_older
from crawlers.backends.weibo_below import WeiboBelow
from crawlers.backends.weibo_requests import WeiboSite, open_ticket
from crawlers.extract import weibo_json
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class WeiboMobileSettings:
    """Without a cookie a visitor ticket is fetched, and `max_pages` of visitors is 1."""

    max_pages: int = 10


class WeiboMobile(BackendBase):
    """Reads pages until they are older than the window."""

    searches = True

    def __init__(
        self,
        queries: tuple[SearchTerm, ...],
        settings: WeiboMobileSettings,
        site: WeiboSite,
        below: WeiboBelow,
        clock: Clock,
    ) -> None:
        super().__init__(queries)
        self._site = site
        self._below = below
        self._clock = clock
        self._max_pages = settings.max_pages if site.cookie else 1

    def session(self) -> PageRequest | None:
        """The request for a visitor ticket, when there is no account."""
        return self._site.ticket()

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return self._site.cookies

    def open_session(self, reply: Reply) -> tuple[Verdict, str]:
        """The ticket in a reply."""
        return open_ticket(reply)

    def probe(self) -> PageRequest | None:
        """`/api/config`."""
        return self._site.config()

    def read_probe(self, reply: Reply) -> Verdict:
        """Whether the platform answers, and still knows our account."""
        return self._site.read_config(reply)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1),)

    def _page(self, piece: Slice, number: int) -> PageRequest:
        container = f"100103type=61&q={piece.query.text}&t=0"
        query = {"containerid": container, "page_type": "searchall", "page": number}
        return self._site.ask("/api/container/getIndex", query, "search", number=number)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A search page, or what stands below a post."""
        return self._read_search(reply, page, piece) if page.purpose == "search" else self._below.read(reply, page)

    def _read_search(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        found = weibo_json.parse(reply, self._clock.now())
        outcome = found.verdict.outcome
        if outcome in (Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY) and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        read = int(page.memo.get("read", "0")) + found.entries
        if outcome is Outcome.OK_EMPTY and page.number > 1:  # the list is over, or is not shown any further
            return PageResult(found.verdict, saturated=read < int(page.memo["total"]) or page.memo["total"] == "0")
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        reached = all_older(found.times, piece.since)
        at_end = page.number >= self._max_pages
        memo = {"read": str(read), "total": str(max(found.total or 0, int(page.memo.get("total", "0"))))}
        # Nothing follows from a query that is asked for a test (the canary).
        more = self._below.of(found.parsed.drafts, found.articles) if piece.query in self.queries else ()
        follow = more if reached or at_end else (*more, replace(self._page(piece, page.number + 1), memo=memo))
        result = PageResult(
            found.verdict,
            found.parsed.drafts,
            follow,
            saturated=at_end and not (reached or all_older(found.times[-1:], piece.since)),
            notes=found.parsed.notes,
            memo=self._below.memo(more),
        )
        return self._below.told(result)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost long text is counted; a lost page of posts or comments counts for the slice."""
        return PageResult(verdict) if page.purpose == "search" else self._below.lost(page, verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """The slice is stored: remember which comments were read."""
        self._below.settled(memos)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """One post in full."""
        return self._below.look_up(mention)
