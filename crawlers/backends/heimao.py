"""黑猫投诉: the unsigned search. The signed company routes are left to the console of a registered merchant."""

from dataclasses import dataclass
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.extract import heimao
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

MAX_PAGES = 100  # the site shows no more
_PAGE_SIZE = 10


@dataclass(frozen=True, slots=True)
class HeimaoSettings:
    """Where the site is, and how many pages of a search are read at most."""

    base: str
    max_pages: int = MAX_PAGES


class Heimao(BackendBase):
    """One search per term, page by page until the window's start."""

    def __init__(self, queries: tuple[SearchTerm, ...], settings: HeimaoSettings, clock: Clock) -> None:
        super().__init__(queries)
        self._settings = settings
        self._clock = clock

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1),)

    def _page(self, piece: Slice, number: int) -> PageRequest:
        query = {"keywords": piece.query.text, "page_size": _PAGE_SIZE, "page": number}
        headers = {
            "Accept": "application/json, text/plain, */*",
            "Referer": f"{self._settings.base}/index/search/",
            "X-Requested-With": "XMLHttpRequest",
        }
        return PageRequest(f"{self._settings.base}/api/index/s?{urlencode(query)}", "search", number, headers=headers)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One page of complaints."""
        found = heimao.parse(reply, self._clock.now())
        drafts, notes = found.parsed.drafts, found.parsed.notes
        if found.verdict.outcome is Outcome.OK_EMPTY and page.number == 1 and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if found.verdict.outcome is not Outcome.OK:
            return PageResult(found.verdict, drafts, notes=notes)
        # That the newest come first is not documented: only a page of nothing but older ones ends the search.
        reached = max(draft.published_at for draft in drafts) < piece.since
        at_end = page.number >= self._settings.max_pages
        follow = () if reached or at_end else (self._page(piece, page.number + 1),)
        return PageResult(found.verdict, drafts, follow, saturated=at_end and not reached, notes=notes)
