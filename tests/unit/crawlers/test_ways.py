"""Pages cannot be read under the name of an official interface."""

import pytest

from config.loader import load_model
from config.models import SHIPPED, SourcesFile
from crawlers.ways import refuse_wrong_way
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
