"""From the settings to a crawl plan."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.models import SHIPPED
from config.settings import load_settings
from yuqing.bootstrap import open_app
from yuqing.crawling import plan_crawl

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("since", "seconds"), [(None, 480), (SINCE, 0)])
def test_a_crawl_ends_itself_before_it_would_be_killed(
    since: datetime | None, seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only then does it tell what it did not see; a period asked for by hand is read to its end."""
    monkeypatch.setenv("YQ_HOME", str(tmp_path))
    monkeypatch.setenv("YQ_CONFIG", str(SHIPPED))
    monkeypatch.setenv("YQ_CRAWL_TIMEOUT_SECONDS", "600")
    with open_app(load_settings()) as app:
        plan = plan_crawl(app, (), "云江银行", since, None)
    assert plan.max_seconds == seconds
