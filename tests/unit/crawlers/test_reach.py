"""Which addresses found on the web are fetched."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from scrapy import Request

from crawlers import settings
from crawlers.extract import feeds
from crawlers.extract.reach import may_follow
from crawlers.governor import Governor
from crawlers.ledger import Ledger
from crawlers.middlewares.governing import GoverningMiddleware, HostRefuses
from crawlers.model import PageRequest, Reply
from crawlers.raw import RawReplies
from crawlers.spiders.news import NewsSpider
from tests.fakes import FakeClock
from tests.unit.crawlers.parts import sessions

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
PAGE = "https://news.example.com/map.xml"
FORBIDDEN = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "data:text/html,<p>x",
    "ftp://news.example.com/a",
    "s3://bucket/a",
    "http://127.0.0.1:9200/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://10.1.2.3/",
    "http://169.254.169.254/latest/meta-data",
    "http://192.168.0.1./",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://localhost:8501/",
    "http://db.internal/",
    "http://intranet/",
    "http://[half/",
    "http://news.example.com:port/",
    "https://news.example.com/\ud800",
]


@pytest.mark.parametrize("url", FORBIDDEN, ids=lambda url: ascii(url))
def test_inner_addresses_and_other_protocols_are_not_followed(url: str) -> None:
    """A page on the web does not steer us into our own network or at files of this machine."""
    assert not may_follow(url, PAGE)
    assert not may_follow(url, "http://[broken")


@pytest.mark.parametrize("url", ["https://other.example.com/1", "http://8.8.8.8/1", "HTTPS://NEWS.example.com/1"])
def test_the_public_web_is_followed(url: str) -> None:
    """Whatever the host."""
    assert may_follow(url, PAGE)


def test_a_feed_inside_may_name_articles_on_its_own_host() -> None:
    """The operator put it on the list: a portal inside, or a simulator on this machine."""
    assert may_follow("http://127.0.0.1:8000/1.html", "http://127.0.0.1:8000/rss.xml")
    assert not may_follow("http://127.0.0.2:8000/1.html", "http://127.0.0.1:8000/rss.xml")
    assert not may_follow("file://127.0.0.1/etc/passwd", "http://127.0.0.1:8000/rss.xml")


def sitemap(kind: str, child: str, locations: list[str]) -> bytes:
    """A sitemap or an index."""
    inner = "".join(f"<{child}><loc>{location}</loc></{child}>" for location in locations)
    return f'<{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</{kind}>'.encode()


def test_feeds_and_sitemaps_name_no_forbidden_address() -> None:
    """Neither as an article nor as a further sitemap."""
    bad = [url for url in FORBIDDEN if url.isprintable() and "<" not in url]
    good = "https://news.example.com/1.html"
    articles = feeds.parse(Reply(PAGE, 200, sitemap("urlset", "url", [*bad, good])), NOW)
    assert [entry.url for entry in articles.entries] == [good]
    index = feeds.parse(Reply(PAGE, 200, sitemap("sitemapindex", "sitemap", [*bad, good])), NOW)
    assert [nested.url for nested in index.sitemaps] == [good]
    items = "".join(f"<item><title>t</title><link>{url}</link></item>" for url in [*bad, good])
    rss = feeds.parse(Reply(PAGE, 200, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()), NOW)
    assert [entry.url for entry in rss.entries] == [good]


def test_scrapy_speaks_nothing_but_http() -> None:
    """The handlers of other protocols are off."""
    assert dict.fromkeys(("data", "file", "ftp", "s3")) == settings.DOWNLOAD_HANDLERS


def news_spider() -> NewsSpider:
    """One that nobody configured."""
    return NewsSpider(
        source_id="news",
        backend=SimpleNamespace(session=lambda: None),  # type: ignore[arg-type]
        pieces=(),
        ledger=SimpleNamespace(spec=Ledger),  # type: ignore[arg-type]
        governor=Governor(0),
        sessions=sessions(FakeClock(NOW)),
        clock=FakeClock(NOW),
        raw=SimpleNamespace(spec=RawReplies),  # type: ignore[arg-type]
        intake=SimpleNamespace(),  # type: ignore[arg-type]
        errors=[],
    )


def test_a_redirect_into_our_network_is_not_followed() -> None:
    """A public page answers 302 to the cloud's metadata address."""
    spider = news_spider()
    middleware = GoverningMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    page = PageRequest("https://news.example.com/1.html", "article", follow_redirects=True)
    asyncio.run(middleware.process_request(Request(page.url, cb_kwargs={"page": page})))
    with pytest.raises(HostRefuses, match="inner_address"):
        asyncio.run(middleware.process_request(Request("http://169.254.169.254/", cb_kwargs={"page": page})))
