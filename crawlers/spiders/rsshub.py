"""RSSHub and other RSS bridges."""

import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.rsshub import RssHub, RssHubSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

_KEY = re.compile(r"[A-Za-z0-9_-]{12,}")


class RssHubSpider(SliceSpider):
    """Feeds of an instance of our own: one source per platform, as a platform that refuses stops its source.

    Options: `routes` (list of paths, with {keyword} where search terms go, or whole addresses of other bridges),
    `base` (the instance; YQ_RSSHUB_BASE), `articles` (true): read the pages behind entries of 公众号; and the options
    of every source: see `crawlers.run.crawler_settings`. The access key is the setting YQ_RSSHUB_KEY.
    """

    name = "rsshub"
    own_options = frozenset({"routes", "articles"})
    delay = 2.0
    is_open = True
    bases: ClassVar[Mapping[str, str]] = {
        "rsshub": "http://127.0.0.1:1200",
        "wechat": "https://mp.weixin.qq.com",
    }

    @staticmethod
    def way(source: Source) -> Way:
        """Feeds."""
        return Way.RSS

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The feed backend."""
        options = Options(source)
        routes = options.texts("routes")
        if not routes or not all(route.startswith(("/", "http://", "https://")) for route in routes):
            raise ConfigError(f"来源 {source.id} 的选项 routes 应为以 / 或 http 开头的路由列表，至少一个")
        if any("key=" in route or "code=" in route for route in routes):
            raise ConfigError(f"来源 {source.id} 的选项 routes 里不写密钥：放在 YQ_RSSHUB_KEY")
        key = plan.secrets.get("rsshub_key", "")
        if key and not _KEY.fullmatch(key):  # it travels in an address, and the log knows it by its letters
            raise ConfigError("YQ_RSSHUB_KEY 应为 12 位以上的字母、数字、“-”或“_”")
        base = options.text("base", "").rstrip("/") or plan.base("rsshub", RssHubSpider.bases["rsshub"])
        wechat = plan.base("wechat", RssHubSpider.bases["wechat"])
        settings = RssHubSettings(base, routes, key, options.flag("articles", True), wechat)
        return RssHub(plan.queries, settings, SeenMemory(plan.state, source.id), plan.clock)
