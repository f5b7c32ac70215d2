"""Douyin's official video search (open.douyin.com), for an application that was granted it. Videos, no comments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, NO_TOKEN, BackendBase, again
from crawlers.backends.douyin_requests import publish_time
from crawlers.extract import douyin_open
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

_PATH = "/dy_open_api/v2/search/video/"


@dataclass(frozen=True, slots=True)
class DouyinOpenSettings:
    """`device_id` as the platform assigned it. `depth`: see the website's backend."""

    base: str
    token: str = field(default="", repr=False)
    device_id: int = 0
    count: int = 20
    max_pages: int = 20
    depth: int = 150


class DouyinOpen(BackendBase):
    """Reads pages, newest first, until they are older than the window. The token travels in a header alone."""

    searches = True

    def __init__(self, queries: tuple[SearchTerm, ...], settings: DouyinOpenSettings, clock: Clock) -> None:
        super().__init__(queries)
        self._settings = settings
        self._clock = clock

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1, {"cursor": "0", "search_id": "", "read": "0"}),)

    def _page(self, piece: Slice, number: int, memo: Mapping[str, str]) -> PageRequest:
        query = {
            "keyword": piece.query.text,
            "count": str(self._settings.count),
            "device_id": str(self._settings.device_id),
            "cursor": memo["cursor"],
            "sort_type": "2",
            "publish_time": publish_time(self._clock.now() - piece.since),
            **({"search_id": memo["search_id"]} if memo["search_id"] else {}),
        }
        headers = {"access-token": self._settings.token, "content-type": "application/json"}
        url, lacks = f"{self._settings.base}{_PATH}?{urlencode(query)}", "" if self._settings.token else NO_TOKEN
        return PageRequest(url, "search", number, headers=headers, memo=memo, lacks=lacks)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A page of results."""
        found = douyin_open.parse(reply, self._clock.now())
        drafts, outcome = found.parsed.drafts, found.verdict.outcome
        if outcome is Outcome.OK and found.has_more and str(found.cursor) == page.memo["cursor"]:
            found_verdict = Verdict(Outcome.SUSPECT_EMPTY, "cursor_stands_still")
        else:
            found_verdict = found.verdict
        if found_verdict.outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found_verdict)
        if found_verdict.outcome is not Outcome.OK:
            return PageResult(found_verdict, drafts, notes=found.parsed.notes)
        read = int(page.memo["read"]) + len(drafts)
        reached = bool(drafts) and max(draft.published_at for draft in drafts) < piece.since
        is_last = page.number >= self._settings.max_pages
        goes_on = found.has_more and not reached and not is_last
        search_id = page.memo["search_id"] or found.search_id
        memo = {"cursor": str(found.cursor), "search_id": search_id, "read": str(read)}
        return PageResult(
            found_verdict,
            drafts,
            (self._page(piece, page.number + 1, memo),) if goes_on else (),
            saturated=not reached and (is_last if found.has_more else read >= self._settings.depth),
            notes=found.parsed.notes,
        )
