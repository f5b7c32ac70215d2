"""The addresses of www.douyin.com, each with its parameters, referer and (an operator's) signature. We sign nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import quote, urlencode

from crawlers.model import PageRequest
from crawlers.plan import RequestSigner
from yuqing.domain.draft import Draft

PAGE_SIZE = 10
POSTS_PER_PAGE = 18
COMMENTS_PER_PAGE = 20
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
_SEARCHES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "general": ("/aweme/v1/web/general/search/single/", "aweme_general"),
        "video": ("/aweme/v1/web/search/item/", "aweme_video_web"),
    }
)
CHANNELS = tuple(_SEARCHES)
_SPANS = ((timedelta(days=1), "1"), (timedelta(days=7), "7"), (timedelta(days=180), "180"))
Memo = Mapping[str, str]
NO_MEMO: Memo = MappingProxyType({})


def publish_time(age: timedelta) -> str:
    """The platform's code of the smallest span of publication that holds a window this old."""
    return next((code for span, code in _SPANS if age <= span), "0")


class DouyinRequests:
    """Makes requests; knows no replies."""

    def __init__(self, base: str, channel: str, signer: RequestSigner) -> None:
        self._base = base
        self._path, self._channel = _SEARCHES[channel]
        self._signer = signer

    def _page(self, path: str, query: Mapping[str, str], referer: str, page: PageRequest) -> PageRequest:
        url = f"{self._base}{path}"
        headers = {"Referer": f"{self._base}{referer}", "Accept": "application/json, text/plain, */*"}
        signed = self._signer.sign("GET", url, {**_COMMON, **query}, headers)
        return replace(page, url=f"{url}?{urlencode(signed)}", headers=headers, session=True)

    def search(self, text: str, age: timedelta, page: PageRequest) -> PageRequest:
        """One page of search; `offset` and `search_id` ride in the memo of `page`."""
        chosen = {"sort_type": "2", "publish_time": publish_time(age)}
        query = {
            "keyword": text,
            "search_channel": self._channel,
            "search_source": "normal_search",
            "query_correct_type": "1",
            "need_filter_settings": "1",
            "enable_history": "1",
            "from_group_id": "",
            "is_filter_search": "1",
            "filter_selected": json.dumps(chosen, separators=(",", ":")),
            "list_type": "multi",
            "offset": page.memo["cursor"],
            "count": str(PAGE_SIZE),
            "search_id": page.memo["search_id"],
        }
        return self._page(self._path, query, f"/search/{quote(text)}?type=general", page)

    def user_search(self, user: str, text: str, page: PageRequest) -> PageRequest:
        """One page of a search among the works of one account."""
        query = {
            "keyword": text,
            "search_channel": "aweme_personal_home_video",
            "search_source": "normal_search",
            "from_user": user,
            "offset": page.memo["cursor"],
            "count": str(PAGE_SIZE),
            "search_id": page.memo["search_id"],
        }
        return self._page("/aweme/v1/web/home/search/item/", query, f"/user/{quote(user)}", page)

    def posts(self, user: str, page: PageRequest) -> PageRequest:
        """One page of an account's works, newest first; the cursor is a time in milliseconds."""
        query = {"sec_user_id": user, "max_cursor": page.memo["cursor"], "count": str(POSTS_PER_PAGE)}
        return self._page("/aweme/v1/web/aweme/post/", query, f"/user/{quote(user)}", page)

    def comments(self, draft: Draft, number: int, cursor: int, memo: Memo = NO_MEMO) -> PageRequest:
        """One page of the comments of a work. They wait until the searches of the run are done."""
        work = draft.native_id
        query = {"aweme_id": work, "cursor": str(cursor), "count": str(COMMENTS_PER_PAGE), "item_type": "0"}
        page = PageRequest("", "comments", number, draft=draft, memo={**memo, "cursor": str(cursor)}, later=True)
        return self._page("/aweme/v1/web/comment/list/", query, f"/video/{work}", page)

    def replies(self, draft: Draft, comment: str, number: int, cursor: int, memo: Memo = NO_MEMO) -> PageRequest:
        """One page of the replies to a comment."""
        work = draft.native_id
        query = {"item_id": work, "comment_id": comment, "cursor": str(cursor), "count": str(COMMENTS_PER_PAGE)}
        memo = {**memo, "comment": comment, "cursor": str(cursor)}
        page = PageRequest("", "replies", number, draft=draft, memo=memo, later=True)
        return self._page("/aweme/v1/web/comment/list/reply/", {**query, "item_type": "0"}, f"/video/{work}", page)

    def detail(self, work: str, purpose: str, memo: Memo = NO_MEMO, later: bool = False) -> PageRequest:
        """One work by the JSON route."""
        page = PageRequest("", purpose, memo={**memo, "work": work}, later=later)
        return self._page("/aweme/v1/web/aweme/detail/", {"aweme_id": work}, f"/video/{work}", page)

    def work_page(self, work: str, purpose: str, memo: Memo = NO_MEMO, later: bool = False) -> PageRequest:
        """One work by its public page, which carries its data: it needs no signature."""
        headers = {"Referer": f"{self._base}/", "Accept": "text/html"}
        url = f"{self._base}/video/{work}"
        return PageRequest(url, purpose, headers=headers, session=True, memo={**memo, "work": work}, later=later)
