"""The further channels without a network: what they ask for, what they remember, and what odd replies mean."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.backends.appstore import AppStore, AppStoreSettings
from crawlers.backends.guba import Guba, GubaSettings
from crawlers.backends.heimao import Heimao, HeimaoSettings
from crawlers.backends.rsshub import RssHub, RssHubSettings
from crawlers.backends.seen_memory import SeenMemory
from crawlers.extract import appstore, guba, heimao, publications, rsshub, wechat
from crawlers.model import Backend as Feed
from crawlers.model import PageRequest, Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import PRODUCIBLE, worst
from crawlers.plan import CrawlPlan
from crawlers.registry import spiders
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.golden_channels import ANNOUNCED, APP, ARTICLE, BAR, NOW, POST
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import ConfigError
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.subject import Backend, Source

CLOCK = FakeClock(NOW)
SINCE = NOW - timedelta(days=2)
KEY = "instance-key-1"


def piece(query: str) -> Slice:
    """Two days of one query."""
    return Slice(SearchTerm(query, query), SINCE, NOW)


def app_store() -> AppStore:
    """A backend of one app."""
    return AppStore(AppStoreSettings("http://a", (APP,)), CLOCK)


def reviews(*hours: int, pages: int = 0) -> Reply:
    """A page with reviews of so many hours ago, of a feed that says how many pages it has (0: does not say)."""
    entries = [
        {
            "author": {"uri": {"label": "https://itunes.apple.com/cn/reviews/id7"}, "name": {"label": "阿禾"}},
            "updated": {"label": (NOW - timedelta(hours=ago)).isoformat()},
            "im:rating": {"label": "2"},
            "id": {"label": str(13000000000 + ago)},
            "title": {"label": "标题"},
            "content": {"label": "内容"},
        }
        for ago in hours
    ]
    last = {"attributes": {"rel": "last", "href": f"https://itunes.apple.com/cn/rss/page={pages}/id=1/json"}}
    feed = {"title": {}, **({"link": [last]} if pages else {}), **({"entry": entries} if entries else {})}
    return Reply("u", 200, json.dumps({"feed": feed}).encode())


def test_reviews_are_read_until_the_window_begins() -> None:
    """A page that ends inside the window is followed by the next, one that ends before it is the last."""
    backend = app_store()
    (page,) = backend.first(piece(APP.id))
    assert page.url == f"http://a/cn/rss/customerreviews/page=1/id={APP.id}/sortby=mostrecent/json"
    (second,) = backend.read(reviews(1, 5), page, piece(APP.id)).follow
    assert "/page=2/" in second.url
    last = backend.read(reviews(6, *range(50, 60)), second, piece(APP.id))
    assert (last.follow, last.saturated) == ((), False)


def test_at_page_ten_the_feed_ends_and_says_that_more_may_be_missing() -> None:
    """No page 11; saturated only where the window's start was not reached."""
    backend = app_store()
    tenth = replace(backend.first(piece(APP.id))[0], number=10)
    assert backend.read(reviews(1, 5), tenth, piece(APP.id)).saturated
    assert not backend.read(reviews(1, *range(99, 109)), tenth, piece(APP.id)).saturated
    assert backend.read(Reply("u", 400, b"x"), tenth, piece(APP.id)).saturated
    assert backend.read(Reply("u", 400, b"x"), backend.first(piece(APP.id))[0], piece(APP.id)).verdict == Verdict(
        Outcome.CHANGED, "http_400"
    )


def test_a_blank_page_is_believed_only_where_both_orders_agree() -> None:
    """Reviews in the other order make the blank page a fault: asked again, then suspect and not the end."""
    backend, where = app_store(), piece(APP.id)
    third = replace(backend.first(where)[0], number=3, memo={"pages": "2"})
    (other,) = backend.read(reviews(), third, where).follow
    assert other.purpose == "mosthelpful"
    assert backend.read(reviews(), other, where).verdict == Verdict(Outcome.OK_EMPTY, "end_of_reviews")
    found = backend.read(reviews(3), other, where)
    assert (len(found.drafts), found.unsettled) == (1, True)
    still = backend.read(reviews(), found.follow[0], where)
    assert still.verdict.outcome is Outcome.SUSPECT_EMPTY
    assert not still.follow, "the feed says that there are two pages"


