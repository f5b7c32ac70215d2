"""Search on s.weibo.com: newest first, at most 50 pages a query, so full windows are cut: see `WeiboLadder`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, ceil_hour, floor_hour
from crawlers.backends.weibo_below import WeiboBelow
from crawlers.backends.weibo_ladder import WeiboLadder
from crawlers.backends.weibo_regions import CITIES, asked, is_rest
from crawlers.backends.weibo_requests import WeiboSite
from crawlers.extract import weibo_html
from crawlers.extract.times import SHANGHAI
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock

HARD_LIMIT = 50
_JUMP = timedelta(hours=3)  # no shorter silence between two posts is looked into
_JUMP_FACTOR = 20  # nor one that is not so many times as long as the silences before it
_JUMP_FROM_PAGE = 3


@dataclass(frozen=True, slots=True)
class WeiboWebSettings:
    """`page_cap`: from this many pages on a window counts as cut off (the site stops between 40 and 50).

    `cities`: the regions into which a full hour is cut; empty: it is not.
    """

    page_cap: int = 40
    cities: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: CITIES)


def _stamp(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d}-{local.hour}"


class WeiboWeb(BackendBase):
    """Goes through result pages by number, not by "next": a page in the middle may come back blank.

    What a page needs to know of those before it rides in its memo: `last` page, `blank` pages to ask for again at the
    end, `newest` and `oldest` post so far and their `count` (for the jump of dates), the `since` and `until` of a gap.
    """

    searches = True
    by_time = True

    def __init__(
        self,
        queries: tuple[SearchTerm, ...],
        settings: WeiboWebSettings,
        site: WeiboSite,
        below: WeiboBelow,
        clock: Clock,
    ) -> None:
        super().__init__(queries)
        self._settings = settings
        self._site = site
        self._below = below
        self._clock = clock
        self._ladder = WeiboLadder(settings.cities)

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return self._site.cookies

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first result page."""
        return (self._page(piece, 1, {"last": "1"}),)

    def _page(self, piece: Slice, number: int, memo: Mapping[str, str]) -> PageRequest:
        since, until = _window(piece, memo)
        span = f"custom:{_stamp(floor_hour(since))}:{_stamp(ceil_hour(until))}"
        query = {"q": piece.query.text, "typeall": "1", "suball": "1", "timescope": span, "nodup": "1", "Refer": "g"}
        if region := asked(piece.region):
            query["region"] = region
        base = self._site.bases.search
        headers = {"Referer": f"{base}/", "Accept": "text/html,application/xhtml+xml"}
        url = f"{base}/weibo?{urlencode({**query, 'page': str(number)})}"
        return PageRequest(url, "search", number, headers=headers, memo=memo, session=True)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One result page: posts, the next page, or a cut into smaller windows; or what stands below a post."""
        if page.purpose != "search":
            return self._below.read(reply, page)
        found = weibo_html.parse(reply, self._clock.now())
        last = max(int(page.memo["last"]), found.last_page, page.number + 1 if found.has_next else 1)
        page = replace(page, memo={**page.memo, "last": str(min(last, HARD_LIMIT))})
        outcome = found.verdict.outcome
        if outcome is Outcome.OK:
            return self._full(found, page, piece)
        if outcome in (Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY):
            return self._empty(found.verdict, page, piece)
        return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)

    def _full(self, found: weibo_html.SearchPage, page: PageRequest, piece: Slice) -> PageResult:
        drafts, notes = found.parsed.drafts, found.parsed.notes
        result = PageResult(found.verdict, drafts, notes=notes)
        if _is_elsewhere(drafts, *_window(piece, page.memo)):  # no smaller window would tell more
            return replace(result, verdict=Verdict(Outcome.CHANGED, "other_window"))
        if not self._ladder.is_heeded(piece, drafts):  # nor any smaller place: the listing of the whole holds these
            return replace(result, saturated=True)
        is_whole = self._ladder.saw(piece, drafts)
        jump = self._jump(page, drafts)
        gap = self._gap(piece, jump)
        is_full = int(page.memo["last"]) >= self._settings.page_cap
        if is_full or (jump and not gap):
            if pieces := self._ladder.split(piece):
                return replace(result, split=pieces)
            # A listing that is compared with its parts is full by its nature: the parts hold what it does not show.
            result = replace(result, saturated=not is_rest(piece.region))
        # Nothing follows from a query that is asked for a test (the canary).
        more = self._below.of(drafts, found.articles) if piece.query in self.queries else ()
        follow = (*more, *gap, *self._next(page, piece, self._walk(page, drafts)))
        saturated = result.saturated or not is_whole
        return self._below.told(replace(result, follow=follow, saturated=saturated, memo=self._below.memo(more)))

    def _walk(self, page: PageRequest, drafts: tuple[Draft, ...]) -> Mapping[str, str]:
        """The memo of the page after this one."""
        times = [draft.published_at for draft in drafts]
        newest = page.memo.get("newest") or max(times).isoformat()
        count = int(page.memo.get("count", "0")) + len(drafts)
        return {**page.memo, "newest": newest, "oldest": min(times).isoformat(), "count": str(count)}

    def _jump(self, page: PageRequest, drafts: tuple[Draft, ...]) -> tuple[datetime, datetime] | None:
        """A silence between two posts that is not like those before it: late in a listing the site skips posts."""
        if page.number < _JUMP_FROM_PAGE or "gap" in page.memo or not page.memo.get("oldest"):
            return None
        newest, before = (datetime.fromisoformat(page.memo[name]) for name in ("newest", "oldest"))
        usual = (newest - before) / max(int(page.memo["count"]), 1)
        times = [before, *sorted((draft.published_at for draft in drafts), reverse=True)]
        wide = ((b, a) for a, b in pairwise(times) if a - b > max(_JUMP, _JUMP_FACTOR * usual))
        return next(wide, None)

    def _gap(self, piece: Slice, jump: tuple[datetime, datetime] | None) -> tuple[PageRequest, ...]:
        """The first page of the silence alone, where that is narrower than the piece."""
        if jump is None:
            return ()
        since, until = floor_hour(jump[0]), ceil_hour(jump[1])
        if until - since >= piece.until - floor_hour(piece.since):
            return ()
        memo = {"last": "1", "gap": "1", "since": since.isoformat(), "until": until.isoformat()}
        return (self._page(piece, 1, memo),)

    def _next(self, page: PageRequest, piece: Slice, memo: Mapping[str, str]) -> tuple[PageRequest, ...]:
        """The next page; after the last one the blank ones again."""
        if page.number < int(memo["last"]) and "again" not in memo:
            return (self._page(piece, page.number + 1, memo),)
        blanks = [int(number) for number in memo.get("blank", "").split()]
        return tuple(self._page(piece, number, {**memo, "blank": "", "again": "1"}) for number in blanks)

    def _empty(self, verdict: Verdict, page: PageRequest, piece: Slice) -> PageResult:
        """The no-result card also shows up on random blank pages: only twice on page 1 is it believed.

        Another page that is blank twice is asked for once more when the others have been read.
        """
        if page.attempt < MAX_ATTEMPTS:
            return again(page, verdict)
        if page.number == 1 or "again" in page.memo:
            if page.number > 1:
                verdict = Verdict(Outcome.SUSPECT_EMPTY, "blank_page")
            return PageResult(verdict, follow=() if "again" in page.memo else self._next(page, piece, page.memo))
        memo = {**page.memo, "blank": f"{page.memo.get('blank', '')} {page.number}".strip()}
        return PageResult(verdict, follow=self._next(page, piece, memo), unsettled=True, notes={"blank_page": 1})

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost search page or page of comments counts for the slice, the rest of a text does not."""
        return PageResult(verdict) if page.purpose == "search" else self._below.lost(page, verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """The slice is stored: remember which comments were read."""
        self._ladder.forget(piece)
        self._below.settled(memos)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """One post in full."""
        return self._below.look_up(mention)


def _is_elsewhere(drafts: tuple[Draft, ...], since: datetime, until: datetime) -> bool:
    """True for a page of which most posts lie outside the hours that were asked for."""
    outside = sum(not floor_hour(since) <= draft.published_at < ceil_hour(until) for draft in drafts)
    return 2 * outside > len(drafts)


def _window(piece: Slice, memo: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The piece, or the gap in it that is asked for."""
    if "gap" not in memo:
        return piece.since, piece.until
    return datetime.fromisoformat(memo["since"]), datetime.fromisoformat(memo["until"])
