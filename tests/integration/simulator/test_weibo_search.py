"""s.weibo.com: pages, time slices, cards and sessions."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from parsel import Selector

from simulator.corpus import Reach
from simulator.ids import mid_to_bid
from simulator.server import Simulator
from tests.integration.simulator.conftest import LOGIN, VISITOR, Browser

pytestmark = pytest.mark.integration
SEARCH = "/weibo-s/weibo"


def mids(response: httpx.Response) -> list[str]:
    """The ids of the cards of a page, in order."""
    return Selector(response.text).css("div.card-wrap[mid]::attr(mid)").getall()


def slice_mids(browser: Browser, keyword: str, timescope: str) -> list[str]:
    """All pages of a time slice by number."""
    found: list[str] = []
    for page in range(1, 51):
        response = browser.get(SEARCH, q=keyword, timescope=timescope, page=page)
        if Selector(response.text).css("div.card-no-result"):
            break
        found += mids(response)
    return found


def test_the_slices_of_four_weeks_hold_every_post(browser: Browser, demo: Simulator) -> None:
    """Day by day, nothing is missing, nothing double, and what is extra does not contain the keyword."""
    day, found = demo.clock.now().date() - timedelta(days=28), []
    while day <= demo.clock.now().date():
        found += slice_mids(browser, "云江银行", f"custom:{day}-0:{day + timedelta(days=1)}-0")
        day += timedelta(days=1)
    truth = {str(line["id"]) for line in demo.truth(platform="weibo", keyword="云江银行")}
    loose = {post.id for post in demo.corpus.posts if post.truth.loose == "云江银行"}
    assert len(found) == len(set(found))
    assert truth <= set(found)
    assert set(found) - truth <= loose
    assert len(truth) > 2000


def test_pages_are_newest_first_and_end_at_fifty(browser: Browser, demo: Simulator) -> None:
    """The cap hides most of a long range, which is why slices exist."""
    first, last, beyond = (browser.get(SEARCH, q="云江银行", page=page) for page in (1, 50, 51))
    assert len(mids(first)) == 10
    assert mids(first) == sorted(mids(first), reverse=True)
    assert len(mids(last)) == 10
    assert mids(beyond) == []
    assert len(Selector(first.text).css("ul.s-scroll li")) == 50
    assert len(demo.truth(platform="weibo", keyword="云江银行")) > 500


def test_an_hour_slice_is_half_open(blank: Browser, empty: Simulator) -> None:
    """A post on the full hour belongs to the later slice only."""
    post = empty.inject("云江银行", at=empty.clock.now().replace(minute=0))
    assert mids(blank.get(SEARCH, q="云江银行", timescope="custom:2026-03-14-8:2026-03-14-9")) == []
    assert mids(blank.get(SEARCH, q="云江银行", timescope="custom:2026-03-14-9:2026-03-14-10")) == [post.id]


def test_posts_appear_when_the_clock_reaches_them(blank: Browser, empty: Simulator) -> None:
    """The future is invisible."""
    post = empty.inject("云江银行", at=empty.clock.now() + timedelta(minutes=5))
    assert mids(blank.get(SEARCH, q="云江银行")) == []
    empty.clock.advance(minutes=5)
    assert mids(blank.get(SEARCH, q="云江银行")) == [post.id]


def test_several_words_and_topics(blank: Browser, empty: Simulator) -> None:
    """A space means AND; #…# is the exact topic."""
    both = empty.inject("云江银行转账失败 #云江银行App崩了#")
    empty.inject("云江银行排队")
    assert mids(blank.get(SEARCH, q="云江银行 转账")) == [both.id]
    assert mids(blank.get(SEARCH, q="#云江银行App崩了#")) == [both.id]


def test_a_card_has_what_the_parser_needs(blank: Browser, empty: Simulator) -> None:
    """Id, link with bid, relative time, source, author, counts."""
    post = empty.inject(
        "#云江银行# 登不上去[怒] @某用户", at=empty.clock.now() - timedelta(minutes=12), source="示例手机"
    )
    card = Selector(blank.get(SEARCH, q="云江银行").text).css("div.card-wrap[mid]")
    link = card.css("div.from > a::attr(href)").get("")
    assert link.startswith(f"//weibo.com/{post.author.uid}/{mid_to_bid(post.id)}?")
    assert card.css("div.from > a::text").get("").strip() == "12分钟前"
    assert card.css("div.from > a:nth-child(2)::text").get() == "示例手机"
    assert card.css("a.name::attr(nick-name)").get() == post.author.name
    assert card.css("p.txt > a::text").getall() == ["#云江银行#", "@某用户"]
    assert [" ".join(text.split()) for text in card.css("div.card-act li a::text").getall() if text.strip()] == [
        "转发",
        "评论",
    ]
    assert card.css("span.woo-like-count::text").get() == "赞"


