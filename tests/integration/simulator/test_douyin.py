"""Douyin's search, detail, comments and replies."""

import json
from typing import Any

import pytest

from simulator.server import Simulator
from tests.integration.simulator.conftest import Browser

pytestmark = pytest.mark.integration
SINGLE = "/douyin/aweme/v1/web/general/search/single/"
COMMENTS = "/douyin/aweme/v1/web/comment/list/"
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
