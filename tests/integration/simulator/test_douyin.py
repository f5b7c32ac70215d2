"""Douyin's search, detail, comments and replies."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from simulator.corpus import Author
from simulator.douyin.aweme import sec_uid
from simulator.douyin.state import Modes, state_of
from simulator.douyin.works import short_code
from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration
SINGLE = "/douyin/aweme/v1/web/general/search/single/"
COMMENTS = "/douyin/aweme/v1/web/comment/list/"
POSTS = "/douyin/aweme/v1/web/aweme/post/"
REPLIES = "/douyin/aweme/v1/web/comment/list/reply/"


def search(
    browser: Browser, offset: int = 0, search_id: str = "", sort: int = 2, keyword: str = "云江银行", days: int = 0
) -> dict[str, Any]:
    """One page of the general search."""
    chosen = json.dumps({"sort_type": str(sort), "publish_time": str(days)})
    body: dict[str, Any] = browser.get(
        SINGLE,
        keyword=keyword,
        offset=offset,
        count=10,
        search_id=search_id,
        filter_selected=chosen,
        is_filter_search=1,
    ).json()
    return body


def videos(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The posts of all card types that hold one."""
    found = [card.get("aweme_info") or _first_of_mix(card) for card in body["data"]]
    return [video for video in found if video]


def _first_of_mix(card: dict[str, Any]) -> dict[str, Any] | None:
    mix: list[dict[str, Any]] = card.get("aweme_mix_info", {}).get("mix_items", [])
    return mix[0] if mix else None


def test_all_pages_together_are_the_truth(browser: Browser, demo: Simulator) -> None:
    """With the thread of page 1, newest first, ending with has_more 0."""
    body, found, logid = search(browser), [], ""
    while True:
        logid = logid or body["extra"]["logid"]
        found += [video["aweme_id"] for video in videos(body)]
        if not body["has_more"]:
            break
        body = search(browser, body["cursor"], logid)
    truth = [str(line["id"]) for line in demo.truth(platform="douyin", kind="video", keyword="云江银行")]
    assert found == truth[::-1]
    assert len(truth) > 60


def test_without_the_thread_page_two_repeats_page_one(browser: Browser) -> None:
    """A missing search_id degrades the results."""
    assert [video["aweme_id"] for video in videos(search(browser, 10))] == [
        video["aweme_id"] for video in videos(search(browser))
    ]


def test_card_types_are_mixed(browser: Browser) -> None:
    """Videos, mixes and cards that are no posts."""
    assert {card["type"] for card in search(browser)["data"]} == {1, 77, 999}


def test_the_depth_ends_at_two_hundred(blank: Browser, empty: Simulator) -> None:
    """Whatever more exists."""
    for number in range(230):
        empty.inject_video(f"云江银行{number}")
    body, found = search(blank), 0
    logid = body["extra"]["logid"]
    while body["has_more"]:
        body = search(blank, body["cursor"], logid)
        found = body["cursor"]
    assert found == 200


def test_filters(blank: Browser, empty: Simulator) -> None:
    """Only the last day."""
    empty.inject_video("云江银行旧")
    empty.clock.advance(days=3)
    new = empty.inject_video("云江银行新")
    assert [video["aweme_id"] for video in videos(search(blank, days=1))] == [new.id]
    assert len(videos(search(blank, sort=0))) == 2


def test_an_empty_search_says_so_honestly(blank: Browser) -> None:
    """No check value, no more pages, a list."""
    body = search(blank)
    assert (body["status_code"], body["data"], body["has_more"]) == (0, [], 0)
    assert body["search_nil_info"]["search_nil_type"] not in ("verify_check", "antispam_check")


def test_the_record_of_a_video(browser: Browser, demo: Simulator) -> None:
    """Seconds for the creation, milliseconds for the length, hashtags with places, pictures for notes."""
    video = next(one for one in demo.corpus.videos if not one.pictures and one.created <= demo.clock.now())
    detail = browser.get("/douyin/aweme/v1/web/aweme/detail/", aweme_id=video.id).json()["aweme_detail"]
    assert detail["create_time"] == int(video.created.timestamp())
    assert detail["video"]["duration"] == video.seconds * 1000
    assert [tag["hashtag_name"] for tag in detail["text_extra"]] == list(video.hashtags)
    assert detail["statistics"]["play_count"] == 0
    note = next(one for one in demo.corpus.videos if one.pictures and one.created <= demo.clock.now())
    detail = browser.get("/douyin/aweme/v1/web/aweme/detail/", aweme_id=note.id).json()["aweme_detail"]
    assert (detail["aweme_type"], len(detail["images"])) == (68, note.pictures)


