"""Every outcome × every source that can produce it, told apart by real crawls; the table is printed at the end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crawlers.outcomes import PRODUCIBLE
from simulator.corpus import Author, Reach
from simulator.server import Simulator
from simulator.weibo.official import GOOD, OWNER, OWNER_NAME
from tests.conftest import TABLE
from tests.integration.crawlers.support import LOGIN, Answer, Bench, Driver
from tests.integration.crawlers.taxonomy import SPEAKER, WAYS, Cell, cells, rounds
from yuqing.domain.coverage import Outcome

pytestmark = pytest.mark.integration
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
QUERY = "云江银行"


@pytest.fixture(scope="module")
def world() -> Iterator[Simulator]:
    """Little of everything, so that a crawl is short: posts with comments, videos, articles."""
    with Simulator(scenario="small", now=NOW, days=1, rate=0.2) as sim:
        for number in range(3):
            at = NOW - timedelta(hours=3 + number)
            sim.inject(
                f"@{OWNER_NAME} 云江银行公告{number}",
                at=at,
                reach=Reach(9, 4, 0),
                author=Author(OWNER, OWNER_NAME, 2, 523_000),
            )
            speaker = Author(SPEAKER, "云江公告", 2, 1000)
            sim.inject(f"云江银行停机公告{number}", at=at, reach=Reach(9, 4, 0), author=speaker)
            sim.inject_comment("排队", sim.inject_video(f"云江银行网点{number}", at=at), at=at + timedelta(minutes=5))
        yield sim


@pytest.fixture
def bench(world: Simulator, driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """An empty state."""
    secrets = {
        "weibo_cookie": LOGIN,
        "douyin_cookie": "sessionid=x1",
        "weibo_api_token": f"{GOOD}Api",
        "weibo_open_token": f"{GOOD}Open",
        "douyin_open_token": "clt.InventedToken",
    }
    yield Bench(world, driver, tmp_path, secrets=secrets)
    world.clear_faults()


def test_every_source_and_no_other_has_a_way() -> None:
    """A new source cannot be left out of the table."""
    assert set(WAYS) == set(PRODUCIBLE)


def test_each_outcome_of_each_source_is_told_apart(
    bench: Bench, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Sources side by side, each with its own fault: each ends in its own outcome, and only what was seen moves.

    The table is read at the end of the test run, with the number of false zeros in it: none.
    """
    told: dict[tuple[str, Outcome], str] = {}
    for number, group in enumerate(rounds()):
        bench.folder = tmp_path / str(number)
        bench.folder.mkdir()
        told |= _crawl(bench, group)
        bench.sim.clear_faults()
    false = [key for key, said in told.items() if "ok_empty" in said and key[1] is not Outcome.OK_EMPTY]
    record_property(TABLE, "\n".join([*table(told), f"false empty: {len(false)} of {len(told)}"]))
    assert false == []
    assert {key: said for key, said in told.items() if said != key[1].value} == {}
    assert len(told) == len(list(cells()))


def _crawl(bench: Bench, group: Sequence[Cell]) -> dict[tuple[str, Outcome], str]:
    for cell in group:
        if (sign := cell.sign).fault:
            bench.sim.fault(sign.route or cell.way.route, sign.fault, times=-1, path=sign.path, **cell.way.match)
    sources = [cell.way.source(cell.name, bench.sim.url, cell.sign) for cell in group]
    answer = bench.crawl(*sources, queries=(QUERY,), words=[""], drafts=False, backfill_days=1)
    refused = {row["source"] for row in answer.coverage if not Outcome(row["status"]).is_complete}
    assert set(answer.moved) == {cell.name for cell in group} - refused - {"hot"}  # a list of the present has no cursor
    return {(cell.name, cell.outcome): _told(answer, cell) for cell in group}


def _told(answer: Answer, cell: Cell) -> str:
    """The outcome of the slices of a source; of its pages, where only a page can have it."""
    if cell.way.by_page and answer.tally(cell.name)["outcomes"].get(cell.outcome.value):
        return cell.outcome.value
    return "+".join(sorted({row["status"] for row in answer.coverage if row["source"] == cell.name})) or "nothing"


def table(told: Mapping[tuple[str, Outcome], str]) -> Iterator[str]:
    """A line for each source: ✓ where the outcome was told, the wrong word where it was not, · where it cannot be."""
    yield f"{'source':18}" + " ".join(outcome.value for outcome in Outcome)
    for source in WAYS:
        marks = ((told.get((source, outcome), "·"), outcome.value) for outcome in Outcome)
        line = " ".join(f"{'✓' if said == name else said:<{len(name)}}" for said, name in marks)
        yield f"{source:18}{line}".rstrip()
