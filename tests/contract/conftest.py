"""Every adapter of the stores, fresh and empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.elastic import ElasticMentionStore, ElasticStateStore
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.ports import MentionStore, StateStore

ADAPTERS = ["memory", "sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


@pytest.fixture
def clock() -> FakeClock:
    """The clock of the stores."""
    return FakeClock()


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    """The name of an adapter."""
    return str(request.param)


@pytest.fixture
def store(adapter: str, clock: FakeClock, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MentionStore]:
    """A MentionStore without mentions."""
    if adapter == "memory":
        yield InMemoryMentionStore(clock)
    elif adapter == "sqlite":
        sqlite = SqliteMentionStore(tmp_path / "yuqing.db", clock)
        yield sqlite
        sqlite.close()
    else:
        yield ElasticMentionStore(
            request.getfixturevalue("elasticsearch_client"), clock, request.getfixturevalue("empty_prefix")
        )


@pytest.fixture
def state(adapter: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StateStore]:
    """A StateStore without documents."""
    if adapter == "memory":
        yield InMemoryStateStore()
    elif adapter == "sqlite":
        sqlite = SqliteStateStore(tmp_path / "yuqing.db")
        yield sqlite
        sqlite.close()
    else:
        yield ElasticStateStore(
            request.getfixturevalue("elasticsearch_client"), request.getfixturevalue("empty_prefix")
        )
