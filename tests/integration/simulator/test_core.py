"""What all doubles share: encodings, limits, robots.txt, deletions, and sites that register themselves."""

import gzip

import httpx
import pytest

from simulator import sites
from simulator.rate import Limit
from simulator.server import Simulator
from tests.integration.simulator.conftest import LOGIN, Browser

pytestmark = pytest.mark.integration
FEED = "/news/rss/all.xml"


@pytest.fixture(autouse=True)
def _as_it_was_before(demo: Simulator) -> None:
    """No limit and no variant of another test."""
    demo.world.rate.clear()
    demo.world.robots.clear()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_the_same_body_squeezed(browser: Browser, demo: Simulator, coding: str) -> None:
    """The header says how, and the text is the same."""
    plain = browser.get(FEED, cookies=None)
    demo.fault("news-feed", coding)
    with httpx.stream("GET", demo.url + FEED) as response:
        raw = b"".join(response.iter_raw())
        assert response.headers["content-encoding"] == coding
    assert len(raw) < len(plain.content) / 3
    if coding == "gzip":
        assert gzip.decompress(raw) == plain.content


def test_the_same_text_in_gb18030(browser: Browser, demo: Simulator) -> None:
    """Recoded, and declared in header and document."""
    plain = browser.get(FEED, cookies=None).text
    demo.fault("news-feed", "gb18030")
    recoded = browser.get(FEED, cookies=None)
    assert recoded.headers["content-type"].endswith("charset=gb18030")
    assert recoded.content.decode("gb18030") == plain.replace('encoding="utf-8"', 'encoding="gb18030"', 1)


def test_a_body_shorter_than_promised(browser: Browser, demo: Simulator) -> None:
    """The connection ends in the middle."""
    demo.fault("news-feed", "truncated_body")
    with pytest.raises(httpx.RemoteProtocolError):
        browser.get(FEED, cookies=None)
    assert browser.get(FEED, cookies=None).status_code == 200


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("401", 401), ("410", 410), ("412", 412), ("414", 414), ("461", 461), ("471", 471), ("500", 500), ("504", 504)],
)
def test_more_status_refusals(browser: Browser, demo: Simulator, outcome: str, status: int) -> None:
    """Each of the list, with the headers that belong to it."""
    demo.fault("douyin", outcome, retry_after="Sat, 14 Mar 2026 02:00:00 GMT")
    refused = browser.get("/douyin/aweme/v1/web/search/item/", keyword="云江银行")
    assert refused.status_code == status
    assert refused.headers["retry-after"].endswith("GMT")
    assert ("verifytype" in refused.headers) == (status in (461, 471))


@pytest.mark.parametrize(
    ("route", "path", "status", "sign"),
    [
        ("weibo-s", "/weibo-s/weibo?q=云江", 418, b"teapot"),
        ("weibo-m", "/weibo-m/api/config", 432, b"432"),
        ("douyin", "/douyin/aweme/v1/web/search/item/?keyword=x", 200, b"verify_check"),
        ("douyin-comments", "/douyin/aweme/v1/web/comment/list/?aweme_id=1", 200, b'"status_code": 9'),
        ("news", FEED, 403, b"Forbidden"),
    ],
)
def test_too_fast_is_refused_in_the_platforms_own_way(
    browser: Browser, demo: Simulator, route: str, path: str, status: int, sign: bytes
) -> None:
    """And the ledger says that it was the pace."""
    demo.rate_limit(route, per_minute=1, burst=2)
    answers = [browser.get(path) for _ in range(3)]
    assert sign not in answers[1].content
    assert (answers[2].status_code, sign in answers[2].content) == (status, True)
    assert [line.why for line in demo.requests[-3:]] == ["", "", "rate"]


