"""One crawl per source: the second waits, and gives up with a clear word."""

from pathlib import Path

import pytest

from yuqing.domain.errors import CrawlError
from yuqing.locks import at_hand, exclusive


def test_second_crawl_of_a_source_gives_up(tmp_path: Path) -> None:
    """While one holds the source another waits and then says so; a different source is free."""
    waits: list[float] = []
    with exclusive(tmp_path, ["weibo"]):
        with (
            pytest.raises(CrawlError, match="weibo"),
            exclusive(tmp_path, ["news", "weibo"], wait_seconds=1, sleep=waits.append),
        ):
            raise AssertionError("two crawls of one source")
        with exclusive(tmp_path, ["news"]):
            assert sum(waits) >= 1


def test_lock_is_free_after_the_crawl(tmp_path: Path) -> None:
    """The next crawl starts at once."""
    for _ in range(2):
        with exclusive(tmp_path, ["weibo"], wait_seconds=0):
            assert (tmp_path / "weibo.lock").exists()


def test_a_refresh_takes_what_is_free_and_waits_for_nothing(tmp_path: Path) -> None:
    """A source that is being crawled is left out; what was taken keeps crawls away until it is given back."""
    with exclusive(tmp_path, ["weibo"]), at_hand(tmp_path, ["weibo", "news"]) as taken:
        assert taken == ("news",)
        with pytest.raises(CrawlError, match="news"), exclusive(tmp_path, ["news"], wait_seconds=0):
            raise AssertionError("a crawl beside a refresh")
    with at_hand(tmp_path, ["news", "weibo"]) as taken:
        assert taken == ("news", "weibo")
