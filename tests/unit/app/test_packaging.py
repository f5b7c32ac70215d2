"""The top-level names are generic: make sure they are ours."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ["yuqing", "config", "crawlers", "nlp", "alerts", "storage", "reports", "dashboard", "simulator"]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_comes_from_this_repository(package: str) -> None:
    """An installed module of the same name must not win over ours."""
    file = importlib.import_module(package).__file__
    assert file is not None
    assert Path(file).is_relative_to(ROOT)