def test_an_unknown_video_has_no_detail(browser: Browser) -> None:
    """`aweme_detail: null`."""
    assert (
        browser.get("/douyin/aweme/v1/web/aweme/detail/", aweme_id="7616916679861102769").json()["aweme_detail"] is None
    )


def test_comments_and_replies_of_a_video_are_complete(browser: Browser, demo: Simulator) -> None:
    """Cursor by cursor, and each reply under its comment."""
    demo_now = demo.clock.now()
    counts: dict[str, int] = {}
    for comment in demo.corpus.comments:
        if comment.created <= demo_now:
            counts[comment.video] = counts.get(comment.video, 0) + 1
    video = max(counts, key=lambda name: counts[name])
    found: list[str] = []
    cursor, more = 0, 1
    while more:
        body = browser.get(COMMENTS, aweme_id=video, cursor=cursor, count=3).json()
        cursor, more = body["cursor"], body["has_more"]
        for comment in body["comments"]:
            found.append(comment["cid"])
            if comment["reply_comment_total"]:
                replies = browser.get(REPLIES, item_id=video, comment_id=comment["cid"], cursor=0, count=20).json()[
                    "comments"
                ]
                found += [reply["cid"] for reply in replies]
                assert {reply["reply_id"] for reply in replies} == {comment["cid"]}
    truth = {line["id"] for line in demo.truth(platform="douyin", kind="comment", video=video)}
    assert len(found) == len(set(found))
    assert set(found) == truth


def test_no_comments_is_null(blank: Browser, empty: Simulator) -> None:
    """Legitimate only together with total 0."""
    video = empty.inject_video("云江银行")
    body = blank.get(COMMENTS, aweme_id=video.id, cursor=0).json()
    assert (body["comments"], body["total"], body["has_more"]) == (None, 0, 0)


def test_a_comment_has_region_and_time(blank: Browser, empty: Simulator) -> None:
    """`ip_label` and epoch seconds; the work counts it."""
    comment = empty.inject_comment("我的也登不上", empty.inject_video("云江银行"))
    assert videos(search(blank))[0]["statistics"]["comment_count"] == 1
    record = blank.get(COMMENTS, aweme_id=comment.video).json()["comments"][0]
    assert (record["ip_label"], record["create_time"], record["text"]) == (
        "云州",
        int(comment.created.timestamp()),
        "我的也登不上",
    )


# ---- accounts, pages, gates, streams


@pytest.fixture
def modes(empty: Simulator) -> Iterator[Modes]:
    """The modes of the empty world, as they were afterwards."""
    state = state_of(empty.world)
    yield state.modes
    state.reset()


def test_the_works_of_an_account_are_all_there_and_pinned_ones_come_first(
    blank: Browser, empty: Simulator, modes: Modes
) -> None:
    """By a cursor in milliseconds, newest first but for the pinned, each once, even of one second."""
    bank = Author("3000400001", "云江银行", 2, 523_000)
    made = [empty.inject_video(f"云江银行第{n}条", author=bank) for n in range(45)]
    modes.pinned.append(made[0].id)
    found: list[dict[str, Any]] = []
    cursor, more = 0, 1
    while more:
        body = blank.get(POSTS, sec_user_id=sec_uid(bank), max_cursor=cursor, count=18).json()
        found += body["aweme_list"]
        cursor, more = body["max_cursor"], body["has_more"]
    assert cursor > 10**12
    assert sorted(one["aweme_id"] for one in found) == sorted(video.id for video in made)
    assert [one["is_top"] for one in found] == [1] + [0] * 44
    assert found[0]["aweme_id"] == made[0].id
    within = blank.get("/douyin/aweme/v1/web/home/search/item/", keyword="第44条", from_user=sec_uid(bank)).json()
    assert [video["aweme_id"] for video in videos(within)] == [made[44].id]
    profile = blank.get("/douyin/aweme/v1/web/user/profile/other/", sec_user_id=sec_uid(bank)).json()
    assert profile["user"]["aweme_count"] == 45
    people = blank.get("/douyin/aweme/v1/web/discover/search/", keyword="云江").json()
    assert [one["user_info"]["sec_uid"] for one in people["user_list"]] == [sec_uid(bank)]


