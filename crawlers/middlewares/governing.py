"""Requests wait for their host's governor, and are not sent to a host that has refused for good in this run."""

from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from crawlers.model import PageRequest, Verdict
from crawlers.spider import SliceSpider


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
        host = urlsplit(request.url).netloc
        await spider.governor.hold(host)
        if verdict := spider.governor.refuses(host):
            raise HostRefuses(verdict)
