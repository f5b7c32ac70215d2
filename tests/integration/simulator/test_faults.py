"""Every ordered refusal looks like the platform's own, and is written down."""

import json
import time
from typing import Any

import httpx
import pytest
from parsel import Selector

from simulator.faults import OUTCOMES
from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration
PATHS: dict[str, tuple[str, dict[str, Any]]] = {
    "weibo-s": ("/weibo-s/weibo", {"q": "云江银行"}),
    "weibo-m": ("/weibo-m/api/container/getIndex", {"containerid": "100103type=61&q=云江银行"}),
    "weibo-ajax": ("/weibo-ajax/statuses/show", {"id": "x"}),
    "douyin": ("/douyin/aweme/v1/web/general/search/single/", {"keyword": "云江银行"}),
    "douyin-comments": ("/douyin/aweme/v1/web/comment/list/", {"aweme_id": "1"}),
    "news": ("/news/rss/all.xml", {}),
}


def ask(browser: Browser, route: str, **query: Any) -> httpx.Response:
    """An ordinary request to a route."""
    path, fixed = PATHS[route]
    return browser.get(path, **{**fixed, **query})


@pytest.mark.parametrize("route", PATHS)
@pytest.mark.parametrize(("outcome", "status"), [("418", 418), ("432", 432), ("403", 403), ("429", 429), ("5xx", 503)])
def test_status_refusals(browser: Browser, demo: Simulator, route: str, outcome: str, status: int) -> None:
    """The status, once, and nothing of the content."""
    demo.fault(route, outcome)
    refused = ask(browser, route)
    assert refused.status_code == status
    assert "云江" not in refused.text
    assert (refused.headers.get("retry-after") == "30") == (outcome == "429")
    assert ask(browser, route).status_code in (200, 404)


@pytest.mark.parametrize("route", ["weibo-s", "weibo-m", "weibo-ajax"])
def test_the_visitor_redirect(browser: Browser, demo: Simulator, route: str) -> None:
    """302 to the visitor page even with a good session."""
    demo.fault(route, "302_visitor")
    response = ask(browser, route)
    assert response.status_code == 302
    assert response.headers["location"].startswith(f"{demo.url}/weibo-passport/visitor/visitor?")


def test_login_wanted(browser: Browser, demo: Simulator) -> None:
    """`ok: -100` with a URL, as HTTP 200."""
    demo.fault("weibo-m", "ok_-100")
    response = ask(browser, "weibo-m")
    assert (response.status_code, response.json()["ok"]) == (200, -100)
    assert "signin" in response.json()["url"]


@pytest.mark.parametrize(
    ("outcome", "kind", "item"),
    [("verify_check", "verify_check", "verify_check"), ("antispam_check", "antispam_check", "hit_shark")],
)
def test_a_captcha_looks_like_an_empty_search(
    browser: Browser, demo: Simulator, outcome: str, kind: str, item: str
) -> None:
    """Only one field tells them apart."""
    demo.fault("douyin", outcome)
    body = ask(browser, "douyin").json()
    assert (body["status_code"], body["data"], body["has_more"]) == (0, [], 0)
    assert (body["search_nil_info"]["search_nil_type"], body["search_nil_info"]["search_nil_item"]) == (kind, item)


@pytest.mark.parametrize(("outcome", "code"), [("status_2483", 2483), ("status_9", 9)])
def test_douyin_codes(browser: Browser, demo: Simulator, outcome: str, code: int) -> None:
    """Login wanted, too fast."""
    demo.fault("douyin", outcome)
    assert ask(browser, "douyin").json()["status_code"] == code


def test_the_data_key_can_be_absent(browser: Browser, demo: Simulator) -> None:
    """Risk control answers without it."""
    demo.fault("douyin", "no_data")
    assert "data" not in ask(browser, "douyin").json()


@pytest.mark.parametrize("route", ["weibo-m", "douyin", "douyin-comments"])
def test_bodies_that_are_no_answer(browser: Browser, demo: Simulator, route: str) -> None:
    """Empty, `blocked`, an HTML error, a captcha page: all HTTP 200."""
    for outcome in ("empty_body", "blocked_body", "html_instead_of_json", "captcha_page"):
        demo.fault(route, outcome)
    texts = [ask(browser, route) for _ in range(4)]
    assert [response.status_code for response in texts] == [200] * 4
    assert (texts[0].text, texts[1].text) == ("", "blocked")
    assert "h5-404" in texts[2].text
    assert "验证码" in texts[3].text


@pytest.mark.parametrize("route", ["weibo-m", "douyin"])
def test_truncated_json_is_the_beginning_of_the_answer(browser: Browser, demo: Simulator, route: str) -> None:
    """Complete as HTTP, broken as JSON."""
    whole = ask(browser, route)
    demo.fault(route, "truncated_json")
    cut = ask(browser, route)
    assert whole.content.startswith(cut.content)
    with pytest.raises(json.JSONDecodeError):
        cut.json()


