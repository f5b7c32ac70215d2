"""What stands below posts, accounts, tickets and modes of Weibo's double."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from parsel import Selector

from simulator.corpus import Author, Reach
from simulator.server import Simulator
from simulator.weibo.official import EXPIRED, GOOD
from simulator.weibo.site import comment_on
from simulator.weibo.state import PROVINCES, state_of
from tests.integration.simulator.conftest import LOGIN, VISITOR, Browser

pytestmark = pytest.mark.integration
BANK = Author("3000400000", "云江银行", 2, 523_000)
AJAX = "/weibo-ajax/ajax/statuses"
INDEX = "/weibo-m/api/container/getIndex"


def comments(sim: Simulator, post: str) -> list[dict[str, Any]]:
    """The truth below a post."""
    return sim.truth(platform="weibo", kind="comment", post=post)


def test_the_counter_and_the_list_of_comments_agree_at_every_time(blank: Browser, empty: Simulator) -> None:
    """Both grow with the clock, and the ids carry the second of each comment."""
    post = empty.inject("云江银行", reach=Reach(comments=60))
    seen = []
    for hours in (0, 1, 3, 48):
        empty.clock.advance(hours=hours)
        shown = blank.get(f"{AJAX}/show", id=post.id).json()["comments_count"]
        assert len(comments(empty, post.id)) == shown
        seen.append(shown)
    assert seen == sorted(seen)
    assert (seen[0], 50 < seen[-1] <= 60) == (0, True)


def walk(blank: Browser, path: str, query: dict[str, Any], is_mobile: bool) -> list[dict[str, Any]]:
    """All pages of a cursor, with the inline replies."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, Any] = {}
    for _ in range(20):
        body = blank.get(path, **query, **cursor).json()
        inner = body["data"] if isinstance(body["data"], dict) else body
        for one in inner["data"]:
            found += [one, *(one.get("comments") or [])]
        if not inner["max_id"]:
            return found
        cursor = {"max_id": inner["max_id"]} | ({"max_id_type": inner["max_id_type"]} if is_mobile else {})
    raise AssertionError("the cursor does not end")


@pytest.mark.parametrize("is_mobile", [True, False], ids=["mobile", "desktop"])
def test_all_pages_and_all_replies_are_the_truth(blank: Browser, empty: Simulator, is_mobile: bool) -> None:
    """First level by cursor, two replies inline, the others by comment."""
    post = empty.inject("云江银行", reach=Reach(comments=90))
    empty.clock.advance(days=3)
    path = "/weibo-m/comments/hotflow" if is_mobile else f"{AJAX}/buildComments"
    query = {"id": post.id, "mid": post.id, "max_id_type": 0} if is_mobile else {"id": post.id, "count": 20}
    query.pop("max_id_type", None)
    found = walk(blank, path, query, is_mobile)
    ids = {str(one["id"]) for one in found}
    for one in found:
        if one["total_number"] > 2:
            child = "/weibo-m/comments/hotFlowChild" if is_mobile else path
            asked = {"cid": one["id"]} if is_mobile else {"id": one["id"], "fetch_level": 1, "count": 100}
            ids |= {str(each["id"]) for each in walk(blank, child, asked, is_mobile)}
            assert is_mobile or "more_info" in one
    assert ids == {row["id"] for row in comments(empty, post.id)}


def test_a_cursor_without_its_type_begins_anew(blank: Browser, empty: Simulator) -> None:
    """Both halves have to come back."""
    post = empty.inject("云江银行", reach=Reach(comments=200))
    empty.clock.advance(days=3)
    path, query = "/weibo-m/comments/hotflow", {"id": post.id, "mid": post.id}
    first = blank.get(path, **query).json()["data"]
    second = blank.get(path, **query, max_id=first["max_id"], max_id_type=first["max_id_type"]).json()["data"]
    third = blank.get(path, **query, max_id=second["max_id"], max_id_type=second["max_id_type"]).json()["data"]
    wrong = blank.get(path, **query, max_id=second["max_id"], max_id_type=0).json()["data"]
    assert second["max_id_type"] == 1
    assert wrong["data"] == first["data"]
    assert third["data"] != first["data"]


def test_comments_of_old_posts_are_closed_but_for_fifty(blank: Browser, empty: Simulator) -> None:
    """403 at hotflow, pages by number at the list that is open to everybody."""
    post = empty.inject("云江银行", reach=Reach(comments=90))
    empty.clock.advance(days=3)
    state_of(empty.world).modes.hotflow_days = 2
    assert blank.get("/weibo-m/comments/hotflow", id=post.id, mid=post.id).status_code == 403
    pages = [blank.get("/weibo-m/api/comments/show", cookies=None, id=post.id, page=n).json() for n in range(1, 7)]
    assert [len(body["data"]["data"]) for body in pages] == [10] * 5 + [0]
    assert pages[0]["data"]["max"] == 5
    assert pages[5]["msg"] == "这里还没有内容"


