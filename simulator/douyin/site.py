"""What Douyin's double declares: its routes, its refusals, its truth."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from aiohttp import web

from simulator.douyin import comments, search
from simulator.site import Answer, Site, TruthItem, of_item
from simulator.world import World


def routes() -> list[web.RouteDef]:
    """The routes of the web host."""
    return [*search.routes(), *comments.routes()]


def truth(world: World) -> Iterator[TruthItem]:
    """Every video and comment."""
    now = world.clock.now()
    videos = (of_item("douyin", video, now) for video in world.corpus.videos)
    return chain(videos, (of_item("douyin", comment, now) for comment in world.corpus.comments))


def _json(body: dict[str, Any]) -> Answer:
    return lambda _: web.json_response(body)


def _hidden_captcha(nil_type: str, item: str) -> Answer:
    """Captchas hide in an answer that looks like an empty search."""
    return _json(
        {
            "status_code": 0,
            "data": [],
            "comments": None,
            "has_more": 0,
            "cursor": 0,
            "search_nil_info": {"search_nil_type": nil_type, "search_nil_item": item, "text_type": 9},
            "polling_time": 3,
        }
    )


def _search(more: int) -> Answer:
    return _json(
        {
            "status_code": 0,
            "data": [],
            "cursor": 0,
            "has_more": more,
            "extra": {"logid": "INVENTED"},
            "search_nil_info": {"search_nil_type": "none"},
        }
    )


def _comments(more: int, total: int) -> Answer:
    return _json({"status_code": 0, "comments": None, "cursor": 0, "has_more": more, "total": total})


SITE = Site(
    name="douyin",
    prefixes=("douyin", "douyin-open"),
    routes=routes,
    names=(
        (r"^/douyin/.*/comment/", ("douyin-comments",)),
        (r"^/douyin/.*/detail", ("douyin", "douyin-detail")),
        (r"^/douyin/", ("douyin", "douyin-search")),
    ),
    answers={
        "verify_check": _hidden_captcha("verify_check", "verify_check"),
        "antispam_check": _hidden_captcha("antispam_check", "hit_shark"),
        "status_2483": _json({"status_code": 2483, "status_msg": "用户未登录", "data": None}),
        "status_9": _json({"status_code": 9, "status_msg": "请求频繁"}),
    },
    no_result={"douyin-comments": _comments(0, 0), "douyin": _search(0)},
    blank_page={"douyin-comments": _comments(1, 34), "douyin": _search(1)},
    renamed={
        "douyin": (
            (b'"aweme_info":', b'"awemeInfo":'),
            (b'"create_time":', b'"createTime":'),
            (b'"mix_items":', b'"mixItems":'),
        ),
        "douyin-comments": ((b'"cid":', b'"commentId":'), (b'"create_time":', b'"createTime":')),
    },
    too_fast={"douyin": "verify_check", "douyin-comments": "status_9"},
    truth=truth,
)
