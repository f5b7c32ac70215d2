"""Pictures of the dashboard for the README: `python scripts/screenshots.py [--demo FOLDER] [--output FOLDER]`.

An invented month is written into a temporary store. With --demo, the folder that `yuqing demo --home FOLDER` left
behind is shown instead, as it was when the demo ended; that one has hot lists. Needs Chromium and Playwright; says so
and ends with 0 where they are missing, because pictures are optional.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOW = datetime(2026, 11, 23, 3, 7, tzinfo=UTC)
_SETTLED = """() => !document.querySelector('[data-test-script-state="running"]')
    && !document.querySelector('[data-testid="stSkeleton"]')"""
_HEIGHT = "() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: which address, how wide, light or dark, and how much of the page."""

    name: str
    path: str
    width: int
    height: int = 900
    dark: bool = False
    whole: bool = True
    locale_zone: str = "Asia/Shanghai"


def shots(alert: str | None, mention: str | None, incident: str | None = None, *, hot: bool = False) -> list[Shot]:
    """Every page at desk width, the overview also large and dark, the alert and the incident also on a phone."""
    found = [
        Shot("overview", "", 1280),
        Shot("overview-1920-dark", "", 1920, dark=True),
        Shot("mentions", "mentions?q=崩溃 OR 闪退", 1280),
        Shot("alerts", "alerts", 1280, height=760, whole=False),
        Shot("coverage", "coverage", 1280),
        Shot("insight", "insight", 1280),
    ]
    found += [Shot("hot", "hot", 1280)] if hot else []
    if alert:
        found += [Shot("alert", f"alerts?alert={alert}", 1280), Shot("alert-phone", f"alerts?alert={alert}", 390, 844)]
    if incident:
        place = f"incidents?incident={incident}"
        found += [Shot("incident", place, 1280), Shot("incident-phone", place, 390, 844, dark=True)]
    if mention:
        found.append(Shot("mention", f"mentions?mention={mention}", 1280))
    return found


def fill(home: Path) -> None:
    """Write the invented month into a store of this folder."""
    from storage.sqlite import SqliteMentionStore, SqliteStateStore
    from tests import worlds
    from tests.fakes import FakeClock

    mentions, state = SqliteMentionStore(home / "yuqing.db", FakeClock(NOW)), SqliteStateStore(home / "yuqing.db")
    worlds.fill(mentions, state, NOW)
    mentions.close()
    state.close()


