"""Clock, truth and webhook sink over HTTP, and the process of its own."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from simulator.__main__ import main
from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration


def test_the_clock_can_be_read_and_set(blank: Browser, empty: Simulator) -> None:
    """Time and speed, separately."""
    assert blank.get("/__control/clock").json() == {"now": "2026-03-14T09:30:00+08:00", "speed": 0.0}
    answer = blank.post("/__control/clock", json={"now": "2027-01-01T00:05:00+08:00"}).json()
    assert answer == {"now": "2027-01-01T00:05:00+08:00", "speed": 0.0}
    assert blank.post("/__control/clock", json={"speed": 3600}).json()["speed"] == 3600
    time.sleep(0.05)
    assert empty.clock.now().isoformat() > "2027-01-01T00:06"


def test_requests_are_counted_without_keeping_their_lines(blank: Browser, empty: Simulator) -> None:
    """By host and outcome, ordered refusals apart; the lines may be dropped, the counts stay."""
    empty.fault("douyin", "5xx", times=1)
    for _ in range(3):
        blank.get("/douyin/aweme/v1/web/search/item/", keyword="云江银行")
    wanted = {"douyin": {"fault:5xx": 1, "ok": 2}}
    assert blank.get("/__control/counts").json() == wanted
    assert blank.get("/__control/counts", forget="1").json() == wanted
    assert blank.get("/__control/requests").json() == []
    assert blank.get("/__control/counts").json() == wanted


def test_truth_can_be_narrowed(browser: Browser) -> None:
    """Platform, keyword, range, kind and story; nothing unpublished."""
    since, until = "2026-03-13T00:00:00+08:00", "2026-03-14T00:00:00+08:00"
    lines = browser.get("/__control/truth", platform="weibo", keyword="海州银行", since=since, until=until).json()
    assert lines
    assert all(line["platform"] == "weibo" and "海州银行" in line["text"] for line in lines)
    assert all(since <= line["published_at"] < until for line in lines)
    assert {line["sentiment"] for line in lines} == {"negative", "neutral", "positive"}
    assert browser.get("/__control/truth", story="outage").json() == []
    assert {line["kind"] for line in browser.get("/__control/truth").json()} >= {
        "post",
        "repost",
        "video",
        "comment",
        "article",
        "review",
        "complaint",
    }


def test_hooks_are_recorded_and_can_be_refused(blank: Browser, empty: Simulator) -> None:
    """Bodies are listed; credentials in headers are not; a fault refuses."""
    blank.post("/hook", json={"alert": 1}, headers={"Authorization": "Bearer s3cret", "X-Event": "e1"})
    empty.fault("hook", "5xx")
    assert blank.post("/hook", json={"alert": 2}).status_code == 503
    answer = blank.get("/hook")
    assert [hook["body"] for hook in answer.json()] == [{"alert": 1}]
    assert answer.json()[0]["headers"]["X-Event"] == "e1"
    assert "s3cret" not in answer.text
    assert blank.delete("/hook").json() == []


def test_the_process_writes_where_it_is_and_ends_when_told(tmp_path: Path) -> None:
    """`python -m simulator` with an inbox; SIGTERM ends it with 0."""
    ready = tmp_path / "sim.json"
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--scenario",
        "small",
        "--speed",
        "60",
        "--inbox",
        str(tmp_path / "mail"),
    ]
    with subprocess.Popen([*command, "--ready-file", str(ready)], stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 20
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        facts = json.loads(ready.read_text(encoding="utf-8"))
        clock = httpx.get(f"{facts['url']}/__control/clock").json()
        inbox = httpx.get(facts["inbox_url"])
        process.send_signal(signal.SIGTERM)
        printed, _ = process.communicate(timeout=10)
    assert (facts["pid"], process.returncode) == (process.pid, 0)
    assert json.loads(printed) == facts
    assert clock["speed"] == 60
    assert "还没有收到邮件" in inbox.text
    assert facts["smtp_port"] > 0


def test_items_can_be_published_over_http(blank: Browser, empty: Simulator) -> None:
    """A post, a video and a comment under it; a bad order is refused with the reason."""
    post = blank.post("/__control/inject", json={"text": "云江银行登不上", "at": "2026-03-14T09:00:00+08:00"}).json()
    video = blank.post("/__control/inject", json={"kind": "video", "text": "云江银行", "sentiment": "neutral"}).json()
    under = {"kind": "comment", "text": "我也是", "video": video["id"]}
    comment = blank.post("/__control/inject", json=under).json()
    assert (post["published_at"], post["story"]) == ("2026-03-14T09:00:00+08:00", "injected")
    assert [line["id"] for line in empty.truth()] == [post["id"], *sorted([video["id"], comment["id"]])]
    for order in ({"kind": "poem", "text": "x"}, {"txt": "x"}):
        assert blank.post("/__control/inject", json=order).status_code == 400


def test_a_taken_port_is_told_plainly(demo: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 1 and one line instead of a traceback."""
    assert main(["--scenario", "empty", "--port", demo.url.rsplit(":", 1)[1]]) == 1
    assert capsys.readouterr().err.startswith("simulator: ")


def test_start_is_quick() -> None:
    """A test may well have one of its own; the generous limit allows for a busy machine."""
    start = time.monotonic()
    with Simulator(scenario="demo") as simulator:
        assert httpx.get(f"{simulator.url}/__control/clock").status_code == 200
    assert time.monotonic() - start < 5


def test_a_simulator_that_does_not_run_has_no_address() -> None:
    """Instead of a wrong one."""
    with pytest.raises(RuntimeError, match="context manager"):
        _ = Simulator(scenario="empty").url


def test_links_can_have_another_origin() -> None:
    """Behind a proxy, followed links must lead through it."""
    with Simulator(scenario="small", base="http://proxy.example:8080") as simulator:
        robots = httpx.get(f"{simulator.url}/robots.txt").text
    assert "Sitemap: http://proxy.example:8080/news/sitemap.xml" in robots
