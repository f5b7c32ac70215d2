"""Hot lists read by the real spider against their doubles: places as they truly were, refusals told apart."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from crawlers.backends.hot import BOARDS
from crawlers.model import Reply
from simulator.server import Simulator
from tests.integration.crawlers.support import FAST, Bench, Driver
from yuqing.hot_book import UNSEEN

pytestmark = pytest.mark.integration
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
OURS = "云江手机银行崩了"
SHOWN = dict.fromkeys(("zhihu", "bilibili", "tieba"), 30)  # lines that a board shows
PLAIN = tuple(name for name in BOARDS if name != "weibo_html")


@pytest.fixture(scope="module")
def outage() -> Iterator[Simulator]:
    """A world whose App fails ten minutes after the start."""
    with Simulator(scenario="small-outage", now=NOW) as sim:
        yield sim


@pytest.fixture
def world(outage: Simulator, driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """An empty state, at the start."""
    outage.clock.set(NOW)
    yield Bench(outage, driver, tmp_path)
    outage.clear_faults()


def hot(*boards: str, **options: Any) -> dict[str, Any]:
    """Some boards."""
    return {"id": "hot_lists", "kind": "hot", "options": {**FAST, "retries": 0, "boards": list(boards), **options}}


def at(world: Bench, minutes: int) -> datetime:
    """Move both clocks."""
    moment = NOW + timedelta(minutes=minutes)
    world.sim.clock.set(moment)
    world.now = moment.isoformat()
    return moment


def true_place(world: Bench, board: str) -> int | None:
    """Where our topic truly stands."""
    lines = httpx.get(f"{world.sim.url}/__control/hot", params={"board": board}).json()
    return next((line["rank"] for line in lines if line["word"] == OURS), None)


def test_our_topic_is_followed_on_every_board(world: Bench) -> None:
    """Its places are the true ones, reading by reading, and each board has its own coverage."""
    truth: dict[str, list[int]] = {board: [] for board in PLAIN}
    for minutes in (60, 90, 150):
        at(world, minutes)
        answer = world.crawl(hot(*PLAIN), words=["云江"], drafts=False)
        for board in PLAIN:
            place = true_place(world, board)
            truth[board] += [place] if place is not None and place <= SHOWN.get(board, 50) else []
    assert {row["status"] for row in answer.coverage} == {"ok"}
    assert {row["query"] for row in answer.coverage} == set(PLAIN)
    seen = {
        topic["board"]: [change["rank"] for change in topic["changes"] if change["rank"] > 0] for topic in answer.hot
    }
    shown = {board: places for board, places in truth.items() if places}
    assert seen == shown
    assert len(seen) >= 8
    assert min(seen["weibo"]) <= 3
    assert answer.moved == []


def test_hours_without_a_look_are_not_claimed(world: Bench) -> None:
    """A reading speaks for the minutes before it, not for the week that nobody looked."""
    at(world, 0)
    first = world.crawl(hot("weibo"), drafts=False)
    at(world, 600)
    second = world.crawl(hot("weibo"), drafts=False)
    (row,) = first.coverage
    assert datetime.fromisoformat(row["until"]) - datetime.fromisoformat(row["since"]) == timedelta(minutes=5)
    assert len(second.coverage) == 2


def test_the_page_of_weibo_is_read_with_a_visitors_ticket(world: Bench) -> None:
    """One ticket, asked for by the engine; the readings are those of the same board."""
    world.secrets = {}
    at(world, 90)
    answer = world.crawl(hot("weibo_html"), words=["云江"], drafts=False)
    assert [row["status"] for row in answer.coverage] == ["ok"]
    assert [(topic["board"], topic["word"]) for topic in answer.hot] == [("weibo", OURS)]
    asked = [line.path for line in world.sim.requests if "genvisitor2" in line.path]
    assert len(asked) == 1


def test_an_empty_board_is_asked_for_twice_and_never_believed(world: Bench) -> None:
    """A hot list is never empty."""
    world.sim.fault("hot-zhihu", "no_result", times=-1)
    before = len(world.sim.requests)
    answer = world.crawl(hot("zhihu"), drafts=False)
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("suspect_empty", "board_empty")]
    assert len(world.sim.requests) - before == 2


def test_a_part_of_a_board_takes_our_topic_nowhere(world: Bench) -> None:
    """Five lines of fifty are asked for twice and told as suspect; the topic beyond them is not called off."""
    board = next(name for name in PLAIN if (place := _place_after(world, name, 40)) and place > 10)
    world.crawl(hot(board), words=["云江"], drafts=False)
    at(world, 42)
    world.sim.fault(f"hot-{board}", "board_cut", times=-1)
    answer = world.crawl(hot(board), words=["云江"], drafts=False)
    latest = max(answer.coverage, key=lambda row: row["checked_at"])
    assert (latest["status"], latest["detail"]) == ("suspect_empty", "board_cut")
    assert [change["rank"] for change in answer.hot[0]["changes"]][-1] == UNSEEN


def _place_after(world: Bench, board: str, minutes: int) -> int:
    """Where our topic stands on a board that shows it then; 0: nowhere."""
    at(world, minutes)
    place = true_place(world, board) or 0
    return place if place <= SHOWN.get(board, 50) else 0


@pytest.mark.parametrize("board", list(BOARDS))
def test_a_changed_board_is_told(world: Bench, board: str) -> None:
    """The drift alarm of each parser, without a crawl."""
    world.sim.fault(f"hot-{board}", "changed")
    known = BOARDS[board]
    answer = httpx.get(f"{world.sim.url}/hot{known.path}", headers={"Cookie": "SUB=_2AkVisitorX; SUBP=1"})
    headers = {name.lower(): value for name, value in answer.headers.items()}
    found = known.parse(Reply(str(answer.url), answer.status_code, answer.content, headers), known.name, NOW)
    assert found.verdict.outcome.value == "changed"
    assert found.ranks == ()


def test_advertisements_are_not_topics(world: Bench) -> None:
    """They are counted and left out."""
    answer = world.crawl(hot("weibo", "weibo_band", "bilibili"), words=["大促"], drafts=False)
    assert answer.hot == []
    assert answer.tally("hot_lists")["notes"]["ads"] == 4


def test_a_wrong_board_is_named(world: Bench) -> None:
    """Before anything is asked."""
    assert world.crawl(hot("weibo", "nonsense"), drafts=False).error == "ConfigError"
