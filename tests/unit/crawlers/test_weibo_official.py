"""The official routes of Weibo without a network: tokens in headers, errors by their code, windows that are cut."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import scrapy

from crawlers.backends.douyin_open import DouyinOpen, DouyinOpenSettings
from crawlers.backends.weibo_official import OfficialSettings, WeiboCommercial, WeiboMentions
from crawlers.extract.times import SHANGHAI
from crawlers.inner import InnerHosts, Reach
from crawlers.middlewares.governing import GoverningMiddleware, HostRefuses
from crawlers.model import PageRequest, SearchTerm, Slice, Verdict
from crawlers.spider import SliceSpider
from tests.fakes import FakeClock
from tests.unit.crawlers.weibo_parts import NOW, PIECE, mid, path, query, reply, weibo
from yuqing.domain.coverage import Outcome


def status(at: datetime, serial: int = 1, **fields: object) -> dict[str, object]:
    """A status of the open platform."""
    number = mid(at, serial)
    user = {"id": 1000200030, "screen_name": "江边散步", "verified": False, "followers_count": 12}
    created = f"{at.astimezone(SHANGHAI):%a %b %d %H:%M:%S %z %Y}"
    return {
        "id": int(number),
        "idstr": number,
        "mid": number,
        "text": "云江 银行",
        "created_at": created,
        "user": user,
    } | fields


def test_without_a_token_nothing_is_sent() -> None:
    """No call with an empty token: the pages are auth_required before they reach the network."""
    clock, bare = FakeClock(NOW), OfficialSettings("https://api.example")
    term = SearchTerm("云江银行", "云江银行")
    backends = [
        WeiboCommercial((term,), bare, clock),
        WeiboMentions(bare, clock),
        DouyinOpen((term,), DouyinOpenSettings("https://open.example"), clock),
    ]
    spider = _Spider()
    governing = GoverningMiddleware(SimpleNamespace(spider=spider))  # type: ignore[arg-type]
    for backend in backends:
        (page,) = backend.first(Slice(backend.queries[0], PIECE.since, PIECE.until))
        request = scrapy.Request(page.url, cb_kwargs={"page": page})
        with pytest.raises(HostRefuses) as caught:
            asyncio.run(governing.process_request(request))
        assert caught.value.verdict == Verdict(Outcome.AUTH_REQUIRED, "no_token")
        assert backend.lost(page, caught.value.verdict).verdict.outcome is Outcome.AUTH_REQUIRED
    full = WeiboMentions(OfficialSettings("https://api.example", "2.00Token"), clock)
    assert full.first(Slice(full.queries[0], PIECE.since, PIECE.until))[0].lacks == ""


class _Spider(SliceSpider):
    """A spider without an engine; every address is within its reach."""

    name = "quiet"

    def __init__(self) -> None:
        self.reach = Reach(frozenset(), InnerHosts(()))


def test_the_token_travels_in_a_header_and_shows_nowhere() -> None:
    """No address and no repr holds it."""
    for surface, token in (("commercial_api", "2.00ApiToken"), ("open_api_mentions", "2.00OpenToken")):
        backend = weibo(surface)
        (page,) = backend.first(Slice(backend.queries[0], PIECE.since, PIECE.until))
        assert page.headers["Authorization"] == f"OAuth2 {token}"
        assert token not in page.url
        assert token not in repr(page)
        assert not page.session


def test_the_commercial_search_asks_by_the_second() -> None:
    """Bounds are epoch seconds; characters that the platform forbids are left out."""
    (page,) = weibo("commercial_api").first(PIECE)
    asked = query(page)
    assert path(page) == "/2/search/statuses/limited.json"
    assert (asked["starttime"], asked["endtime"]) == (
        str(int(PIECE.since.timestamp())),
        str(int(PIECE.until.timestamp())),
    )
    assert (asked["q"], asked["count"], asked["sort"]) == ("云江 银行", "50", "time")


ERRORS = [
    (10022, Outcome.RATE_LIMITED),
    (10023, Outcome.RATE_LIMITED),
    (10024, Outcome.RATE_LIMITED),
    (21314, Outcome.AUTH_REQUIRED),
    (21327, Outcome.AUTH_REQUIRED),
    (21332, Outcome.AUTH_REQUIRED),
    (10001, Outcome.BLOCKED),
]


@pytest.mark.parametrize(("code", "outcome"), ERRORS)
@pytest.mark.parametrize("http", [403, 200])
@pytest.mark.parametrize("surface", ["commercial_api", "open_api_mentions"])
def test_errors_are_told_apart_by_their_code(code: int, outcome: Outcome, http: int, surface: str) -> None:
    """Whatever the status says; an unknown code is a refusal."""
    backend = weibo(surface)
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    body = {"error": "words", "error_code": code, "request": "/2/x.json"}
    result = backend.read(reply(body, http), backend.first(piece)[0], piece)
    assert result.verdict.outcome is outcome


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"statuses": [], "total_number": 0}, Outcome.OK_EMPTY),
        ({"statuses": [], "total_number": 812}, Outcome.SUSPECT_EMPTY),
        ({"statuses": []}, Outcome.SUSPECT_EMPTY),
        ({"results": []}, Outcome.CHANGED),
        ({"statuses": [{"id": 1}], "total_number": 1}, Outcome.CHANGED),
    ],
    ids=["total 0", "withheld", "no total", "renamed", "unreadable"],
)
def test_nothing_is_nothing_only_with_the_platforms_number(body: dict[str, object], outcome: Outcome) -> None:
    """An empty list beside a number that is not 0 is no proof."""
    backend = weibo("commercial_api")
    page = PageRequest("u", "search", attempt=2, memo={"read": "0"})
    assert backend.read(reply(body), page, PIECE).verdict.outcome is outcome


@pytest.mark.parametrize("told", [{}, {"total_number": None}, {"total_number": "many"}, {"total_number": "1,234"}])
@pytest.mark.parametrize(("surface", "size"), [("commercial_api", 50), ("open_api_mentions", 200)])
def test_a_full_page_without_a_number_has_another_one_behind_it(
    surface: str, size: int, told: dict[str, object]
) -> None:
    """The number is inferred, not documented: without it a list ends with a page that is not full, or empty."""
    backend = weibo(surface)
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    entries = [status(NOW - timedelta(seconds=9 * n), n) for n in range(1, size + 1)]
    page = backend.first(piece)[0]
    (second,) = backend.read(reply({"statuses": entries, **told}), page, piece).follow
    end = backend.read(reply({"statuses": []}), replace(second, attempt=2), piece)
    assert (end.verdict.outcome, end.saturated) == (Outcome.OK_EMPTY, True)


@pytest.mark.parametrize("total", [None, False, -1, "many", ""])
@pytest.mark.parametrize("surface", ["commercial_api", "open_api_mentions"])
def test_a_number_that_is_none_proves_nothing(surface: str, total: object) -> None:
    """Only 0 is 0."""
    backend = weibo(surface)
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    page = replace(backend.first(piece)[0], attempt=2)
    result = backend.read(reply({"statuses": [], "total_number": total}), page, piece)
    assert result.verdict.outcome is Outcome.SUSPECT_EMPTY


def cost(answer: Callable[[Slice], dict[str, object]], days: int = 7, **options: object) -> int:
    """How many calls a window of days takes when every call is answered like this."""
    backend = weibo("commercial_api", **options)
    piece, calls = Slice(PIECE.query, NOW - timedelta(days=days), NOW), 0
    todo = [(piece, page) for page in backend.first(piece)]
    while todo and calls < 3_000:
        asked, page = todo.pop()
        calls += 1
        result = backend.read(reply(answer(asked)), page, asked)
        if result.verdict.detail != "call_limit":
            todo += [(asked, following) for following in result.follow]
            todo += [(part, first) for part in result.split for first in backend.first(part)]
    return calls


def test_a_number_that_never_shrinks_is_not_paid_for_by_the_thousand() -> None:
    """Bounds that are not heeded, and a number that nothing bears out, cut no window again and again."""
    newest = [status(NOW - timedelta(seconds=n), n) for n in range(1, 51)]
    assert cost(lambda piece: {"statuses": newest[:1], "total_number": 99_999}) <= 20
    assert cost(lambda piece: {"statuses": newest, "total_number": 99_999}) < 120


def test_calls_beyond_the_limit_of_a_run_wait_for_the_next_one() -> None:
    """As with a quota of the platform: told, and nothing is called seen."""

    def full(piece: Slice) -> dict[str, object]:
        entries = [status(piece.until - timedelta(seconds=1), n) for n in range(50)]
        return {"statuses": entries, "total_number": 99_999}

    assert cost(full, max_calls=30) < 60
    backend = weibo("commercial_api", max_calls=1)
    page = backend.first(PIECE)[0]
    body = reply({"statuses": [status(NOW - timedelta(minutes=9))], "total_number": 1})
    assert backend.read(body, page, PIECE).verdict.outcome is Outcome.OK
    spent = backend.read(body, page, PIECE)
    assert (spent.verdict.outcome, spent.verdict.detail) == (Outcome.RATE_LIMITED, "call_limit")


@pytest.mark.parametrize("surface", ["commercial_api", "open_api_mentions"])
def test_a_zero_after_a_number_is_no_end(surface: str) -> None:
    """Page 1 told 134: a later page with a total of 0 is asked for again, and then told as cut."""
    backend = weibo(surface)
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    size = int(query(backend.first(piece)[0])["count"])
    entries = [status(NOW - timedelta(seconds=n), n) for n in range(size)]
    body = {"statuses": entries, "total_number": size + 34}
    (second,) = backend.read(reply(body), backend.first(piece)[0], piece).follow
    nothing = reply({"statuses": [], "total_number": 0})
    assert backend.read(nothing, second, piece).unsettled
    assert backend.read(nothing, replace(second, attempt=2), piece).saturated


def test_full_pages_that_break_off_are_cut_in_two() -> None:
    """A page told and not shown, after pages that were full: the halves may show it."""
    page = PageRequest("u", "search", number=3, attempt=2, memo={"read": "100", "total": "900"})
    result = weibo("commercial_api").read(reply({"statuses": []}), page, PIECE)
    assert (len(result.split), result.saturated) == (2, False)


def test_a_list_of_our_account_that_ends_after_a_short_page_is_over() -> None:
    """Two signs: the page was not full, and below its lowest id there is nothing."""
    backend = weibo("open_api_mentions")
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    entries = [status(NOW - timedelta(minutes=n), n) for n in (1, 2)]
    page = backend.first(piece)[0]
    assert backend.read(reply({"statuses": entries}), page, piece).follow == ()
    (second,) = backend.read(reply({"statuses": entries, "total_number": 99}), page, piece).follow
    end = backend.read(reply({"statuses": []}), replace(second, attempt=2), piece)
    assert (end.verdict.outcome, end.saturated) == (Outcome.OK_EMPTY, False)


def test_fewer_posts_than_told_are_told() -> None:
    """A later page that stays empty ends the list, and the slice says that something was not shown."""
    page = PageRequest("u", "search", number=2, attempt=2, memo={"read": "50"})
    result = weibo("commercial_api").read(reply({"statuses": [], "total_number": 60}), page, PIECE)
    assert (result.verdict.outcome, result.saturated, result.follow) == (Outcome.OK_EMPTY, True, ())


def test_a_window_that_is_too_full_is_cut_in_two_and_a_minute_is_the_floor() -> None:
    """The halves meet; what cannot be cut any more is saturated at the last page."""
    backend = weibo("commercial_api", page_cap=1)
    body = {"statuses": [status(NOW - timedelta(seconds=9), n) for n in range(50)], "total_number": 51}
    result = backend.read(reply(body), backend.first(PIECE)[0], PIECE)
    first, second = result.split
    assert (first.since, first.until, second.until) == (PIECE.since, second.since, PIECE.until)
    minute = Slice(PIECE.query, NOW - timedelta(seconds=90), NOW)
    result = backend.read(reply(body), backend.first(minute)[0], minute)
    assert (result.split, result.saturated, result.follow) == ((), True, ())


def test_lists_of_our_account_go_down_by_id() -> None:
    """From the smallest id of the window's first second; the next page lies below the lowest id of this one."""
    backend = weibo("open_api_mentions")
    piece = Slice(backend.queries[0], PIECE.since, PIECE.until)
    (page,) = backend.first(piece)
    assert path(page) == "/2/statuses/mentions.json"
    assert int(mid(PIECE.since - timedelta(seconds=1), 4_194_303)) <= int(query(page)["since_id"])
    assert int(query(page)["since_id"]) < int(mid(PIECE.since, 0))
    entries = [status(NOW - timedelta(minutes=n), n) for n in (1, 2)]
    (following,) = backend.read(reply({"statuses": entries, "total_number": 5}), page, piece).follow
    assert query(following)["max_id"] == str(int(str(entries[1]["id"])) - 1)
    end = backend.read(reply({"statuses": entries, "total_number": 2}), page, piece)
    assert end.follow == ()


def test_comments_to_us_stand_below_the_post_that_they_bring_along() -> None:
    """The post is their context and root; a comment below a deleted post is noted."""
    backend = weibo("open_api_mentions")
    piece = Slice(backend.queries[1], PIECE.since, PIECE.until)
    at = NOW - timedelta(minutes=5)
    post = status(at - timedelta(hours=1), text="系统升级公告")
    gone = {"mid": "5276300844652167", "user": None, "text": "抱歉", "deleted": "1"}
    body = {"comments": [status(at, text="修好了吗", status=post), status(at, 2, status=gone)], "total_number": 2}
    result = backend.read(reply(body), backend.first(piece)[0], piece)
    (comment,) = result.drafts
    assert (comment.text, comment.context, comment.root_id) == ("修好了吗", "系统升级公告", f"weibo:post:{post['mid']}")
    assert result.notes["gone"] == 1