def test_a_wrong_form_of_id_is_an_error_page(blank: Browser, empty: Simulator) -> None:
    """Status 200 and HTML."""
    response = blank.get("/weibo-m/comments/hotflow", id=empty.inject("云江银行").bid)
    assert (response.status_code, "h5-404" in response.text) == (200, True)


def test_reposts_hold_the_chain(blank: Browser, empty: Simulator) -> None:
    """Newest first on both sites."""
    post = empty.inject("云江银行")
    later = [
        empty.inject(f"看看{n}//@甲:离谱", original=post, at=empty.clock.now() + timedelta(minutes=n)) for n in (1, 2)
    ]
    empty.clock.advance(hours=1)
    mobile = blank.get("/weibo-m/api/statuses/repostTimeline", id=post.id, page=1).json()["data"]
    assert [one["raw_text"] for one in mobile["data"]] == ["看看2//@甲:离谱", "看看1//@甲:离谱"]
    desktop = blank.get(f"{AJAX}/repostTimeline", id=post.id, page=1, moduleID="feed", count=10).json()
    assert [one["mid"] for one in desktop["data"]] == [one.id for one in reversed(later)]
    assert (mobile["max"], desktop["total_number"]) == (1, 2)


def test_deleted_posts_are_told_as_such_everywhere(blank: Browser, empty: Simulator) -> None:
    """404 with the code, no hit in searches, an original without a user."""
    post = empty.inject("云江银行误发")
    repost = empty.inject("看看", original=post)
    empty.delete(post.id)
    gone = blank.get(f"{AJAX}/show", id=post.id)
    assert (gone.status_code, gone.json()["error_code"]) == (404, 20101)
    assert blank.get(f"{AJAX}/buildComments", id=post.id).status_code == 404
    assert blank.get("/weibo-m/statuses/show", id=post.id).json()["ok"] == 0
    assert blank.get("/weibo-m/statuses/show", id=repost.id).json()["data"]["retweeted_status"]["user"] is None
    assert f'mid="{post.id}"' not in blank.get("/weibo-s/weibo", q="云江银行误发").text


def test_edits_are_shown(blank: Browser, empty: Simulator) -> None:
    """The new words, their time, and how often."""
    post = empty.inject("云江银行倒闭")
    empty.clock.advance(minutes=5)
    empty.edit(post.id, "云江银行没有倒闭")
    shown = blank.get(f"{AJAX}/show", id=post.id).json()
    assert (shown["text_raw"], shown["edit_count"]) == ("云江银行没有倒闭", 1)
    assert shown["edit_at"].endswith("09:35:00 +0800 2026")


def test_an_account_has_its_posts_with_the_pinned_one_first(blank: Browser, empty: Simulator) -> None:
    """By since_id on the mobile site, by page and by period on the desktop."""
    old = empty.inject("置顶公告", at=empty.clock.now() - timedelta(days=20), author=BANK, pinned=True)
    posts = [empty.inject(f"公告{n}", at=empty.clock.now() - timedelta(hours=n), author=BANK).id for n in range(25)]
    first = blank.get(INDEX, containerid=f"107603{BANK.uid}").json()["data"]
    ids = [card["mblog"]["id"] for card in first["cards"]]
    assert ids == [old.id, *posts[:10]]
    assert first["cards"][0]["profile_type_id"].startswith("proweibotop")
    second = blank.get(INDEX, containerid=f"230413{BANK.uid}", since_id=first["cardlistInfo"]["since_id"]).json()[
        "data"
    ]
    assert [card["mblog"]["id"] for card in second["cards"]] == posts[10:20]
    account = blank.get(INDEX, type="uid", value=BANK.uid, containerid=f"100505{BANK.uid}").json()["data"]
    assert [tab["tab_type"] for tab in account["tabsInfo"]["tabs"]] == ["profile", "weibo"]
    desktop = blank.get(f"{AJAX}/mymblog", uid=BANK.uid, page=1).json()["data"]
    assert [one["mid"] for one in desktop["list"]] == [old.id, *posts[:20]]
    start = int((empty.clock.now() - timedelta(hours=5, minutes=30)).timestamp())
    window = blank.get(f"{AJAX}/searchProfile", uid=BANK.uid, page=1, starttime=start, endtime=4_000_000_000).json()
    assert [one["mid"] for one in window["data"]["list"]] == posts[:6]
    assert blank.get(f"{AJAX}/searchProfile", cookies=VISITOR, uid=BANK.uid, page=1).json()["ok"] == -100


def test_tickets_expire_by_the_clock(blank: Browser, empty: Simulator) -> None:
    """A ticket of the passport, not one that a test made up; the two steps give one as well."""
    number = blank.get("/weibo-passport/visitor/genvisitor", cookies=None, cb="gen", **{"from": "weibo"}).text
    assert number.startswith("window.gen && gen({")
    response = blank.get("/weibo-passport/visitor/visitor", cookies=None, a="incarnate", t="01Invented", cb="x")
    pair = {name: response.cookies[name] for name in ("SUB", "SUBP")}
    empty.inject("云江银行")
    query = {"containerid": "100103type=61&q=云江银行"}
    assert blank.get(INDEX, cookies=pair, **query).status_code == 200
    empty.clock.advance(hours=25)
    assert blank.get(INDEX, cookies=pair, **query).status_code == 432
    assert blank.get(INDEX, cookies={"SUB": pair["SUB"]}, **query).status_code == 432


