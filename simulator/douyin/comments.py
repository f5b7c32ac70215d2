"""Comments under a video and replies under a comment."""

from typing import Any

from aiohttp import web

from simulator.corpus import Comment
from simulator.douyin.aweme import comment_json
from simulator.douyin.gate import both_spellings
from simulator.douyin.state import modes_of
from simulator.world import WORLD, World


def routes() -> list[web.RouteDef]:
    """Comment routes, with and without the final slash."""
    return [
        *both_spellings("/douyin/aweme/v1/web/comment/list/reply/", _replies),
        *both_spellings("/douyin/aweme/v1/web/comment/list/", _comments),
    ]


def _below(world: World, video: str) -> list[Comment]:
    """What stands below a work; nothing below one that is gone."""
    is_shown = world.corpus.videos.get(video, world.clock.now()) is not None
    return world.comments_of(video) if is_shown else []


async def _comments(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    everything = _below(world, request.query.get("aweme_id", ""))
    first_level = [comment for comment in everything if not comment.parent]
    return _page(request, world, first_level, everything)


async def _replies(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    everything = _below(world, request.query.get("item_id", ""))
    wanted = request.query.get("comment_id", "")
    return _page(request, world, [comment for comment in everything if comment.parent == wanted], everything)


def _page(request: web.Request, world: World, comments: list[Comment], everything: list[Comment]) -> web.Response:
    now = world.clock.now()
    cursor, count = (int(request.query.get(name, default)) for name, default in (("cursor", "0"), ("count", "20")))
    count = max(1, min(count, 20))
    shown = comments[cursor : cursor + count]
    inline = modes_of(request).inline_replies
    records = [
        comment_json(one, now, [reply for reply in everything if reply.parent == one.id], inline, len(everything))
        for one in shown
    ]
    body: dict[str, Any] = {
        "status_code": 0,
        "comments": records or None,
        "cursor": cursor + len(shown),
        "has_more": int(cursor + count < len(comments)),
        "total": len(comments),
        "reply_style": 2,
        "extra": {"now": int(now.timestamp() * 1000), "fatal_item_ids": None},
    }
    return web.json_response(body)
