"""App Store reviews: 10 pages of 50, newest first; the order is changed before an empty page is believed."""

from collections.abc import Mapping
from dataclasses import dataclass

from crawlers.backends.base import BackendBase, ends_older
from crawlers.extract import appstore
from crawlers.extract.appstore import App, ReviewPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import OK
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

MAX_PAGES = 10  # Apple shows no more
_PER_PAGE = 50
_RECENT, _HELPFUL = "mostrecent", "mosthelpful"
_EMPTY = Verdict(Outcome.OK_EMPTY, "no_reviews")
_END = Verdict(Outcome.OK_EMPTY, "end_of_reviews")
_BLANK = Verdict(Outcome.SUSPECT_EMPTY, "blank_page")


@dataclass(frozen=True, slots=True)
class AppStoreSettings:
    """Where the feed is, which apps, and the storefront whose reviews are read."""

    base: str
    apps: tuple[App, ...]
    storefront: str = "cn"


class AppStore(BackendBase):
    """One query per app.

    The feed shows a page without reviews now and then although there are some. So an empty page is asked for in the
    other order; reviews there make it a fault. A page that is empty in both is the end where the feed says that it has
    no such page, or where a short page stood before it; anywhere else it is suspect and the next one is looked at.
    An empty first page is believed only beside an empty second one, of a feed that tells of no further pages.
    """

    def __init__(self, settings: AppStoreSettings, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(app.id, app.id) for app in settings.apps))
        self._settings = settings
        self._apps = {app.id: app for app in settings.apps}
        self._clock = clock

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1),)

    def _page(
        self, piece: Slice, number: int, attempt: int = 1, order: str = _RECENT, memo: Mapping[str, str] | None = None
    ) -> PageRequest:
        store = f"{self._settings.base}/{self._settings.storefront}/rss/customerreviews"
        url = f"{store}/page={number}/id={piece.query.text}/sortby={order}/json"
        headers = {"Accept": "application/json"}
        return PageRequest(url, order, number, attempt, headers=headers, memo=memo or {})

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One page of reviews."""
        if reply.status == 400 and page.number > 1:  # beyond the last page that Apple shows
            return PageResult(Verdict(Outcome.OK_EMPTY, "past_last_page"), saturated=True)
        found = appstore.parse(reply, self._apps[piece.query.text], self._settings.storefront, self._clock.now())
        if found.verdict.outcome is Outcome.SUSPECT_EMPTY:
            return self._blank(found, page, piece)
        if found.verdict.outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        if page.purpose == _HELPFUL:
            # Reviews in this order: the page in the other one was blank by mistake.
            once_more = self._page(piece, page.number, page.attempt + 1, memo=page.memo)
            return PageResult(OK, found.parsed.drafts, (once_more,), unsettled=True, notes=found.parsed.notes)
        return self._full(found, page, piece)

    def _full(self, found: ReviewPage, page: PageRequest, piece: Slice) -> PageResult:
        # Reviews behind a blank first page: that one was blank by mistake, and what stood on it was not seen.
        verdict = _BLANK if "blank_first" in page.memo else OK
        times = [draft.published_at for draft in found.parsed.drafts]
        pages, is_short = _told(found, page), len(times) < _PER_PAGE
        is_last = is_short and pages is not None and pages <= page.number < MAX_PAGES
        reached = is_last or ends_older(times, piece.since)
        at_end = page.number >= MAX_PAGES
        memo = {"pages": str(pages or ""), "short": "1" if is_short else ""}
        follow = () if reached or at_end else (self._page(piece, page.number + 1, memo=memo),)
        return PageResult(
            verdict, found.parsed.drafts, follow, saturated=at_end and not reached, notes=found.parsed.notes
        )

    def _blank(self, found: ReviewPage, page: PageRequest, piece: Slice) -> PageResult:
        if page.attempt == 1:
            other = self._page(piece, page.number, 2, _HELPFUL, page.memo)
            return PageResult(_BLANK, follow=(other,), unsettled=True)
        pages = _told(found, page)
        if page.purpose == _RECENT:  # blank again, though the other order shows reviews
            return self._beyond(page, piece, pages)
        if page.number == 1:
            second = self._page(piece, 2, memo={"blank_first": "1", "pages": str(pages or "")})
            return PageResult(_BLANK, follow=(second,), unsettled=True)
        if "blank_first" in page.memo:
            return PageResult(_EMPTY if pages is None or pages <= 1 else _BLANK)
        is_end = bool(page.memo.get("short")) or (pages is not None and page.number > pages)
        return PageResult(_END) if is_end else self._beyond(page, piece, pages)

    def _beyond(self, page: PageRequest, piece: Slice, pages: int | None) -> PageResult:
        """A blank page is passed by: what stands behind it is read, and the window is not called seen."""
        if page.number >= min(MAX_PAGES, pages or MAX_PAGES):
            return PageResult(_BLANK, saturated=True)
        return PageResult(_BLANK, follow=(self._page(piece, page.number + 1, memo={"pages": str(pages or "")}),))


def _told(found: ReviewPage, page: PageRequest) -> int | None:
    """How many pages there are: the most that any page of this reading has told."""
    counts = [int(before)] if (before := page.memo.get("pages", "")) else []
    return max([*counts, *([] if found.pages is None else [found.pages])], default=None)