def write_settings(folder: Path) -> None:
    """The shipped settings with the sources of the invented month, and no search that it did not make."""
    import yaml

    from tests.worlds import QUERIES

    shutil.copytree(ROOT / "config", folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    common = "backend: rss, legal_basis: 公开信息, enabled: true, interval_seconds: 300"
    sources = (("weibo", "微博搜索"), ("douyin", "抖音搜索"), ("news", "新闻门户"))
    rows = "\n".join(f"  - {{id: {kind}, kind: {kind}, name: {name}, {common}}}" for kind, name in sources)
    (folder / "sources.yml").write_text(f"sources:\n{rows}\n", encoding="utf-8")
    subjects = yaml.safe_load((folder / "subjects.yml").read_text(encoding="utf-8"))
    for subject in subjects["subjects"]:
        subject["search_terms"] = [term for term in subject["aliases"] if term in QUERIES] or [QUERIES[0]]
    (folder / "subjects.yml").write_text(yaml.safe_dump(subjects, allow_unicode=True), encoding="utf-8")


def examples(home: Path) -> tuple[str | None, str | None]:
    """The loudest firing alert and one of its posts, the newest that was scored."""
    from storage.sqlite import SqliteMentionStore, SqliteStateStore
    from tests.fakes import FakeClock
    from yuqing.domain.mention import MentionId

    state = SqliteStateStore(home / "yuqing.db")
    alerts = sorted(
        (each.body for each in state.find("alert", {"state": "firing"})),
        key=lambda body: body["severity"] != "critical",
    )
    state.close()
    if not alerts:
        return None, None
    mentions = SqliteMentionStore(home / "yuqing.db", FakeClock(NOW))
    evidence = alerts[0]["evidence"]
    found = mentions.get([MentionId(str(each)) for each in evidence] if isinstance(evidence, list) else []).values()
    mentions.close()
    scored = sorted((each.mention.published_at, each.mention.id) for each in found if each.annotation)
    return str(alerts[0]["id"]), scored[-1][1] if scored else None


def incident_of(home: Path) -> str | None:
    """The gravest open incident."""
    from storage.sqlite import SqliteStateStore

    state = SqliteStateStore(home / "yuqing.db")
    found = sorted((str(each.body["grade"]), each.id) for each in state.find("incident", {"is_open": True}))
    state.close()
    return found[0][1] if found else None


def work_on_incident(environment: dict[str, str]) -> None:
    """Let the alerts of the invented month become an incident that somebody works on."""
    from yuqing.processes import cli_command

    def run(*words: str) -> None:
        subprocess.run(
            cli_command("incidents", *words), env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL
        )

    run("join")
    if found := incident_of(Path(environment["YQ_HOME"])):
        run("take", found, "--by", "周明")
        run("note", found, "科技部确认：登录网关过载，正在扩容", "--by", "周明")
        run("note", found, "已发送说明全文，对方将更新报道", "--by", "李倩", "--contact", "东澜财经（编辑部）")


def _last_look(home: Path) -> str:
    """When a source was looked at last: the demo's clock, which nobody runs any more."""
    from storage.sqlite import SqliteStateStore

    state = SqliteStateStore(home / "yuqing.db")
    times = [str(each.body["checked_at"]) for each in state.find("coverage", limit=100_000)]
    state.close()
    return max(times, default=NOW.isoformat())


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dashboard(environment: dict[str, str]) -> Iterator[str]:
    """A running dashboard; its address."""
    from yuqing.processes import dashboard_command

    port = free_port()
    process = subprocess.Popen(dashboard_command(port), env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        if process.poll() is not None:
            raise SystemExit(f"the dashboard ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  (loopback)
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    raise SystemExit("the dashboard does not answer")


def take(browser: "Browser", address: str, shot: Shot, output: Path) -> Path:
    """One picture, the whole page where wanted."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        locale="zh-CN",
        timezone_id=shot.locale_zone,
    )
    page = context.new_page()
    page.goto(f"{address}/{shot.path}")
    page.wait_for_selector('[data-testid="stHeading"], [data-testid="stMetric"]', timeout=60_000)
    page.wait_for_function(_SETTLED, timeout=60_000)
    page.wait_for_timeout(1500)  # the charts draw themselves after the page has settled
    if shot.whole:
        page.set_viewport_size({"width": shot.width, "height": min(4000, page.evaluate(_HEIGHT) + 10)})
        page.wait_for_timeout(1500)
    path = output / f"{shot.name}.png"
    page.screenshot(path=path)
    context.close()
    return path


def shrink(path: Path) -> None:
    """Fewer colours, those of small dots among them: an eighth of the size, and nobody sees a difference."""
    from PIL import Image

    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def main() -> int:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", type=Path, help="folder of a demo that has ended (default: an invented month)")
    parser.add_argument("--only", nargs="*", help="names of pictures (default: all)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images")
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("skipped: no Chromium found (Debian: apt-get install chromium fonts-noto-cjk)")
        return 0
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("skipped: Playwright is not installed (pip install -e '.[dev]')")
        return 0
    chosen.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = _stage(Path(folder), chosen.demo)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _mails(browser, chosen.only, chosen.output)
        with dashboard(environment) as address:
            home = Path(environment["YQ_HOME"])
            found = shots(*examples(home), incident_of(home), hot=chosen.demo is not None)
            for shot in (shot for shot in found if not chosen.only or shot.name in chosen.only):
                path = take(browser, address, shot, chosen.output)
                shrink(path)
                print(f"{path.name}: {path.stat().st_size // 1024} kB")
        browser.close()
    return 0


def _mails(browser: "Browser", only: list[str] | None, output: Path) -> None:
    """The alert mail; no dashboard is needed for it."""
    from scripts.mail_pictures import mail_shots, take_mail

    wanted = [shot for shot in mail_shots() if not only or shot.name in only]
    for path in take_mail(browser, wanted, output) if wanted else ():
        shrink(path)
        print(f"{path.name}: {path.stat().st_size // 1024} kB")


def _stage(folder: Path, demo: Path | None) -> dict[str, str]:
    if demo is not None:
        now = _last_look(demo / "home")
        return {"YQ_HOME": str(demo / "home"), "YQ_CONFIG": str(demo / "config"), "YQ_NOW": now, "YQ_TIME_LAPSE": "60"}
    fill(folder)
    write_settings(folder / "config")
    environment = {"YQ_HOME": str(folder), "YQ_CONFIG": str(folder / "config"), "YQ_NOW": NOW.isoformat()}
    work_on_incident(environment)
    return environment


if __name__ == "__main__":
    sys.exit(main())
