"""A parser that breaks on a page has met a page that changed: an outcome of that page, not a crash of the run."""

import logging
from collections.abc import Iterable
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.http import Response

from crawlers.model import Verdict
from crawlers.spider import SliceSpider
from yuqing.domain.coverage import Outcome

_log = logging.getLogger(__name__)


class ParseErrorMiddleware:
    """Turns what a callback raises into the outcome `changed` and keeps the reply."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making one."""
        return cls(crawler)

    def process_spider_exception(self, response: Response, exception: Exception) -> Iterable[Any] | None:
        """The page counts as changed. The message of the exception may hold page text: only its type is told."""
        spider = self._crawler.spider
        if not isinstance(spider, SliceSpider) or "page" not in response.cb_kwargs:
            return None
        name = type(exception).__name__
        _log.error("parser failed source=%s error=%s", spider.source_id, name)
        return list(spider.failed(response, Verdict(Outcome.CHANGED, f"parser_{name}")))
