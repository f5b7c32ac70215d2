"""Weibo's official routes: the paid commercial search, and what the free platform tells of our own account.

The token travels in the `Authorization` header, as OAuth2 has it, so that no address holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, NO_TOKEN, BackendBase, again, all_older, floor_hour
from crawlers.extract import weibo_open
from crawlers.extract.weibo_open import OpenPage
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

PER_PAGE = 50
PER_LIST = 200
_SHORTEST = timedelta(minutes=1)
_EPOCH = 515483463  # of the ids: see crawlers.extract.ids
_LISTS = {"mentions": "/2/statuses/mentions.json", "comments_to_me": "/2/comments/to_me.json"}


@dataclass(frozen=True, slots=True)
class OfficialSettings:
    """`page_cap`: with more pages than this a window is cut in two; `max_pages` of a list of our account.

    `max_calls` of the paid search in one run: what is left then waits for the next run, as with a quota of the site.
    """

    base: str
    token: str = field(default="", repr=False)
    page_cap: int = 20
    max_pages: int = 20
    max_calls: int = 1000

    def ask(self, path: str, query: Mapping[str, object], number: int, memo: Mapping[str, str]) -> PageRequest:
        """One call."""
        headers = {"Authorization": f"OAuth2 {self.token}", "Accept": "application/json"}
        url, lacks = f"{self.base}{path}?{urlencode(query)}", "" if self.token else NO_TOKEN
        return PageRequest(url, "search", number, headers=headers, memo=memo, lacks=lacks)


class WeiboCommercial(BackendBase):
    """`search/statuses/limited`: a window by the second, newest first. A window that is too full is cut in two."""

    by_time = True

    def __init__(self, queries: tuple[SearchTerm, ...], settings: OfficialSettings, clock: Clock) -> None:
        super().__init__(queries)
        self._settings = settings
        self._clock = clock
        self._calls = 0

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1, 0, 0),)

    def _page(self, piece: Slice, number: int, read: int, total: int) -> PageRequest:
        words = " ".join(piece.query.text.translate({ord(sign): " " for sign in '{}"'}).split())
        bounds = {"starttime": int(piece.since.timestamp()), "endtime": int(piece.until.timestamp())}
        query = {"q": words, **bounds, "sort": "time", "dup": 1, "page": number, "count": PER_PAGE}
        return self._settings.ask(
            "/2/search/statuses/limited.json", query, number, {"read": str(read), "total": str(total)}
        )

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One page: posts, the next page, or a cut into halves."""
        found = weibo_open.parse_statuses(reply, self._clock.now())
        self._calls += 1
        outcome = found.verdict.outcome
        if self._calls > self._settings.max_calls and outcome in (Outcome.OK, Outcome.SUSPECT_EMPTY):
            return PageResult(Verdict(Outcome.RATE_LIMITED, "call_limit"), found.parsed.drafts)
        is_blank = outcome is Outcome.SUSPECT_EMPTY or (outcome is Outcome.OK_EMPTY and page.number > 1)
        if is_blank and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if is_blank and page.number > 1:  # also where it tells 0: the page before told more
            return self._fewer(page, piece)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        return self._full(found, page, piece)

    def _fewer(self, page: PageRequest, piece: Slice) -> PageResult:
        """Fewer are shown than are told: after full pages the halves show more, after others it is the end."""
        verdict, read = Verdict(Outcome.OK_EMPTY, "no_more_shown"), int(page.memo["read"])
        was_full = read >= (page.number - 1) * PER_PAGE
        pieces = _halves(piece) if was_full and int(page.memo.get("total", "0")) >= read + PER_PAGE else ()
        return PageResult(verdict, split=pieces, saturated=not pieces)

    def _full(self, found: OpenPage, page: PageRequest, piece: Slice) -> PageResult:
        """Where no number is told a full page has another one behind it."""
        result = PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        if _is_elsewhere(found, piece):  # the site does not heed the bounds: no half of the window tells more
            return replace(result, verdict=Verdict(Outcome.CHANGED, "other_window"))
        read, most = int(page.memo["read"]) + found.entries, self._settings.page_cap * PER_PAGE
        is_full = found.entries >= PER_PAGE // 2  # else the number is not believed: a window with so much fills a page
        has_more = is_full and found.entries >= PER_PAGE if found.total is None else read < found.total
        at_end = page.number >= self._settings.page_cap
        is_too_much = page.number == 1 and is_full and found.total is not None and found.total > most
        if (is_too_much or (has_more and at_end and is_full)) and (pieces := _halves(piece)):
            return replace(result, split=pieces)
        follow = (self._page(piece, page.number + 1, read, found.total or 0),) if has_more and not at_end else ()
        return replace(result, follow=follow, saturated=has_more and at_end)


