"""News sites."""

from collections.abc import Callable

from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_rss import NewsRss, NewsSettings
from crawlers.extract.news_page import Rule
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Source


class NewsSpider(SliceSpider):
    """Feeds, sitemaps and the article pages behind them.

    Options: `feeds` and `sitemaps` (lists of addresses), `rules` (host -> CSS of `title`, `time`, `body`,
    `publisher`), `max_articles` per run and feed (500); and the options of every source: see
    `crawlers.run.crawler_settings`.
    """

    name = "news"
    own_options = frozenset({"feeds", "sitemaps", "rules", "max_articles"})
    delay = 2.0
    is_open = True

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The feed backend."""
        options = Options(source)
        try:
            rules = {host: Rule(**table) for host, table in options.tables("rules").items()}
        except TypeError:
            raise ConfigError(f"来源 {source.id} 的选项 rules 只能有 title、time、body、publisher") from None
        settings = NewsSettings(
            options.urls("feeds"), options.urls("sitemaps"), rules, options.integer("max_articles", 500, least=1)
        )
        if not settings.feeds and not settings.sitemaps:
            raise ConfigError(f"来源 {source.id} 没有 feeds 也没有 sitemaps")
        return NewsRss(settings, FeedMemory(plan.state), plan.clock)
