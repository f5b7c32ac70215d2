"""What pages say beside their mentions: ranks and vanished mentions reach their sinks before the slice is closed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy.crawler import Crawler

from crawlers.backends.base import BackendBase
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.governor import Governor
from crawlers.jobs import Window
from crawlers.ledger import Ledger, PageRead
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.pipelines.intake import IntakePipeline
from crawlers.raw import RawReplies
from crawlers.spider import SliceSpider
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.parts import SEAL, sessions
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.errors import StoreError, StoreUnavailable
from yuqing.domain.hot import HotRank
from yuqing.domain.mention import MentionId, MentionKind, Platform
from yuqing.domain.ports import Added

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江银行")
PIECE = Slice(TERM, NOW - timedelta(hours=1), NOW)
RANK = HotRank("weibo", "云江手机银行崩了", "云江手机银行崩了", 3, NOW, heat=120_000)
GONE = cast(MentionId, "weibo:post:1")
DRAFT = Draft(Platform.WEIBO, MentionKind.POST, "2", "https://example.com/2", "云江银行", NOW)


class Nothing(BackendBase):
    """A backend that is asked nothing here."""

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """Nothing."""
        return ()

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """Nothing."""
        return PageResult(Verdict(Outcome.OK))


class Pages(Nothing):
    """Every slice begins with one page."""

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The page."""
        return (PageRequest("https://example.com/", "search"),)


@dataclass
class Sinks:
    """Intake and sinks in one; notes the order of events, and breaks where told."""

    state: InMemoryStateStore
    breaks_at: str = ""
    events: list[tuple[str, Any, bool]] = field(default_factory=list)

    def _note(self, what: str, value: object) -> None:
        if what == self.breaks_at:
            raise StoreUnavailable("away")
        closed = bool(self.state.find("coverage"))
        self.events.append((what, value, closed))

    def admit(self, drafts: Sequence[Draft]) -> Any:
        """Drafts."""
        self._note("drafts", len(drafts))
        return SimpleNamespace(new=len(drafts), updated=0, unchanged=0, unmatched=0)

    def record(self, source_id: str, ranks: Sequence[HotRank]) -> None:
        """Ranks."""
        self._note("ranks", (source_id, *ranks))

    def report(self, source_id: str, ids: Sequence[MentionId]) -> None:
        """Vanished mentions."""
        self._note("gone", (source_id, *ids))


@dataclass
class Run:
    """A pipeline with everything behind it."""

    breaks_at: str = ""
    with_sinks: bool = True

    def __post_init__(self) -> None:
        """Wire."""
        clock = FakeClock(NOW)
        self.state = InMemoryStateStore()
        self.sinks = Sinks(self.state, self.breaks_at)
        backend = Nothing((TERM,))
        cursors = Cursors(self.state, "hot", clock)
        self.ledger = Ledger("hot", backend, CoverageBook(self.state), cursors, clock)
        self.errors: list[StoreError] = []
        self.spider = SliceSpider(
            name="hot",
            source_id="hot",
            backend=backend,
            pieces=(PIECE,),
            ledger=self.ledger,
            governor=Governor(0),
            sessions=sessions(clock),
            clock=clock,
            raw=RawReplies(cast(Path, None), "hot", clock, SEAL),
            intake=self.sinks,
            ranks=self.sinks if self.with_sinks else None,
            gone=self.sinks if self.with_sinks else None,
            errors=self.errors,
        )
        self.pipeline = IntakePipeline(cast(Crawler, SimpleNamespace(spider=self.spider, engine=None)))
        self.ledger.announce("q", Window(PIECE.since, (PIECE,)))

    def read(self, result: PageResult) -> None:
        """The only page of the slice comes in."""
        self.ledger.expect(PIECE)
        asyncio.run(self.pipeline.process_item(PageRead(PIECE, result, result.drafts)))


PAGE = PageResult(Verdict(Outcome.OK), drafts=(DRAFT,), ranks=(RANK,), gone=(GONE,))


def test_ranks_and_vanished_mentions_are_told_after_the_drafts_and_before_the_slice_closes() -> None:
    """A crash in between leaves the slice open: it is read again and nothing is lost."""
    run = Run()
    run.read(PAGE)
    assert run.sinks.events == [
        ("drafts", 1, False),
        ("ranks", ("hot", RANK), False),
        ("gone", ("hot", GONE), False),
    ]
    assert [row.body["status"] for row in run.state.find("coverage")] == ["ok"]
    assert (run.ledger.tally.ranks, run.ledger.tally.gone, run.ledger.tally.added) == (1, 1, Added(new=1))


@pytest.mark.parametrize("sink", ["ranks", "gone"])
def test_a_sink_that_is_away_is_an_error_and_the_slice_stays_open(sink: str) -> None:
    """As when the intake is away: no coverage, no cursor, an error that the run ends with."""
    run = Run(breaks_at=sink)
    run.read(PAGE)
    assert [type(error) for error in run.errors] == [StoreUnavailable]
    assert list(run.state.find("coverage")) == []
    assert list(run.state.find("cursor")) == []


def test_without_sinks_the_page_counts_all_the_same() -> None:
    """A plan that wants neither gets the mentions, and claims nothing was recorded."""
    run = Run(with_sinks=False)
    run.read(PAGE)
    assert [event[0] for event in run.sinks.events] == ["drafts"]
    assert (run.ledger.tally.ranks, run.ledger.tally.complete) == (0, 1)


def test_a_state_store_that_goes_away_at_the_end_is_an_error_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that could not be accounted for must not look like a run that ended well."""
    run = Run()
    run.ledger.expect(PIECE)

    def refuse(*args: object) -> int:
        raise StoreUnavailable("away")

    monkeypatch.setattr(run.state, "save", refuse)
    asyncio.run(run.pipeline.close_spider())
    assert [type(error) for error in run.errors] == [StoreUnavailable]


def test_a_long_back_fill_is_queued_a_few_pages_at_a_time() -> None:
    """Thousands of slices wait in the spider, not in Scrapy's queue."""

    async def begin() -> int:
        run, begun = Run(), list[object]()
        run.spider.backend = Pages((TERM,))
        hours = [NOW - timedelta(hours=number) for number in range(99)]
        run.spider.pieces = tuple(Slice(TERM, hour - timedelta(hours=1), hour) for hour in hours)

        async def take_all() -> None:
            async for request in run.spider.start():
                begun.append(request)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(take_all(), 0.2)
        return len(begun)

    assert 8 <= asyncio.run(begin()) <= 20
