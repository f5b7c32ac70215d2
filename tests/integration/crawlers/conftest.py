"""Simulators and benches for the crawl tests."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from simulator.server import Simulator
from tests.integration.crawlers.support import Bench, Driver

NOW = "2026-03-14T09:30:00+08:00"


@pytest.fixture(scope="package")
def small_world() -> Iterator[Simulator]:
    """Two quiet days of all platforms."""
    with Simulator(seed=7, now=NOW, scenario="small") as sim:
        yield sim


@pytest.fixture(scope="package")
def driver() -> Iterator[Driver]:
    """Where crawls run."""
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture
def bench(small_world: Simulator, driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """An empty state and a simulator without faults."""
    yield Bench(small_world, driver, tmp_path)
    small_world.clear_faults()
    small_world.clock.set(datetime.fromisoformat(NOW), 0)
