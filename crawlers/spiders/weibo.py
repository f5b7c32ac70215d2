"""Weibo."""

from collections.abc import Callable, Mapping
from typing import ClassVar

from crawlers.backends.thread_memory import ThreadMemory
from crawlers.backends.weibo_below import WeiboBelow
from crawlers.backends.weibo_detail import WeiboDetail
from crawlers.backends.weibo_mobile import WeiboMobile, WeiboMobileSettings
from crawlers.backends.weibo_official import OfficialSettings, WeiboCommercial, WeiboMentions
from crawlers.backends.weibo_regions import CITIES
from crawlers.backends.weibo_requests import WeiboBases, WeiboSite
from crawlers.backends.weibo_talk import TalkSettings, WeiboTalk
from crawlers.backends.weibo_user import WeiboUser
from crawlers.backends.weibo_web import WeiboWeb, WeiboWebSettings
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.spider import SliceSpider
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

OFFICIAL = ("commercial_api", "open_api_mentions")
SURFACES = ("search", "mobile", "user", *OFFICIAL)


class WeiboSpider(SliceSpider):
    """Posts about a watched subject on Weibo, and what is said below them.

    `surface`: `search` (s.weibo.com, complete, needs the cookie of an account), `mobile` (m.weibo.cn, the newest; a
    visitor ticket when there is no cookie), `user` (what listed official accounts publish), `commercial_api` (the
    paid official search; secret `weibo_api_token`), `open_api_mentions` (posts that name our own account and comments
    to it; secret `weibo_open_token`).

    Options of `search`: `page_cap` (40): pages from which on a listing counts as cut off and its window is split;
    `regions` (true): full hours are split by province and city; `cities`: province code -> list of city codes in
    place of the table in `crawlers.backends.weibo_regions`. Of `mobile`: `max_pages` (10; visitors see 1). Of `user`:
    `users`, name -> number of the account. Of these three: `comments`, `reposts` (false), `max_comment_pages` (10),
    `max_repost_pages` (5) of one post. Of the official routes: `page_cap` (20 pages of 50), `max_pages` (20),
    `max_calls` (1000): calls of the paid search in one run.

    And the options of every source: see `crawlers.run.crawler_settings`.
    """

    name = "weibo"
    canary = "银行"
    own_options = frozenset(
        {
            *("surface", "max_pages", "max_calls", "page_cap", "regions", "cities", "users", "comments", "reposts"),
            *("max_comment_pages", "max_repost_pages"),
        }
    )
    bases: ClassVar[Mapping[str, str]] = {
        "weibo_s": "https://s.weibo.com",
        "weibo_m": "https://m.weibo.cn",
        "weibo_ajax": "https://weibo.com",
        "weibo_passport": "https://passport.weibo.com",
        "weibo_card": "https://card.weibo.com",
        "weibo_api": "https://c.api.weibo.com",
        "weibo_open": "https://api.weibo.com",
    }

    @staticmethod
    def way(source: Source) -> Way:
        """The two interfaces are official, everything else are pages."""
        return Way.OFFICIAL if source.options.get("surface") in OFFICIAL else Way.WEB

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend of the surface."""
        options = Options(source)
        surface = options.choice("surface", "search", SURFACES)
        if surface in OFFICIAL:
            return _official(surface, options, plan)
        site = WeiboSite(_bases(plan), surface == "mobile", plan.secrets.get("weibo_cookie", ""))
        below = _below(source, options, plan, site, is_relevant)
        if surface == "mobile":
            mobile = WeiboMobileSettings(options.integer("max_pages", 10, least=1))
            return WeiboMobile(plan.queries, mobile, site, below, plan.clock)
        if surface == "user":
            return WeiboUser(_users(source), site, below, plan.clock)
        web = WeiboWebSettings(options.integer("page_cap", 40, least=1), _cities(source, options))
        return WeiboWeb(plan.queries, web, site, below, plan.clock)


def _bases(plan: CrawlPlan) -> WeiboBases:
    found = {name: plan.base(name, url) for name, url in WeiboSpider.bases.items()}
    return WeiboBases(
        search=found["weibo_s"],
        mobile=found["weibo_m"],
        ajax=found["weibo_ajax"],
        passport=found["weibo_passport"],
        card=found["weibo_card"],
    )


def _below(
    source: Source, options: Options, plan: CrawlPlan, site: WeiboSite, is_relevant: Callable[[str], bool]
) -> WeiboBelow:
    settings = TalkSettings(
        comments=options.flag("comments", False),
        reposts=options.flag("reposts", False),
        max_comment_pages=options.integer("max_comment_pages", 10, least=1),
        max_repost_pages=options.integer("max_repost_pages", 5, least=1),
    )
    memory = ThreadMemory(plan.state, source.id, plan.clock)
    talk = WeiboTalk(site, settings, memory, plan.clock, is_relevant)
    return WeiboBelow(site, WeiboDetail(site, plan.clock), talk, memory, plan.clock)


def _official(surface: str, options: Options, plan: CrawlPlan) -> Backend:
    name = "weibo_api" if surface == "commercial_api" else "weibo_open"
    settings = OfficialSettings(
        plan.base(name, WeiboSpider.bases[name]),
        plan.secrets.get(f"{name}_token", ""),
        options.integer("page_cap", 20, least=1),
        options.integer("max_pages", 20, least=1),
        options.integer("max_calls", 1000, least=1),
    )
    if surface == "commercial_api":
        return WeiboCommercial(plan.queries, settings, plan.clock)
    return WeiboMentions(settings, plan.clock)


def _users(source: Source) -> Mapping[str, str]:
    """Name -> number. The name stands in cursors and coverage; the number in requests only."""
    found = source.options.get("users", {})
    plain = {str(name): str(number) for name, number in found.items()} if isinstance(found, Mapping) else {}
    if not plain or not all(name and number.isascii() and number.isdigit() for name, number in plain.items()):
        raise ConfigError(f"来源 {source.id} 的选项 users 应为“账号名称: 账号数字编号”的映射")
    return plain


def _cities(source: Source, options: Options) -> Mapping[int, tuple[int, ...]]:
    """The shipped table, with the provinces of the option in place of its own."""
    if not options.flag("regions", True):
        return {}
    own = source.options.get("cities", {})
    if not isinstance(own, Mapping) or not all(_is_code(code) and _are_codes(cities) for code, cities in own.items()):
        raise ConfigError(f"来源 {source.id} 的选项 cities 应为“省份代码: [城市代码, …]”的映射")
    return {**CITIES, **{int(code): tuple(int(city) for city in cities) for code, cities in own.items()}}


def _is_code(value: object) -> bool:
    return str(value).isascii() and str(value).isdigit() and not isinstance(value, bool)


def _are_codes(value: object) -> bool:
    return isinstance(value, list | tuple) and all(_is_code(one) for one in value)
