"""A simulator per module, and a client that speaks plain HTTP to it."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from simulator.server import Simulator

LOGIN = {"SUB": "_2A25LoginTest", "SUBP": "0033Test"}
VISITOR = {"SUB": "_2AkVisitorTest", "SUBP": "0033Test"}


class Browser:
    """Requests without redirects, with a session of the wanted kind."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._http = httpx.Client(base_url=simulator.url, timeout=20)

    def get(
        self, path: str, cookies: dict[str, str] | None = LOGIN, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        """GET with query parameters as keywords."""
        sent = {**(headers or {})}
        if cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return self._http.get(path, params=query, headers=sent)

    def post(self, path: str, **more: Any) -> httpx.Response:
        """POST as httpx does."""
        return self._http.post(path, **more)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        """DELETE with query parameters as keywords."""
        return self._http.delete(path, params=query)

    def close(self) -> None:
        """Close connections."""
        self._http.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[Simulator]:
    """The demo's world, standing at its start."""
    with Simulator(seed=7) as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test leaves the shared simulator as it found it."""
    yield
    if "demo" in request.fixturenames:
        simulator = request.getfixturevalue("demo")
        simulator.clear_faults()
        simulator.world.ledger.clear()


@pytest.fixture
def browser(demo: Simulator) -> Iterator[Browser]:
    """A client of the demo's world."""
    browser = Browser(demo)
    yield browser
    browser.close()


@pytest.fixture
def empty() -> Iterator[Simulator]:
    """A world without posts, for tests that write their own."""
    with Simulator(scenario="empty") as simulator:
        yield simulator


@pytest.fixture
def blank(empty: Simulator) -> Iterator[Browser]:
    """A client of the empty world."""
    browser = Browser(empty)
    yield browser
    browser.close()
