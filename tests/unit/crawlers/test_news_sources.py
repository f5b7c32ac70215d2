"""Every news source that we ship, and every mistake that somebody may make in one."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from config.loader import load_model
from config.models import SHIPPED, SourcesFile
from crawlers.model import PageRequest, SearchTerm, Slice
from crawlers.options import refuse_unknown
from crawlers.plan import CrawlPlan
from crawlers.spiders.news import NewsSpider
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.errors import ConfigError
from yuqing.domain.subject import Backend, Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERMS = (SearchTerm("云江银行", "云江银行"), SearchTerm("quoted", '"云银" 贷款'))
ENTRIES = {
    entry.id: entry for entry in load_model(SHIPPED / "sources.yml", SourcesFile).sources if entry.kind == "news"
}
# What the first request of each source looks like: host, path, and the parameters that matter.
FIRST = {
    "news_chinanews": ("www.chinanews.com.cn", "/rss/finance.xml", {}),
    "news_chinanews_more": ("www.chinanews.com.cn", "/rss/scroll-news.xml", {}),
    "news_people": ("www.people.com.cn", "/rss/finance.xml", {}),
    "news_xinhuanet": ("www.xinhuanet.com", "/politics/news_politics.xml", {}),
    "news_36kr": ("36kr.com", "/feed", {}),
    "news_ftchinese": ("www.ftchinese.com", "/rss/news", {}),
    "news_sina_rss": ("rss.sina.com.cn", "/roll/finance/hot_roll.xml", {}),
    "news_sina_roll": ("feed.mix.sina.com.cn", "/api/roll/get", {"pageid": "384", "lid": "2519", "page": "1", "k": ""}),
    "news_sina_search": ("feed.mix.sina.com.cn", "/api/roll/get", {"k": "云江银行", "num": "50", "r": "1773451800000"}),
    "news_sina_live": ("zhibo.sina.com.cn", "/api/zhibo/feed", {"zhibo_id": "152", "page": "1"}),
    "news_eastmoney_search": ("search-api-web.eastmoney.com", "/search/jsonp", {"cb": "jQ"}),
    "news_eastmoney_columns": (
        "np-listapi.eastmoney.com",
        "/comm/web/getNewsByColumns",
        {"page_index": "1", "req_trace": "1773451800000"},
    ),
    "news_eastmoney_flash": (
        "np-weblist.eastmoney.com",
        "/comm/web/getFastNewsList",
        {"sortEnd": "", "biz": "web_724"},
    ),
    "news_caixin": ("gateway.caixin.com", "/api/dataplatform/scroll/index", {}),
    "news_caixin_bank": ("finance.caixin.com", "/bank/", {}),
    "news_caixin_data": ("cxdata.caixin.com", "/api/dataplus/sjtPc/news", {"pageNum": "1"}),
    "news_stcn": ("www.stcn.com", "/article/list.html", {"type": "yw"}),
    "news_wallstreetcn": ("api-one.wallstcn.com", "/apiv1/content/lives", {"channel": "global-channel", "cursor": ""}),
    "news_jin10": ("www.jin10.com", "/flash_newest.js", {"t": "1773451800000"}),
    "news_10jqka": ("news.10jqka.com.cn", "/tapp/news/push/stock", {"page": "1"}),
    "news_futunn": ("news.futunn.com", "/news-site-api/main/get-flash-list", {"pageSize": "50"}),
    "news_thepaper": ("cache.thepaper.cn", "/contentapi/wwwIndex/rightSidebar", {}),
    "news_google": ("news.google.com", "/rss/search", {"q": "云江银行 when:1d", "hl": "zh-CN"}),
    "news_bing": ("cn.bing.com", "/news/search", {"q": "云江银行", "format": "rss"}),
    "news_nfra": ("www.nfra.gov.cn", "/cbircweb/DocInfo/SelectDocByItemIdAndChild", {"itemId": "4113"}),
    "news_pbc": ("www.pbc.gov.cn", "/goutongjiaoliu/113456/113469/index.html", {}),
    "news_csrc": ("www.csrc.gov.cn", "/csrc/c100028/common_list.shtml", {}),
}


def first_pages(source: Source) -> list[PageRequest]:
    """The first request of every query of a source, without a network."""
    plan = CrawlPlan((source,), TERMS, SimpleNamespace(), InMemoryStateStore(), FakeClock(NOW))  # type: ignore[arg-type]
    refuse_unknown(source, NewsSpider.own_options)
    backend = NewsSpider.build(source, plan, lambda text: True)
    pieces = [Slice(query, NOW - timedelta(hours=3), NOW) for query in backend.queries]
    return [page for piece in pieces for page in backend.first(piece)]


def query(page: PageRequest) -> dict[str, str]:
    """The query of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def test_the_table_names_every_shipped_news_source() -> None:
    """A source that is added is added here too."""
    assert set(FIRST) == set(ENTRIES)


@pytest.mark.parametrize("name", sorted(FIRST))
def test_a_shipped_source_asks_for_what_the_specification_says(name: str) -> None:
    """Built from the shipped file; host, path and parameters of the first request."""
    host, path, wanted = FIRST[name]
    pages = first_pages(ENTRIES[name].domain())
    asked = urlsplit(pages[0].url)
    assert (asked.netloc, asked.path) == (host, path)
    assert wanted.items() <= query(pages[0]).items()
    assert all("{" not in page.url.replace("%7B", "") for page in pages)


