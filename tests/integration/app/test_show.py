"""The commands that show: what they say beside their numbers, and what they read and write."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from config.models import SHIPPED
from config.settings import load_settings
from yuqing.bootstrap import App, open_app
from yuqing.cli.main import app as command_line
from yuqing.domain.codec import to_json
from yuqing.domain.coverage import Coverage, Outcome

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder, the shipped settings (one source is enabled: news) and a clock that stands still."""
    for name, value in {"YQ_HOME": str(tmp_path), "YQ_CONFIG": str(SHIPPED), "YQ_NOW": NOW.isoformat()}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@contextmanager
def opened() -> Iterator[App]:
    """The product, to prepare what the command finds."""
    with open_app(load_settings()) as product:
        yield product


def looked(since: datetime, until: datetime, status: Outcome = Outcome.OK) -> None:
    """Every enabled source was read over a stretch."""
    with opened() as product:
        for source in product.sources:
            if source.enabled:
                row = Coverage(source.id, "云江银行", since, until, status, until)
                product.state.save("coverage", row.key, to_json(row))


def yuqing(*arguments: str, stdin: bytes = b"") -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(command_line, list(arguments), input=stdin, catch_exceptions=False)


def test_a_search_that_finds_nothing_says_whether_anybody_looked() -> None:
    """Nothing is said where all was read or nothing was ever crawled; a hole and its source are named."""
    period = ("--from", "2026-03-12T00:00:00+00:00", "--to", "2026-03-14T00:00:00+00:00")
    assert yuqing("search", "崩了", *period).stderr.splitlines() == ["共 0 条，显示 0 条"]
    looked(NOW - 7 * DAY, NOW)
    assert "下限" not in yuqing("search", "崩了", *period).stderr
    assert "下限" not in yuqing("search", "崩了").stderr
    hole = ("--from", "2026-03-01", "--to", "2026-03-14")
    said = yuqing("search", "崩了", *hole, "--json")
    assert "采集不完整（" in said.stderr
    assert "下限" in said.stderr
    assert said.stdout == ""


def test_volume_of_days_that_nobody_read_is_unknown() -> None:
    """Null with its reason in JSON, a word for people, and a remark on standard error."""
    looked(datetime(2026, 3, 11, 16, tzinfo=UTC), NOW)
    period = ("--from", "2026-03-10", "--to", "2026-03-14")
    said = yuqing("volume", "", *period, "--json")
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert [(row["total"], row["coverage"]) for row in rows] == [(None, "none")] * 2 + [(0, "complete")] * 2
    assert "2 段采集不完整" in said.stderr
    assert "未知" in yuqing("volume", "", *period).stdout.splitlines()[0]
