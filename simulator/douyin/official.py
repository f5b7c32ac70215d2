"""open.douyin.com: the official video search. A client token in a header, and errors as numbers."""

from typing import Any

from aiohttp import web

from simulator.corpus import Video
from simulator.douyin.search import hits, number_of
from simulator.douyin.state import modes_of
from simulator.world import WORLD, World

TOKEN = "clt."  # what every good client token begins with  # noqa: S105
_SEARCH_ID = "INVENTEDSEARCH"
_PATH = "/douyin-open/dy_open_api/v2/search/video/"
_MESSAGES = {
    28001003: "access_token无效",
    28001007: "参数不合法",
    28001018: "应用未获得该能力",
    28001005: "系统繁忙,此时请开发者稍候再试",
    28003017: "quota已用完",
}


def routes() -> list[web.RouteDef]:
    """The search, with and without its final slash."""
    return [web.get(path, _search) for path in (_PATH, _PATH.rstrip("/"))]


def error(number: int) -> dict[str, Any]:
    """The answer of a refused call."""
    return {"err_no": number, "err_msg": _MESSAGES.get(number, ""), "log_id": "INVENTED", "data": None}


async def _search(request: web.Request) -> web.Response:
    world, modes, query = request.app[WORLD], modes_of(request), request.query
    if wrong := _wrong(request):
        return web.json_response(error(wrong))
    if modes.open_calls == 0:
        return web.json_response(error(28003017))
    modes.open_calls -= 1 if modes.open_calls > 0 else 0
    cursor, count = number_of(query.get("cursor")), min(number_of(query["count"]), 20)
    if cursor and query.get("search_id") != _SEARCH_ID:
        cursor = 0
    found = hits(world, query["keyword"], query.get("sort_type", "0"), number_of(query.get("publish_time")))
    found = found[: modes.open_depth]
    page = found[cursor : cursor + count]
    data = {
        "cursor": cursor + len(page),
        "has_more": cursor + count < len(found),
        "search_id": _SEARCH_ID,
        "video_list": [_video(video, world) for video in page],
    }
    return web.json_response({"err_no": 0, "err_msg": "", "log_id": "INVENTED", "data": data})


def _wrong(request: web.Request) -> int:
    """The number of the error that a call deserves, 0 for a good one."""
    if not request.headers.get("access-token", "").startswith(TOKEN):
        return 28001003
    query = request.query
    is_whole = query.get("keyword") and number_of(query.get("count")) and query.get("device_id", "").isdigit()
    return 0 if is_whole else 28001007


def _video(video: Video, world: World) -> dict[str, Any]:
    """What the platform tells of a work; its own ids are sealed, the link is plain."""
    reach = video.reach.at(world.clock.now() - video.created)
    counts = {"digg_count": reach.likes, "comment_count": len(world.comments_of(video.id)), "share_count": reach.shares}
    return {
        "item_id": f"@{int(video.id) % 10**12:x}",
        "title": video.text,
        "cover": f"https://p3-sign.douyinpic.com/{video.id}.jpg",
        "create_time": int(video.created.timestamp()),
        "nickname": video.author.name,
        "statistics": counts,
        "link": f"https://www.douyin.com/{'note' if video.pictures else 'video'}/{video.id}",
    }
