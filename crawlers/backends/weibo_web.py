"""Search on s.weibo.com: newest first, at most 50 pages a query, so full windows are cut into days, then hours."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, ceil_hour, floor_hour, split_slice
from crawlers.extract import weibo_html
from crawlers.extract.times import SHANGHAI
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

HARD_LIMIT = 50


@dataclass(frozen=True, slots=True)
class WeiboWebSettings:
    """`page_cap`: from this many pages on a window counts as cut off (the site stops between 40 and 50)."""

    base: str
    cookie: str = field(default="", repr=False)
    page_cap: int = 40


def _stamp(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d}-{local.hour}"


class WeiboWeb(BackendBase):
    """Goes through result pages by number, not by "next": a page in the middle may come back blank."""

    def __init__(self, queries: tuple[SearchTerm, ...], settings: WeiboWebSettings, clock: Clock) -> None:
        super().__init__(queries)
        self._settings = settings
        self._clock = clock

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return (self._settings.cookie,) if self._settings.cookie else ()

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first result page."""
        return (self._page(piece, 1, last=1),)

    def _page(self, piece: Slice, number: int, last: int) -> PageRequest:
        span = f"custom:{_stamp(floor_hour(piece.since))}:{_stamp(ceil_hour(piece.until))}"
        query = {"q": piece.query.text, "typeall": "1", "suball": "1", "timescope": span, "Refer": "g", "page": number}
        headers = {"Referer": f"{self._settings.base}/", "Accept": "text/html,application/xhtml+xml"}
        url = f"{self._settings.base}/weibo?{urlencode(query)}"
        return PageRequest(url, "search", number, headers=headers, memo={"last": str(last)}, session=True)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One result page: posts, the next page, or a cut into smaller windows."""
        found = weibo_html.parse(reply, self._clock.now())
        last = max(int(page.memo["last"]), found.last_page, page.number + 1 if found.has_next else 1)
        outcome = found.verdict.outcome
        if outcome is Outcome.OK:
            return self._full(found, page, piece, min(last, HARD_LIMIT))
        if outcome in (Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY):
            return self._empty(found.verdict, page, piece, min(last, HARD_LIMIT))
        return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)

    def _full(self, found: weibo_html.SearchPage, page: PageRequest, piece: Slice, last: int) -> PageResult:
        result = PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        if last >= self._settings.page_cap:
            pieces = split_slice(piece)
            if pieces:
                return replace(result, split=pieces)
            result = replace(result, saturated=True)
        return replace(result, follow=self._next(page, piece, last))

    def _next(self, page: PageRequest, piece: Slice, last: int) -> tuple[PageRequest, ...]:
        return (self._page(piece, page.number + 1, last),) if page.number < last else ()

    def _empty(self, verdict: Verdict, page: PageRequest, piece: Slice, last: int) -> PageResult:
        """The no-result card also shows up on random blank pages: only twice on page 1 is it believed."""
        if page.attempt < MAX_ATTEMPTS:
            return again(replace(page, memo={"last": str(last)}), verdict)
        if page.number > 1:
            verdict = Verdict(Outcome.SUSPECT_EMPTY, "blank_page")
        return PageResult(verdict, follow=self._next(page, piece, last))
