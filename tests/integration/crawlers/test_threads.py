"""A thread that is longer than any run, against the doubles: every look goes on where the one before stopped."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.corpus import Author, Post, Reach
from simulator.server import Simulator
from simulator.weibo.site import comment_on
from tests.integration.crawlers.support import FAST, LOGIN, MUTE, Answer, Bench, Driver
from yuqing.domain.codec import to_json
from yuqing.domain.mention import MentionId
from yuqing.jobs.refresh import Look, Reason

pytestmark = pytest.mark.integration
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
MOST_RUNS = 30


@pytest.fixture
def world(driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """A world in which nobody has said anything yet."""
    with Simulator(scenario="empty", now=NOW) as sim:
        yield Bench(sim, driver, tmp_path, secrets={"weibo_cookie": LOGIN})


def long_thread(world: Bench) -> Post:
    """A post of yesterday below which everybody talks."""
    reach = Reach(9, 160, 0)
    at = NOW - timedelta(hours=30)
    return world.sim.inject("云江银行转账失败", at=at, reach=reach, author=Author("1700000007", "路人", -1, 20))


def look_at(world: Bench, post: Post, seconds: int = 0, **options: Any) -> Answer:
    """One refresh of this post, which is cut short."""
    look = Look("weibo", MentionId(f"weibo:post:{post.id}"), "", "云江银行", (), post.created, NOW, Reason.RISK)
    settings = {**FAST, **MUTE, "comments": True, "max_comment_pages": 50, "retries": 0}
    source = {"id": "weibo", "kind": "weibo", "options": {**settings, "surface": "search", **options}}
    return world.crawl(source, look_ups={"weibo": [to_json(look)]}, max_seconds=seconds)


def threads(world: Bench) -> dict[str, dict[str, Any]]:
    """What is remembered of threads."""
    return {name: body for kind, name, body in world.state()["documents"] if kind == "thread"}


def comments_of(answer: Answer) -> set[str]:
    """The comments that a run has stored."""
    return {draft["native_id"] for draft in answer.drafts.values() if draft["kind"] == "comment"}


def test_a_thread_longer_than_a_run_is_read_to_its_end_by_several(world: Bench) -> None:
    """Every comment is stored, none is read by every run, and what comes meanwhile is seen by the next one."""
    post, runs, late, cut = long_thread(world), list[set[str]](), "", 0
    while not runs or f"weibo|{post.id}" not in threads(world):
        assert len(runs) < MOST_RUNS, "the thread never ends"
        # First by time, whatever this machine reads in it; then by a number of requests, the same everywhere.
        answer = look_at(world, post, max_requests=10) if runs else look_at(world, post, 2, delay_seconds=0.5)
        assert answer.error is None
        runs.append(comments_of(answer))
        if f"weibo|place:{post.id}" in threads(world):
            cut += 1
            late = late or comment_on(world.sim.world, post.id, "刚刚才到账", at=NOW - timedelta(minutes=1)).id
            assert threads(world)["weibo|owed"]["works"] == {post.id: 0}
    assert cut >= 1, "the test needs a thread that is longer than a run"
    wanted = {row["id"] for row in world.sim.truth(platform="weibo", kind="comment", post=post.id)} | {late}
    assert len(wanted) > 150
    assert set.union(*runs) == wanted
    again = sum(map(len, runs)) - len(wanted)
    assert again <= 60 * cut, "a run reads the twenty newest again, with two replies each"
    assert f"weibo|place:{post.id}" not in threads(world)
    assert threads(world)["weibo|owed"]["works"] == {}
    names = [name for name in world.state()["known"] if name.startswith("weibo:comment:")]
    assert sorted(names) == sorted(f"weibo:comment:{native}" for native in wanted)
