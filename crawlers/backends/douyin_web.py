"""Search and comments on www.douyin.com. There is no date range: newest first, read often. We sign nothing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.extract import douyin
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.plan import RequestSigner
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.ports import Clock

_COMMON = {
    "device_platform": "webapp",
    "aid": "6383",
    "channel": "channel_pc_web",
    "pc_client_type": "1",
    "version_code": "290100",
    "version_name": "29.1.0",
    "cookie_enabled": "true",
    "browser_language": "zh-CN",
    "platform": "PC",
}
_SPANS = ((timedelta(days=1), "1"), (timedelta(days=7), "7"), (timedelta(days=180), "180"))
PAGE_SIZE = 10
COMMENTS_PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class DouyinSettings:
    """`max_pages` of a search (the platform itself ends near 200 works), `max_comment_pages` of one work."""

    base: str
    cookie: str = field(default="", repr=False)
    max_pages: int = 20
    comments: bool = True
    max_comment_pages: int = 10


class DouyinWeb(BackendBase):
    """Reads search pages until they are older than the window, and the comments of relevant works."""

    def __init__(
        self,
        queries: tuple[SearchTerm, ...],
        settings: DouyinSettings,
        signer: RequestSigner,
        clock: Clock,
        is_relevant: Callable[[str], bool],
    ) -> None:
        super().__init__(queries)
        self._settings = settings
        self._signer = signer
        self._clock = clock
        self._is_relevant = is_relevant

    def _request(self, path: str, query: Mapping[str, str], referer: str) -> tuple[str, Mapping[str, str]]:
        url = f"{self._settings.base}{path}"
        headers = {"Referer": f"{self._settings.base}{referer}", "Accept": "application/json, text/plain, */*"}
        signed = self._signer.sign("GET", url, {**_COMMON, **query}, headers)
        return f"{url}?{urlencode(signed)}", headers

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return (self._settings.cookie,) if self._settings.cookie else ()

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first search page."""
        return (self._search(piece, 1, 0, ""),)

    def _publish_time(self, since: datetime) -> str:
        age = self._clock.now() - since
        return next((code for span, code in _SPANS if age <= span), "0")

    def _search(self, piece: Slice, number: int, offset: int, search_id: str) -> PageRequest:
        chosen = {"sort_type": "2", "publish_time": self._publish_time(piece.since)}
        query = {
            "keyword": piece.query.text,
            "search_channel": "aweme_general",
            "search_source": "normal_search",
            "query_correct_type": "1",
            "is_filter_search": "1",
            "filter_selected": json.dumps(chosen, separators=(",", ":")),
            "list_type": "multi",
            "offset": str(offset),
            "count": str(PAGE_SIZE),
            "search_id": search_id,
        }
        referer = f"/search/{quote(piece.query.text)}?type=general"
        url, headers = self._request("/aweme/v1/web/general/search/single/", query, referer)
        return PageRequest(url, "search", number, headers=headers, session=True, memo={"search_id": search_id})

    def _comments(self, draft: Draft, number: int, cursor: int) -> PageRequest:
        work = draft.native_id
        query = {"aweme_id": work, "cursor": str(cursor), "count": str(COMMENTS_PER_PAGE), "item_type": "0"}
        url, headers = self._request("/aweme/v1/web/comment/list/", query, f"/video/{work}")
        return PageRequest(url, "comments", number, headers=headers, session=True, draft=draft)

    def _replies(self, draft: Draft, comment: str, number: int, cursor: int) -> PageRequest:
        work = draft.native_id
        query = {"item_id": work, "comment_id": comment, "cursor": str(cursor), "count": str(COMMENTS_PER_PAGE)}
        url, headers = self._request("/aweme/v1/web/comment/list/reply/", query, f"/video/{work}")
        return PageRequest(
            url, "replies", number, headers=headers, session=True, draft=draft, memo={"comment": comment}
        )

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A search page or a page of comments."""
        if page.purpose in ("comments", "replies") and page.draft is not None:
            return self._read_comments(reply, page, page.draft)
        return self._read_search(reply, page, piece)

    def _read_search(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        found = douyin.parse_search(reply, self._clock.now())
        if found.verdict.outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if found.verdict.outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        drafts = found.parsed.drafts
        reached = bool(drafts) and max(draft.published_at for draft in drafts) < piece.since
        follow = tuple(self._comments(draft, 1, 0) for draft in drafts if self._wants_comments(draft))
        at_end = page.number >= self._settings.max_pages
        if found.has_more and not reached and not at_end:
            search_id = page.memo["search_id"] or found.search_id
            follow += (self._search(piece, page.number + 1, found.cursor, search_id),)
        saturated = found.has_more and at_end and not reached
        return PageResult(found.verdict, drafts, follow, saturated=saturated, notes=found.parsed.notes)

    def _wants_comments(self, draft: Draft) -> bool:
        return self._settings.comments and draft.engagement.comments != 0 and self._is_relevant(draft.text)

    def _read_comments(self, reply: Reply, page: PageRequest, work: Draft) -> PageResult:
        video = mention_id(Platform.DOUYIN, MentionKind.VIDEO, work.native_id)
        found = douyin.parse_comments(reply, MentionId(video), work.text)
        if found.verdict.outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        is_read = found.verdict.outcome is Outcome.OK
        return PageResult(
            found.verdict,
            found.parsed.drafts,
            self._more_comments(found, page, work) if is_read else (),
            saturated=is_read and found.has_more and page.number >= self._settings.max_comment_pages,
            auxiliary=found.verdict.outcome is Outcome.NOT_FOUND,
            notes=found.parsed.notes,
        )

    def _more_comments(self, found: douyin.CommentPage, page: PageRequest, work: Draft) -> tuple[PageRequest, ...]:
        """The replies that are not on the page, and the next page."""
        is_reply = page.purpose == "replies"
        follow = () if is_reply else tuple(self._replies(work, comment, 1, 0) for comment in found.threads)
        if not found.has_more or page.number >= self._settings.max_comment_pages:
            return follow
        if is_reply:
            return (self._replies(work, page.memo["comment"], page.number + 1, found.cursor),)
        return (*follow, self._comments(work, page.number + 1, found.cursor))

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """Search and comments both count for the slice."""
        return PageResult(verdict)
