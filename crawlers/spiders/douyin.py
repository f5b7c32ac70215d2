"""Douyin."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.douyin_web import DouyinSettings, DouyinWeb
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.subject import Source


class DouyinSpider(SliceSpider):
    """Video search on Douyin, newest first, and the comments of works about a watched subject.

    Options: `comments` (true), `max_pages` of a search (20), `max_comment_pages` of one work (10); and the options
    of every source: see `crawlers.run.crawler_settings`.
    """

    name = "douyin"
    own_options = frozenset({"comments", "max_pages", "max_comment_pages"})
    bases: ClassVar[Mapping[str, str]] = {"douyin": "https://www.douyin.com"}

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The web backend."""
        options = Options(source)
        settings = DouyinSettings(
            base=plan.base("douyin", DouyinSpider.bases["douyin"]),
            cookie=plan.secrets.get("douyin_cookie", ""),
            max_pages=options.integer("max_pages", 20, least=1),
            comments=options.flag("comments", True),
            max_comment_pages=options.integer("max_comment_pages", 10, least=1),
        )
        return DouyinWeb(plan.queries, settings, plan.signer, plan.clock, is_relevant)