def read_through(backend: Feed, where: Slice, answer: Callable[[PageRequest], Reply]) -> tuple[Verdict, list[int], int]:
    """A slice read to its end: its verdict, the pages that were asked for, and how many drafts came."""
    waiting, verdicts, asked, drafts = list(backend.first(where)), [], [], 0
    while waiting:
        page = waiting.pop(0)
        asked.append(page.number)
        result = backend.read(answer(page), page, where)
        drafts += len(result.drafts)
        waiting += result.follow
        verdicts += [] if result.unsettled or result.auxiliary else [result.verdict]
    return worst(verdicts), asked, drafts


@pytest.mark.parametrize(
    ("shown", "pages", "told", "last_asked"),
    [
        ({1: 50, 2: 0, 3: 50, 4: 7}, 4, "suspect_empty:blank_page", 4),  # a hole
        ({1: 50, 2: 0}, 10, "suspect_empty:blank_page", 10),  # nine pages that do not come
        ({1: 50, 2: 0}, 0, "suspect_empty:blank_page", 10),
        ({1: 50}, 1, "ok:", 2),  # the feed has no second page
        ({1: 7}, 10, "ok:", 2),  # a short page in both orders
        ({}, 1, "ok_empty:no_reviews", 2),
        ({}, 10, "suspect_empty:blank_page", 2),  # two blank pages of ten
    ],
)
def test_a_blank_page_of_reviews_ends_the_feed_only_where_the_feed_says_so(
    shown: dict[int, int], pages: int, told: str, last_asked: int
) -> None:
    """What stands behind a blank page is read all the same."""

    def answer(page: PageRequest) -> Reply:
        return reviews(*(page.number + n for n in range(shown.get(page.number, 0))), pages=pages)

    where = Slice(SearchTerm(APP.id, APP.id), NOW - timedelta(days=30), NOW)
    verdict, asked, drafts = read_through(app_store(), where, answer)
    assert f"{verdict.outcome.value}:{verdict.detail}" == told
    assert (max(asked), drafts) == (last_asked, sum(shown.values()))


@pytest.mark.parametrize(
    "entry",
    [
        ["x"] * 50,
        [{"id": {"label": "1"}, "title": {"label": "标题"}, "rating": {"label": "1"}, "text": {"label": "闪退"}}] * 50,
        [{"im:name": {"label": "云江手机银行"}}] * 3,
    ],
    ids=["no_objects", "renamed", "apps"],
)
def test_entries_that_are_no_reviews_are_a_new_layout(entry: list[object]) -> None:
    """One entry is the app's own; any other that cannot be read is not "no reviews"."""
    body = json.dumps({"feed": {"title": {}, "entry": entry}}).encode()
    assert appstore.parse(Reply("u", 200, body), APP, "cn", NOW).verdict.outcome is Outcome.CHANGED
    nothing = appstore.parse(Reply("u", 200, b'{"feed": {}}'), APP, "cn", NOW).verdict
    assert nothing == Verdict(Outcome.CHANGED, "no_feed")


def bar_backend(state: InMemoryStateStore, **options: object) -> Guba:
    """A backend of one bar."""
    settings = GubaSettings("http://g", (BAR,), **options)  # type: ignore[arg-type]
    return Guba(settings, SeenMemory(state, "guba"), CLOCK)


OLD = tuple((native, 99, 0) for native in range(101, 111))


def bar_page(*posts: tuple[int, int, int], total: int = 8_000) -> Reply:
    """A list of (id, hours ago, replies)."""
    entries = [
        {
            "post_id": native,
            "post_title": "标题",
            "post_publish_time": f"{NOW + timedelta(hours=8 - ago):%Y-%m-%d %H:%M:%S}",
            "post_last_time": f"{NOW + timedelta(hours=8 - ago):%Y-%m-%d %H:%M:%S}",
            "post_comment_count": replies,
        }
        for native, ago, replies in posts
    ]
    body = f"<script>var article_list={json.dumps({'re': entries, 'count': total})};</script>"
    return Reply("u", 200, body.encode())


