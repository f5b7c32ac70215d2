"""One crawl: a plan goes in, spiders run in this process, a summary comes out. Once per process (one reactor)."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from crawlers import settings as project
from crawlers.agents import user_agent
from crawlers.assertions import Assertions, limits
from crawlers.budget import Budget
from crawlers.canary import Canary
from crawlers.circuits import CircuitBook
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.extract.reach import Origin
from crawlers.governor import Governor, Shared
from crawlers.inner import SETTING, InnerHosts, Reach, configured_origins
from crawlers.ledger import Ledger
from crawlers.masking import SecretFilter
from crawlers.model import Backend, Slice
from crawlers.neighbours import Neighbours
from crawlers.options import Options, refuse_accounts, refuse_unknown
from crawlers.pace import HostPace
from crawlers.plan import CrawlPlan, CrawlSummary
from crawlers.raw import RawReplies
from crawlers.refresh import second_looks
from crawlers.registry import spiders
from crawlers.sealing import Seal
from crawlers.sessions import Fetch, SessionBook, SessionPool, fingerprint_of, read_sessions
from crawlers.spider import SliceSpider
from crawlers.tickets import TicketFile
from crawlers.ways import refuse_wrong_way
from crawlers.windows import announce
from yuqing.domain.errors import ConfigError, CrawlError, StoreError
from yuqing.domain.naming import secrets_in
from yuqing.domain.query import normalise
from yuqing.domain.subject import Source

_log = logging.getLogger(__name__)
_PAUSE_MINUTES = 60  # what refused a moment ago refuses in five minutes, too


def crawler_settings(source: Source, spider: type[SliceSpider], contact: str = "") -> Settings:
    """The project's settings with the options that every source knows.

    `delay_seconds` between requests to one host (8; news 2), `concurrency` per host (1), `timeout_seconds` (30),
    `backoff_seconds` after a first "too fast" (30, doubling up to `backoff_max_seconds`, 900), `retries` of ordinary
    accidents (2), `max_requests` of one run (0: no limit), `pause_minutes` for which a host that refused for good is
    left alone (60; doubled by failed probes),
    `obey_robots` (true for news; search surfaces are used under the terms accepted for the source), `user_agent`.
    For `silent_runs`, `max_missing_share` and `max_newest_age_hours` see `crawlers.assertions.limits`.
    """
    options = Options(source)
    settings = Settings()
    settings.setmodule(project)
    delay = options.number("delay_seconds", spider.delay)
    concurrency = options.integer("concurrency", 1, least=1)
    changes: dict[str, object] = {
        "DOWNLOAD_DELAY": delay,
        "AUTOTHROTTLE_ENABLED": delay > 0,
        "AUTOTHROTTLE_START_DELAY": delay,
        # Scrapy asks the governor before a request waits its turn: only as many may wait as may be wasted.
        "CONCURRENT_REQUESTS": 8 if spider.is_open else concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_TIMEOUT": options.number("timeout_seconds", 30),
        "RETRY_TIMES": options.integer("retries", 2),
        "ROBOTSTXT_OBEY": options.flag("obey_robots", spider.is_open),
        "USER_AGENT": user_agent(source, spider, contact),
        "DEFAULT_REQUEST_HEADERS": {"Accept-Language": "zh-CN,zh;q=0.9"},
    }
    settings.setdict(changes, priority="cmdline")
    return settings


@dataclass(frozen=True, slots=True)
class _Run:
    """One source, ready to go."""

    source: Source
    crawler: Crawler
    ledger: Ledger
    governor: Governor
    raw: RawReplies
    arguments: dict[str, Any] = field(repr=False)
    errors: list[StoreError]


def _relevance(plan: CrawlPlan) -> Callable[[str], bool]:
    """Whether a text holds every word of one of the plan's search terms, or of those of any subject."""
    terms = [normalise(query.text).split() for query in (*plan.queries, *plan.watched)]

    def is_relevant(text: str) -> bool:
        plain = normalise(text)
        return any(all(word in plain for word in words) for words in terms)

    return is_relevant


def _governor(source: Source, plan: CrawlPlan, backend: Backend, shared: Shared) -> Governor:
    options = Options(source)
    length = timedelta(minutes=options.number("pause_minutes", _PAUSE_MINUTES))
    mark = fingerprint_of(read_sessions(backend.cookies, Seal(plan.key)))
    return Governor(
        options.number("backoff_seconds", 30),
        options.number("backoff_max_seconds", 900),
        deadline=time.monotonic() + plan.max_seconds if plan.max_seconds else math.inf,
        circuits=CircuitBook(plan.state, source.id, plan.clock, length, mark),
        shared=shared,
        neighbours=Neighbours(plan.state, source.id, plan.clock, length, mark),
    )


def _longest_delay(settings: Settings) -> float:
    """The delay with its jitter: after it the downloader, which keeps it too, need not wait once more."""
    return settings.getfloat("DOWNLOAD_DELAY") * (1 + settings.getfloat("DOWNLOAD_DELAY_JITTER"))


def _pool(source: Source, plan: CrawlPlan, backend: Backend) -> Callable[[Fetch | None], SessionPool]:
    """Makes the pool when the spider can say how a ticket is fetched."""
    seal = Seal(plan.key)
    book, tickets = SessionBook(plan.state, source.id, plan.clock), TicketFile(plan.ticket_dir, source.id, seal)
    return lambda fetch: SessionPool(read_sessions(backend.cookies, seal), book, seal, tickets, fetch)


