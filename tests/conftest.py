"""Fixtures for everyone: the clock, the shared data, a clean environment."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.elastic import elasticsearch_client, empty_prefix, session_prefix, skip_without_elasticsearch
from tests.fakes import FakeClock
from tests.warm import Warm

__all__ = ["elasticsearch_client", "empty_prefix", "session_prefix"]  # fixtures for every test

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Rewriting golden files is asked for, never done by the way."""
    parser.addoption("--golden-update", action="store_true", help="rewrite the expected files of the golden tests")


TABLE = "table"  # the property of a test under which lies what is to be read at the end of the run


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests recorded, in whichever process they ran."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    for report in reports:
        for found in (value for name, value in report.user_properties if name == TABLE):
            terminalreporter.section(report.nodeid.rpartition("::")[2])
            terminalreporter.write_line(str(found))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs an Elasticsearch skips where none runs, with one reason."""
    skip_without_elasticsearch(item)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A YQ_* variable of the shell that runs the tests must not change what they test."""
    for name in [name for name in os.environ if name.startswith("YQ_")]:
        if name not in {"YQ_SHARED", "YQ_TEST_ELASTICSEARCH_URL"}:
            monkeypatch.delenv(name)


@pytest.fixture
def now() -> datetime:
    """A Saturday morning in Beijing."""
    return datetime(2026, 3, 14, 1, 30, tzinfo=UTC)


@pytest.fixture
def clock(now: datetime) -> FakeClock:
    """A clock that stands still until it is told."""
    return FakeClock(now)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of the shared evaluation data; tests that need it skip where it is absent."""
    path = Path(os.environ.get("YQ_SHARED", str(ROOT.parent / "shared")))
    if not (path / "data").is_dir():
        pytest.skip("the shared evaluation data is not beside the repository (set YQ_SHARED)")
    return path


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Where commands of the product run."""
    warm = Warm(tmp_path_factory.mktemp("commands"))
    yield warm
    warm.close()