def test_a_pinned_post_does_not_end_the_list() -> None:
    """The last post of a page tells whether the window is covered, not an old notice above it."""
    backend, where = bar_backend(InMemoryStateStore(), replies=False), piece(BAR.code)
    (page,) = backend.first(where)
    assert page.url == f"http://g/list,{BAR.code},f_1.html"
    result = backend.read(bar_page((9, 9_999, 0), (2, 1, 0)), page, where)
    assert [each.purpose for each in result.follow] == ["detail", "posts"]
    assert result.follow[1].url == f"http://g/list,{BAR.code},f_2.html"


def test_texts_are_read_once_and_replies_again_when_there_are_more() -> None:
    """What was remembered is not asked for; a grown count is."""
    state, where = InMemoryStateStore(), piece(BAR.code)
    first = bar_backend(state)
    posts, active = first.first(where)
    assert [page.url for page in (posts, active)] == [
        f"http://g/list,{BAR.code},f_1.html",
        f"http://g/list,{BAR.code}.html",
    ]
    listed = bar_page((2, 1, 3), *OLD)
    assert [page.purpose for page in first.read(listed, posts, where).follow] == ["detail"]
    (replies,) = first.read(listed, active, where).follow
    assert parse_qs(replies.body.decode())["param"] == ["postid=2&sort=1&sorttype=1&p=1&ps=30"]
    first.settled(where, [{"read": {"2": 1}}, {"read": {"2/replies": 3}}], complete=False)
    again = bar_backend(state)
    assert again.read(listed, posts, where).follow == ()
    assert again.read(listed, active, where).follow == ()
    assert len(again.read(bar_page((2, 1, 4), *OLD), active, where).follow) == 1


def test_replies_that_do_not_show_up_are_suspect_in_one_run_and_given_up_in_the_next() -> None:
    """Deleted replies still count: they must not hold up a bar for ever."""
    state, where, nothing = InMemoryStateStore(), piece(BAR.code), Reply("u", 200, b'{"re":[],"rc":1}')
    for expected in (False, True):
        backend = bar_backend(state)
        (replies,) = backend.read(bar_page((2, 1, 3), *OLD), backend.first(where)[1], where).follow
        (once_more,) = backend.read(nothing, replies, where).follow
        result = backend.read(nothing, once_more, where)
        assert result.verdict.outcome is Outcome.SUSPECT_EMPTY
        assert result.auxiliary is expected
        backend.settled(where, [result.memo], complete=expected)
    backend = bar_backend(state)
    assert backend.read(bar_page((2, 1, 3), *OLD), backend.first(where)[1], where).follow == ()


def test_more_pages_of_replies_than_are_read_is_saturated() -> None:
    """30 threads on the last page that may be read."""
    backend, where = bar_backend(InMemoryStateStore(), max_reply_pages=1), piece(BAR.code)
    thread = {"reply_text": "好", "reply_publish_time": "2026-03-14 09:00:00"}
    body = {"re": [{"reply_id": 100 + n, **thread} for n in range(30)]}
    page = PageRequest("u", "replies", draft=POST, memo={"expected": "31"})
    result = backend.read(Reply("u", 200, json.dumps(body).encode()), page, where)
    assert (len(result.drafts), result.follow, result.saturated) == (30, (), True)


@pytest.mark.parametrize("purpose", ["posts", "active"])
def test_one_old_post_at_the_end_of_a_page_does_not_end_the_list(purpose: str) -> None:
    """It may stand there out of order; ten of them end it."""
    where = piece(BAR.code)
    for old, follow in ((1, [2]), (10, [])):
        backend = bar_backend(InMemoryStateStore(), details=False)
        page = next(page for page in backend.first(where) if page.purpose == purpose)
        rows = [(1000 + n, 1, 0) for n in range(80 - old)] + [(n, 99, 0) for n in range(1, old + 1)]
        assert [each.number for each in backend.read(bar_page(*rows), page, where).follow] == follow


def test_a_list_that_does_not_tell_when_posts_were_answered_is_read_on() -> None:
    """Without the time of the last reply nothing says that the rest is older."""
    backend, where = bar_backend(InMemoryStateStore()), piece(BAR.code)
    listed = bar_page((2, 99, 3), *OLD)
    silent = replace(listed, body=listed.body.replace(b"post_last_time", b"post_end_time"))
    assert [page.purpose for page in backend.read(silent, backend.first(where)[1], where).follow] == [
        "replies",
        "active",
    ]


