"""The table of outcomes: by redirect, status, body and control fields; never by the text of posts."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.extract import douyin, douyin_open, feeds, news_page, weibo_html, weibo_json, weibo_open, weibo_talk
from crawlers.model import Reply, Verdict
from crawlers.outcomes import PRODUCIBLE, by_status, load_json, worst
from crawlers.outcomes import weibo_json as weibo_control
from tests.unit.crawlers.golden_weibo import POST
from tests.unit.crawlers.test_golden import NOW, VIDEO
from yuqing.domain.coverage import Outcome

VISITOR = "https://passport.weibo.com/visitor/visitor?entry=miniblog&url=https%3A%2F%2Fs.weibo.com"
BY_STATUS = [
    (200, "", b"x", None),
    (302, VISITOR, b"", Outcome.AUTH_REQUIRED),
    (302, "http://127.0.0.1:9/weibo-passport/visitor/visitor?a=enter", b"", Outcome.AUTH_REQUIRED),
    (302, "https://weibo.com/login.php?url=x", b"", Outcome.AUTH_REQUIRED),
    (302, "https://passport.weibo.cn/signin/login?entry=mweibo", b"", Outcome.AUTH_REQUIRED),
    (302, "https://rmc.bytedance.com/verifycenter/", b"", Outcome.CHALLENGE),
    (302, "https://s.weibo.com/new-layout", b"", Outcome.CHANGED),
    (401, "", b"", Outcome.AUTH_REQUIRED),
    (403, "", b"x", Outcome.BLOCKED),
    (404, "", b"x", Outcome.NOT_FOUND),
    (410, "", b"x", Outcome.NOT_FOUND),
    (412, "", b"x", Outcome.RATE_LIMITED),
    (414, "", b"x", Outcome.RATE_LIMITED),
    (418, "", b"x", Outcome.RATE_LIMITED),
    (429, "", b"x", Outcome.RATE_LIMITED),
    (432, "", b"<html>", Outcome.RATE_LIMITED),
    (461, "", b"x", Outcome.CHALLENGE),
    (471, "", b"x", Outcome.CHALLENGE),
    (499, "", b"x", Outcome.CHANGED),
    (500, "", b"x", Outcome.TRANSPORT),
    (503, "", b"x", Outcome.TRANSPORT),
    (200, "", b"", Outcome.BLOCKED),
    (200, "", b"  \n", Outcome.BLOCKED),
    (200, "", b"blocked", Outcome.BLOCKED),
]


@pytest.mark.parametrize(
    ("status", "location", "body", "outcome"),
    BY_STATUS,
    ids=[f"{row[0]}-{row[1][-24:]}-{row[2][:8]!r}" for row in BY_STATUS],
)
def test_status_redirect_and_body_decide_first(
    status: int, location: str, body: bytes, outcome: Outcome | None
) -> None:
    """Each sign has its outcome."""
    verdict = by_status(Reply("https://x.example/", status, body, {"location": location}))
    assert (verdict.outcome if verdict else None) is outcome


def test_a_post_about_captchas_is_not_a_captcha() -> None:
    """Words in user text decide nothing."""
    body = {"ok": 1, "data": {"cards": [], "text": "验证码 blocked verify_check"}}
    assert weibo_control(body).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"ok": -100, "url": "u"}, Outcome.AUTH_REQUIRED),
        ({"ok": "-100"}, Outcome.AUTH_REQUIRED),
        ({"ok": 0, "url": "u"}, Outcome.CHALLENGE),
        ({"ok": 0, "msg": "这里还没有内容"}, Outcome.OK_EMPTY),
        ({"ok": 0, "msg": "系统繁忙"}, Outcome.SUSPECT_EMPTY),
        ({"ok": 0, "error_code": 20101}, Outcome.NOT_FOUND),
        ({"ok": 1}, Outcome.CHANGED),
        ({}, Outcome.CHANGED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_weibo_control_fields(body: dict[str, object], outcome: Outcome) -> None:
    """ok, data, url and msg."""
    assert weibo_control(body).outcome is outcome


def test_json_that_is_none() -> None:
    """HTML, half a document and a list are three different things."""
    details = []
    for body in (b"<html>h5-404</html>", b'{"ok":1,"da', b"[1]", b'<div id="captcha_container">'):
        found = load_json(Reply("u", 200, body))
        assert isinstance(found, Verdict)
        details.append((found.outcome, found.detail))
    assert details == [
        (Outcome.BLOCKED, "html_instead_of_json"),
        (Outcome.TRANSPORT, "truncated_json"),
        (Outcome.CHANGED, "json_not_an_object"),
        (Outcome.CHALLENGE, "captcha_page"),
    ]


def test_the_outcome_of_a_slice_is_the_worst_of_its_pages() -> None:
    """One refused page among good ones: not complete. Empty beside full is full. Nothing fetched: suspect."""
    ok, empty = Verdict(Outcome.OK), Verdict(Outcome.OK_EMPTY)
    assert worst([ok, empty]).outcome is Outcome.OK
    assert worst([empty, empty]).outcome is Outcome.OK_EMPTY
    assert worst([]).outcome is Outcome.SUSPECT_EMPTY
    for bad, order in product(set(Outcome) - {Outcome.OK, Outcome.OK_EMPTY}, (1, -1)):
        assert worst([ok, Verdict(bad), empty][::order]).outcome is bad


PARSERS = {
    "weibo_web": lambda reply: weibo_html.parse(reply, NOW).verdict,
    "weibo_mobile": lambda reply: weibo_json.parse(reply, NOW).verdict,
    "weibo_timeline": lambda reply: weibo_json.parse_timeline(reply, NOW).verdict,
    "weibo_show": lambda reply: weibo_json.parse_show(reply, NOW).verdict,
    "weibo_comments": lambda reply: weibo_talk.parse_comments(reply, POST, NOW).verdict,
    "weibo_reposts": lambda reply: weibo_talk.parse_reposts(reply, POST, NOW).verdict,
    "weibo_statuses": lambda reply: weibo_open.parse_statuses(reply, NOW).verdict,
    "weibo_to_me": lambda reply: weibo_open.parse_comments(reply, NOW).verdict,
    "douyin_web": lambda reply: douyin.parse_search(reply, NOW).verdict,
    "douyin_posts": lambda reply: douyin.parse_posts(reply, NOW).verdict,
    "douyin_detail": lambda reply: douyin.parse_detail(reply, "7616916679861102769", NOW).verdict,
    "douyin_open": lambda reply: douyin_open.parse(reply, NOW).verdict,
    "douyin_comments": lambda reply: douyin.parse_comments(reply, VIDEO, "", NOW).verdict,
    "news_rss": lambda reply: feeds.parse(reply, NOW).verdict,
    "news_page": lambda reply: news_page.read(reply, NOW)[0],
}
KEYS = (
    "ok",
    "data",
    "cards",
    "mblog",
    "card_group",
    "msg",
    "url",
    "user",
    "mid",
    "id",
    "text",
    "created_at",
    "retweeted_status",
    "aweme_info",
    "aweme_list",
    "aweme_detail",
    "filter_detail",
    "err_no",
    "video_list",
    "link",
    "type",
    "aweme_mix_info",
    "mix_items",
    "aweme_id",
    "create_time",
    "status_code",
    "has_more",
    "cursor",
    "comments",
    "cid",
    "reply_comment",
    "search_nil_info",
    "search_nil_type",
    "statistics",
    "author",
    "extra",
    "total",
    "text_extra",
    "list",
    "statuses",
    "status",
    "total_number",
    "max_id",
    "error_code",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_makes_a_parser_raise_or_claim_an_empty_result_by_accident(name: str, body: bytes) -> None:
    """Any bytes end in an outcome; ok_empty needs the platform's own marker."""
    verdict = PARSERS[name](Reply("https://x.example/a", 200, body))
    assert isinstance(verdict, Verdict)
    if verdict.outcome is Outcome.OK_EMPTY:
        assert any(
            marker in body
            for marker in (
                b"\\u8fd9",
                b'"status_code": 0',
                b'"err_no": 0',
                b"card-no-result",
                b"<rss",
                b"<feed",
                b'"total_number": 0',
            )
        )


WEIBO = ("weibo_web", "weibo_mobile", "weibo_user", "weibo_talk", "weibo_commercial", "weibo_mentions")


def test_every_source_says_what_it_can_produce() -> None:
    """The table names each backend, and each can end well and badly."""
    assert set(PRODUCIBLE) >= {*WEIBO, "douyin_web", "douyin_open", "news_rss"}
    assert all({Outcome.OK, Outcome.CHANGED} <= outcomes for outcomes in PRODUCIBLE.values())
    assert {name for name, outcomes in PRODUCIBLE.items() if Outcome.OK_EMPTY not in outcomes} <= {"hot"}  # never empty
