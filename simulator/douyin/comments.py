"""Comments under a video and replies under a comment."""

from typing import Any

from aiohttp import web

from simulator.corpus import Comment
from simulator.douyin.aweme import comment_json
from simulator.world import WORLD, World


def routes() -> list[web.RouteDef]:
    """Comment routes, with and without the final slash."""
    paths = [("/douyin/aweme/v1/web/comment/list/reply/", _replies), ("/douyin/aweme/v1/web/comment/list/", _comments)]
    return [web.get(spelling, handler) for path, handler in paths for spelling in (path, path.rstrip("/"))]


async def _comments(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    everything = world.comments_of(request.query.get("aweme_id", ""))
    first_level = [comment for comment in everything if not comment.parent]
    return _page(request, world, first_level, everything)


async def _replies(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    everything = world.comments_of(request.query.get("item_id", ""))
    wanted = request.query.get("comment_id", "")
    return _page(request, world, [comment for comment in everything if comment.parent == wanted], everything)


def _page(request: web.Request, world: World, comments: list[Comment], everything: list[Comment]) -> web.Response:
    now = world.clock.now()
    cursor, count = (int(request.query.get(name, default)) for name, default in (("cursor", "0"), ("count", "20")))
    count = max(1, min(count, 20))
    shown = comments[cursor : cursor + count]
    records = [
        comment_json(one, now, sum(reply.parent == one.id for reply in everything), len(everything)) for one in shown
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