def test_the_limit_can_be_set_over_http(browser: Browser, demo: Simulator) -> None:
    """And taken away; nonsense is refused."""
    order = {"route": "weibo-s", "per_minute": 6, "burst": 1, "outcome": "429"}
    assert browser.post("/__control/rate", json=order).json()[0]["by"] == ["ip", "cookie"]
    answers = [browser.get("/weibo-s/weibo", q="云江") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 20
    assert browser.delete("/__control/rate").json() == []
    assert browser.get("/weibo-s/weibo", q="云江").status_code == 200
    for wrong in ({"route": "x", "per_minute": 1}, {"route": "weibo-s", "per_minute": 0}, {"route": "weibo-s"}):
        assert browser.post("/__control/rate", json=wrong).status_code == 400


@pytest.mark.parametrize(
    ("variant", "status", "part"),
    [
        ("own", 200, "Sitemap"),
        ("disallow", 200, "Disallow: /\n"),
        ("delay", 200, "Crawl-delay: 5"),
        ("missing", 404, ""),
        ("error", 503, ""),
        ("html", 200, "<!DOCTYPE"),
        ("endless", 200, "/private/39999/"),
    ],
)
def test_robots_variants(browser: Browser, demo: Simulator, variant: str, status: int, part: str) -> None:
    """Under the prefix that was named, and only there."""
    browser.post("/__control/robots", json={"variant": variant, "prefix": "news"})
    changed, other = browser.get("/news/robots.txt"), browser.get("/weibo-m/robots.txt")
    assert (changed.status_code, part in changed.text) == (status, True)
    assert "Allow: /" in other.text
    assert [line.route for line in demo.requests[-2:]] == ["news-feed news", "weibo-m weibo-m-detail"]


def test_the_hosts_robots_are_in_the_ledger(browser: Browser, demo: Simulator) -> None:
    """A crawler that reads them first can be told from one that does not."""
    demo.robots("disallow")
    assert browser.get("/robots.txt").text.endswith("Disallow: /\n")
    assert demo.requests[-1].route == "robots"
    with pytest.raises(ValueError, match="unknown variant"):
        demo.robots("nonsense")


def test_items_can_be_deleted_and_edited_over_http(blank: Browser, empty: Simulator) -> None:
    """At a time of the clock; the truth keeps what is gone and says since when."""
    one, two = (empty.inject(f"云江银行{word}") for word in ("甲", "乙"))
    later = empty.clock.now().isoformat()
    gone = blank.post("/__control/delete", json={"id": one.id, "at": later}).json()
    assert gone[0]["deleted_at"] == later
    assert blank.post("/__control/edit", json={"id": two.id, "text": "海州银行"}).json()[0]["text"] == "海州银行"
    page = blank.get("/weibo-m/statuses/show", id=one.id).json()
    assert page["ok"] == 0
    assert [line["id"] for line in empty.truth(state="alive")] == [two.id]
    assert [line["id"] for line in empty.truth(state="gone")] == [one.id]
    assert empty.truth(keyword="云江银行乙") == []
    for wrong in ({"id": "0"}, {}):
        assert blank.post("/__control/delete", json=wrong).status_code == 400


def test_counts_of_the_truth_grow_with_the_clock(demo: Simulator) -> None:
    """As the pages show them."""
    before = {
        line["id"]: line["reach"]["likes"]
        for line in demo.truth(platform="weibo", kind="post", since="2026-03-14T08:00")
    }
    start = demo.clock.now()
    demo.clock.advance(hours=6)
    after = {line["id"]: line["reach"]["likes"] for line in demo.truth(platform="weibo", kind="post")}
    demo.clock.set(start)
    assert len(before) > 3
    assert sum(after[name] for name in before) > sum(before.values())


def test_a_fault_anywhere_strikes_each_double(browser: Browser, demo: Simulator) -> None:
    """The route `*`."""
    demo.fault("*", "5xx", times=-1)
    for path in ("/weibo-s/weibo?q=x", FEED, "/douyin/aweme/v1/web/search/item/"):
        assert browser.get(path).status_code == 503
    assert browser.get("/__control/clock").status_code == 200


def test_a_misspelt_route_is_refused(browser: Browser, demo: Simulator) -> None:
    """Over HTTP and in the test itself."""
    assert browser.post("/__control/scenario", json={"route": "weibos", "outcome": "418"}).status_code == 400
    with pytest.raises(ValueError, match="unknown route"):
        demo.rate_limit("weibos", per_minute=1)
    assert demo.world.rate.limits == {}


@pytest.mark.parametrize("site", sites.SITES, ids=lambda site: site.name)
def test_every_site_can_be_struck_under_every_name_it_declares(site: sites.Site, demo: Simulator) -> None:
    """Its prefixes lead to it, its limits name known outcomes, its tables known routes."""
    for prefix in site.prefixes:
        assert sites.site_of(f"/{prefix}/x") is site
        assert set(sites.route_names(f"/{prefix}/x")) <= site.known_names
    for table in (site.no_result, site.blank_page, site.soft_block, site.renamed, site.too_fast):
        assert set(table) <= site.known_names
    for outcome in {*site.too_fast.values(), *site.answers}:
        demo.fault(site.prefixes[0], outcome)


def test_sessions_are_not_kept_by_the_rate_guard(browser: Browser, demo: Simulator) -> None:
    """Only digests of their cookies."""
    demo.world.rate.set(Limit("weibo-s", per_minute=600))
    browser.get("/weibo-s/weibo", q="云江")
    assert LOGIN["SUB"] not in repr(demo.world.rate)
