"""The clustering job on a real store: five printed copies become one cluster, and nothing is done twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from crawlers.extract.news_page import extract
from nlp.near_duplicates import CopyFinder
from simulator.corpus import Article, Truth
from simulator.news.pages import article_page
from storage.sqlite import SqliteMentionStore
from tests.fakes import TEST_NOW, FakeClock, InMemoryStateStore
from yuqing.bootstrap import open_app
from yuqing.domain.mention import Mention, MentionId, MentionKind, Platform
from yuqing.domain.ports import MentionQuery
from yuqing.jobs.cluster import cluster
from yuqing.scheduler import Runner

LINES = (
    "云江银行昨日宣布，自下月起将二十家网点的服务时间延长至晚上七点，周末照常营业。",
    "该行零售部负责人介绍，延长的时段可以办理开户、转账、挂失和社保卡激活等常用业务。",
    "业内人士认为，错时服务对上班族有吸引力，但也考验网点的排班和安全管理。",
    "该行表示，将根据试行三个月的客流决定是否扩大范围，手机银行仍可全天办理大部分业务。",
)
COPIES = (
    ("semantic", "云江银行延长网点服务时间", "云州日报"),
    ("table", "【转载】云江银行延长网点服务时间", "海州晚报"),
    ("artibody", "晚上七点也能办业务了｜快讯", "示例财经"),
    ("jsonld", "云江银行：二十家网点开到七点", "北原新闻网"),
    ("textdate", "云江银行延长网点服务时间（图）", "江城在线"),
)


@pytest.fixture
def clock() -> FakeClock:
    """The product's clock."""
    return FakeClock(TEST_NOW)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[SqliteMentionStore]:
    """An embedded store."""
    store = SqliteMentionStore(tmp_path / "yuqing.db", clock)
    yield store
    store.close()


def printed(number: int, clock: FakeClock) -> Mention:
    """A copy as another outlet prints it, read back from its page."""
    layout, title, outlet = COPIES[number]
    at = clock.now() - timedelta(minutes=30 - number)
    truth = Truth("neutral", "service", "baseline")
    made = Article(f"2026031400{number}", at, title, LINES, outlet, "finance", layout, truth, origin="云州日报")
    read = extract(
        article_page(made, f"https://n{number}.example/a.html", "utf-8").encode(), "https://n.example/", None, at
    )
    return mention(f"copy{number}", read.text, clock)


def mention(name: str, text: str, clock: FakeClock) -> Mention:
    """A stored article."""
    now = clock.now()
    return Mention(Platform.NEWS, MentionKind.ARTICLE, name, "u", text, now, now, subjects=("yunjiang",))


def clustered(store: SqliteMentionStore) -> dict[MentionId, str]:
    """Every mention that has a cluster."""
    found = store.scan(MentionQuery())
    return {stored.mention.id: stored.cluster_id for stored in found if stored.cluster_id is not None}


def test_five_copies_in_five_layouts_are_one_cluster(store: SqliteMentionStore, clock: FakeClock) -> None:
    """Changed titles, other outlets, source lines: one story; a text of its own stays alone."""
    store.add([printed(number, clock) for number in range(5)])
    store.add([mention("other", "海州银行发布二级资本债券发行公告，规模五十亿元，期限十年，用于补充资本。", clock)])
    summary = cluster(store, InMemoryStateStore(), clock, CopyFinder())
    assert (summary.seen, summary.clustered) == (6, 5)
    found = clustered(store)
    assert len(found) == 5
    assert len(set(found.values())) == 1


def test_copies_that_come_later_join_and_nothing_is_looked_at_twice(
    store: SqliteMentionStore, clock: FakeClock
) -> None:
    """The second run reads what was collected since; a new process finds the same clusters."""
    state, finder = InMemoryStateStore(), CopyFinder()
    store.add([printed(0, clock), printed(1, clock)])
    clock.advance(timedelta(minutes=15))
    cluster(store, state, clock, finder)
    before = clustered(store)
    clock.advance(timedelta(hours=2))
    store.add([printed(2, clock)])
    assert cluster(store, state, clock, finder).seen == 1
    assert set(clustered(store).values()) == set(before.values())
    clock.advance(timedelta(hours=2))
    store.add([printed(3, clock)])
    restarted = cluster(store, state, clock, CopyFinder())
    assert (restarted.seen, restarted.clustered) == (4, 1)
    assert set(clustered(store).values()) == set(before.values())
    assert cluster(store, state, clock, CopyFinder()).clustered == 0


def test_a_crash_before_the_clusters_are_stored_loses_nothing(store: SqliteMentionStore, clock: FakeClock) -> None:
    """The cursor has not moved, and a new process begins with the last week anyway."""
    state = InMemoryStateStore()
    store.add([printed(0, clock), printed(1, clock)])

    class Broken(CopyFinder):
        def place(self, mention: Mention, cluster: str | None = None) -> dict[MentionId, str]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster(store, state, clock, Broken())
    assert state.load("cluster", "cursor") is None
    assert cluster(store, state, clock, CopyFinder()).clustered == 2


def test_the_scheduler_clusters_after_every_crawl(tmp_path: Path, clock: FakeClock) -> None:
    """The job of `yuqing run`, with the real composition: two copies in the store end up together."""
    with open_app(Settings(home=tmp_path, now=clock.now())) as app:
        app.mentions.add([printed(0, clock), printed(1, clock)])
        runner = Runner(app)
        runner.cluster()
        runner.cluster()
        found = [stored.cluster_id for stored in app.mentions.scan(MentionQuery())]
    assert len(found) == 2
    assert found[0] is not None
    assert found[0] == found[1]
