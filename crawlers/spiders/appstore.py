"""App Store reviews."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.appstore import AppStore, AppStoreSettings
from crawlers.extract.appstore import App
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source


class AppStoreSpider(SliceSpider):
    """The 500 newest reviews of apps, from Apple's own public feed.

    Options: `apps` (list of ids, or of tables with `id`, `name` and `subject`), `storefront` ("cn"); and the options
    of every source: see `crawlers.run.crawler_settings`.
    """

    name = "appstore"
    own_options = frozenset({"apps", "storefront"})
    delay = 3.0
    is_open = True
    bases: ClassVar[Mapping[str, str]] = {"apple": "https://itunes.apple.com"}

    @staticmethod
    def way(source: Source) -> Way:
        """A feed."""
        return Way.RSS

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The feed backend."""
        options = Options(source)
        apps = tuple(App(**table) for table in options.entries("apps", "id", ("name", "subject")))
        if not apps or not all(app.id.isascii() and app.id.isdigit() for app in apps):
            raise ConfigError(f"来源 {source.id} 的选项 apps 应为应用编号（纯数字）的列表，至少一个")
        base = options.text("base", "").rstrip("/") or plan.base("apple", AppStoreSpider.bases["apple"])
        settings = AppStoreSettings(base, apps, options.text("storefront", "cn"))
        return AppStore(settings, plan.clock)
