"""Backends ask and read; here without a network: what they send, and what they make of odd replies."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_rss import NewsRss
from crawlers.backends.news_settings import NewsSettings
from crawlers.coverage import CoverageBook
from crawlers.governor import Governor
from crawlers.ledger import Ledger, PageRead
from crawlers.middlewares.parse_errors import ParseErrorMiddleware
from crawlers.model import PageRequest, Reply, SearchTerm, Slice, Verdict
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.raw import RawReplies, list_evidence, read_evidence
from crawlers.registry import spiders
from crawlers.run import crawl, crawler_settings
from crawlers.spiders.news import NewsSpider
from crawlers.spiders.weibo import WeiboSpider
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.parts import SEAL, sessions
from tests.unit.crawlers.weibo_parts import weibo
from yuqing import __version__
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend, Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江 银行")
PIECE = Slice(TERM, NOW - timedelta(hours=3), NOW)
CLOCK = FakeClock(NOW)


def query(page: PageRequest) -> dict[str, str]:
    """The query of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


FEED = "https://news.example.com/rss.xml"
RSS = """<rss version="2.0"><channel><item><title>云江银行公告</title><link>https://news.example.com/1.html</link>
<pubDate>Sat, 14 Mar 2026 08:00:00 +0800</pubDate><description>摘要</description></item></channel></rss>""".encode()


def news(state: InMemoryStateStore) -> NewsRss:
    """A feed backend."""
    return NewsRss(NewsSettings(feeds=(FEED,)), FeedMemory(state), CLOCK)


def test_validators_are_sent_only_after_a_complete_read_and_articles_are_fetched_once() -> None:
    """An article that was missed keeps the feed from answering "nothing new"."""
    state = InMemoryStateStore()
    piece = Slice(SearchTerm(FEED, FEED), NOW - timedelta(hours=5), NOW)
    first = news(state)
    (page,) = first.first(piece)
    result = first.read(Reply(FEED, 200, RSS, {"etag": '"v1"'}), page, piece)
    (article,) = result.follow
    first.settled(piece, [result.memo], complete=False)
    assert "If-None-Match" not in news(state).first(piece)[0].headers
    assert len(news(state).read(Reply(FEED, 200, RSS), page, piece).follow) == 1
    first.settled(piece, [result.memo, {"read": article.memo["id"]}], complete=True)
    assert news(state).first(piece)[0].headers["If-None-Match"] == '"v1"'
    assert news(state).read(Reply(FEED, 200, RSS), page, piece).follow == ()


@pytest.mark.parametrize(
    ("status", "drafts", "auxiliary"), [(503, 1, False), (403, 1, False), (404, 1, True)], ids=["503", "403", "404"]
)
def test_an_article_that_cannot_be_read_is_kept_as_announced(status: int, drafts: int, auxiliary: bool) -> None:
    """Title and summary of the feed stand in; one that is not there does not hold up the feed either."""
    backend = news(InMemoryStateStore())
    piece = Slice(SearchTerm(FEED, FEED), NOW - timedelta(hours=5), NOW)
    (article,) = backend.read(Reply(FEED, 200, RSS), backend.first(piece)[0], piece).follow
    result = backend.read(Reply(article.url, status, b"x"), article, piece)
    assert len(result.drafts) == drafts
    assert result.auxiliary is auxiliary
    assert all(draft.text_truncated and draft.title == "云江银行公告" for draft in result.drafts)


PIECE_OF_FEED = Slice(SearchTerm(FEED, FEED), NOW - timedelta(hours=5), NOW)
READABLE = f"<html><body><h1>云江银行公告</h1><p>{'云江银行今天调整了柜台的营业时间。' * 20}</p></body></html>".encode()


def rss(*numbers: int) -> Reply:
    """A feed that announces these articles, the first of them half an hour ago."""
    shown = "<pubDate>Sat, 14 Mar 2026 09:00:00 +0800</pubDate>"
    items = "".join(
        f"<item><title>云江银行公告{n}</title><link>https://news.example.com/{n}.html</link>{shown}</item>"
        for n in numbers
    )
    return Reply(FEED, 200, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), {"etag": '"v1"'})