def test_counts_grow_with_the_clock(blank: Browser, empty: Simulator) -> None:
    """From nothing to their final value, in the short form."""
    empty.inject("云江银行", reach=Reach(likes=20_000, comments=15_000, shares=30))
    likes = []
    for hours in (0, 1, 48):
        empty.clock.advance(hours=hours)
        likes.append(Selector(blank.get(SEARCH, q="云江银行").text).css("span.woo-like-count::text").get(""))
    assert (likes[0], likes[2]) == ("赞", "2万")
    assert 5_000 < int(likes[1]) < 15_000
    assert "评论 1.5万" in blank.get(SEARCH, q="云江银行").text


def test_a_long_post_is_in_the_page_as_hidden_paragraph(blank: Browser, empty: Simulator) -> None:
    """The visible paragraph ends in 展开; the hidden one is complete."""
    text = "云江银行" + "长" * 300 + "完"
    empty.inject(text)
    card = Selector(blank.get(SEARCH, q="云江银行").text).css("div.card-wrap[mid]")
    short, full = card.css("p[node-type=feed_list_content]"), card.css("p[node-type=feed_list_content_full]")
    assert short.css("a[action-type=fl_unfold]")
    assert "完" not in "".join(short.css("::text").getall())
    assert text in "".join(full.css("::text").getall())


def test_a_repost_shows_its_original_or_that_it_is_gone(blank: Browser, empty: Simulator) -> None:
    """The inner block is separate from the reposter's own words."""
    original = empty.inject("云江手机银行闪退")
    empty.inject("云江银行出来走两步//@甲:离谱", original=original)
    empty.inject("云江银行呢", original=replace(original, deleted=True))
    gone, repost, _ = Selector(blank.get(SEARCH, q="云江").text).css("div.card-wrap[mid]")
    inner = repost.css("div.card-comment")
    assert "云江手机银行闪退" in "".join(inner.css("p.txt ::text").getall())
    assert inner.css("p.from a::attr(href)").get("").split("?")[0].endswith(original.bid)
    assert "此微博已被作者删除" in "".join(gone.css("div.card-comment ::text").getall())


def test_no_result_is_marked(blank: Browser) -> None:
    """The positive marker that an empty slice needs."""
    page = Selector(blank.get(SEARCH, q="没有人说过的词").text)
    assert page.css("div.card.card-no-result.s-pt20b40 p::text").get() == "抱歉，未找到相关结果。"


def test_without_session_the_way_leads_to_the_visitor_system(browser: Browser) -> None:
    """Also for a visitor on page 2; the target is the simulator's own and names the original."""
    for cookies, page in ((None, 1), ({"SUB": "_2A25Expired"}, 1), (VISITOR, 2)):
        response = browser.get(SEARCH, cookies=cookies, q="云江银行", page=page)
        target = urlsplit(response.headers["location"])
        assert response.status_code == 302
        assert target.path == "/weibo-passport/visitor/visitor"
        assert parse_qs(target.query)["url"][0].startswith(f"{browser.simulator.url}/weibo-s/weibo?q=")
    assert mids(browser.get(SEARCH, cookies=VISITOR, q="云江银行"))
    landing = browser.get(response.headers["location"], cookies=None)
    assert "<title>Sina Visitor System</title>" in landing.text


def test_a_visitor_ticket_is_given_as_jsonp_and_cookie(browser: Browser) -> None:
    """The pair opens the first page."""
    response = browser.post(
        "/weibo-passport/visitor/genvisitor2", data={"cb": "visitor_gray_callback", "tid": "", "from": "weibo"}
    )
    assert response.text.startswith("window.visitor_gray_callback && visitor_gray_callback({")
    pair = {name: response.cookies[name] for name in ("SUB", "SUBP")}
    assert pair["SUB"] in response.text
    assert mids(browser.get(SEARCH, cookies=pair, q="云江银行"))


def test_links_to_follow_are_the_simulators_own(browser: Browser) -> None:
    """Pager links can be requested as they stand."""
    link = Selector(browser.get(SEARCH, q="云江银行").text).css("a.next::attr(href)").get("")
    assert link.startswith(browser.simulator.url)
    second = browser.get(link, cookies=LOGIN)
    assert len(mids(second)) == 10


def test_kind_flags(blank: Browser, empty: Simulator) -> None:
    """Original posts only, with pictures only."""
    original = empty.inject("云江银行一", pictures=2)
    empty.inject("云江银行二", original=original)
    assert mids(blank.get(SEARCH, q="云江银行", scope="ori")) == [original.id]
    assert mids(blank.get(SEARCH, q="云江银行", haspic="1")) == [original.id]
