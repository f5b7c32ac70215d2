"""Every adapter of the stores, fresh and empty for each test."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch, helpers

from storage.elastic import ElasticMentionStore, ElasticStateStore, connect
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.elastic import find_server, skip_without_elasticsearch
from tests.fakes import FakeClock, InMemoryMentionStore, InMemoryStateStore
from yuqing.domain.ports import MentionStore, StateStore

ADAPTERS = ["memory", "sqlite", pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an Elasticsearch where there is none."""
    skip_without_elasticsearch(items)


@pytest.fixture
def clock() -> FakeClock:
    """The clock of the stores."""
    return FakeClock()


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    """The name of an adapter."""
    return str(request.param)


@pytest.fixture(scope="session")
def client() -> Iterator[Elasticsearch]:
    """A client of the tests' Elasticsearch."""
    url = find_server().url
    assert url is not None, "skip_without_elasticsearch was to skip this test"
    with connect(url) as found:
        yield found


@pytest.fixture(scope="session")
def session_prefix(client: Elasticsearch) -> Iterator[str]:
    """A prefix that no other session uses; its indices and template are deleted at the end."""
    prefix = f"yqtest-{uuid4().hex[:8]}"
    yield prefix
    for name in _indices(client, prefix):
        client.indices.delete(index=name)
    client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}*")


@pytest.fixture
def empty_prefix(client: Elasticsearch, session_prefix: str) -> str:
    """The session's prefix with all its documents deleted: much faster than new indices for every test."""
    for name in _indices(client, session_prefix):
        client.indices.refresh(index=name)
        hits = helpers.scan(client, index=name, _source=False)
        deletions = [{"_op_type": "delete", "_index": name, "_id": hit["_id"]} for hit in hits]
        helpers.bulk(client, deletions, refresh=True)
    return session_prefix


def _indices(client: Elasticsearch, prefix: str) -> list[str]:
    return list(client.indices.get(index=f"{prefix}*", allow_no_indices=True).body)


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
        yield ElasticMentionStore(request.getfixturevalue("client"), clock, request.getfixturevalue("empty_prefix"))


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
        yield ElasticStateStore(request.getfixturevalue("client"), request.getfixturevalue("empty_prefix"))