def test_regions_hold_the_hour_unless_somebody_tells_none(blank: Browser, empty: Simulator) -> None:
    """Provinces add up to the whole; `unplaced` accounts are in none."""
    people = [Author(str(1_700_000_000 + 7 * n), f"路人{n}") for n in range(60)]
    wanted = {empty.inject("云江银行", author=one).id for one in people}

    def everywhere() -> set[str]:
        pages = [blank.get("/weibo-s/weibo", q="云江银行", region=f"custom:{code}:1000").text for code, _ in PROVINCES]
        return {mid for text in pages for mid in Selector(text).css("div.card-wrap[mid]::attr(mid)").getall()}

    assert everywhere() == wanted
    state_of(empty.world).modes.unplaced = True
    assert everywhere() < wanted


def test_a_listing_may_stop_early_or_jump(blank: Browser, empty: Simulator) -> None:
    """Modes that a control call switches."""
    for n in range(100):
        empty.inject("云江银行", at=empty.clock.now() - timedelta(minutes=n))
    set_to = blank.post("/__control/weibo", json={"page_limit": 4, "jump_page": 3, "jump_hours": 0.5}).json()
    assert set_to["page_limit"] == 4
    pages = [Selector(blank.get("/weibo-s/weibo", q="云江银行", page=n).text) for n in (1, 3, 5)]
    assert len(pages[0].css("ul.s-scroll li")) == 4
    assert pages[2].css("div.card-no-result")
    assert pages[1].css("div.from > a::text").get("").strip() == "49分钟前"
    assert blank.post("/__control/weibo", json={"colour": 1}).status_code == 400


def call(blank: Browser, token: str, **query: Any) -> httpx.Response:
    """The commercial search with a token in the header."""
    headers = {"Authorization": f"OAuth2 {token}"} if token else {}
    return blank.get("/weibo-api/2/search/statuses/limited.json", cookies=None, headers=headers, **query)


def test_the_commercial_search_checks_token_and_quota_and_pages(blank: Browser, empty: Simulator) -> None:
    """Errors carry their number; bounds are by the second; the depth is limited."""
    at = empty.clock.now()
    posts = [empty.inject("云江银行", at=at - timedelta(seconds=n)).id for n in range(30)]
    codes = [call(blank, token).json()["error_code"] for token in ("", f"{EXPIRED}1", "2.00Wrong")]
    assert codes == [21301, 21327, 21332]
    second = call(blank, GOOD, q="云江银行", page=2, count=20).json()
    assert (second["total_number"], [one["mid"] for one in second["statuses"]]) == (30, posts[20:])
    bounds = {"starttime": int(at.timestamp()) - 9, "endtime": int(at.timestamp()) - 4}
    found = call(blank, GOOD, q="云江银行", count=50, **bounds).json()["statuses"]
    assert [one["mid"] for one in found] == posts[5:10]
    state_of(empty.world).modes.api_calls = 1
    assert call(blank, GOOD, q="x").status_code == 200
    refused = call(blank, GOOD, q="x")
    assert (refused.status_code, refused.json()["error_code"]) == (403, 10023)


def test_mentions_and_comments_to_the_account_page_by_id(blank: Browser, empty: Simulator) -> None:
    """`since_id` excludes, `max_id` includes."""
    headers = {"Authorization": f"OAuth2 {GOOD}"}
    named = [empty.inject(f"@云江银行 {n}", at=empty.clock.now() - timedelta(minutes=n)).id for n in range(5)]
    body = blank.get("/weibo-open/2/statuses/mentions.json", headers=headers, since_id=named[4], max_id=named[1]).json()
    assert [one["mid"] for one in body["statuses"]] == named[1:4]
    post = empty.inject("公告", author=BANK)
    comment = comment_on(empty.world, post.id, "修好了吗")
    (told,) = blank.get("/weibo-open/2/comments/to_me.json", headers=headers).json()["comments"]
    assert (told["idstr"], told["status"]["mid"]) == (comment.id, post.id)


def test_a_comment_can_be_injected(blank: Browser, empty: Simulator) -> None:
    """And stands in the truth with its post."""
    post = empty.inject("云江银行")
    body = {"kind": "weibo_comment", "post": post.id, "text": "我也是"}
    row = blank.post("/__control/inject", json=body).json()
    assert (row["post"], row["text"]) == (post.id, "我也是")
    shown = blank.get(f"{AJAX}/buildComments", cookies=LOGIN, id=post.id).json()["data"]
    assert [one["idstr"] for one in shown] == [row["id"]]
