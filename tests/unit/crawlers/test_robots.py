"""What robots.txt asks for between two requests."""

import asyncio
import math
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager

from crawlers.middlewares.governing import GoverningMiddleware, HostRefuses, ProbeMiddleware
from crawlers.model import PageRequest
from tests.unit.crawlers.test_reach import news_spider

URL = "https://news.example.com/1.html"


@pytest.mark.parametrize(
    ("robots", "delay", "gap"),
    [
        ("User-agent: *\nCrawl-delay: 5\n", 2, 5),
        ("User-agent: *\nCrawl-delay: 2.5\n", 2, 3),
        ("User-agent: *\nCrawl-delay: 1\n", 2, 0),
        ("User-agent: *\nCrawl-delay: 9\n\nUser-agent: yuqing\nCrawl-delay: 20\n", 2, 20),
        ("User-agent: other\nCrawl-delay: 9\n", 2, 0),
        ("User-agent: *\nCrawl-delay: soon\n", 2, 0),
        ("User-agent: *\nAllow: /\n", 0, 0),
    ],
)
def test_a_longer_crawl_delay_than_our_own_is_kept(robots: str, delay: float, gap: float) -> None:
    """Ours alone where theirs is shorter, or is not for us."""
    spider = news_spider()
    settings = Settings({"DOWNLOAD_DELAY": delay, "DOWNLOAD_DELAY_JITTER": 0.5, "ROBOTSTXT_USER_AGENT": "yuqing"})
    crawler = SimpleNamespace(spider=spider, settings=settings, signals=SignalManager())
    middleware = ProbeMiddleware.from_crawler(cast(Any, crawler))
    parser = ProtegoRobotParser.from_crawler(cast(Any, crawler), robots.encode())
    page = PageRequest(URL, "article")
    middleware.robots_parsed(parser, Request(URL, cb_kwargs={"page": page}))
    assert math.isclose(spider.governor._host("news.example.com").gap, gap)


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://news.example.com/robots.txt", True),
        ("http://127.0.0.1:8080/secret-admin?x=1", False),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://[::1]/robots.txt", False),
    ],
)
def test_no_robots_txt_leads_into_our_own_network(url: str, is_sent: bool) -> None:
    """Scrapy follows its redirects without a page of ours: the address is judged all the same, and who answered."""
    crawler = SimpleNamespace(spider=news_spider())
    middleware = GoverningMiddleware.from_crawler(cast(Any, crawler))
    request = Request(url, meta={"dont_obey_robotstxt": True})
    if is_sent:
        asyncio.run(middleware.process_request(request))
        inner = Response(url, request=request, ip_address=ip_address("10.0.0.7"))
        with pytest.raises(HostRefuses, match="inner_address"):
            middleware.process_response(request, inner)
    else:
        with pytest.raises(HostRefuses, match="inner_address"):
            asyncio.run(middleware.process_request(request))
