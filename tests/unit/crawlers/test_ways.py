"""Pages cannot be read under the name of an official interface."""

import pytest

from config.loader import load_model
from config.models import SHIPPED, SourcesFile
from crawlers.backends.feed_memory import FeedMemory, Look
from crawlers.backends.news_doors import Door
from crawlers.backends.rsshub import RssHub, RssHubSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.options import refuse_accounts
from crawlers.ways import refuse_wrong_way
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend, Source


def source(kind: str, backend: Backend, **options: object) -> Source:
    """A source of this kind."""
    return Source("quiet", kind, "来源", backend, "测试", True, 60, options)


WRONG = [
    ("weibo", Backend.OFFICIAL, {"surface": "search"}),
    ("weibo", Backend.RSS, {}),
    ("weibo", Backend.OFFICIAL, {"surface": "mobile"}),
    ("weibo", Backend.OFFICIAL, {"surface": "user"}),
    ("douyin", Backend.OFFICIAL, {"surface": "web"}),
    ("douyin", Backend.VENDOR, {}),
    ("guba", Backend.RSS, {}),
    ("heimao", Backend.OFFICIAL, {}),
    ("hot", Backend.RSS, {"boards": ["weibo"]}),
    ("news", Backend.RSS, {"rolls": [{"name": "滚动"}]}),
    ("news", Backend.OFFICIAL, {"lists": [{"name": "列表"}]}),
]


@pytest.mark.parametrize(("kind", "backend", "options"), WRONG)
def test_pages_need_the_word_web(kind: str, backend: Backend, options: dict[str, object]):
    """Any other word would spare the acceptance of terms: refused with file, source and option."""
    with pytest.raises(ConfigError) as caught:
        refuse_wrong_way(source(kind, backend, **options))
    assert "sources.yml 来源 quiet 的 backend 应为 web" in str(caught.value)
    assert "accepted_terms_by" in str(caught.value)


def test_an_interface_is_no_feed():
    """An official interface that calls itself a feed is refused as well, without talk of terms."""
    with pytest.raises(ConfigError, match="应为 official，而不是 rss"):
        refuse_wrong_way(source("weibo", Backend.RSS, surface="commercial_api"))


@pytest.mark.parametrize(
    ("kind", "backend", "options"),
    [
        ("weibo", Backend.OFFICIAL, {"surface": "open_api_mentions"}),
        ("weibo", Backend.WEB, {"surface": "commercial_api"}),
        ("douyin", Backend.OFFICIAL, {"surface": "open_api"}),
        ("news", Backend.RSS, {"feeds": ["https://a.example/rss"]}),
        ("appstore", Backend.RSS, {}),
        ("rsshub", Backend.RSS, {}),
    ],
)
def test_the_right_word_and_the_strictest_pass(kind: str, backend: Backend, options: dict[str, object]):
    """The way as it is, or web, which asks for acceptance where none is needed."""
    refuse_wrong_way(source(kind, backend, **options))


def test_every_shipped_source_tells_its_way():
    """What we deliver crawls once it is enabled."""
    for entry in load_model(SHIPPED / "sources.yml", SourcesFile).sources:
        refuse_wrong_way(entry.domain())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("feeds", ["https://someone:PLANTED99@a.example/rss"]),
        ("robots", ["http://someone@a.example/robots.txt"]),
        ("rolls", [{"name": "滚动", "url": "https://someone:PLANTED99@a.example/api"}]),
        ("routes", ["https://someone:PLANTED99@a.example/feed"]),
        ("base", "https://someone:PLANTED99@a.example"),
    ],
)
def test_no_account_in_an_address(name: str, value: object):
    """Refused in every option, naming file, source and option, and never the account itself."""
    with pytest.raises(ConfigError) as caught:
        refuse_accounts(source("news", Backend.WEB, **{name: value}))
    assert f"sources.yml 来源 quiet 的选项 {name}：" in str(caught.value)
    assert "PLANTED99" not in str(caught.value)
    refuse_accounts(source("news", Backend.WEB, feeds=["https://a.example/@people/rss?m=a@b.example"]))


def test_keys_and_people_name_no_query():
    """What becomes cursor, coverage and log shows neither; the request holds both."""
    hub = RssHubSettings("http://hub.example", ("https://bridge.example/1.xml?k=PLANTED99", "/weibo/user/1999999999"))
    queries = RssHub((), hub, SeenMemory(InMemoryStateStore(), "s"), FakeClock()).queries
    assert not any("PLANTED99" in query.id or "1999999999" in query.id for query in queries)
    assert [query.text for query in queries] == list(hub.routes)
    (feed,) = Door("https://news.example/f.xml?apikey=PLANTED99").queries((), False)
    assert "PLANTED99" not in feed.id
    state = InMemoryStateStore()
    FeedMemory(state).save(feed.text, {}, Look())
    assert "PLANTED99" not in repr(state.find("feed"))
