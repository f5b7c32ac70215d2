"""Scenarios 7 and 8 of the specification: a post is deleted, counts grow. The real commands, the simulated Weibo."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.corpus import Reach
from simulator.server import Simulator
from storage.sqlite import SqliteMentionStore, SqliteStateStore
from tests.fakes import FakeClock
from tests.warm import Warm
from yuqing.audit import AuditTrail
from yuqing.demo.stage import Stage
from yuqing.domain.mention import MentionId
from yuqing.jobs.vanish import load_missing

pytestmark = pytest.mark.integration
NOW = "2026-03-14T09:30:00+08:00"
WORD = "云江银行柜台甲乙"  # nobody else in the scenario says this


class Installation:
    """One installation on the simulated platforms."""

    def __init__(self, root: Path, sim: Simulator, warm: Warm) -> None:
        self.sim = sim
        self.warm = warm
        self.stage = Stage.prepare(root)
        self.stage.write_sources(sim.url, 5)
        self.environment = self.stage.environment({"url": sim.url, "smtp_port": 1}, "sqlite", 8501, 1)
        self.environment |= {"YQ_BACKFILL_DAYS": "1", "YQ_REFRESH_REACTIONS": "100"}

    def yuqing(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON line of a command that must end with this exit code."""
        done = self.warm.run((*arguments, "--json"), self.environment)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def crawl(self) -> dict[str, Any]:
        """One crawl of the web search."""
        return self.yuqing("crawl", "weibo_search", "--query", WORD)

    def refresh(self, code: int = 0) -> dict[str, Any]:
        """One round of second looks."""
        return self.yuqing("refresh", "weibo_search", code=code)

    def mentions(self) -> SqliteMentionStore:
        """The store as it is."""
        return SqliteMentionStore(self.stage.home / "yuqing.db", FakeClock(self.sim.clock.now()))

    def state(self) -> SqliteStateStore:
        """The documents as they are."""
        return SqliteStateStore(self.stage.home / "yuqing.db")


@pytest.fixture
def here(tmp_path: Path, warm: Warm) -> Iterator[Installation]:
    """A simulator with two quiet days, and an installation."""
    with Simulator(seed=7, now=NOW, scenario="small") as sim:
        yield Installation(tmp_path / "stage", sim, warm)


def test_counts_grow_into_snapshots_and_a_deleted_post_becomes_a_tombstone(here: Installation) -> None:
    """Every reading is appended. One miss is remembered, the second an hour later is believed; counts stay."""
    sim, begin = here.sim, here.sim.clock.now()
    reach = Reach(9000, 900, 90)
    hot = sim.inject(f"{WORD} 排队两个小时", at=begin - timedelta(minutes=10), reach=reach)
    cold = sim.inject(f"{WORD} 今天开门", at=begin - timedelta(minutes=10), reach=Reach(3, 0, 0))
    name, calm = MentionId(f"weibo:post:{hot.id}"), MentionId(f"weibo:post:{cold.id}")
    assert here.crawl()["mentions"]["new"] == 2
    coverage, cursors = here.state().find("coverage"), here.state().find("cursor")

    sim.clock.advance(minutes=20)
    assert here.refresh()["due"] == 1
    sim.clock.advance(minutes=40)
    assert here.refresh()["due"] == 1
    readings = here.mentions().snapshots(name)
    assert [each.engagement.likes for each in readings] == [
        reach.at(each.taken_at - hot.created).likes for each in readings
    ]
    assert [each.taken_at - hot.created for each in readings] == [timedelta(minutes=m) for m in (10, 30, 70)]
    assert len(here.mentions().snapshots(calm)) == 1
    assert here.state().find("coverage") == coverage
    assert here.state().find("cursor") == cursors

    sim.delete(hot.id)
    sim.clock.advance(hours=2, minutes=30)
    missed = here.refresh()
    assert (missed["due"], missed["tombstones"]) == (1, 0)
    assert set(load_missing(here.state())) == {name}
    assert here.mentions().get([name])[name].deleted_at is None

    sim.clock.advance(minutes=61)
    believed = here.refresh()
    assert (believed["due"], believed["tombstones"]) == (2, 1)  # the witness comes along
    grave = here.mentions().get([name])[name]
    assert grave.deleted_at == sim.clock.now()
    assert (grave.mention.text, grave.mention.url, grave.mention.author.pseudonym) == ("", "", None)
    assert grave.mention.engagement == readings[-1].engagement
    assert here.mentions().get([calm])[calm].mention.text != ""
    trail = AuditTrail(here.state(), FakeClock())
    assert trail.verify() == []
    (entry,) = [body for body in (doc.body for doc in here.state().find("audit")) if body["action"] == "tombstone"]
    assert entry["target"] == name
    assert load_missing(here.state()) == {}


def test_a_platform_that_shows_nothing_deletes_nothing(here: Installation) -> None:
    """All is called deleted, the witness too: nothing is believed, and when it is back all is as before."""
    sim, begin = here.sim, here.sim.clock.now()
    reaches = (Reach(5000, 9, 9), Reach(4000, 9, 9), Reach())
    posts = [sim.inject(f"{WORD} 第{r.likes}号", at=begin - timedelta(minutes=10), reach=r) for r in reaches]
    here.crawl()
    for post in posts:
        sim.delete(post.id)
    sim.clock.advance(minutes=20)
    assert here.refresh()["due"] == 2
    sim.clock.advance(minutes=61)
    unbelieved = here.refresh()
    assert (unbelieved["due"], unbelieved["tombstones"]) == (3, 0)
    assert all(each.confirmed_at is None for each in load_missing(here.state()).values())
    for post in posts:
        sim.corpus.posts.change(post.id, deleted_at=None)
    sim.clock.advance(minutes=61)
    assert here.refresh()["tombstones"] == 0
    assert load_missing(here.state()) == {}
    stored = here.mentions().get([MentionId(f"weibo:post:{post.id}") for post in posts])
    assert all(each.deleted_at is None and each.mention.text for each in stored.values())