def test_a_short_link_leads_to_the_page_that_carries_the_work(blank: Browser, empty: Simulator) -> None:
    """302, then `RENDER_DATA`; a deleted work is gone from page, detail, search and comments."""
    video = empty.inject_video("云江银行 验证码收不到")
    empty.inject_comment("我也是", video)
    link = blank.get(f"/douyin/v.douyin.com/{short_code(video.id)}/")
    assert link.status_code == 302
    path = urlsplit(link.headers["location"]).path
    assert path == f"/douyin/video/{video.id}"
    assert f'"awemeId": "{video.id}"' in unquote(blank.get(path).text)
    empty.delete(video.id)
    assert video.id not in unquote(blank.get(path).text)
    detail = blank.get("/douyin/aweme/v1/web/aweme/detail/", aweme_id=video.id).json()
    assert (detail["aweme_detail"], bool(detail["filter_detail"]["filter_reason"])) == (None, True)
    assert videos(search(blank, keyword="验证码")) == []
    assert blank.get(COMMENTS, aweme_id=video.id).json()["comments"] is None


def test_who_is_let_in(blank: Browser, empty: Simulator, modes: Modes) -> None:
    """Without a signature: an empty body, and verify_check for the video search; without a session: 2483."""
    empty.inject_video("云江银行")
    modes.signing = "signed"
    assert blank.get(SINGLE, keyword="云江银行").content == b""
    refused = blank.get("/douyin/aweme/v1/web/search/item/", keyword="云江银行").json()
    assert refused["search_nil_info"]["search_nil_type"] == "verify_check"
    assert videos(blank.get(SINGLE, keyword="云江银行", a_bogus="anything").json())
    modes.signing = "login"
    assert blank.get(SINGLE, cookies=None, keyword="云江银行").json()["status_code"] == 2483
    assert videos(blank.get(SINGLE, cookies={"sessionid": "x"}, keyword="云江银行").json())


def test_a_stream_is_two_documents_and_may_keep_the_sizes_of_its_chunks(
    blank: Browser, empty: Simulator, modes: Modes
) -> None:
    """All cards are there, half in each; the last document tells the end."""
    for number in range(4):
        empty.inject_video(f"云江银行{number}")
    modes.streaming = True
    body = blank.get(SINGLE, keyword="云江银行").text
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(body)
    second, _ = decoder.raw_decode(body[end:])
    assert (first["has_more"], second["has_more"]) == (1, 0)
    assert len(videos(first)) + len(videos(second)) == 4
    modes.chunks = 100
    raw = blank.get(SINGLE, keyword="云江银行").content
    assert raw.startswith(b"64\r\n")
    assert raw.endswith(b"0\r\n\r\n")


def test_the_official_search_wants_its_token(blank: Browser, empty: Simulator, modes: Modes) -> None:
    """A client token, whole parameters, and calls left; sealed item ids and plain links."""
    video = empty.inject_video("云江银行")
    asked: dict[str, Any] = {"keyword": "云江银行", "count": "10", "device_id": "1", "cursor": "0"}
    path = "/douyin-open/dy_open_api/v2/search/video/"
    token = {"access-token": "clt.test"}
    assert blank.get(path, **asked).json()["err_no"] == 28001003
    assert blank.get(path, headers=token, keyword="云江银行").json()["err_no"] == 28001007
    (found,) = blank.get(path, headers=token, **asked).json()["data"]["video_list"]
    assert found["link"].endswith(video.id)
    assert not found["item_id"].isdigit()
    modes.open_calls = 0
    assert blank.get(path, headers=token, **asked).json()["err_no"] == 28003017


def test_modes_are_set_by_name(blank: Browser, modes: Modes) -> None:
    """Unknown names and values are refused."""
    assert blank.post("/__control/douyin", json={"depth": 30}).json()["depth"] == 30
    assert blank.post("/__control/douyin", json={"deep": 30}).status_code == 400
    assert blank.post("/__control/douyin", json={"signing": "maybe"}).status_code == 400
    assert blank.get("/__control/douyin").json()["depth"] == 30


def test_suggestions_go_on_from_what_was_typed(blank: Browser) -> None:
    """Some words, and none for nothing."""
    path = "/douyin/aweme/v1/web/api/suggest_words/"
    words = blank.get(path, query="云江银行", business_id="30068").json()["data"][0]["words"]
    assert all(one["word"].startswith("云江银行") for one in words)
    assert words
    assert blank.get(path, query="").json()["data"][0]["words"] == []
