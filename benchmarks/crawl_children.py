"""The crawls that crawl_speed.py compares; each runs in a process of its own: a reactor cannot restart.

python benchmarks/crawl_children.py ORDER.json     prints one line of JSON
"""

import contextlib
import json
import logging
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from config.settings import Settings
from crawlers import run
from crawlers.backends.base import BackendBase
from crawlers.extract import weibo_html
from crawlers.model import Backend, PageRequest, PageResult, Reply, SearchTerm, Slice
from crawlers.plan import CrawlPlan, Intake
from crawlers.spider import SliceSpider, to_reply
from storage.sqlite import SqliteStateStore
from yuqing.bootstrap import App
from yuqing.domain import subject
from yuqing.domain.draft import Draft

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
LOGIN = "SUB=_2A25LoginBenchmark; SUBP=0033Benchmark"
PER_SLICE = 50


@dataclass(frozen=True)
class Clock:
    """The moment of the scenario."""

    def now(self) -> datetime:
        """Now."""
        return NOW


@dataclass(frozen=True)
class Nothing:
    """An intake that takes everything and keeps nothing; also the fate of a batch."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    unmatched: int = 0

    def admit(self, drafts: Sequence[Draft]) -> "Nothing":
        """Nothing."""
        return self


def memory_now() -> int:
    """Resident kilobytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


class BareSpider(scrapy.Spider):
    """What a first page of a Scrapy tutorial does: ask for addresses, look at nothing. Or parse, and keep nothing."""

    name = "bare"

    def __init__(self, order: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.order = order
        self.pages = 0

    async def start(self) -> AsyncIterator[Any]:
        """All addresses at once."""
        headers = {"Cookie": LOGIN, "Referer": f"{self.order['url']}/"}
        for path in self.order["paths"]:
            yield scrapy.Request(self.order["url"] + path, headers=headers, dont_filter=True)

    def parse(self, response: scrapy.http.Response, **_: Any) -> Iterator[Any]:
        """Count, and parse where that is ordered."""
        self.pages += 1
        if self.order["parse"] and "/weibo-s/" in response.url:
            yield {"read": len(weibo_html.parse(to_reply(response), NOW).parsed.drafts)}


def _elapsed(crawler: Crawler) -> float:
    """From the opening of the spider to its close."""
    assert crawler.stats is not None
    return float(crawler.stats.get_value("elapsed_time_seconds"))


def bare(order: Mapping[str, Any]) -> tuple[int, float]:
    """Scrapy as it comes, without its waits."""
    process = AsyncCrawlerProcess(
        {
            "CONCURRENT_REQUESTS": order["concurrency"],
            "CONCURRENT_REQUESTS_PER_DOMAIN": order["concurrency"],
            "COOKIES_ENABLED": False,
            "HTTPERROR_ALLOW_ALL": True,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "WARNING",
        }
    )
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, order=order)
    process.start()
    assert isinstance(crawler.spider, BareSpider)
    return crawler.spider.pages, _elapsed(crawler)


class Endless(BackendBase):
    """Real result pages, as many as wanted: hours of fifty pages each."""

    def __init__(self, url: str, pages: int, sample: Callable[[int], None]) -> None:
        super().__init__((SearchTerm("云江银行", "云江银行"),))
        self._url = url
        self._hours = max(1, pages // PER_SLICE)
        self._sample = sample
        self._read = 0

    def slices(self, query: SearchTerm, since: datetime, until: datetime) -> tuple[Slice, ...]:
        """As many hours as hold the pages."""
        hour = timedelta(hours=1)
        begin = until - self._hours * hour
        return tuple(Slice(query, begin + i * hour, begin + (i + 1) * hour) for i in range(self._hours))

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (PageRequest(f"{self._url}/page/1", "search", 1),)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A page of ten posts, and the next."""
        self._read += 1
        self._sample(self._read)
        found = weibo_html.parse(reply, NOW)
        following = PageRequest(f"{self._url}/page/{page.number + 1}", "search", page.number + 1)
        follow = (following,) if page.number < PER_SLICE else ()
        return PageResult(found.verdict, found.parsed.drafts, follow, notes=found.parsed.notes)


class EndlessSpider(SliceSpider):
    """Made by `endless`."""

    name = "endless"
    delay = 0.0
    made: ClassVar[Backend]

    @staticmethod
    def build(source: subject.Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend of this benchmark."""
        return EndlessSpider.made


@contextlib.contextmanager
def _intake(name: str, home: Path) -> Iterator[Intake]:
    """The product's own door into a throw-away store, or none at all."""
    if name == "none":
        yield Nothing()
        return
    with App(Settings(home=home, now=NOW)) as app:
        yield app.intake(keep_unmatched=True)


def ours(order: Mapping[str, Any]) -> tuple[int, float]:
    """The product's crawl; without waits, everything else as it is in earnest."""
    options = {"delay_seconds": 0, "concurrency": order["concurrency"], **order["options"]}
    source = subject.Source("bench", order["kind"], "bench", subject.Backend.WEB, "benchmark", True, 60, options)
    with tempfile.TemporaryDirectory() as folder, _intake(order["intake"], Path(folder)) as intake:
        state = SqliteStateStore(Path(folder) / "state.db")
        plan = CrawlPlan(
            sources=(source,),
            queries=tuple(SearchTerm(word, word) for word in order["queries"]),
            intake=intake,
            state=state,
            clock=Clock(),
            backfill=timedelta(days=order["days"]),
            bases={name: f"{order['url']}/{name.replace('_', '-')}" for name in ("weibo_s", "weibo_m", "weibo_ajax")},
            secrets={"weibo_cookie": LOGIN},
            key=b"benchmark",
            raw_dir=Path(folder) / "raw",
        )
        made: list[Crawler] = []

        def crawler(*arguments: Any) -> Crawler:
            made.append(Crawler(*arguments))
            return made[-1]

        run.Crawler = crawler  # type: ignore[misc, assignment]
        tally = run.crawl(plan).sources["bench"]
        state.close()
    return tally.requests, _elapsed(made[0])


def endless(order: Mapping[str, Any]) -> tuple[int, float, list[tuple[int, int]]]:
    """Many pages, and the memory after every thousand."""
    samples: list[tuple[int, int]] = []

    def sample(page: int) -> None:
        if page % 1000 == 0 or page == 100:
            samples.append((page, memory_now()))

    EndlessSpider.made = Endless(order["url"], order["pages"], sample)
    run.spiders = lambda: {"endless": EndlessSpider}  # type: ignore[assignment]
    return *ours(order), samples


def main() -> None:
    """Obey one order."""
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    logging.basicConfig(level=logging.ERROR)
    samples: list[tuple[int, int]] = []
    cpu = time.process_time()
    if order["what"] == "bare":
        pages, seconds = bare(order)
    elif order["what"] == "endless":
        pages, seconds, samples = endless(order)
    else:
        pages, seconds = ours(order)
    used = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"pages": pages, "seconds": seconds, "cpu": used, "peak_kb": peak, "samples": samples}))


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[2] == "profile":
        import cProfile
        import pstats

        profile = cProfile.Profile()
        profile.runcall(main)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(45)
    else:
        main()