def test_a_blank_page_is_not_an_empty_result(browser: Browser, demo: Simulator) -> None:
    """The marker makes the difference, on each platform."""
    for route in PATHS:
        demo.fault(route, "blank_page")
        demo.fault(route, "no_result")
    blank, empty = (Selector(ask(browser, "weibo-s").text) for _ in range(2))
    assert (len(blank.css("div.card-wrap")), len(blank.css("div#pl_feedlist_index"))) == (0, 1)
    assert empty.css("div.card-no-result p::text").get() == "抱歉，未找到相关结果。"
    blank_m, empty_m = (ask(browser, "weibo-m").json() for _ in range(2))
    assert (blank_m["ok"], blank_m["data"]["cards"], empty_m["ok"], empty_m["msg"]) == (1, [], 0, "这里还没有内容")
    blank_d, empty_d = (ask(browser, "douyin").json() for _ in range(2))
    assert (blank_d["data"], blank_d["has_more"], empty_d["data"], empty_d["has_more"]) == ([], 1, [], 0)
    blank_c, empty_c = (ask(browser, "douyin-comments").json() for _ in range(2))
    assert (blank_c["comments"], blank_c["total"], empty_c["comments"], empty_c["total"]) == (None, 34, None, 0)
    blank_n, empty_n = (ask(browser, "news").text for _ in range(2))
    assert ("<rss" in blank_n, "<rss" in empty_n, "<item>" in empty_n) == (False, True, False)


def test_a_changed_page_lacks_what_parsers_need(browser: Browser, demo: Simulator) -> None:
    """Cards are still there; texts and times are not where they were."""
    demo.fault("weibo-s", "changed")
    demo.fault("weibo-m", "changed")
    demo.fault("douyin", "changed")
    page = Selector(ask(browser, "weibo-s").text)
    assert len(page.css("div.card-wrap[mid]")) == 10
    assert not page.css("p[node-type=feed_list_content], div.from")
    assert '"mblog"' not in ask(browser, "weibo-m").text
    assert '"aweme_info"' not in ask(browser, "douyin").text


def test_a_changed_article_has_no_paragraphs(browser: Browser, demo: Simulator) -> None:
    """The faults of feeds and articles are separate."""
    article = next(one for one in demo.corpus.articles if one.section == "local")
    demo.fault("news-article", "changed")
    assert ask(browser, "news").text.count("<item>") == 60
    page = browser.get(f"/news/local/{article.id[:8]}/{article.id}.html").text
    assert "<p>" not in page
    assert article.title in page


def test_a_slow_answer_is_late_and_right(browser: Browser, demo: Simulator) -> None:
    """After the ordered time."""
    demo.fault("news", "slow", seconds=0.3)
    start = time.monotonic()
    assert "<item>" in ask(browser, "news").text
    assert time.monotonic() - start >= 0.3


def test_a_reset_breaks_the_connection(browser: Browser, demo: Simulator) -> None:
    """And the next request works again."""
    demo.fault("weibo-m", "reset")
    with pytest.raises(httpx.TransportError):
        ask(browser, "weibo-m")
    assert ask(browser, "weibo-m").status_code == 200


def test_only_the_ordered_page_fails(browser: Browser, demo: Simulator) -> None:
    """A blank page in the middle of a run."""
    demo.fault("weibo-s", "blank_page", times=-1, page="3")
    counts = [len(Selector(ask(browser, "weibo-s", page=page).text).css("div.card-wrap[mid]")) for page in (2, 3, 4, 3)]
    assert counts == [10, 0, 10, 0]


def test_comments_can_fail_alone(browser: Browser, demo: Simulator) -> None:
    """Their quota is separate from that of the search."""
    demo.fault("douyin-comments", "empty_body", times=-1)
    assert ask(browser, "douyin-comments").content == b""
    assert ask(browser, "douyin").json()["data"]


def test_the_ledger_knows_outcomes_but_no_cookie_values(browser: Browser, demo: Simulator) -> None:
    """Time, path, query, names of cookies, referer, route, outcome, status."""
    demo.fault("weibo-s", "418", after=1)
    ask(browser, "weibo-s")
    ask(browser, "weibo-s")
    browser.get("/weibo-s/weibo", cookies=None, headers={"Referer": "https://weibo.com/"}, q="云江")
    answer = browser.get("/__control/requests", route="weibo-s")
    lines = answer.json()
    assert [(line["outcome"], line["status"]) for line in lines] == [("ok", 200), ("418", 418), ("302_visitor", 302)]
    assert [line["cookies"] for line in lines] == [["SUB", "SUBP"], ["SUB", "SUBP"], []]
    assert lines[2]["referer"] == "https://weibo.com/"
    assert lines[0]["query"] == {"q": "云江银行"}
    assert "_2A25" not in answer.text


def test_every_outcome_can_be_ordered_over_http(browser: Browser, demo: Simulator) -> None:
    """One list of orders; all are in force until deleted."""
    orders = [{"route": "weibo-s", "outcome": outcome, "times": -1} for outcome in sorted(OUTCOMES)]
    assert len(browser.post("/__control/scenario", json=orders).json()) == len(OUTCOMES)
    assert browser.delete("/__control/scenario", route="weibo-s").json() == []


@pytest.mark.parametrize(
    "order", [{"route": "weibo-s", "outcome": "nonsense"}, {"route": "weibo-s"}, {"outcome": "418", "rout": "x"}]
)
def test_bad_orders_are_refused(browser: Browser, order: dict[str, str]) -> None:
    """With the reason, and without effect."""
    response = browser.post("/__control/scenario", json=order)
    assert response.status_code == 400
    assert response.json()["error"]
    assert browser.get("/__control/scenario").json() == []
