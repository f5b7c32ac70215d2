"""What only a browser sees: charts that draw, in both themes and on a phone, without asking anybody outside."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.fakes import FakeClock
from tests.integration.dashboard.conftest import NOW, FakeApp
from tests.worlds import World
from yuqing.incidents.office import open_office
from yuqing.processes import dashboard_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def address(world_file: tuple[Path, World], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of its own process on the filled store."""
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    home = tmp_path_factory.mktemp("home")
    shutil.copy(world_file[0], home / "yuqing.db")
    _join(home / "yuqing.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "YQ_HOME": str(home), "YQ_NOW": NOW.isoformat()}
    process = subprocess.Popen(
        dashboard_command(port), env=environment, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _join(path: Path) -> None:
    """The alerts of the world as an incident."""
    clock = FakeClock(NOW)
    with closing(SqliteMentionStore(path, clock)) as mentions, closing(SqliteStateStore(path)) as state:
        open_office(FakeApp(mentions, state, clock)).joiner().look()


def wait(url: str) -> None:
    """Until the server answers."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  (loopback)
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    pytest.fail("the dashboard does not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """One for all pages; each test has its own session."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "width", "charts"),
    [("", 1280, 4), ("", 1920, 4), ("coverage", 1280, 1), ("coverage", 390, 1), ("alerts?alert={alert}", 390, 1)],
)
def test_charts_draw_and_nothing_overflows(
    address: str, browser: "Browser", world: World, path: str, width: int, charts: int, scheme: str
):
    """All charts are there, the page fits the screen, no script fails, nothing is fetched from elsewhere."""
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url) if _is_foreign(request.url) else None)
        page.goto(f"{address}/{path.format(alert=world.firing[0])}")
        drawn = page.locator('[data-testid="stVegaLiteChart"] :is(canvas, svg.marks)')
        drawn.nth(charts - 1).wait_for(timeout=60_000)
        assert drawn.count() == charts
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not errors
        assert page.locator('[data-testid="stException"]').count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_work_on_an_incident_fits_the_screen(address: str, browser: "Browser", width: int, scheme: str):
    """From the list to each part of the work, without a script that fails or a part that sticks out."""
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url) if _is_foreign(request.url) else None)
        page.goto(f"{address}/incidents")
        page.get_by_role("button", name="查看").first.click(timeout=60_000)
        page.get_by_role("tab", name="步骤").wait_for(timeout=60_000)
        for part in ("步骤", "声明", "沟通", "复盘", "预警"):
            page.get_by_role("tab", name=part).click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, part
        assert not errors
        assert page.locator('[data-testid="stException"]').count() == 0
