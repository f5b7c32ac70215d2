"""Where the tests' Elasticsearch is, and the one reason for skipping where there is none."""

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from os import environ
from pathlib import Path

import pytest

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


def skip_without_elasticsearch(items: Iterable[pytest.Item]) -> None:
    """Mark every test that needs an Elasticsearch as skipped where none runs: one line a file in the summary."""
    marked = [item for item in items if "elasticsearch" in item.keywords]
    if not marked or find_server().url is not None:
        return
    skip = pytest.mark.skip(reason=f"needs Elasticsearch: {find_server().reason}")
    for item in marked:
        item.add_marker(skip)
