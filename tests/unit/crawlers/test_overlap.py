"""How far a run looks back behind its cursor."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from crawlers.model import SearchTerm
from crawlers.plan import CrawlPlan
from crawlers.run import _inner_hosts, _prepare
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.subject import Backend, Source

CLOCK = FakeClock(datetime(2026, 3, 14, 1, 30, tzinfo=UTC))


@pytest.mark.parametrize(("hours", "overlap"), [(0.1, 2), (1, 2), (6, 12)])
def test_a_source_that_is_polled_rarely_overlaps_by_two_of_its_intervals(hours: float, overlap: int) -> None:
    """A post that a search shows hours late must be in the window of the next look."""
    options = {"feeds": ["https://news.example.com/rss.xml"]}
    source = Source("n", "news", "新闻", Backend.RSS, "test", True, int(hours * 3600), options)
    plan = CrawlPlan((source,), (SearchTerm("q", "云江银行"),), cast(Any, None), InMemoryStateStore(), CLOCK)
    made = _prepare(source, plan, _inner_hosts(plan), cast(Any, None))
    assert made.ledger._overlap == timedelta(hours=overlap)
