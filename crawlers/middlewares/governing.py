"""Requests wait for their host's governor, and are not sent to a host that has refused for good in this run."""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawlers.extract.reach import may_follow
from crawlers.model import PageRequest, Verdict
from crawlers.outcomes import by_status
from crawlers.spider import SliceSpider, host_of, to_reply
from yuqing.domain.coverage import Outcome


class HostRefuses(IgnoreRequest):
    """The host has refused in this run already; nothing was sent."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


class GoverningMiddleware:
    """Sets `handle_httpstatus_all` and `dont_redirect`, so that no refusal is followed, dropped or retried."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making one."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait, or refuse to send."""
        spider = self._crawler.spider
        page = request.cb_kwargs.get("page") or request.meta.get("page")
        if not isinstance(spider, SliceSpider) or not isinstance(page, PageRequest):
            return
        if not page.follow_redirects:
            request.meta["dont_redirect"] = True
            request.meta["handle_httpstatus_all"] = True
        if not may_follow(request.url, page.url):  # a redirect from outside into our own network
            raise HostRefuses(Verdict(Outcome.BLOCKED, "inner_address"))
        host = host_of(request.url)
        await spider.governor.hold(host)
        if verdict := spider.governor.refuses(host):
            raise HostRefuses(verdict)
        if page.session and (cookie := spider.sessions.cookie()):
            request.headers["Cookie"] = cookie  # here and not earlier: the session may have been renewed since

    def process_response(self, request: Request, response: Response) -> Response:
        """Tell the governor of a refusal by status before the next request starts; the page tells the rest later."""
        spider = self._crawler.spider
        if isinstance(spider, SliceSpider) and (verdict := by_status(to_reply(response))):
            spider.governor.report(host_of(request.url), verdict, to_reply(response).retry_after)
        return response
