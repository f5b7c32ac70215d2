"""黑猫投诉: the unsigned search. The signed company routes are left to the console of a registered merchant."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.extract import heimao
from crawlers.extract.heimao import ComplaintPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

MAX_PAGES = 100  # the site shows no more
_PAGE_SIZE = 10
_END = Verdict(Outcome.OK_EMPTY, "past_last_page")
_BLANK = Verdict(Outcome.SUSPECT_EMPTY, "blank_page")


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
        return (self._page(piece, 1, {}),)

    def _page(self, piece: Slice, number: int, memo: Mapping[str, str]) -> PageRequest:
        query = {"keywords": piece.query.text, "page_size": _PAGE_SIZE, "page": number}
        headers = {
            "Accept": "application/json, text/plain, */*",
            "Referer": f"{self._settings.base}/index/search/",
            "X-Requested-With": "XMLHttpRequest",
        }
        return PageRequest(
            f"{self._settings.base}/api/index/s?{urlencode(query)}", "search", number, headers=headers, memo=memo
        )

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One page of complaints."""
        found = heimao.parse(reply, self._clock.now())
        if found.verdict.outcome in (Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY):
            return self._blank(found, page)
        drafts, notes = found.parsed.drafts, found.parsed.notes
        if found.verdict.outcome is not Outcome.OK:
            return PageResult(found.verdict, drafts, notes=notes)
        # That the newest come first is not documented: only a page of nothing but older ones ends the search.
        reached = max(draft.published_at for draft in drafts) < piece.since
        total = _told(found, page)
        reached = reached or (total is not None and page.number * _PAGE_SIZE >= total)
        at_end = page.number >= self._settings.max_pages
        memo = {"total": "" if total is None else str(total), "short": "1" if len(drafts) < _PAGE_SIZE else ""}
        follow = () if reached or at_end else (self._page(piece, page.number + 1, memo),)
        return PageResult(found.verdict, drafts, follow, saturated=at_end and not reached, notes=notes)

    def _blank(self, found: ComplaintPage, page: PageRequest) -> PageResult:
        """Asked for once more; then it is the end only where the count says so, or where a short page stood before."""
        if page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if page.number == 1:
            return PageResult(found.verdict)
        total = _told(found, page)
        is_end = bool(page.memo.get("short")) if total is None else (page.number - 1) * _PAGE_SIZE >= total
        return PageResult(_END if is_end else _BLANK, saturated=not is_end)


def _told(found: ComplaintPage, page: PageRequest) -> int | None:
    """How many complaints there are: the most that any page of this search has told."""
    counts = [int(before)] if (before := page.memo.get("total", "")) else []
    return max([*counts, *([] if found.total is None else [found.total])], default=None)