@pytest.mark.parametrize(
    ("listing", "told"),
    [
        ({"re": [], "count": 0}, "ok_empty:count_0"),
        ({"re": [], "count": 0, "rc": 1}, "ok_empty:count_0"),
        ({"re": [], "count": 0, "rc": -1, "me": "denied"}, "suspect_empty:no_posts"),
        ({"re": [], "count": False}, "suspect_empty:no_posts"),
        ({"re": []}, "suspect_empty:no_posts"),
        ({"re": ["x"], "count": 0}, "changed:entries_unreadable"),
    ],
)
def test_a_bar_is_empty_only_by_its_own_count(listing: dict[str, object], told: str) -> None:
    """Told twice, of a bar that never had posts."""
    body = Reply("u", 200, f"<script>var article_list={json.dumps(listing)};</script>".encode())
    where, state = piece(BAR.code), InMemoryStateStore()

    def verdict(backend: Guba, number: int = 1) -> str:
        page = replace(backend.first(where)[0], number=number)
        result = backend.read(body, page, where)
        if result.unsettled:
            result = backend.read(body, result.follow[0], where)
        return f"{result.verdict.outcome.value}:{result.verdict.detail}"

    assert verdict(bar_backend(state)) == told
    known = "suspect_empty:no_posts" if told.startswith("ok_empty") else told
    assert verdict(bar_backend(state), number=2) == known
    before = bar_backend(state, details=False)
    result = before.read(bar_page(*OLD), before.first(where)[0], where)
    assert verdict(before) == known, "the other list of this run showed posts"
    before.settled(where, [result.memo], complete=True)
    assert verdict(bar_backend(state)) == known, "it had posts in an earlier run"


def some_replies(*natives: int) -> Reply:
    """A page of replies."""
    thread = {"reply_text": "好", "reply_publish_time": "2026-03-14 09:00:00"}
    return Reply("u", 200, json.dumps({"re": [{"reply_id": native, **thread} for native in natives]}).encode())


def test_fewer_replies_than_told_are_saturated_and_looked_for_again_for_a_while() -> None:
    """A cut page is no whole; replies that were deleted still count, and hold up nothing for ever."""
    state, where = InMemoryStateStore(), piece(BAR.code)
    listed = bar_page((2, 1, 95), *OLD)
    looks = []
    for _ in range(5):
        backend = bar_backend(state)
        follow = backend.read(listed, backend.first(where)[1], where).follow
        for page in follow:
            result = backend.read(some_replies(*range(1, 6)), page, where)
            assert (len(result.drafts), result.verdict.outcome, result.follow) == (5, Outcome.OK, ())
            looks.append(result.saturated)
            backend.settled(where, [result.memo], complete=True)
    assert looks == [True, True, True, False]


def test_a_blank_second_page_of_replies_is_asked_for_again() -> None:
    """Where more were told than came; where all came it is the end."""
    backend, where = bar_backend(InMemoryStateStore()), piece(BAR.code)
    page = PageRequest("u", "replies", draft=POST, memo={"expected": "40"})
    (second,) = backend.read(some_replies(*range(1, 31)), page, where).follow
    once = backend.read(some_replies(), second, where)
    assert once.unsettled
    assert backend.read(some_replies(), once.follow[0], where).saturated
    whole = backend.read(some_replies(), replace(second, memo={"expected": "30", "seen": "30"}), where)
    assert (whole.unsettled, whole.saturated) == (False, False)


def test_behind_the_last_page_of_a_bar_there_is_nothing_and_elsewhere_nothing_is_suspect() -> None:
    """The bar's own count tells the two apart."""
    backend, where = bar_backend(InMemoryStateStore()), piece(BAR.code)
    third = replace(backend.first(where)[0], number=3)
    assert backend.read(bar_page(total=160), third, where).verdict == Verdict(Outcome.OK_EMPTY, "past_last_page")
    backend = bar_backend(InMemoryStateStore())
    doubt = backend.read(bar_page(total=161), third, where)
    assert (doubt.verdict.outcome, doubt.unsettled) == (Outcome.SUSPECT_EMPTY, True)
    assert backend.read(bar_page(total=161), doubt.follow[0], where).unsettled is False


