"""Where the tests' Elasticsearch is, and the one reason for skipping where there is none."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from os import environ
from pathlib import Path
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch, helpers

from storage.elastic import connect, remove_everything

SCRIPT = Path(__file__).parents[1] / "scripts" / "elasticsearch.py"


@dataclass(frozen=True)
class TestServer:
    """The URL, or why there is none."""

    __test__ = False

    url: str | None
    reason: str = ""


@cache
def find_server() -> TestServer:
    """The server that YQ_TEST_ELASTICSEARCH_URL names, or the one that scripts/elasticsearch.py runs."""
    if url := environ.get("YQ_TEST_ELASTICSEARCH_URL"):
        return TestServer(url)
    asked = subprocess.run([sys.executable, SCRIPT, "url"], capture_output=True, text=True, check=False)
    return TestServer(asked.stdout.strip() or None, asked.stderr.strip())


def skip_without_elasticsearch(item: pytest.Item) -> None:
    """Skip a test that needs an Elasticsearch where none runs: raised here, all of them share one summary line."""
    if "elasticsearch" in item.keywords and find_server().url is None:
        pytest.skip(f"needs Elasticsearch: {find_server().reason}")


@pytest.fixture(scope="session")
def elasticsearch_client() -> Iterator[Elasticsearch]:
    """A client of the tests' Elasticsearch."""
    url = find_server().url
    assert url is not None, "skip_without_elasticsearch was to skip this test"
    with connect(url) as found:
        yield found


@pytest.fixture(scope="session")
def session_prefix(elasticsearch_client: Elasticsearch) -> Iterator[str]:
    """A prefix that no other session uses; its indices and template are deleted at the end."""
    prefix = f"yqtest-{uuid4().hex[:8]}"
    yield prefix
    remove_everything(elasticsearch_client, prefix)


@pytest.fixture
def empty_prefix(elasticsearch_client: Elasticsearch, session_prefix: str) -> str:
    """The session's prefix with all its documents deleted: much faster than new indices for every test."""
    for name in _indices(elasticsearch_client, session_prefix):
        elasticsearch_client.indices.refresh(index=name)
        hits = helpers.scan(elasticsearch_client, index=name, _source=False)
        deletions = [{"_op_type": "delete", "_index": name, "_id": hit["_id"]} for hit in hits]
        helpers.bulk(elasticsearch_client, deletions, refresh=True)
    return session_prefix


def _indices(client: Elasticsearch, prefix: str) -> list[str]:
    return list(client.indices.get(index=f"{prefix}*", allow_no_indices=True).body)
