"""Douyin."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import ClassVar

from crawlers.backends.douyin_open import DouyinOpen, DouyinOpenSettings
from crawlers.backends.douyin_requests import CHANNELS, DouyinRequests
from crawlers.backends.douyin_threads import DouyinThreads, ThreadSettings
from crawlers.backends.douyin_web import DouyinSettings, DouyinWeb
from crawlers.backends.thread_memory import ThreadMemory
from crawlers.model import Backend
from crawlers.options import Options
from crawlers.plan import CrawlPlan
from crawlers.signers import OPTION as SIGNER
from crawlers.signers import chosen_signer
from crawlers.spider import SliceSpider
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

_SHARE_FOR_COMMENTS = 0.7  # of a run's time: what was begun has to be finished in the rest


class DouyinSpider(SliceSpider):
    """Works about a watched subject on Douyin, newest first, and the comments below them.

    `surface` (web): `web` reads the website with the operator's own session, `open_api` the platform's official video
    search (needs the secret `douyin_open_token`; no comments there).

    Options of `web`: `channel` (general, or video), `max_pages` of a search (20), `depth` after which the end of a
    search is the platform's limit (150), `users` (list of `sec_uid` of organisations whose works are read as well),
    `search_users` (false: all of their works, true: those that a search term finds), `follow_days` for which their
    works are looked at again for new comments (7), `sweep_hours` after which a search goes back `sweep_days` for new
    comments (3, 2), `comments` (true),
    `max_comment_pages` of one work (10), `recheck_hours` after which comments are read again though their number
    stayed (24), `detail` (api, or page: single works by their public page), `signer` ("package.module:factory", the
    operator's own).

    Options of `open_api`: `max_pages` (20), `count` per page (20), `device_id` (0), `depth` (150).

    And the options of every source: see `crawlers.run.crawler_settings`.
    """

    name = "douyin"
    canary = "银行"
    own_options = frozenset(
        {
            *("surface", "channel", "max_pages", "depth", "users", "search_users", "comments", "max_comment_pages"),
            *("recheck_hours", "follow_days", "sweep_days", "sweep_hours", "detail", "count", "device_id", SIGNER),
        }
    )
    bases: ClassVar[Mapping[str, str]] = {
        "douyin": "https://www.douyin.com",
        "douyin_open": "https://open.douyin.com",
    }

    @staticmethod
    def way(source: Source) -> Way:
        """`open_api` is official, the website are pages."""
        return Way.OFFICIAL if source.options.get("surface") == "open_api" else Way.WEB

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend of the surface."""
        options = Options(source)
        if options.choice("surface", "web", ("web", "open_api")) == "open_api":
            return _open_api(options, plan)
        return _web(source, options, plan, is_relevant)


def _web(source: Source, options: Options, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
    settings = DouyinSettings(
        base=plan.base("douyin", DouyinSpider.bases["douyin"]),
        cookie=plan.secrets.get("douyin_cookie", ""),
        max_pages=options.integer("max_pages", 20, least=1),
        depth=options.integer("depth", 150, least=1),
        users=options.texts("users"),
        search_users=options.flag("search_users", False),
        follow=timedelta(days=options.number("follow_days", 7)),
        sweep=timedelta(days=options.number("sweep_days", 2)),
        sweep_every=timedelta(hours=options.number("sweep_hours", 3) if options.flag("comments", True) else 0),
    )
    threads = ThreadSettings(
        wanted=options.flag("comments", True),
        max_pages=options.integer("max_comment_pages", 10, least=1),
        seconds=plan.max_seconds * _SHARE_FOR_COMMENTS,
        detail_by_page=options.choice("detail", "api", ("api", "page")) == "page",
    )
    channel = options.choice("channel", "general", CHANNELS)
    requests = DouyinRequests(settings.base, channel, chosen_signer(source, plan.signer))
    recheck = timedelta(hours=options.number("recheck_hours", 24))
    memory = ThreadMemory(plan.state, source.id, plan.clock, recheck)
    below = DouyinThreads(requests, threads, memory, plan.clock, is_relevant)
    return DouyinWeb(plan.queries, settings, requests, below, memory, plan.clock)


def _open_api(options: Options, plan: CrawlPlan) -> Backend:
    settings = DouyinOpenSettings(
        base=plan.base("douyin_open", DouyinSpider.bases["douyin_open"]),
        token=plan.secrets.get("douyin_open_token", ""),
        device_id=options.integer("device_id", 0),
        count=options.integer("count", 20, least=1),
        max_pages=options.integer("max_pages", 20, least=1),
        depth=options.integer("depth", 150, least=1),
    )
    return DouyinOpen(plan.queries, settings, plan.clock)