def _is_elsewhere(found: OpenPage, piece: Slice) -> bool:
    """True for a page of which most posts lie outside the window that was asked for."""
    slack = timedelta(minutes=1)
    outside = sum(not piece.since - slack <= at < piece.until + slack for at in found.times)
    return 2 * outside > len(found.times)


def _halves(piece: Slice) -> tuple[Slice, ...]:
    """Two pieces that meet at a full second; nothing of a piece that is too short."""
    if piece.until - piece.since < 2 * _SHORTEST:
        return ()
    middle = (piece.since + (piece.until - piece.since) / 2).replace(microsecond=0)
    return replace(piece, until=middle), replace(piece, since=middle)


class WeiboMentions(BackendBase):
    """Posts that name our own account and comments to it, as lists of the newest, with an id as lower bound.

    Ids carry their second: the bound for a window is the smallest id of its first second, and nothing is remembered.
    """

    by_time = True

    def __init__(self, settings: OfficialSettings, clock: Clock) -> None:
        super().__init__(tuple(SearchTerm(name, name) for name in _LISTS))
        self._settings = settings
        self._clock = clock

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """The whole window."""
        return (Slice(query, floor_hour(since), until),)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The newest."""
        return (self._page(piece, 1, 0, {}),)

    def _page(self, piece: Slice, number: int, max_id: int, memo: Mapping[str, str]) -> PageRequest:
        since_id = ((int(piece.since.timestamp()) - _EPOCH) << 22) - 1
        below = {"max_id": max_id} if max_id else {}
        query = {"since_id": since_id, **below, "count": PER_LIST}
        return self._settings.ask(_LISTS[piece.query.id], query, number, memo)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """One page, and the one below it."""
        parse = weibo_open.parse_statuses if piece.query.id == "mentions" else weibo_open.parse_comments
        found = parse(reply, self._clock.now())
        outcome = found.verdict.outcome
        is_blank = outcome is Outcome.SUSPECT_EMPTY or (outcome is Outcome.OK_EMPTY and page.number > 1)
        if is_blank and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if is_blank and page.number > 1:  # the end, where the page before was not full either
            return PageResult(Verdict(Outcome.OK_EMPTY, "end_of_list"), saturated="full" in page.memo)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        has_more = self._has_more(found, piece)
        at_end = page.number >= self._settings.max_pages
        memo = {"full": "1"} if found.entries >= PER_LIST else {}
        follow = (self._page(piece, page.number + 1, found.lowest - 1, memo),) if has_more and not at_end else ()
        notes = found.parsed.notes
        return PageResult(found.verdict, found.parsed.drafts, follow, saturated=has_more and at_end, notes=notes)

    def _has_more(self, found: OpenPage, piece: Slice) -> bool:
        """`total_number` counts what fits the bounds; without it a page that is not full is the last: calls are few."""
        is_over = found.entries < PER_LIST if found.total is None else found.total <= found.entries
        return not is_over and found.lowest > 1 and not all_older(found.times, piece.since)