def look(
    state: InMemoryStateStore, feed: Reply, broken: set[int], piece: Slice = PIECE_OF_FEED
) -> tuple[set[int], str]:
    """One crawl of a feed: which articles were asked for, and how the slice ended. `broken` ones cannot be read."""
    backend = news(state)
    ledger = Ledger("news", backend, CoverageBook(state), None, CLOCK)
    (page,) = backend.first(piece)
    result = backend.read(feed, page, piece)
    for _ in (page, *result.follow):
        ledger.expect(piece)
    for article in result.follow:
        number = int(article.url.rpartition("/")[2].partition(".")[0])
        read = backend.read(Reply(article.url, 200, b"<html>" if number in broken else READABLE), article, piece)
        assert len(read.drafts) == 1
        ledger.settle(PageRead(piece, read))
    ledger.settle(PageRead(piece, result))
    asked = {int(article.url.rpartition("/")[2].partition(".")[0]) for article in result.follow}
    (ended,) = ledger.tally.slices
    return asked, ended


def test_an_article_that_cannot_be_read_is_tried_three_times() -> None:
    """It stays out of the read ones, also when the window has passed it, and does not hold up the feed for ever."""
    state = InMemoryStateStore()
    assert look(state, rss(1, 2, 3, 4), broken={4}) == ({1, 2, 3, 4}, "ok")
    assert "If-None-Match" not in news(state).first(PIECE_OF_FEED)[0].headers
    later = Slice(PIECE_OF_FEED.query, NOW, NOW + timedelta(hours=1))
    assert look(state, rss(1, 2, 3, 4), {4}, later) == ({4}, "ok")
    assert look(state, rss(1, 2, 3, 4), {4}, later) == ({4}, "ok")
    assert look(state, rss(1, 2, 3, 4), {4}, later) == (set(), "ok")
    assert news(state).first(later)[0].headers["If-None-Match"] == '"v1"'


def test_an_article_that_can_be_read_again_is_read() -> None:
    """The second try brings the text."""
    state = InMemoryStateStore()
    look(state, rss(1, 2, 3, 4), broken={4})
    assert look(state, rss(1, 2, 3, 4), broken=set()) == ({4}, "ok")
    assert look(state, rss(1, 2, 3, 4), broken=set()) == (set(), "ok")


def test_a_site_whose_articles_cannot_be_read_has_changed() -> None:
    """Half of four or more: nothing is given up, and everything is read when the parser has been mended."""
    state = InMemoryStateStore()
    for _ in range(5):
        assert look(state, rss(1, 2, 3, 4), broken={1, 2, 3, 4}) == ({1, 2, 3, 4}, "changed")
    assert look(state, rss(1, 2, 3, 4), broken=set()) == ({1, 2, 3, 4}, "ok")


def test_a_slow_feed_shows_the_change_too() -> None:
    """One article a look: the looks before count."""
    state = InMemoryStateStore()
    ends = [look(state, rss(number), broken=set(range(9)))[1] for number in range(1, 7)]
    assert ends[:3] == ["ok", "ok", "ok"]
    assert ends[3:] == ["changed", "changed", "changed"]


def test_films_and_pictures_are_no_fault_of_the_parser() -> None:
    """They have no text; what the feed said of them stays."""
    backend = news(InMemoryStateStore())
    page = PageRequest("https://news.example.com/video/5.html", "article", memo={"id": "i5"})
    result = backend.read(Reply(page.url, 200, b"<html><body><p></p></body></html>"), page, PIECE_OF_FEED)
    assert result.auxiliary
    assert result.memo == {"done": ["i5"]}


def sitemap_index(count: int, modified: str) -> Reply:
    """An index of sitemaps."""
    address = "<loc>https://news.example.com/s{}.xml</loc>"
    each = "".join(f"<sitemap>{address.format(n)}{modified.format(n)}</sitemap>" for n in range(1, count + 1))
    body = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{each}</sitemapindex>'
    return Reply(FEED, 200, body.encode())


@pytest.mark.parametrize(
    ("count", "modified", "depth", "asked", "saturated"),
    [
        (20, "", 1, 20, False),
        (21, "", 1, 20, True),
        (21, "<lastmod>2026-03-14</lastmod>", 1, 20, True),
        (28, "<lastmod>2026-02-{0:02}</lastmod>", 1, 20, False),
        (2, "", 3, 0, True),
    ],
    ids=["fits", "too many", "too many new ones", "too many, the rest old", "too deep"],
)
def test_sitemaps_that_are_left_out_are_told(
    count: int, modified: str, depth: int, asked: int, saturated: bool
) -> None:
    """The newest are read; what is not read and may hold something new makes the slice saturated."""
    page = PageRequest(FEED, "feed", number=depth)
    result = news(InMemoryStateStore()).read(sitemap_index(count, modified), page, PIECE_OF_FEED)
    assert (len(result.follow), result.saturated) == (asked, saturated)
    if count == 28:
        assert result.follow[0].url == "https://news.example.com/s28.xml"