def _own_origins(source: Source, plan: CrawlPlan) -> frozenset[Origin]:
    """What the operator configured for a source, and so may lie inside our own network."""
    spider = spiders().get(source.kind)
    return configured_origins(source.options, plan.bases, spider.bases if spider else ())


def _inner_hosts(plan: CrawlPlan) -> InnerHosts:
    """For all sources of a run: there is one resolver."""
    return InnerHosts(host for source in plan.sources for host, _ in _own_origins(source, plan))


def _search(source: Source, plan: CrawlPlan, backend: Backend) -> tuple[Backend, Ledger, tuple[Slice, ...]]:
    """An ordinary run: the windows of all queries, with coverage and cursors."""
    cursors = Cursors(plan.state, source.id, plan.clock)
    moving = cursors if plan.since is None else None
    coverage = CoverageBook(plan.state, timedelta(seconds=source.interval_seconds), plan.owed)
    checks = None if moving is None else Assertions(plan.state, source.id, plan.clock, limits(source), plan.owed)
    canary = _canary(source, plan, backend)
    ledger = Ledger(source.id, backend, coverage, moving, plan.clock, plan.overlap, checks, canary)
    return backend, ledger, announce(source, plan, backend, cursors, ledger)


def _canary(source: Source, plan: CrawlPlan, backend: Backend) -> Canary | None:
    """Where the backend searches and a word is set: `canary` of the options, or the one of its kind."""
    word = Options(source).text("canary", spiders()[source.kind].canary)
    return Canary(plan.state, source.id, plan.clock, word) if word and backend.searches else None


def _prepare(source: Source, plan: CrawlPlan, hosts: InnerHosts, pace: HostPace) -> _Run:
    spider = spiders().get(source.kind)
    if spider is None:
        raise ConfigError(f"来源 {source.id} 的类型 {source.kind} 没有采集器（有：{'、'.join(sorted(spiders()))}）")
    refuse_wrong_way(source)
    refuse_accounts(source)
    # Looks that are farther apart need a longer overlap: a post that is shown late must be seen by the next one.
    plan = replace(plan, overlap=max(plan.overlap, timedelta(seconds=2 * source.interval_seconds)))
    refuse_unknown(source, spider.own_options | ({"canary"} if spider.canary else set()))
    backend = spider.build(source, plan, _relevance(plan))
    backend, ledger, pieces = (_search if plan.look_ups is None else second_looks)(source, plan, backend)
    settings = crawler_settings(source, spider, plan.contact)
    governor = _governor(source, plan, backend, Shared(pace, source.id, _longest_delay(settings)))
    raw = RawReplies(plan.raw_dir, source.id, plan.clock, Seal(plan.key))
    errors: list[StoreError] = []
    arguments = {
        "source_id": source.id,
        "backend": backend,
        "pieces": pieces,
        "ledger": ledger,
        "governor": governor,
        "budget": Budget(Options(source).integer("max_requests", 0)),
        "sessions": _pool(source, plan, backend),
        "clock": plan.clock,
        "reach": Reach(_own_origins(source, plan), hosts),
        "raw": raw,
        "intake": plan.intake,
        "ranks": plan.ranks,
        "gone": plan.gone,
        "errors": errors,
    }
    settings.set("CLOSESPIDER_TIMEOUT", plan.max_seconds, priority="cmdline")
    settings.set(SETTING, hosts, priority="cmdline")
    return _Run(source, Crawler(spider, settings), ledger, governor, raw, arguments, errors)


def crawl(plan: CrawlPlan) -> CrawlSummary:
    """Run all sources of a plan, side by side. Refusals are outcomes in the summary and in the coverage.

    Raises ConfigError for wrong options. A source that lost its store or whose spider broke is among the summary's
    `broken`, and the others are told of: ask `summary.check()` when they are dealt with.
    """
    names = [source.id for source in plan.sources]
    if len(set(names)) != len(names):
        raise ConfigError("同一来源编号出现两次")
    if plan.raw_dir is not None and not plan.key:
        raise ConfigError("没有密钥，不能保存原始响应")
    hosts, pace = _inner_hosts(plan), HostPace(plan.pace_dir)
    runs = [_prepare(source, plan, hosts, pace) for source in plan.sources]
    if runs:
        process = AsyncCrawlerProcess(runs[0].crawler.settings)
        _guard_logs(plan)
        for run in runs:
            process.crawl(run.crawler, **run.arguments)
        process.start()
    broken = {run.source.id: error for run in runs if (error := _broken(run)) is not None}
    told = {run.source.id: run.ledger.tally for run in runs if run.source.id not in broken}
    return CrawlSummary(told, broken)


def _guard_logs(plan: CrawlPlan) -> None:
    """Nothing that is written from here on shows a secret of the plan."""
    guard = SecretFilter([*plan.secrets.values(), *secrets_in([source.options for source in plan.sources])])
    handlers = [*logging.getLogger().handlers, logging.lastResort]
    for handler in handlers:
        if handler is not None:
            handler.addFilter(guard)
    for name in ("scrapy", "twisted", "asyncio"):
        logging.getLogger(name).setLevel(max(logging.getLogger(name).level, logging.WARNING))


def _broken(run: _Run) -> StoreError | CrawlError | None:
    """A spider that did not end in order must not look like one that found nothing."""
    run.raw.settle()
    try:
        run.governor.settle()
    except StoreError as error:
        run.errors.append(error)
    if run.errors:
        return run.errors[0]
    stats = run.crawler.stats
    reason = stats.get_value("finish_reason", "not_started") if stats is not None else "not_started"
    if reason not in ("finished", "shutdown", "closespider_timeout"):
        return CrawlError(f"来源 {run.source.id} 的采集没有正常结束（{reason}）")
    return None
