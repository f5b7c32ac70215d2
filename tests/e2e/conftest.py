"""Servers of the end-to-end tests."""

import pytest

from tests.elastic import find_server


@pytest.fixture
def elasticsearch_url() -> str:
    """The real Elasticsearch of the tests; without one the test skips with the reason."""
    server = find_server()
    if server.url is None:
        pytest.skip(f"needs Elasticsearch: {server.reason}")
    return server.url
