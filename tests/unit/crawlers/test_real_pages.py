"""Extraction on the shared real pages: how often title, time and text are found."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.extract.news_page import extract
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import TimePrecision

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.data
def test_real_pages_give_title_time_and_text(shared: Path) -> None:
    """29 saved pages of twenty sites: all titles and texts, all dates, nine of ten with a clock time."""
    pages = sorted((shared / "data" / "news_pages" / "html").glob("*.html"))
    found = [extract(page.read_bytes(), f"https://www.example.com/{page.stem}", None, NOW) for page in pages]
    total = len(found)
    assert total >= 25
    assert all(article.outcome is Outcome.OK for article in found)
    titled = sum(len(article.title) >= 6 for article in found)
    timed = sum(article.published_at is not None for article in found)
    exact = sum(article.time_precision not in (None, TimePrecision.DAY) for article in found)
    long_enough = sum(len(article.text) >= 100 for article in found)
    assert titled == total
    assert timed == total
    assert exact / total >= 0.85
    assert long_enough / total >= 0.95
