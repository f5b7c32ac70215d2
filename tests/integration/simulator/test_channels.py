"""The doubles of the further channels, by clock: what grows, what vanishes, what a second look sees."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from crawlers.backends.guba import Guba, GubaSettings
from crawlers.backends.rsshub import RssHub, RssHubSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.extract.guba import Bar
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice
from simulator.apple.reviews import BUSY as APP
from simulator.guba.posts import BUSY as BAR
from simulator.server import Simulator
from tests.fakes import FakeClock, InMemoryStateStore
from tests.integration.simulator.conftest import Browser
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId

pytestmark = pytest.mark.integration
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00").astimezone(UTC)
PIECE = Slice(SearchTerm("", ""), NOW, NOW + timedelta(seconds=1), "one mention")
FEED = f"/apple/cn/rss/customerreviews/page=1/id={APP}"


@pytest.fixture(autouse=True)
def _clock_as_it_was(demo: Simulator) -> None:
    """Each test begins at the same time."""
    demo.clock.set(NOW, 0)


def look(simulator: Simulator, backend: Guba | RssHub, mention: str, url: str) -> PageResult:
    """A second look at a stored mention."""
    page = backend.look_up(MentionId(mention), url)
    assert isinstance(page, PageRequest)
    found = httpx.request(page.method, page.url, headers=dict(page.headers))
    headers = {name.lower(): value for name, value in found.headers.items()}
    assert page.url.startswith(simulator.url)
    return backend.read(Reply(page.url, found.status_code, found.content, headers), page, PIECE)


def test_reviews_appear_gain_votes_and_vanish(demo: Simulator, browser: Browser) -> None:
    """Newest first; the other order is by votes; a review of tomorrow is not there today."""
    before = browser.get(f"{FEED}/sortby=mostrecent/json").json()["feed"]["entry"][1:]
    assert all(one["updated"]["label"] >= two["updated"]["label"] for one, two in pairwise(before))
    helpful = browser.get(f"{FEED}/sortBy=mostHelpful/json").json()["feed"]["entry"][1:]
    assert [int(one["im:voteSum"]["label"]) for one in helpful] == sorted(
        (int(one["im:voteSum"]["label"]) for one in helpful), reverse=True
    )
    newest = before[0]["id"]["label"]
    demo.world.content["apple"].remove(newest, NOW + timedelta(hours=1))
    demo.clock.advance(hours=2)
    after = browser.get(f"{FEED}/sortby=mostrecent/json").json()["feed"]["entry"][1:]
    assert newest not in {one["id"]["label"] for one in after}
    assert after[0]["updated"]["label"] > before[0]["updated"]["label"]
    assert newest in {line["id"] for line in demo.truth(platform="appstore", state="gone")}


def test_a_post_of_a_bar_is_looked_at_again_until_it_is_gone(demo: Simulator) -> None:
    """More replies later; after its deletion the look reports the mention as gone."""
    bars = demo.world.content["guba"]
    post = bars.add(BAR, "柜台排队", "柜台排队两小时。", NOW - timedelta(hours=1))
    bars.reply(post.id, "我也是", NOW + timedelta(minutes=10))
    bars.remove(post.id, NOW + timedelta(hours=3))
    backend = Guba(GubaSettings(f"{demo.url}/guba", (Bar(BAR),)), SeenMemory(InMemoryStateStore(), "g"), FakeClock(NOW))
    name, url = f"guba:post:{post.id}", f"https://guba.eastmoney.com/news,{BAR},{post.id}.html"
    counts = []
    for _ in range(2):
        (draft,) = look(demo, backend, name, url).drafts
        assert draft.text.startswith("柜台排队两小时。")
        counts.append(draft.engagement.comments)
        demo.clock.advance(hours=1)
    assert counts == [0, 1]
    demo.clock.advance(hours=1)
    result = look(demo, backend, name, url)
    assert (result.verdict.outcome, result.gone, result.auxiliary) == (Outcome.NOT_FOUND, (name,), False)


def test_an_article_is_looked_at_again_until_it_is_deleted(demo: Simulator) -> None:
    """The page's own message tells a deletion; the address is the stored one."""
    articles = demo.world.content["rsshub"]
    article = next(iter(articles))
    settings = RssHubSettings(f"{demo.url}/rsshub", (), articles_base=f"{demo.url}/wechat")
    backend = RssHub((), settings, SeenMemory(InMemoryStateStore(), "r"), FakeClock(NOW))
    name, url = f"wechat:article:{article.id}", f"https://mp.weixin.qq.com/s/{article.id}"
    (draft,) = look(demo, backend, name, url).drafts
    assert (draft.native_id, draft.url, draft.published_at) == (article.id, url, article.created)
    articles.remove(article.id, NOW)
    assert look(demo, backend, name, url).gone == (name,)
    assert backend.look_up(MentionId("weibo:post:1"), "https://m.weibo.cn/detail/1") is None


def test_each_channel_publishes_on_demand(demo: Simulator, browser: Browser) -> None:
    """`POST /__control/inject`; the truth knows the item at once."""
    for kind, platform in (("review", "appstore"), ("guba", "guba"), ("complaint", "heimao")):
        made = browser.post("/__control/inject", json={"kind": kind, "text": "云江银行注入的一条"}).json()
        assert made["platform"] == platform
        assert [line["id"] for line in demo.truth(platform=platform, keyword="注入的一条")] == [made["id"]]


def test_the_same_seed_gives_the_same_channels() -> None:
    """And another seed gives others."""
    names = ("appstore", "guba", "heimao", "wechat")
    texts = []
    for seed in (7, 7, 8):
        with Simulator(seed=seed, scenario="small") as sim:
            texts.append([line["text"] for name in names for line in sim.truth(platform=name)])
    assert texts[0] == texts[1] != texts[2]
    assert len(texts[0]) > 500
