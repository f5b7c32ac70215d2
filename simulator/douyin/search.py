"""Keyword search and detail."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zlib import crc32

from aiohttp import web

from simulator.corpus import Video
from simulator.douyin.aweme import aweme
from simulator.world import WORLD, World

PAGE_SIZE = 10
DEPTH = 200
_PATHS = ("/aweme/v1/web/general/search/single/", "/aweme/v1/web/search/item/")


def routes() -> list[web.RouteDef]:
    """Search and detail, with and without the final slash."""
    paths = [*(("/douyin" + path, search) for path in _PATHS), ("/douyin/aweme/v1/web/aweme/detail/", _detail)]
    return [web.get(spelling, handler) for path, handler in paths for spelling in (path, path.rstrip("/"))]


async def search(request: web.Request) -> web.Response:
    """One page of about ten results; page 2 and on need the `search_id` of page 1."""
    world, query = request.app[WORLD], request.query
    offset, count = _number(query.get("offset", "0")), min(_number(query.get("count", "10")) or PAGE_SIZE, 20)
    logid = _logid(query.get("keyword", ""))
    if offset and query.get("search_id") != logid:
        offset = 0  # The site repeats its first page to callers that lost the thread.
    videos = _hits(world, query.get("keyword", ""), query.get("filter_selected", ""))
    page = videos[offset : offset + count]
    return web.json_response(answer(world, page, offset + len(page), offset + count < len(videos), logid))


def answer(world: World, videos: Sequence[Video], cursor: int, more: bool, logid: str) -> dict[str, Any]:
    """The envelope of a search answer."""
    now = world.clock.now()
    cards: list[dict[str, Any]] = []
    for number, video in enumerate(videos):
        record = aweme(video, now, len(world.comments_of(video.id)))
        mixed = number % 5 == 4
        cards.append(
            {"type": 999, "aweme_mix_info": {"mix_items": [record]}}
            if mixed
            else {"type": 1, "card_unique_name": "video", "aweme_info": record}
        )
    if len(cards) > 3:
        cards.insert(3, {"type": 77, "card_info": {"title": "相关搜索"}})
    return {
        "status_code": 0,
        "has_more": int(more),
        "cursor": cursor,
        "data": cards,
        "extra": {"logid": logid, "now": int(now.timestamp() * 1000), "fatal_item_ids": []},
        "log_pb": {"impr_id": logid},
        "search_nil_info": {"search_nil_type": "none" if cards else "no_result"},
        "guide_search_words": [],
        "polling_time": 0,
    }


def _hits(world: World, keyword: str, selected: str) -> list[Video]:
    now = world.clock.now()
    videos = list(reversed(world.corpus.videos.search(keyword, now)))
    chosen = json.loads(selected) if selected else {}
    days = int(chosen.get("publish_time") or 0)
    if days:
        videos = [video for video in videos if video.created >= now - timedelta(days=days)]
    order = str(chosen.get("sort_type", "0"))
    if order == "1":
        videos.sort(key=lambda video: video.reach.likes, reverse=True)
    elif order == "0":
        # The composite order mixes fresh and liked; any fixed mixture serves.
        videos.sort(key=lambda video: (now - video.created) / timedelta(days=1) - min(video.reach.likes, 200) / 20)
    return videos[:DEPTH]


def _logid(keyword: str) -> str:
    """The thread of a search; it stays the same however the clock runs."""
    return f"20260314000000INVENTED{crc32(keyword.encode()):08X}"


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


async def _detail(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    now = world.clock.now()
    video = world.corpus.videos.get(request.query.get("aweme_id", ""), now)
    if video is None:
        gone = {"detail_msg": "", "filter_reason": "status_self_see", "notice": "抱歉，作品不见了"}
        return web.json_response({"status_code": 0, "aweme_detail": None, "filter_detail": gone})
    return web.json_response({"status_code": 0, "aweme_detail": aweme(video, now, len(world.comments_of(video.id)))})
