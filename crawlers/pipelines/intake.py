"""Hands drafts to the intake in batches. A page counts as read only after the store has acknowledged its drafts."""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawlers.ledger import PageRead
from crawlers.model import PageResult
from crawlers.spider import SliceSpider
from yuqing.domain.draft import Draft
from yuqing.domain.errors import StoreError
from yuqing.domain.mention import mention_id
from yuqing.domain.ports import Added

_log = logging.getLogger(__name__)
BATCH = 200
_STORE = ThreadPoolExecutor(1, "store")  # one for all sources of a run: the intake is asked by one thread at a time


def newest_by_id(drafts: Sequence[Draft]) -> list[Draft]:
    """Each mention once; the later sighting, or the one with the whole text, wins."""
    kept: dict[str, Draft] = {}
    for draft in drafts:
        key = mention_id(draft.platform, draft.kind, draft.native_id)
        if key not in kept or kept[key].text_truncated or not draft.text_truncated:
            kept[key] = draft
    return list(kept.values())


class IntakePipeline:
    """Collects pages until 200 drafts are together or a slice ends, stores them, then closes the pages' accounts."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._waiting: list[PageRead] = []
        self._turn = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making one; the intake comes with the spider."""
        return cls(crawler)

    @property
    def _spider(self) -> SliceSpider:
        spider = self._crawler.spider
        if not isinstance(spider, SliceSpider):
            raise TypeError("the intake pipeline serves our spiders only")
        return spider

    async def process_item(self, item: Any) -> Any:
        """Take a page in."""
        if not isinstance(item, PageRead):
            raise DropItem("not a page of ours")
        if self._spider.errors:
            raise DropItem("the store is away")
        self._waiting.append(item)
        async with self._turn:
            # While a batch was on its way others came together; one of them may be the last of its slice.
            while not self._spider.errors and self._is_due():
                await self._flush()
        return item

    def _is_due(self) -> bool:
        if sum(len(read.drafts) for read in self._waiting) >= BATCH:
            return True
        pieces = dict.fromkeys(read.piece for read in self._waiting)
        return any(self._spider.ledger.is_last(piece, self._waiting) for piece in pieces)

    async def close_spider(self) -> None:
        """Store what is left; slices with pages still out were not seen."""
        async with self._turn:
            if not self._spider.errors:
                await self._flush()
        if not self._spider.errors:
            self._end()

    def _end(self) -> None:
        try:
            self._spider.ledger.abandon()
            self._spider.ledger.finish()
        except StoreError as error:
            self._spider.errors.append(error)

    async def _flush(self) -> None:
        """Store first, account after: the order that makes a crash harmless."""
        waiting, self._waiting = self._waiting, []
        try:
            await self._store([draft for read in waiting for draft in read.drafts])
            for read in waiting:
                self._tell(read.result)
                self._spider.ledger.settle(read)
        except StoreError as error:
            self._spider.errors.append(error)
            _log.error("store failed source=%s error=%s", self._spider.source_id, type(error).__name__)
            self._stop()

    def _tell(self, result: PageResult) -> None:
        """What a page said beside its mentions: ranks of a hot list, mentions that are gone."""
        spider, tally = self._spider, self._spider.ledger.tally
        if result.ranks and spider.ranks is not None:
            spider.ranks.record(spider.source_id, result.ranks)
            tally.ranks += len(result.ranks)
        if result.gone and spider.gone is not None:
            spider.gone.report(spider.source_id, result.gone)
            tally.gone += len(result.gone)

    def _stop(self) -> None:
        engine = self._crawler.engine
        if engine is not None:
            self._stopping = asyncio.ensure_future(engine.close_spider_async(reason="store_failed"))

    async def _store(self, drafts: list[Draft]) -> None:
        tally = self._spider.ledger.tally
        tally.drafts += len(drafts)
        if not drafts:
            return
        # Pages go on arriving while the store writes; its answer is awaited before anything is claimed.
        admit = partial(self._spider.intake.admit, newest_by_id(drafts))
        fate = await asyncio.get_running_loop().run_in_executor(_STORE, admit)
        tally.added += Added(fate.new, fate.updated, fate.unchanged)
        tally.unmatched += fate.unmatched
