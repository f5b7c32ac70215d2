"""The official routes of Weibo without a network: tokens in headers, errors by their code, windows that are cut."""

from datetime import datetime, timedelta

import pytest

from crawlers.model import PageRequest, Slice
from tests.unit.crawlers.weibo_parts import NOW, PIECE, mid, path, query, reply, weibo
from yuqing.domain.coverage import Outcome


def status(at: datetime, serial: int = 1, **fields: object) -> dict[str, object]:
    """A status of the open platform."""
    number = mid(at, serial)
    user = {"id": 1000200030, "screen_name": "江边散步", "verified": False, "followers_count": 12}
    created = "Sat Mar 14 09:10:00 +0800 2026"
    return {
        "id": int(number),
        "idstr": number,
        "mid": number,
        "text": "云江 银行",
        "created_at": created,
        "user": user,
    } | fields


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


def test_fewer_posts_than_told_are_told() -> None:
    """A later page that stays empty ends the list, and the slice says that something was not shown."""
    page = PageRequest("u", "search", number=2, attempt=2, memo={"read": "50"})
    result = weibo("commercial_api").read(reply({"statuses": [], "total_number": 60}), page, PIECE)
    assert (result.verdict.outcome, result.saturated, result.follow) == (Outcome.OK_EMPTY, True, ())


def test_a_window_that_is_too_full_is_cut_in_two_and_a_minute_is_the_floor() -> None:
    """The halves meet; what cannot be cut any more is saturated at the last page."""
    backend = weibo("commercial_api", page_cap=1)
    body = {"statuses": [status(NOW - timedelta(minutes=9))], "total_number": 51}
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