def test_a_search_is_asked_once_per_term_with_the_term_inside_the_json() -> None:
    """Quotation marks of a term do not break the document that it stands in."""
    documents = [json.loads(query(page)["param"]) for page in first_pages(ENTRIES["news_eastmoney_search"].domain())]
    assert [document["keyword"] for document in documents] == ["云江银行", '"云银" 贷款']
    assert {document["param"]["cmsArticleWebOld"]["pageIndex"] for document in documents} == {1}


def test_only_feeds_meant_for_subscription_are_enabled() -> None:
    """Rolls and list pages wait for a named person; no source lacks its legal basis."""
    enabled = {name for name, entry in ENTRIES.items() if entry.enabled}
    assert enabled == {"news_chinanews", "news_chinanews_more", "news_36kr", "news_ftchinese"}
    assert all(ENTRIES[name].backend is Backend.RSS for name in enabled)
    with_rolls = [entry for entry in ENTRIES.values() if {"rolls", "lists"} & set(entry.options)]
    assert all(entry.backend is Backend.WEB for entry in with_rolls)
    assert all(entry.legal_basis for entry in ENTRIES.values())


def test_the_rolls_and_list_pages_of_the_how_to_can_be_built() -> None:
    """As they stand in the page."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "add-source.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(\s*options:.*?)```", text, re.DOTALL)
    source = Source("s1", "news", "来源", Backend.WEB, "测试", True, 60, yaml.safe_load(block)["options"])
    assert [page.url.partition("?")[0] for page in first_pages(source)] == [
        *["https://news.example.com/api/list"] * len(TERMS),
        "https://news.example.com/notice/index.html",
    ]


ROLL = {"url": "https://x.example/roll", "items": "data", "fields": {"title": "t", "url": "u"}}
LIST = {"url": "https://x.example/list", "links": "a"}
MISTAKES = [
    ({"rolls": ROLL}, "rolls 应为列表"),
    ({"rolls": ["x"]}, r"rolls\[0\] 应为映射"),
    ({"rolls": [{**ROLL, "url": ""}]}, r"rolls\[0\]\.url 不能没有"),
    ({"rolls": [{**ROLL, "url": "ftp://x"}]}, r"rolls\[0\]\.url 应以 http"),
    ({"rolls": [ROLL, {**ROLL, "itemlist": "data"}]}, r"rolls\[1\]\.itemlist 不认识"),
    ({"rolls": [{**ROLL, "fields": {"title": "t"}}]}, r"rolls\[0\]\.fields 至少要有"),
    ({"rolls": [{**ROLL, "fields": {"headline": "t", "url": "u"}}]}, r"rolls\[0\]\.fields\.headline 不认识"),
    ({"rolls": [{**ROLL, "fields": {"title": ["t"], "url": "u"}}]}, r"rolls\[0\]\.fields\.title 应为文字"),
    ({"rolls": [{**ROLL, "pages": 3}]}, r"rolls\[0\]\.pages 大于 1"),
    ({"rolls": [{**ROLL, "pages": 0}]}, r"rolls\[0\]\.pages 应为不小于 1"),
    ({"rolls": [{**ROLL, "newest_first": "yes"}]}, r"rolls\[0\]\.newest_first 应为 true"),
    ({"rolls": [ROLL, ROLL]}, "有两处都叫"),
    ({"lists": [{**LIST, "links": ""}]}, r"lists\[0\]\.links 不能没有"),
    ({"lists": [{**LIST, "links": "a["}]}, r"lists\[0\]\.links 不是有效的 CSS"),
    ({"lists": [{**LIST, "match": "("}]}, r"lists\[0\]\.match 不是有效的正则"),
    ({"lists": [{**LIST, "date": r"(\d{4})"}]}, r"lists\[0\]\.date 要有三个括号"),
    ({"robots": "https://x.example/robots.txt"}, "robots 应为网址列表"),
    ({"feeds": ["https://x.example/"], "rules": {"x.example": {"colour": "red"}}}, r"rules\.x\.example\.colour 不认识"),
    (
        {"feeds": ["https://x.example/"], "rules": {"x.example": {"body": "#"}}},
        r"rules\.x\.example\.body 不是有效的 CSS",
    ),
    ({"feeds": ["https://x.example/"], "hosts": {"m.x.example": 1.5, "a": []}}, r"hosts\.a 应为文字"),
    ({"feeds": ["https://x.example/"], "fetch": "some"}, "fetch 应为 all、matching 之一"),
    ({}, "没有 feeds"),
]


@pytest.mark.parametrize(("options", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_a_mistake_is_told_in_chinese_with_its_place(options: dict[str, object], told: str) -> None:
    """Source, option and what is wrong with it."""
    with pytest.raises(ConfigError, match=told) as caught:
        first_pages(Source("s1", "news", "来源", Backend.WEB, "测试", True, 60, options))
    assert "来源 s1" in str(caught.value)
