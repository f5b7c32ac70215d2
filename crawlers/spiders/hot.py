"""Hot lists."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

from crawlers.backends.hot import BOARDS, HotLists, HotSettings
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Source

_SHORTEST = timedelta(minutes=5)


class HotSpider(SliceSpider):
    """The hot lists of platforms, one reading of each a run.

    Options: `boards`, a list of `weibo`, `weibo_band`, `weibo_html` (the same list as `weibo`, as a page; a visitor's
    ticket when there is no cookie), `douyin`, `toutiao`, `baidu`, `zhihu`, `bilibili`, `tieba`, `tencent`, `kuaishou`;
    and the options of every source: see `crawlers.run.crawler_settings`. Each board has its own host; `base`, or a
    YQ_HOT_BASE other than its default, is put before the path of every board instead: a mirror, or the simulator.
    """

    name = "hot"
    own_options = frozenset({"boards"})
    delay = 5.0
    names_itself = True
    bases: ClassVar[Mapping[str, str]] = {"hot": "https://weibo.com", "weibo_passport": "https://passport.weibo.com"}

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The reader of the chosen boards."""
        options = Options(source)
        boards = tuple(dict.fromkeys(options.texts("boards")))
        unknown = sorted(set(boards) - set(BOARDS))
        if unknown or not boards:
            raise ConfigError(f"来源 {source.id} 的选项 boards 应为热榜的列表，至少一个；可用：{'、'.join(BOARDS)}")
        base = options.text("base", "").rstrip("/") or plan.base("hot", HotSpider.bases["hot"])
        settings = HotSettings(
            boards,
            "" if base == HotSpider.bases["hot"] else base,
            plan.base("weibo_passport", HotSpider.bases["weibo_passport"]),
            plan.secrets.get("weibo_cookie", ""),
            max(_SHORTEST, 2 * timedelta(seconds=source.interval_seconds)),
        )
        return HotLists(settings, plan.clock)
