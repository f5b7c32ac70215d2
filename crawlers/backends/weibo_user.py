"""What listed official accounts publish: `searchProfile` in windows of ten days, `mymblog` where that is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, all_older, floor_hour
from crawlers.backends.weibo_below import WeiboBelow
from crawlers.backends.weibo_requests import WeiboSite
from crawlers.extract import weibo_json
from crawlers.extract.weibo_json import MobilePage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock

WINDOW = timedelta(days=10)
MAX_PAGES = 50
_EVERYTHING = dict.fromkeys(("hasori", "hastext", "haspic", "hasvideo", "hasmusic", "hasret"), "1")


class WeiboUser(BackendBase):
    """One query per account: its id is the name in sources.yml, its text the account's number.

    An empty list proves nothing. It is believed when the account's own timeline begins before the window.
    """

    by_time = True

    def __init__(self, accounts: Mapping[str, str], site: WeiboSite, below: WeiboBelow, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(name, number) for name, number in accounts.items()))
        self._site = site
        self._below = below
        self._clock = clock

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session; the site shows these lists to accounts only."""
        return self._site.cookies

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """Windows of at most ten days."""
        starts = [floor_hour(since)]
        while starts[-1] + WINDOW < until:
            starts.append(starts[-1] + WINDOW)
        return tuple(Slice(query, start, min(start + WINDOW, until)) for start in starts)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page of the window."""
        return (self._window(piece, 1),)

    def _window(self, piece: Slice, number: int) -> PageRequest:
        bounds = {"starttime": int(piece.since.timestamp()), "endtime": int(piece.until.timestamp())}
        query = {"uid": piece.query.text, "page": number, **_EVERYTHING, **bounds}
        return self._site.ask("/ajax/statuses/searchProfile", query, "window", number=number)

    def _timeline(self, piece: Slice, number: int, memo: Mapping[str, str]) -> PageRequest:
        query = {"uid": piece.query.text, "page": number, "feature": 0}
        more = {"since_id": memo["since_id"]} if memo else {}
        return self._site.ask("/ajax/statuses/mymblog", {**query, **more}, "timeline", number=number, memo=memo)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A page of posts, or what stands below one of them."""
        if page.purpose not in ("window", "timeline"):
            return self._below.read(reply, page)
        found = weibo_json.parse_timeline(reply, self._clock.now())
        outcome = found.verdict.outcome
        if outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if outcome is Outcome.SUSPECT_EMPTY:
            return self._empty(found, page, piece)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        return self._full(found, page, piece)

    def _empty(self, found: MobilePage, page: PageRequest, piece: Slice) -> PageResult:
        """An empty window, or one that ends before its own number: the timeline has to bear that out."""
        if page.purpose == "window":
            return PageResult(found.verdict, follow=(self._timeline(piece, 1, {}),), unsettled=True)
        if page.number == 1 and found.total == 0:
            return PageResult(Verdict(Outcome.OK_EMPTY, "total_0"))  # the account has nothing at all
        if page.number > 1 and not self._missing(found, page):
            return PageResult(Verdict(Outcome.OK_EMPTY, "end_of_list"))
        return PageResult(found.verdict)

    def _full(self, found: MobilePage, page: PageRequest, piece: Slice) -> PageResult:
        drafts = tuple(draft for draft in found.parsed.drafts if piece.since <= draft.published_at < piece.until)
        more = self._below.of(drafts, found.articles)
        following = self._next(found, page, piece)
        is_cut = page.number >= MAX_PAGES and bool(following)
        verdict = found.verdict
        if page.purpose == "timeline" and not following:
            if not all_older(found.times, piece.since):
                is_cut = self._missing(found, page)
            elif not drafts:
                verdict = Verdict(Outcome.OK_EMPTY, "older_posts")
        result = PageResult(
            verdict,
            drafts,
            (*more, *(() if is_cut else following)),
            saturated=is_cut,
            notes=found.parsed.notes,
            memo=self._below.memo(more),
        )
        return self._below.told(result)

    def _next(self, found: MobilePage, page: PageRequest, piece: Slice) -> tuple[PageRequest, ...]:
        walk = self._walk(found, page)
        if page.purpose == "window":
            is_over = walk["total"] != "0" and not self._missing(found, page)
            return () if is_over else (replace(self._window(piece, page.number + 1), memo=walk),)
        is_over = all_older(found.times, piece.since) or not found.since_id
        return () if is_over else (self._timeline(piece, page.number + 1, {**walk, "since_id": found.since_id}),)

    @staticmethod
    def _walk(found: MobilePage, page: PageRequest) -> dict[str, str]:
        """How many posts were read up to this page, and the largest number that was told; "0": none was told."""
        read = int(page.memo.get("read", "0")) + found.entries
        return {"read": str(read), "total": str(max(found.total or 0, int(page.memo.get("total", "0"))))}

    def _missing(self, found: MobilePage, page: PageRequest) -> bool:
        """True where a list shows fewer posts than it tells, or tells nothing."""
        walk = self._walk(found, page)
        return walk["total"] == "0" or int(walk["read"]) < int(walk["total"])

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost list counts for the slice."""
        return PageResult(verdict) if page.purpose in ("window", "timeline") else self._below.lost(page, verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """The slice is stored: remember which comments were read."""
        self._below.settled(memos)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """One post in full."""
        return self._below.look_up(mention)