def test_a_parser_that_raises_ends_as_changed_with_the_reply_kept(tmp_path: Path) -> None:
    """The message of the exception may quote the page: only its type is told."""
    state = InMemoryStateStore()
    backend = weibo()
    ledger = Ledger("weibo", backend, CoverageBook(state), None, CLOCK)
    spider = WeiboSpider(
        source_id="weibo",
        backend=backend,
        pieces=(),
        ledger=ledger,
        governor=Governor(0),
        sessions=sessions(CLOCK),
        clock=CLOCK,
        raw=RawReplies(tmp_path, "weibo", CLOCK, SEAL),
        intake=SimpleNamespace(admit=None),  # type: ignore[arg-type]
        errors=[],
    )
    page = backend.first(PIECE)[0]
    request = Request(page.url, cb_kwargs={"page": page, "piece": PIECE})
    response = HtmlResponse(page.url, body=b"<html>odd</html>", request=request)
    middleware = ParseErrorMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    (read,) = middleware.process_spider_exception(response, KeyError("13800000000")) or ()
    assert isinstance(read, PageRead)
    assert read.result.verdict == Verdict(Outcome.CHANGED, "parser_KeyError")
    (kept,) = list_evidence(tmp_path)
    assert read_evidence(tmp_path, b"key of the tests", kept.ref) == b"<html>odd</html>"


def source(kind: str = "news", **options: object) -> Source:
    """A source with options."""
    return Source("s1", kind, "来源", Backend.WEB, "测试", True, 60, options)


@pytest.mark.parametrize(
    ("kind", "options", "named"),
    [
        ("news", {}, "feeds"),
        ("news", {"feeds": ["ftp://x"]}, "feeds"),
        ("news", {"feeds": [FEED], "rules": {"x.cn": {"colour": "red"}}}, "rules"),
        ("weibo", {"surface": "desktop"}, "surface"),
        ("weibo", {"page_cap": 0}, "page_cap"),
        ("weibo", {"delay_seconds": "8"}, "delay_seconds"),
        ("douyin", {"comments": 1}, "comments"),
        ("douyin", {"max_pages": True}, "max_pages"),
        ("weibo", {"delay_second": 3}, "delay_second"),
        ("tieba", {}, "tieba"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wrong_option_is_named_before_anything_is_sent(kind: str, options: dict[str, object], named: str) -> None:
    """In words for the person who edits sources.yml."""
    plan = CrawlPlan((source(kind, **options),), (TERM,), SimpleNamespace(), InMemoryStateStore(), CLOCK)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=named):
        crawl(plan)


def test_shipped_settings_are_secure_and_polite() -> None:
    """No telnet, no remote control, certificates checked, robots obeyed, one slow request at a time."""
    settings = crawler_settings(source(), NewsSpider, contact="mailto:pr@bank.example")
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES")
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings.getfloat("DOWNLOAD_DELAY") == 2
    assert crawler_settings(source("weibo"), WeiboSpider).getfloat("DOWNLOAD_DELAY") == 8
    assert settings.getint("DOWNLOAD_MAXSIZE") <= 8 * 1024 * 1024
    assert not settings.getbool("COOKIES_ENABLED")


@pytest.mark.parametrize(
    ("kind", "surface", "is_ours"),
    [
        *(("weibo", "commercial_api", True), ("weibo", "open_api_mentions", True), ("douyin", "open_api", True)),
        *(("news", "", True), ("hot", "", True), ("appstore", "", True)),
        *(("weibo", "search", False), ("weibo", "mobile", False), ("douyin", "web", False)),
    ],
)
def test_only_websites_with_a_session_see_a_browser(kind: str, surface: str, is_ours: bool) -> None:
    """Interfaces and open lists are asked in our own name, with version and contact."""
    options = {"surface": surface} if surface else {}
    settings = crawler_settings(source(kind, **options), spiders()[kind], contact="mailto:pr@bank.example")
    name = settings["USER_AGENT"]
    assert (name == f"yuqing/{__version__} (+mailto:pr@bank.example)") == is_ours
    assert name.startswith("Mozilla/5.0 ") != is_ours


def test_options_of_the_right_kind_pass() -> None:
    """And site rules reach the extractor."""
    options = Options(source(feeds=[FEED], rules={"x.cn": {"title": "h1"}}, delay_seconds=0))
    assert options.urls("feeds") == (FEED,)
    assert options.number("delay_seconds", 8) == 0
    plan = CrawlPlan((), (TERM,), SimpleNamespace(), InMemoryStateStore(), CLOCK)  # type: ignore[arg-type]
    built = NewsSpider.build(source(feeds=[FEED], rules={"x.cn": {"title": "h1"}}), plan, lambda text: True)
    assert [found.text for found in built.queries] == [FEED]
