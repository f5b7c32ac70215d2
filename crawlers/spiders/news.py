"""News sites."""

from collections.abc import Callable

from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_options import DoorReader
from crawlers.backends.news_rss import NewsRss
from crawlers.backends.news_settings import NewsSettings
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source


class NewsSpider(SliceSpider):
    """Feeds, sitemaps, rolls and list pages, and the article pages behind them; all of it by configuration.

    Options: `feeds` and `sitemaps` (lists of addresses), `robots` (addresses of robots.txt that name sitemaps),
    `rolls` (JSON lists) and `lists` (HTML list pages): see `crawlers.backends.news_options` and docs/howto;
    `rules` (host -> CSS of `title`, `time`, `body`, `publisher`, `paywall`), `hosts` (host for phones -> host for
    desktops), `max_articles` per run and feed (500), `full_text` (feeds carry whole articles: false), `fetch` (`all`
    articles, or those `matching` a search term in title or summary); and the options of every source: see
    `crawlers.run.crawler_settings`.
    """

    name = "news"
    own_options = frozenset(
        {"feeds", "sitemaps", "robots", "rolls", "lists", "rules", "hosts", "max_articles", "full_text", "fetch"}
    )
    delay = 2.0
    is_open = True

    @staticmethod
    def way(source: Source) -> Way:
        """Feeds and sitemaps are meant to be read by programs; rolls and list pages are pages."""
        return Way.WEB if source.options.get("rolls") or source.options.get("lists") else Way.RSS

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The news backend."""
        options, reader = Options(source), DoorReader(source)
        settings = NewsSettings(
            options.urls("feeds"),
            options.urls("sitemaps"),
            reader.doors(),
            reader.rules(),
            reader.hosts(),
            max_articles=options.integer("max_articles", 500, least=1),
            full_text=options.flag("full_text", False),
            only_matching=options.choice("fetch", "all", ("all", "matching")) == "matching",
        )
        if not settings.places:
            raise ConfigError(f"来源 {source.id} 没有 feeds、sitemaps、robots、rolls 或 lists")
        memory = FeedMemory(plan.state, keeps=plan.since is None)
        backend = NewsRss(settings, memory, plan.clock, plan.queries, is_relevant)
        names = [query.id for query in backend.queries]
        if double := next((name for name in names if names.count(name) > 1), None):
            raise ConfigError(f"来源 {source.id} 有两处都叫 {double}：用 name 给它们起不同的名字")
        return backend
