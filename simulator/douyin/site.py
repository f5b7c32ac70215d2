"""What Douyin's double declares: its routes, its refusals, its truth."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote

from aiohttp import web

from simulator.douyin import comments, official, search, state, works
from simulator.douyin.gate import LOGIN_WANTED, captcha
from simulator.site import Answer, Site, TruthItem, of_item
from simulator.world import World


def routes() -> list[web.RouteDef]:
    """The routes of the web host."""
    return [route for part in (search, works, comments, official, state) for route in part.routes()]


def truth(world: World) -> Iterator[TruthItem]:
    """Every video and comment."""
    now = world.clock.now()
    videos = (of_item("douyin", video, now) for video in world.corpus.videos)
    return chain(videos, (of_item("douyin", comment, now) for comment in world.corpus.comments))


def _json(body: dict[str, Any]) -> Answer:
    return lambda _: web.json_response(body)


def _refused_stream(_: web.Request) -> web.Response:
    """An answer whose first document looks well and whose second asks for a captcha."""
    first = {"status_code": 0, "data": [], "has_more": 1, "cursor": 10, "extra": {"logid": "INVENTED"}}
    body = json.dumps(first) + json.dumps(captcha("verify_check", "verify_check"))
    return web.Response(text=body, content_type="application/json")


def _to_verify(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "https://verify.snssdk.com/captcha?aid=6383"})


def _spider_page(_: web.Request) -> web.Response:
    data = quote(json.dumps({"app": {"isSpider": True}}))
    return _html("抖音", f'<script id="RENDER_DATA" type="application/json">{data}</script>')


def _no_result_page(_: web.Request) -> web.Response:
    """What a person sees when there is nothing."""
    return _html("搜索 - 抖音", '<div class="empty"><p>没有找到相关结果，换个关键词试试</p></div>')


def _html(title: str, body: str) -> web.Response:
    text = f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return web.Response(text=text, content_type="text/html")


def _search(more: int, nil: str = "none") -> Answer:
    """An empty page of a search; `nil` is the platform's word for why."""
    return _json(
        {
            "status_code": 0,
            "data": [],
            "cursor": 0,
            "has_more": more,
            "extra": {"logid": "INVENTED"},
            "search_nil_info": {"search_nil_type": nil},
        }
    )


def _comments(more: int, total: int) -> Answer:
    return _json({"status_code": 0, "comments": None, "cursor": 0, "has_more": more, "total": total})


def _posts(more: int) -> Answer:
    return _json({"status_code": 0, "aweme_list": [], "has_more": more, "max_cursor": 0, "min_cursor": 0})


def _official(more: bool) -> Answer:
    data = {"cursor": 0, "has_more": more, "search_id": "INVENTED", "video_list": []}
    return _json({"err_no": 0, "err_msg": "", "log_id": "INVENTED", "data": data})


SITE = Site(
    name="douyin",
    prefixes=("douyin", "douyin-open"),
    routes=routes,
    names=(
        (r"^/douyin/.*/comment/", ("douyin-comments",)),
        (r"^/douyin/.*/aweme/detail", ("douyin-detail", "douyin")),
        (r"^/douyin/.*/aweme/post", ("douyin-posts", "douyin")),
        (r"^/douyin/(video|note|v\.douyin\.com)/", ("douyin", "douyin-page")),
        (r"^/douyin/", ("douyin", "douyin-search")),
    ),
    answers={
        "verify_check": _json(captcha("verify_check", "verify_check")),
        "verify_item": _json(captcha("none", "verify_check", "")),
        "verify_text": _json(captcha("none", "none", "verify_check")),
        "text_type_9": _json(captcha("none", "none")),
        "slide_check": _json(captcha("slide_check", "", "")),
        "need_login": _json(captcha("need_login", "", "")),
        "nothing_told": _search(0),
        "unknown_reason": _search(0, "invalid_app"),
        "filtered": _json({"status_code": 0, "aweme_detail": None, "filter_detail": {"filter_reason": "core_dep"}}),
        "antispam_check": _json(captcha("antispam_check", "hit_shark")),
        "hit_shark": _json(captcha("none", "hit_shark", "")),
        "status_2483": _json(LOGIN_WANTED),
        "status_2483_text": _json({**LOGIN_WANTED, "status_code": "2483"}),
        "status_9": _json({"status_code": 9, "status_msg": "请求频繁"}),
        "stream_refused": _refused_stream,
        "302_verify": _to_verify,
        "is_spider": _spider_page,
        "no_result_page": _no_result_page,
        "comments_hidden": _comments(0, 34),
        **{f"err_{number}": _json(official.error(number)) for number in (28001003, 28001005, 28001018, 28003017)},
    },
    no_result={
        "douyin-comments": _comments(0, 0),
        "douyin-posts": _posts(0),
        "douyin": _search(0, "no_result"),
        "douyin-open": _official(more=False),
    },
    blank_page={
        "douyin-comments": _comments(1, 34),
        "douyin-posts": _posts(1),
        "douyin": _search(1),
        "douyin-open": _official(more=True),
    },
    renamed={
        "douyin": (
            (b'"aweme_info":', b'"awemeInfo":'),
            (b'"create_time":', b'"createTime":'),
            (b'"mix_items":', b'"mixItems":'),
        ),
        "douyin-detail": ((b'"aweme_id":', b'"awemeId":'),),
        "douyin-posts": ((b'"aweme_id":', b'"awemeId":'),),
        "douyin-open": ((b'"video_list":', b'"videos":'),),
        "douyin-comments": ((b'"cid":', b'"commentId":'), (b'"create_time":', b'"createTime":')),
    },
    too_fast={"douyin": "verify_check", "douyin-comments": "status_9", "douyin-open": "err_28003017"},
    content=state.content,
    truth=truth,
)
