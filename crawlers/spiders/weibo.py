"""Weibo."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.weibo_mobile import WeiboMobile, WeiboMobileSettings
from crawlers.backends.weibo_web import WeiboWeb, WeiboWebSettings
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.subject import Source


class WeiboSpider(SliceSpider):
    """Keyword search on Weibo.

    Options: `surface` "search" (s.weibo.com, needs the cookie of an account) or "mobile" (m.weibo.cn; a visitor
    ticket when there is no cookie); `max_pages` of mobile search (10; visitors see 1); `page_cap` (40): pages from
    which on a web search counts as cut off and its window is split; and the options of every source: see
    `crawlers.run.crawler_settings`.
    """

    name = "weibo"
    own_options = frozenset({"surface", "max_pages", "page_cap"})
    bases: ClassVar[Mapping[str, str]] = {
        "weibo_s": "https://s.weibo.com",
        "weibo_m": "https://m.weibo.cn",
        "weibo_ajax": "https://weibo.com",
        "weibo_passport": "https://passport.weibo.com",
    }

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend that the options name."""
        options = Options(source)
        bases = {name: plan.base(name, url) for name, url in WeiboSpider.bases.items()}
        cookie = plan.secrets.get("weibo_cookie", "")
        if options.choice("surface", "search", ("search", "mobile")) == "search":
            web = WeiboWebSettings(bases["weibo_s"], cookie, options.integer("page_cap", 40, least=1))
            return WeiboWeb(plan.queries, web, plan.clock)
        mobile = WeiboMobileSettings(
            bases["weibo_m"], bases["weibo_passport"], cookie, options.integer("max_pages", 10, least=1)
        )
        return WeiboMobile(plan.queries, mobile, plan.clock)
