"""Weibo backends as sources.yml makes them, and replies for them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawlers.model import Backend, PageRequest, Reply, SearchTerm, Slice
from crawlers.plan import CrawlPlan
from crawlers.spiders.weibo import WeiboSpider
from simulator.ids import weibo_mid
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.draft import Draft
from yuqing.domain.mention import Engagement, MentionKind, Platform
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
TERM = SearchTerm("q", "云江 银行")
PIECE = Slice(TERM, NOW - timedelta(hours=3), NOW)
BASES = {
    name: f"http://{name}"
    for name in ("weibo_s", "weibo_m", "weibo_ajax", "weibo_passport", "weibo_card", "weibo_api", "weibo_open")
}


def weibo(
    surface: str = "search",
    cookie: str = "SUB=x",
    state: InMemoryStateStore | None = None,
    is_relevant: Callable[[str], bool] = lambda text: True,
    **options: Any,
) -> Backend:
    """The backend of a surface with these options."""
    source = Source("weibo", "weibo", "微博", Way.WEB, "测试", True, 60, {"surface": surface, **options})
    secrets = {"weibo_cookie": cookie, "weibo_api_token": "2.00ApiToken", "weibo_open_token": "2.00OpenToken"}
    plan = CrawlPlan(
        (source,),
        (TERM,),
        SimpleNamespace(),  # type: ignore[arg-type]
        state or InMemoryStateStore(),
        FakeClock(NOW),
        bases=BASES,
        secrets={name: value for name, value in secrets.items() if value},
    )
    return WeiboSpider.build(source, plan, is_relevant)


def query(page: PageRequest) -> dict[str, str]:
    """The query of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def path(page: PageRequest) -> str:
    """The path of a request."""
    return urlsplit(page.url).path


def reply(body: object, status: int = 200) -> Reply:
    """A JSON reply."""
    return Reply("http://x/", status, json.dumps(body).encode())


def mid(at: datetime, serial: int = 1) -> str:
    """An id made at this second."""
    return weibo_mid(int(at.timestamp()), serial)


def post(at: datetime = NOW - timedelta(minutes=30), **fields: Any) -> Draft:
    """A post about the subject, with comments and reposts."""
    counts = Engagement(likes=1, comments=fields.pop("comments", 3), shares=fields.pop("shares", 2))
    native_id = mid(at)
    more = {"text": "云江银行转账失败", "published_at": at, "engagement": counts, **fields}
    return Draft(
        platform=Platform.WEIBO, kind=MentionKind.POST, native_id=native_id, url="https://m.weibo.cn/detail/1", **more
    )


def card(at: datetime, shown: str, serial: int = 1, text: str = "云江 银行排队") -> str:
    """One post of a result page, with the time as the site words it."""
    number = mid(at, serial)
    return (
        f'<div class="card-wrap" action-type="feed_list_item" mid="{number}"><div class="content">'
        f'<div class="from"><a href="//weibo.com/1/Qw0VSjweX">{shown}</a></div>'
        f'<p class="txt" node-type="feed_list_content">{text}</p></div></div>'
    )


def page_of(cards: list[str], pages: int = 1) -> Reply:
    """A result page that offers so many pages."""
    links = "".join(f'<li><a href="/weibo?q=x&page={number}">第{number}页</a></li>' for number in range(1, pages + 1))
    html = (
        f'<html><body><div id="pl_feedlist_index">{"".join(cards)}</div><ul class="s-scroll">{links}</ul></body></html>'
    )
    return Reply("http://x/", 200, html.encode(), {"content-type": "text/html; charset=utf-8"})