def test_a_stored_post_is_looked_up_and_a_deleted_one_is_gone() -> None:
    """Counts of now, or the mention among the vanished ones."""
    backend = bar_backend(InMemoryStateStore())
    name = mention_id(Platform.GUBA, MentionKind.POST, POST.native_id)
    page = backend.look_up(name, POST.url)
    assert page is not None
    assert page.url == "http://g/news,601999,1500000002.html"
    gone = backend.read(Reply(page.url, 302, b"", {"location": "/error?type=2"}), page, piece("x"))
    assert (gone.verdict.outcome, gone.gone, gone.auxiliary) == (Outcome.NOT_FOUND, (name,), False)
    other = json.dumps({"post_id": 1, "post_title": "题", "post_publish_time": "2026-03-14 09:00:00"})
    instead = backend.read(
        Reply(page.url, 200, f"<script>var post_article={other};</script>".encode()), page, piece("x")
    )
    assert (instead.verdict, instead.drafts) == (Verdict(Outcome.CHANGED, "another_post"), ())
    moved = backend.read(Reply(page.url, 302, b"", {"location": "/error?type=1"}), page, piece("x"))
    assert (moved.verdict.outcome, moved.gone) == (Outcome.CHANGED, ())
    assert backend.look_up(MentionId("guba:comment:5"), POST.url) is None
    assert backend.look_up(name, "https://guba.eastmoney.com/") is None


