"""Acceptance scenarios that no other test shows as a whole; docs/reference/acceptance.md says where the others are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator.corpus import Author
from simulator.server import Simulator
from simulator.weibo.state import state_of
from tests.integration.crawlers.support import Answer, Bench, Driver, weibo_web

pytestmark = pytest.mark.integration
QUERY = "云江银行"
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
WEEK = timedelta(days=7)


@pytest.fixture
def empty(driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """A world in which nobody has said anything yet."""
    with Simulator(scenario="empty", now=NOW) as sim:
        yield Bench(sim, driver, tmp_path)


def told(answer: Answer) -> list[tuple[datetime, datetime]]:
    """The spans of which the coverage says that the platform showed only a part."""
    return [
        (datetime.fromisoformat(row["since"]), datetime.fromisoformat(row["until"]))
        for row in answer.coverage
        if row["saturated"]
    ]


def test_a_first_run_fills_back_a_week_and_tells_the_hour_above_the_cap(empty: Bench) -> None:
    """Scenario 1: all of seven days is read; the one hour with more than the platform shows is told, and no other."""
    author, state_of(empty.sim.world).modes.page_limit = Author("1700000007", "路人", -1, 20), 3
    for hour in range(8 * 24):  # a day more than is asked for
        empty.sim.inject(f"{QUERY}今天要排队", at=NOW - timedelta(hours=hour, minutes=40), author=author)
    busy = NOW.replace(minute=0) - timedelta(hours=50)
    for number in range(45):
        empty.sim.inject(f"{QUERY}登不上", at=busy + timedelta(seconds=70 * number), author=author)
    answer = empty.crawl(weibo_web(page_cap=3, regions=False), backfill_days=7)
    begin = min(datetime.fromisoformat(row["since"]) for row in answer.coverage)
    assert timedelta(0) <= NOW - WEEK - begin <= timedelta(hours=1)
    truth = {row["id"]: datetime.fromisoformat(str(row["published_at"])) for row in empty.sim.truth(platform="weibo")}
    found = {draft["native_id"] for draft in answer.drafts.values()}
    missing = {name: at for name, at in truth.items() if at >= begin and name not in found}
    assert found <= set(truth)
    assert told(answer) == [(busy, busy + timedelta(hours=1))]
    assert len(missing) >= 15
    assert all(busy <= at < busy + timedelta(hours=1) for at in missing.values())
    assert {row["status"] for row in answer.coverage} == {"ok"}
    assert datetime.fromisoformat(answer.cursors[QUERY]) == NOW


@pytest.mark.parametrize("yesterday", [True, False], ids=["昨天 23:50", "12月31日 23:50"])
def test_a_post_of_new_years_eve_is_of_the_old_year(driver: Driver, tmp_path: Path, yesterday: bool) -> None:
    """Scenario 9: five minutes into 2027 the page names no year, and 2026 is meant."""
    with Simulator(scenario="empty", now="2027-01-01T00:05:00+08:00") as sim:
        state_of(sim.world).modes.yesterday = yesterday
        eve = datetime.fromisoformat("2026-12-31T23:50:00+08:00")
        post = sim.inject(f"{QUERY}祝大家新年快乐", at=eve)
        bench = Bench(sim, driver, tmp_path, now="2026-12-31T16:05:00+00:00")
        answer = bench.crawl(weibo_web(), backfill_days=1)
    (draft,) = answer.drafts.values()
    assert draft["native_id"] == post.id
    assert datetime.fromisoformat(draft["published_at"]) == eve
