"""The acceptance page names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/acceptance.md").read_text(encoding="utf-8")
NODES = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NODES, ids=[f"{path}::{name}" for path, name in NODES])
def test_every_test_that_is_named_exists(path, name):
    """As a test function of a file that pytest collects, and not skipped where it stands."""
    assert Path(path).name.startswith("test_")
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    found = {node.name: node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert name.startswith("test_")
    assert name in found
    assert not any("skip" in ast.unparse(decorator) for decorator in found[name].decorator_list)


def test_all_twelve_scenarios_have_a_test():
    """A row each, in order, with at least one test."""
    rows = re.findall(r"^\| (\d+) .*\|$", PAGE, re.MULTILINE)
    assert [int(number) for number in rows] == list(range(1, 13))
    assert all("::test_" in line for line in PAGE.splitlines() if re.match(r"\| \d+ ", line))
    assert PAGE.count("::test_") == len(re.findall(r"`tests/[\w/]+\.py::test_\w+`", PAGE)), "a node id without its file"


def test_every_benchmark_that_is_named_exists():
    """And every page test beside it."""
    scripts = set(re.findall(r"python (benchmarks/\w+\.py)", PAGE))
    assert len(scripts) >= 3
    assert [one for one in scripts if not (ROOT / one).exists()] == []