def complaints(*hours: float, total: int | None = None) -> Reply:
    """A page of complaints, and how many the search says that it found."""
    mains = [
        {
            "main": {
                "sn": str(90_000 + int(ago * 100)),
                "title": "标题",
                "timestamp": str(int((NOW - timedelta(hours=ago)).timestamp())),
            }
        }
        for ago in hours
    ]
    pager = {} if total is None else {"pager": {"current": 1, "page_amount": -(-total // 10), "item_count": total}}
    return Reply("u", 200, json.dumps({"result": {"status": {"code": 0}, "data": {"lists": mains, **pager}}}).encode())


@pytest.mark.parametrize(
    ("shown", "total", "told", "asked"),
    [
        ({}, 0, "ok_empty:total_0", [1, 1]),
        ({}, 117, "suspect_empty:blank_page", [1, 1]),
        ({}, None, "suspect_empty:no_total", [1, 1]),
        ({1: 10, 2: 0, 3: 10}, 117, "suspect_empty:blank_page", [1, 2, 2]),
        ({1: 10, 2: 0}, None, "suspect_empty:blank_page", [1, 2, 2]),
        ({1: 10, 2: 4}, 14, "ok:", [1, 2]),
        ({1: 10, 2: 4}, None, "ok:", [1, 2, 3, 3]),
        ({1: 10}, 10, "ok:", [1]),
    ],
)
def test_a_blank_page_of_complaints_is_the_end_only_by_the_sites_own_count(
    shown: dict[int, int], total: int | None, told: str, asked: list[int]
) -> None:
    """Any blank page is asked for again, and none is believed before the count was reached."""

    def answer(page: PageRequest) -> Reply:
        return complaints(*(page.number + n / 20 for n in range(shown.get(page.number, 0))), total=total)

    backend = Heimao((), HeimaoSettings("http://h"), CLOCK)
    verdict, pages, drafts = read_through(backend, piece("云江"), answer)
    assert (f"{verdict.outcome.value}:{verdict.detail}", pages) == (told, asked)
    assert drafts == sum(count for number, count in shown.items() if number in asked)


@pytest.mark.parametrize("lists", [["x", "y"], [None]])
def test_complaints_that_are_no_objects_are_a_new_layout(lists: list[object]) -> None:
    """Not an empty list."""
    body = json.dumps({"result": {"status": {"code": 0}, "data": {"lists": lists, "pager": {"item_count": 0}}}})
    assert heimao.parse(Reply("u", 200, body.encode()), NOW).verdict.outcome is Outcome.CHANGED


def test_a_search_for_complaints_is_unsigned_and_ends_with_a_page_of_older_ones() -> None:
    """A page with one complaint of the window goes on."""
    backend, where = Heimao((), HeimaoSettings("http://h"), CLOCK), piece("云江 银行")
    (page,) = backend.first(where)
    assert set(parse_qs(urlsplit(page.url).query)) == {"keywords", "page_size", "page"}

    assert len(backend.read(complaints(90, 1, 95), page, where).follow) == 1
    assert backend.read(complaints(90, 95), page, where).follow == ()


def hub(state: InMemoryStateStore, *routes: str, key: str = KEY) -> RssHub:
    """A backend of some routes for one term."""
    terms = (SearchTerm("云江+手机 银行", "云江+手机 银行"),)
    return RssHub(terms, RssHubSettings("http://r", routes, key), SeenMemory(state, "r"), CLOCK)


def test_routes_are_filled_with_terms_and_encoded_to_the_last_sign() -> None:
    """A plus or a blank inside a term changes no path; the query's name stays readable and has no key."""
    backend = hub(
        InMemoryStateStore(), "/weibo/keyword/{keyword}?limit=50", "/wechat/mp/a", "https://bridge.example/a.xml"
    )
    one, two, three = backend.queries
    assert one.id == "/weibo/keyword/云江+手机 银行?limit=50"
    pages = [backend.first(Slice(query, SINCE, NOW))[0] for query in (one, two, three)]
    assert pages[0].url.startswith(
        "http://r/weibo/keyword/%E4%BA%91%E6%B1%9F%2B%E6%89%8B%E6%9C%BA%20%E9%93%B6%E8%A1%8C?"
    )
    assert pages[0].url.endswith(f"?limit=50&key={KEY}")
    assert pages[1].url == f"http://r/wechat/mp/a?key={KEY}"
    assert pages[2].url == "https://bridge.example/a.xml", "the key goes to our own instance only"
    assert KEY not in f"{backend.queries} {pages!r} {RssHubSettings('http://r', (), KEY)!r}"


ERROR_PAGES = [
    (503, b"Error: Cooling down before new visitor Cookies may be generated", Outcome.RATE_LIMITED, "cooling_down"),
    (503, b"Error: Cookies expired. Please update WEIBO_COOKIES", Outcome.AUTH_REQUIRED, "cookies_expired"),
    (503, b"Please update XIAOHONGSHU_COOKIE", Outcome.AUTH_REQUIRED, "cookies_expired"),
    (503, b"ConfigNotFoundError: x", Outcome.AUTH_REQUIRED, "not_configured"),
    (403, b"Authentication failed. Access denied.", Outcome.AUTH_REQUIRED, "access_key"),
    (503, b"CaptchaError: x", Outcome.CHALLENGE, "captcha"),
    (503, b'FetchError: [GET] "https://x.example/": 432 ', Outcome.RATE_LIMITED, "upstream_432"),
    (503, b'FetchError: [GET] "https://x.example/": 403 Forbidden', Outcome.BLOCKED, "upstream_403"),
    (503, b"TypeError: x", Outcome.TRANSPORT, "http_503"),
    (404, b"NotFoundError: wrong path", Outcome.NOT_FOUND, "http_404"),
    (200, b"A page about: Cookies expired. Please update WEIBO_COOKIES", Outcome.CHANGED, "not_a_feed"),
]


@pytest.mark.parametrize(("status", "body", "outcome", "detail"), ERROR_PAGES, ids=[str(row[1]) for row in ERROR_PAGES])
def test_error_pages_of_the_instance_name_their_cause(status: int, body: bytes, outcome: Outcome, detail: str) -> None:
    """An error page is never an empty feed; a feed that quotes one is a feed."""
    page = b"<html><body><code>" + body + b"</code></body></html>"
    assert rsshub.parse(Reply("http://r/x", status, page), NOW).verdict == Verdict(outcome, detail)


def one_route(state: InMemoryStateStore, route: str = "/weibo/keyword/x") -> RssHub:
    """A backend of one route."""
    return RssHub((), RssHubSettings("http://r", (route,)), SeenMemory(state, "hub"), CLOCK)


def hub_feed(*links: str, end: str = "</channel></rss>") -> Reply:
    """A feed that leads to these places."""
    stamp = NOW.isoformat()
    items = "".join(
        f"<item><title>标题</title><description>云江银行</description><link>{link}</link><pubDate>{stamp}</pubDate></item>"
        for link in links
    )
    text = f'<rss version="2.0"><channel><title>示例</title>{items}{end}'
    return Reply("http://r/x", 200, text.encode())


POST_OF_HUB = "https://weibo.com/1999999998/Qa1b2c3d4"


def test_a_route_that_listed_something_and_lists_nothing_is_suspect() -> None:
    """Asked twice. A route that was never full, or that filters, may be empty."""
    for route, is_known, outcome in (
        ("/weibo/keyword/x", False, Outcome.OK_EMPTY),
        ("/weibo/keyword/x", True, Outcome.SUSPECT_EMPTY),
        ("/weibo/keyword/x?filter_time=3600", True, Outcome.OK_EMPTY),
    ):
        state = InMemoryStateStore()
        made = one_route(state, route)
        part = Slice(made.queries[0], SINCE, NOW)
        (page,) = made.first(part)
        if is_known:
            made.settled(part, [made.read(hub_feed(POST_OF_HUB), page, part).memo], True)
        first = one_route(state, route).read(hub_feed(), page, part)
        assert first.unsettled
        assert one_route(state, route).read(hub_feed(), first.follow[0], part).verdict.outcome is outcome


@pytest.mark.parametrize(
    ("reply", "outcome", "drafts"),
    [
        (Reply("http://r/x", 304, b""), Outcome.CHANGED, 0),
        (hub_feed(POST_OF_HUB, end="<item><ti"), Outcome.TRANSPORT, 1),
        (hub_feed(POST_OF_HUB, "https://weibo.com/", "https://weibo.com/u/1999999998"), Outcome.CHANGED, 1),
    ],
    ids=["unasked 304", "cut", "leads nowhere"],
)
def test_a_feed_of_which_we_have_only_a_part_is_not_seen(reply: Reply, outcome: Outcome, drafts: int) -> None:
    """What can be read is kept; the cursor has no reason to move."""
    made = one_route(InMemoryStateStore())
    part = Slice(made.queries[0], SINCE, NOW)
    page = replace(made.first(part)[0], attempt=2)
    result = made.read(reply, page, part)
    assert (result.verdict.outcome, len(result.drafts)) == (outcome, drafts)


def test_an_article_of_wechat_is_gone_when_its_page_says_so_and_not_by_a_status() -> None:
    """404 is also what a proxy answers."""
    made = one_route(InMemoryStateStore())
    name = MentionId(f"wechat:article:{ANNOUNCED.native_id}")
    page = made.look_up(name, ARTICLE)
    assert page is not None
    part = Slice(made.queries[0], SINCE, NOW)
    assert made.read(Reply(ARTICLE, 404, b"x"), page, part).gone == ()
    deleted = '<html><body><h2 class="weui-msg__title">该内容已被发布者删除</h2></body></html>'
    assert len(made.read(Reply(ARTICLE, 200, deleted.encode()), page, part).gone) == 1


ADDRESSES = [
    ("https://weibo.com/1999999998/Qa1b2c3d4", Platform.WEIBO, MentionKind.POST),
    ("https://m.weibo.cn/status/Qa1b2c3d4", Platform.WEIBO, MentionKind.POST),
    ("https://www.zhihu.com/answer/3000000001", Platform.ZHIHU, MentionKind.POST),
    ("https://www.zhihu.com/zvideo/1700000001", Platform.ZHIHU, MentionKind.VIDEO),
    ("https://www.bilibili.com/video/av170001", Platform.BILIBILI, MentionKind.VIDEO),
    (
        "https://www.xiaohongshu.com/explore/65f2a1b2000000001203c4d5?xsec_token=AB",
        Platform.XIAOHONGSHU,
        MentionKind.POST,
    ),
    ("https://www.kuaishou.com/short-video/3xabc123", Platform.KUAISHOU, MentionKind.VIDEO),
    ("https://tieba.baidu.com/p/9000000001", Platform.TIEBA, MentionKind.POST),
]


@pytest.mark.parametrize(("url", "platform", "kind"), ADDRESSES, ids=[row[0][8:40] for row in ADDRESSES])
def test_an_address_tells_the_publication_and_not_its_author(url: str, platform: Platform, kind: MentionKind) -> None:
    """Platform, kind and id; the stored address holds neither account nor token."""
    found = publications.read(url)
    assert found is not None
    assert (found.platform, found.kind) == (platform, kind)
    assert "1999999998" not in found.url
    assert "1999999998" not in repr(found)
    assert "xsec" not in found.url


@pytest.mark.parametrize(
    "url",
    [
        "https://weibo.com/u/1999999998",
        "https://www.zhihu.com/people/x",
        "https://mp.weixin.qq.com/mp/profile",
        "ftp://x/y",
        "x",
        "http://[",
    ],
)
def test_profiles_searches_and_nonsense_are_no_publications(url: str) -> None:
    """Nothing is made up for them."""
    assert publications.read(url) is None


PARSERS = {
    "appstore": lambda reply: appstore.parse(reply, APP, "cn", NOW).verdict,
    "guba_list": lambda reply: guba.parse_list(reply, BAR, NOW).verdict,
    "guba_post": lambda reply: guba.parse_post(reply, BAR, NOW)[0],
    "guba_replies": lambda reply: guba.parse_replies(reply, BAR, POST, NOW).verdict,
    "heimao": lambda reply: heimao.parse(reply, NOW).verdict,
    "rsshub": lambda reply: rsshub.parse(reply, NOW).verdict,
    "wechat": lambda reply: wechat.parse(reply, ANNOUNCED, ANNOUNCED.native_id, ARTICLE, NOW)[0],
}
KEYS = (
    "feed",
    "entry",
    "label",
    "re",
    "count",
    "post_id",
    "reply_id",
    "result",
    "status",
    "code",
    "data",
    "lists",
    "main",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(
    body=st.binary(max_size=120)
    | JSON.map(lambda value: b"var article_list=" + json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_end_in_an_outcome_and_nothing_is_empty_without_a_proof(name: str, body: bytes) -> None:
    """No parser raises; ok_empty needs the channel's own marker."""
    verdict = PARSERS[name](Reply("https://x.example/a", 200, body))
    if verdict.outcome is Outcome.OK_EMPTY:
        assert any(sign in body for sign in (b'"count": 0', b'"item_count": 0', b"<rss", b"<feed"))


@pytest.mark.parametrize(
    ("kind", "options", "secrets", "named"),
    [
        ("appstore", {}, {}, "apps"),
        ("appstore", {"apps": ["abc"]}, {}, "apps"),
        ("appstore", {"apps": [{"name": "没有编号"}]}, {}, "apps"),
        ("appstore", {"apps": [{"id": "1", "other": "x"}]}, {}, "apps"),
        ("guba", {"bars": "600000"}, {}, "bars"),
        ("guba", {"bars": ["60,0"]}, {}, "bars"),
        ("guba", {"bars": ["12"]}, {}, "bars"),
        ("guba", {"bars": ["600000", "hk123"]}, {}, "bars"),
        ("guba", {"bars": ["60199９"]}, {}, "bars"),
        ("rsshub", {}, {}, "routes"),
        ("rsshub", {"routes": ["weibo"]}, {}, "routes"),
        ("rsshub", {"routes": ["/weibo?key=abc"]}, {}, "YQ_RSSHUB_KEY"),
        ("rsshub", {"routes": ["/weibo"]}, {"rsshub_key": "短 +"}, "YQ_RSSHUB_KEY"),
    ],
)
def test_wrong_options_are_named(kind: str, options: dict[str, object], secrets: dict[str, str], named: str) -> None:
    """A source that could not work is not started; the message holds no secret."""
    source = Source("s", kind, "s", Backend.WEB, "test", True, 60, options)
    plan = CrawlPlan((), (), None, InMemoryStateStore(), CLOCK, secrets=secrets)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=named) as caught:
        spiders()[kind].build(source, plan, lambda text: True)
    assert not any(secret in str(caught.value) for secret in secrets.values())


def test_the_channels_say_what_they_can_produce() -> None:
    """Each has its row."""
    assert {"appstore", "guba", "heimao", "rsshub"} <= set(PRODUCIBLE)
