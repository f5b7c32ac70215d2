"""黑猫投诉."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.heimao import MAX_PAGES, Heimao, HeimaoSettings
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.subject import Source


class HeimaoSpider(SliceSpider):
    """The public search for complaints. Nothing is signed, no session is used: where the site wants one, it says so.

    Options: `max_pages` of a search (100); and the options of every source: see `crawlers.run.crawler_settings`.
    """

    name = "heimao"
    own_options = frozenset({"max_pages"})
    delay = 8.0
    is_open = True
    bases: ClassVar[Mapping[str, str]] = {"heimao": "https://tousu.sina.com.cn"}

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The search backend."""
        options = Options(source)
        base = options.text("base", "").rstrip("/") or plan.base("heimao", HeimaoSpider.bases["heimao"])
        pages = min(options.integer("max_pages", MAX_PAGES, least=1), MAX_PAGES)
        return Heimao(plan.queries, HeimaoSettings(base, pages), plan.clock)
