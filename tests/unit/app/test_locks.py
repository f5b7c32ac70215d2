"""One crawl per source: the second waits, and gives up with a clear word."""

from pathlib import Path

import pytest

from yuqing.domain.errors import CrawlError
from yuqing.locks import exclusive


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
