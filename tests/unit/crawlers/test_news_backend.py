"""The news backend without a network: paging, second looks, detours, and what is remembered between runs."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawlers.backends.feed_memory import FeedMemory
from crawlers.backends.news_doors import Door
from crawlers.backends.news_rss import NewsRss
from crawlers.backends.news_settings import NewsSettings
from crawlers.extract import urls
from crawlers.extract.news_rolls import RollShape
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
SITE = "https://news.example.com"
SHAPE = RollShape("data", {"title": "t", "url": "u", "time": "at", "summary": "s"}, ok={"code": "0"}, total="total")
ROLL = Door(f"{SITE}/roll", "roll", {"page": "{page}"}, pages=4, shape=SHAPE)
SEARCH = Door(f"{SITE}/search", "search", {"k": "{keyword}", "page": "{page}"}, pages=4, shape=SHAPE)
TERM = SearchTerm("云江银行", "云江银行")
TEXT = "云江银行今天调整了柜台的营业时间。" * 20


def backend(state: InMemoryStateStore, *doors: Door, **settings: Any) -> NewsRss:
    """A backend with these doors."""
    made = NewsSettings(doors=doors, **settings)
    return NewsRss(made, FeedMemory(state), FakeClock(NOW), (TERM,), lambda text: "云江" in text)


def piece_of(made: NewsRss, hours: float = 5) -> Slice:
    """The window of its only query."""
    (query,) = made.queries
    return Slice(query, NOW - timedelta(hours=hours), NOW)


def roll(*ages: float, code: int = 0, total: int = 99) -> Reply:
    """A page of a roll with one article for each age in hours."""
    rows = [
        {"t": f"云江银行公告{age}", "u": f"/a/{age}.html", "at": (NOW - timedelta(hours=age)).timestamp(), "s": "摘要"}
        for age in ages
    ]
    return Reply(f"{SITE}/roll", 200, json.dumps({"code": code, "total": total, "data": rows}).encode())


def pages(result: PageResult) -> list[PageRequest]:
    """The list pages that follow."""
    return [page for page in result.follow if page.purpose == "feed"]


def articles(result: PageResult) -> list[str]:
    """The articles that are asked for."""
    return [page.url.rpartition("/")[2] for page in result.follow if page.purpose == "article"]


def test_a_roll_is_read_until_the_window_is_behind() -> None:
    """Page 2 follows while the last row is inside the window; an old pinned row at the top stops nothing."""
    made = backend(InMemoryStateStore(), ROLL)
    piece = piece_of(made)
    (first,) = made.first(piece)
    result = made.read(roll(90, 1, 2), first, piece)
    assert articles(result) == ["1.html", "2.html"]
    (second,) = pages(result)
    assert second.url.endswith("page=2")
    end = made.read(roll(3, 6), second, piece)
    assert (articles(end), pages(end), end.saturated) == (["3.html"], [], False)


def test_a_roll_that_repeats_itself_is_left_and_the_gap_told() -> None:
    """A site that does not know the page number shows page 1 for ever."""
    made = backend(InMemoryStateStore(), ROLL)
    piece = piece_of(made)
    (second,) = pages(made.read(roll(1, 2), made.first(piece)[0], piece))
    again = made.read(roll(1, 2), second, piece)
    assert (again.follow, again.saturated) == ((), True)


def test_the_last_page_that_we_read_tells_when_the_window_goes_on() -> None:
    """Four pages are not enough: saturated. A column that ends early is too; a search that ends is complete."""
    made = backend(InMemoryStateStore(), ROLL)
    piece = piece_of(made)
    last = replace(made.first(piece)[0], number=4)
    assert made.read(roll(1), last, piece).saturated
    for door, saturated in ((ROLL, True), (SEARCH, False)):
        made = backend(InMemoryStateStore(), door)
        piece = piece_of(made)
        (second,) = pages(made.read(roll(1, 2, total=2), made.first(piece)[0], piece))
        ended = made.read(roll(total=2), second, piece)
        assert (ended.verdict.outcome, ended.saturated) == (Outcome.OK_EMPTY, saturated)


def test_only_what_a_complete_look_listed_proves_that_nothing_lies_between() -> None:
    """An article that an unfinished run read does not close the gap behind it."""
    state = InMemoryStateStore()
    for complete, gap in ((False, True), (True, False)):
        made = backend(state, replace(ROLL, pages=1))
        piece = piece_of(made)
        page = made.first(piece)[0]
        result = made.read(roll(1, 2), page, piece)
        made.settled(piece, [result.memo, {"read": "x", "done": ["x"]}], complete)
        later = backend(state, replace(ROLL, pages=1))
        assert later.read(roll(0.5, 1), page, piece).saturated is gap


def test_a_column_that_ran_dry_is_suspect_and_a_search_may_find_nothing() -> None:
    """Nothing where something always stood is not "no news"."""
    made = backend(InMemoryStateStore(), ROLL)
    assert made.read(roll(), made.first(piece_of(made))[0], piece_of(made)).verdict.outcome is Outcome.SUSPECT_EMPTY
    search = backend(InMemoryStateStore(), SEARCH)
    found = search.read(roll(total=0), search.first(piece_of(search))[0], piece_of(search))
    assert found.verdict.outcome is Outcome.OK_EMPTY
    state = InMemoryStateStore()
    feed = Door(f"{SITE}/rss")
    empty = Reply(feed.url, 200, b'<rss version="2.0"><channel><title>x</title></channel></rss>')
    made = backend(state, feed)
    page = made.first(piece_of(made))[0]
    assert made.read(empty, page, piece_of(made)).verdict.outcome is Outcome.OK_EMPTY
    made.settled(piece_of(made), [{"listed": ["a"]}], True)
    assert backend(state, feed).read(empty, page, piece_of(made)).verdict.detail == "feed_ran_dry"


def test_an_undated_roll_is_left_where_it_was_listed_before() -> None:
    """Without dates, the half of a page that a complete look has seen is the end."""
    state = InMemoryStateStore()
    undated = replace(ROLL, shape=replace(SHAPE, fields={"title": "t", "url": "u"}))
    made = backend(state, undated)
    piece = piece_of(made)
    result = made.read(roll(1, 2), made.first(piece)[0], piece)
    assert len(pages(result)) == 1
    made.settled(piece, [result.memo], True)
    assert pages(backend(state, undated).read(roll(1, 2), made.first(piece)[0], piece)) == []


def test_pages_are_not_fetched_of_what_names_no_search_term() -> None:
    """`fetch: matching` spares a busy column; what is whole already is taken all the same."""
    made = backend(InMemoryStateStore(), ROLL, only_matching=True)
    body = {"code": 0, "data": [{"t": "天气", "u": "/w.html", "at": NOW.timestamp(), "s": "晴"}]}
    result = made.read(Reply(ROLL.url, 200, json.dumps(body).encode()), made.first(piece_of(made))[0], piece_of(made))
    assert articles(result) == []


def test_articles_beyond_the_limit_are_kept_as_announced() -> None:
    """No page for them, but no loss either; and the slice is saturated."""
    made = backend(InMemoryStateStore(), ROLL, max_articles=1)
    result = made.read(roll(1, 2, 6), made.first(piece_of(made))[0], piece_of(made))
    assert articles(result) == ["1.html"]
    assert [draft.title for draft in result.drafts] == ["云江银行公告2"]
    assert result.drafts[0].text_truncated
    assert result.saturated


def test_cursor_pages_end_where_no_cursor_is_told() -> None:
    """The next page is asked with what the page before told."""
    shape = replace(SHAPE, cursor="next")
    made = backend(InMemoryStateStore(), Door(f"{SITE}/live", "live", {"c": "{cursor}"}, pages=9, shape=shape))
    piece = piece_of(made)
    rows = json.loads(roll(1).body)
    reply = Reply(f"{SITE}/live", 200, json.dumps({**rows, "next": "c7"}).encode())
    (following,) = pages(made.read(reply, made.first(piece)[0], piece))
    assert following.url == f"{SITE}/live?c=c7"
    assert pages(made.read(roll(2), following, piece)) == []


def article_page(made: NewsRss) -> PageRequest:
    """The request of one article."""
    return made.read(roll(1, 6), made.first(piece_of(made))[0], piece_of(made)).follow[0]


def html(body: str, head: str = "") -> bytes:
    """A page."""
    return f"<html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        ("http://10.0.0.8/admin", "inner_address"),
        ("http://localhost:8080/", "inner_address"),
        ("http://169.254.169.254/latest", "inner_address"),
    ],
)
def test_a_page_must_not_lead_into_our_own_network(target: str, detail: str) -> None:
    """A meta refresh is followed like a link: to public addresses only."""
    made = backend(InMemoryStateStore(), ROLL)
    page = article_page(made)
    refresh = f'<meta http-equiv=refresh content="0;url={target}">'
    result = made.read(Reply(page.url, 200, html("…", refresh)), page, piece_of(made))
    assert (result.verdict.detail, result.follow) == (detail, ())
    assert [draft.title for draft in result.drafts] == ["云江银行公告1"]


def test_a_page_that_leads_on_is_followed_twice_and_no_further() -> None:
    """As a request of our own; a circle ends."""
    made = backend(InMemoryStateStore(), ROLL)
    page = article_page(made)
    for hop in (1, 2):
        refresh = f'<meta http-equiv="Refresh" content="1; URL=/go{hop}.html">'
        result = made.read(Reply(page.url, 200, html("…", refresh)), page, piece_of(made))
        assert (result.unsettled, result.follow[0].url) == (
            True,
            f"{SITE}/go{hop}.html" if hop == 1 else f"{SITE}/go2.html",
        )
        page = result.follow[0]
    last = made.read(
        Reply(page.url, 200, html("…", '<meta http-equiv=refresh content="0;url=/x">')), page, piece_of(made)
    )
    assert last.verdict.detail == "leads_in_circles"


def test_a_page_that_reloads_itself_later_is_read() -> None:
    """A front page that refreshes every five minutes is no detour."""
    made = backend(InMemoryStateStore(), ROLL)
    page = article_page(made)
    refresh = '<meta http-equiv=refresh content="300;url=/x">'
    result = made.read(Reply(page.url, 200, html(f"<h1>云江银行公告</h1><p>{TEXT}</p>", refresh)), page, piece_of(made))
    assert len(result.drafts) == 1
    assert result.drafts[0].parser_version.startswith("news_page/2+")


@pytest.mark.parametrize(
    ("url", "outcome", "detail"),
    [
        (f"{SITE}/", "changed", "redirect_to_front"),
        (f"{SITE}/error.html", "changed", "redirect_to_error"),
        (f"{SITE}/404.html", "not_found", "redirect_to_404"),
        ("https://passport.example.com/sso/login?from=x", "auth_required", "redirect_to_login"),
        ("https://wappass.baidu.com/static/captcha", "challenge", "redirect_to_captcha"),
    ],
)
def test_where_a_redirect_ended_tells_what_it_meant(url: str, outcome: str, detail: str) -> None:
    """A followed redirect to the front page is no article, and one to a login is a refusal."""
    made = backend(InMemoryStateStore(), ROLL)
    result = made.read(Reply(url, 200, html(f"<p>{TEXT}</p>")), article_page(made), piece_of(made))
    assert (result.verdict.outcome.value, result.verdict.detail) == (outcome, detail)


ADDRESS = f"{SITE}/1.html"
MENTION = MentionId(f"news:article:{urls.native_id(ADDRESS)}")


@pytest.mark.parametrize(
    ("reply", "gone", "drafts"),
    [
        (Reply(f"{SITE}/1.html", 404, b"x"), True, 0),
        (Reply(f"{SITE}/1.html", 410, b"x"), True, 0),
        (Reply(f"{SITE}/1.html", 200, html("<h1>页面不存在</h1>", "<title>页面不存在_示例网</title>")), True, 0),
        (Reply(f"{SITE}/", 200, html(f"<p>{TEXT}</p>")), False, 0),
        (Reply(ADDRESS, 200, html("<h1>出错了</h1>系统繁忙，请稍后再试", "<title>出错了</title>")), False, 0),
        (Reply(ADDRESS, 200, html("访问过于频繁，请输入验证码", "<title>提示信息</title>")), False, 0),
        (Reply(ADDRESS, 200, html("请完成验证", "<title>安全验证</title>")), False, 0),
        (Reply(ADDRESS, 200, html("设备检修", "<title>系统维护中_示例网</title>")), False, 0),
        (
            Reply(
                ADDRESS,
                200,
                html(f"<h1>相关新闻</h1><p>2026-03-14 08:00</p><p>{TEXT}</p>", '<link rel=canonical href="/2.html">'),
            ),
            False,
            0,
        ),
        (Reply(f"{SITE}/2.html", 200, html(f"<h1>云江银行要闻</h1><p>2026-03-14 08:00</p><p>{TEXT}</p>")), False, 0),
        (Reply(f"{SITE}/1.html", 503, b"x"), False, 0),
        (Reply(f"{SITE}/1.html", 403, b"x"), False, 0),
        (Reply(f"{SITE}/1.html", 200, html(f"<h1>云江银行公告</h1><p>2026-03-14 08:00</p><p>{TEXT}</p>")), False, 1),
    ],
    ids=[
        "404",
        "410",
        "soft 404",
        "front page",
        "error",
        "notice",
        "check",
        "repairs",
        "another canonical",
        "redirected to another",
        "503",
        "403",
        "still there",
    ],
)
def test_a_second_look_at_an_article(reply: Reply, gone: bool, drafts: int) -> None:
    """Gone is what the site says is gone; a refusal, an error and another article say nothing; what is there is
    drafted under the id it has."""
    made = backend(InMemoryStateStore(), ROLL)
    page = made.look_up(MENTION, ADDRESS)
    assert page is not None
    assert page.purpose == "look_up"
    result = made.read(reply, page, piece_of(made))
    assert result.gone == ((MENTION,) if gone else ())
    assert [draft.native_id for draft in result.drafts] == [urls.native_id(ADDRESS)] * drafts
    assert result.verdict.outcome is not Outcome.OK or result.drafts
    assert (result.verdict.outcome is Outcome.NOT_FOUND) is gone


def test_what_has_no_page_is_not_looked_up() -> None:
    """Mentions of other platforms, and addresses that are none."""
    made = backend(InMemoryStateStore(), ROLL)
    assert made.look_up(MentionId("weibo:post:1"), "https://weibo.com/1/a") is None
    assert made.look_up(MENTION, "") is None


def test_an_article_of_another_year_keeps_its_year() -> None:
    """The list says 12月31日 23:50 five minutes into 2027; the page of it, read in March, says it without a year."""
    shape = replace(SHAPE, fields={"title": "t", "url": "u", "time": "at"})
    door = Door(f"{SITE}/roll", "roll", shape=shape)
    made = NewsRss(
        NewsSettings(doors=(door,)),
        FeedMemory(InMemoryStateStore()),
        FakeClock(datetime(2026, 12, 31, 16, 5, tzinfo=UTC)),
    )
    piece = Slice(made.queries[0], datetime(2026, 12, 31, 10, tzinfo=UTC), datetime(2026, 12, 31, 16, 5, tzinfo=UTC))
    row = {"t": "云江银行年终公告", "u": "/a.html", "at": "12月31日 23:50"}
    body = json.dumps({"code": 0, "data": [row]}).encode()
    (page,) = made.read(Reply(door.url, 200, body), made.first(piece)[0], piece).follow
    assert page.draft is not None
    assert page.draft.published_at == datetime(2026, 12, 31, 15, 50, tzinfo=UTC)
    shown = html(f"<h1>云江银行年终公告</h1><p>12月31日 23:50</p><p>{TEXT}</p>")
    (draft,) = made.read(Reply(page.url, 200, shown), page, piece).drafts
    assert draft.published_at == datetime(2026, 12, 31, 15, 50, tzinfo=UTC)


def test_a_canary_is_typed_into_the_search_and_brings_what_is_known_too() -> None:
    """Only where everything is searched; articles read before still prove that the search works."""
    assert not backend(InMemoryStateStore(), ROLL).searches
    assert not backend(InMemoryStateStore(), ROLL, SEARCH).searches
    made = backend(InMemoryStateStore(), SEARCH)
    assert made.searches
    made.read(roll(1, 2), made.first(piece_of(made))[0], piece_of(made))
    canary = Slice(SearchTerm("canary", "银行"), NOW - timedelta(hours=24), NOW)
    (page,) = made.first(canary)
    assert "k=%E9%93%B6%E8%A1%8C" in page.url
    result = made.read(roll(1, 2), page, canary)
    assert (len(result.drafts), result.follow) == (2, ())
