"""m.weibo.cn and weibo.com/ajax as JSON."""

import json
import re
from typing import Any

import pytest

from simulator.corpus import Reach
from simulator.server import Simulator
from tests.integration.simulator.conftest import VISITOR, Browser

pytestmark = pytest.mark.integration
INDEX = "/weibo-m/api/container/getIndex"


def page(browser: Browser, keyword: str, number: int = 1, kind: str = "61", **more: Any) -> dict[str, Any]:
    """One page of the mobile search."""
    container = f"100103type={kind}&q={keyword}"
    body: dict[str, Any] = browser.get(INDEX, containerid=container, page_type="searchall", page=number, **more).json()
    return body


def blogs(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The posts of both card layouts."""
    cards = [inner for card in body["data"]["cards"] for inner in card.get("card_group", [card])]
    return [card["mblog"] for card in cards if card["card_type"] == 9]


def test_all_pages_together_are_the_newest_five_hundred(browser: Browser, demo: Simulator) -> None:
    """Realtime order, both layouts, then ok:0."""
    keyword, found = "北原银行", []
    for number in range(1, 60):
        body = page(browser, keyword, number)
        if body["ok"] == 0:
            break
        found += [blog["id"] for blog in blogs(body)]
    truth = [str(line["id"]) for line in demo.truth(platform="weibo", keyword=keyword)]
    assert found == truth[::-1][:500]
    assert body["msg"] == "这里还没有内容"


def test_both_layouts_occur(browser: Browser) -> None:
    """Grouped cards on odd pages, plain ones on even pages."""
    assert any("card_group" in card for card in page(browser, "云江银行", 1)["data"]["cards"])
    assert not any("card_group" in card for card in page(browser, "云江银行", 2)["data"]["cards"])


def test_the_pair_of_cookies_is_needed(browser: Browser) -> None:
    """Nothing or half a pair is 432; a visitor may see page 1 only."""
    for cookies in (None, {"SUB": VISITOR["SUB"]}, {"SUBP": "x"}):
        assert browser.get(INDEX, cookies=cookies, containerid="100103type=1&q=云江").status_code == 432
    assert blogs(page(browser, "云江银行", 1, cookies=VISITOR))
    assert page(browser, "云江银行", 2, cookies=VISITOR)["ok"] == -100


def test_a_pinned_post_comes_first_in_the_composite_list(browser: Browser) -> None:
    """It is old, and marked as pinned."""
    first, second = blogs(page(browser, "云江银行", kind="1"))[:2]
    assert first["mblogtype"] == 2
    assert first["id"] < second["id"]


def test_forms_of_the_fields(blank: Browser, empty: Simulator) -> None:
    """Time, region, counts as number or text, pictures as list or object."""
    for number in range(6):
        empty.inject(f"云江银行{number}", pictures=2, reach=Reach(likes=20_000, comments=3))
    empty.clock.advance(days=30)
    found = blogs(page(blank, "云江银行"))
    assert {blog["attitudes_count"] for blog in found} == {"2万"}
    assert {type(blog["comments_count"]) for blog in found} == {int}
    assert {type(blog["pics"]) for blog in found} == {list, dict}
    assert found[0]["created_at"] == "Sat Mar 14 09:30:00 +0800 2026"
    assert found[0]["region_name"] == "发布于 云州"


def test_long_text_is_cut_in_lists_and_whole_in_details(blank: Browser, empty: Simulator) -> None:
    """Three ways lead to the full text, by mid or bid."""
    text = "云江银行" + "长" * 300 + "完"
    post = empty.inject(text)
    listed = blogs(page(blank, "云江银行"))[0]
    assert listed["isLongText"]
    assert listed["text"].endswith(f'<a href="/status/{post.id}">全文</a>')
    assert blank.get("/weibo-m/statuses/extend", id=post.id).json()["data"]["longTextContent"] == text
    assert blank.get("/weibo-m/statuses/show", id=post.bid).json()["data"]["longText"]["longTextContent"] == text
    script = blank.get(f"/weibo-m/detail/{post.id}").text
    data = re.search(r"\$render_data = (\[.*\])\[0\]", script, re.DOTALL)
    assert data is not None
    assert json.loads(data.group(1))[0]["status"]["text"] == text


def test_a_repost_of_a_deleted_post_has_no_user(browser: Browser, demo: Simulator) -> None:
    """`user: null` in the inner record."""
    post = next(post for post in demo.corpus.posts if post.original and post.original.deleted)
    record = browser.get("/weibo-m/statuses/show", id=post.id).json()["data"]
    assert record["retweeted_status"]["user"] is None
    assert record["raw_text"] == post.text


def test_the_desktop_api(blank: Browser, empty: Simulator) -> None:
    """One status at the top level, its long text, and the refusal of strangers."""
    post = empty.inject("云江银行" + "长" * 300)
    status = blank.get("/weibo-ajax/statuses/show", id=post.bid, locale="zh-CN").json()
    assert (status["ok"], status["mid"], status["continue_tag"]["title"]) == (1, post.id, "全文")
    assert blank.get("/weibo-ajax/ajax/statuses/longtext", id=post.bid).json()["data"]["longTextContent"] == post.text
    assert blank.get("/weibo-ajax/statuses/show", id="5276300844652167").status_code == 404
    assert blank.get("/weibo-ajax/statuses/show", cookies=None, id=post.id).json()["ok"] == -100


def test_the_probe_of_a_session(browser: Browser) -> None:
    """`data.login` tells an account from a visitor."""
    assert browser.get("/weibo-m/api/config").json()["data"]["login"] is True
    assert browser.get("/weibo-m/api/config", cookies=VISITOR).json()["data"]["login"] is False
