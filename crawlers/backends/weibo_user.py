"""What listed official accounts publish: `searchProfile` in windows of ten days, `mymblog` where that is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, floor_hour
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

    def _timeline(self, piece: Slice, number: int, since_id: str = "") -> PageRequest:
        query = {"uid": piece.query.text, "page": number, "feature": 0}
        more = {"since_id": since_id} if since_id else {}
        return self._site.ask("/ajax/statuses/mymblog", {**query, **more}, "timeline", number=number)

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
        """Nothing in the window: the timeline has to bear that out. After other pages the list is simply over."""
        if page.purpose == "window" and page.number == 1 and found.total == 0:
            return PageResult(found.verdict, follow=(self._timeline(piece, 1),), unsettled=True)
        if page.purpose == "timeline" and page.number == 1 and found.total == 0:
            return PageResult(Verdict(Outcome.OK_EMPTY, "total_0"))  # twice told that there is nothing at all
        if page.number > 1 and found.total == 0:  # no number was told: the list is read until it ends
            return PageResult(Verdict(Outcome.OK_EMPTY, "end_of_list"))
        return PageResult(found.verdict)

    def _full(self, found: MobilePage, page: PageRequest, piece: Slice) -> PageResult:
        drafts = tuple(draft for draft in found.parsed.drafts if piece.since <= draft.published_at < piece.until)
        more = self._below.of(drafts, found.articles)
        following = self._next(found, page, piece)
        at_end = page.number >= MAX_PAGES and bool(following)
        verdict = found.verdict
        if page.purpose == "timeline" and not drafts and not following:
            verdict = Verdict(Outcome.OK_EMPTY, "older_posts")
        return PageResult(
            verdict,
            drafts,
            (*more, *(() if at_end else following)),
            saturated=at_end,
            notes=found.parsed.notes,
            memo=self._below.memo(more),
        )

    def _next(self, found: MobilePage, page: PageRequest, piece: Slice) -> tuple[PageRequest, ...]:
        if page.purpose == "window":
            read = int(page.memo.get("read", "0")) + len(found.parsed.drafts) + found.parsed.notes["gone"]
            if found.total and read >= found.total:
                return ()
            following = self._window(piece, page.number + 1)
            return (replace(following, memo={"read": str(read)}),)
        reached = found.oldest is not None and found.oldest < piece.since
        return () if reached or not found.since_id else (self._timeline(piece, page.number + 1, found.since_id),)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost list counts for the slice."""
        return PageResult(verdict) if page.purpose in ("window", "timeline") else self._below.lost(page, verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """The slice is stored: remember which comments were read."""
        self._below.settled(memos)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """One post in full."""
        return self._below.look_up(mention)
