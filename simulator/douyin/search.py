"""Keyword search: everything, videos, accounts, and the works of one account."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zlib import crc32

from aiohttp import web

from simulator.corpus import Author, Video
from simulator.douyin.aweme import author_json, aweme, sec_uid
from simulator.douyin.gate import both_spellings
from simulator.douyin.state import modes_of
from simulator.world import WORLD, World

PAGE_SIZE = 10
_SINGLE = "/douyin/aweme/v1/web/general/search/single/"
_ITEM = "/douyin/aweme/v1/web/search/item/"


def routes() -> list[web.RouteDef]:
    """The searches."""
    return [
        *both_spellings(_SINGLE, _general),
        *both_spellings(_ITEM, search),
        *both_spellings("/douyin/aweme/v1/web/home/search/item/", _within),
        *both_spellings("/douyin/aweme/v1/web/discover/search/", _people),
        *both_spellings("/douyin/aweme/v1/web/api/suggest_words/", _suggest),
    ]


async def search(request: web.Request) -> web.Response:
    """One page of about ten results; page 2 and on need the `search_id` of page 1."""
    return web.json_response(_page(request, found(request)))


async def _general(request: web.Request) -> web.Response:
    """The same, in one document or as a stream of two."""
    whole, modes = _page(request, found(request)), modes_of(request)
    if not modes.streaming:
        return web.json_response(whole)
    return web.Response(body=streamed(whole, modes.chunks), content_type="application/json")


async def _within(request: web.Request) -> web.Response:
    """The works of one account."""
    user = request.query.get("from_user", "")
    return web.json_response(_page(request, [video for video in found(request) if sec_uid(video.author) == user]))


def _page(request: web.Request, videos: list[Video]) -> dict[str, Any]:
    query = request.query
    offset, count = number_of(query.get("offset")), min(number_of(query.get("count")) or PAGE_SIZE, 15)
    logid = _logid(query.get("keyword", ""))
    if offset and query.get("search_id") != logid:
        offset = 0  # The site repeats its first page to callers that lost the thread.
    page = videos[offset : offset + count]
    return answer(request.app[WORLD], page, offset + len(page), offset + count < len(videos), logid)


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


def streamed(whole: dict[str, Any], chunk: int) -> bytes:
    """The answer in two documents; with `chunk`, the sizes of HTTP chunks stay inside the body."""
    cards = whole["data"]
    half = len(cards) // 2
    first = {**whole, "data": cards[:half], "has_more": 1, "cursor": 0}
    raw = "".join(json.dumps(part, ensure_ascii=False) for part in (first, {**whole, "data": cards[half:]})).encode()
    if not chunk:
        return raw
    parts = [raw[at : at + chunk] for at in range(0, len(raw), chunk)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def found(request: web.Request) -> list[Video]:
    """What a search finds, in the chosen order, as deep as the site lets anybody look."""
    chosen = json.loads(request.query.get("filter_selected") or "{}")
    keyword, sort = request.query.get("keyword", ""), str(chosen.get("sort_type", "0"))
    videos = hits(request.app[WORLD], keyword, sort, int(chosen.get("publish_time") or 0))
    return videos[: modes_of(request).depth]


def hits(world: World, keyword: str, sort: str, days: int) -> list[Video]:
    """Matching works, not older than `days` (0: of any age), by 0 composite, 1 likes, 2 newest."""
    now = world.clock.now()
    videos = list(reversed(world.corpus.videos.search(keyword, now)))
    if days:
        videos = [video for video in videos if video.created >= now - timedelta(days=days)]
    if sort == "1":
        videos.sort(key=lambda video: video.reach.likes, reverse=True)
    elif sort == "0":
        # The composite order mixes fresh and liked; any fixed mixture serves.
        videos.sort(key=lambda video: (now - video.created) / timedelta(days=1) - min(video.reach.likes, 200) / 20)
    return videos


def _logid(keyword: str) -> str:
    """The thread of a search; it stays the same however the clock runs."""
    return f"20260314000000INVENTED{crc32(keyword.encode()):08X}"


def number_of(text: str | None) -> int:
    """A number in a query, 0 when there is none."""
    return int(text) if text and text.isdigit() else 0


async def _people(request: web.Request) -> web.Response:
    """Accounts with the keyword in their name."""
    keyword = request.query.get("keyword", "")
    authors: dict[str, Author] = {video.author.uid: video.author for video in request.app[WORLD].corpus.videos}
    named = [author for author in authors.values() if keyword and keyword in author.name]
    offset = number_of(request.query.get("offset"))
    shown = named[offset : offset + PAGE_SIZE]
    return web.json_response(
        {
            "status_code": 0,
            "user_list": [{"user_info": author_json(author)} for author in shown],
            "cursor": offset + len(shown),
            "has_more": int(offset + PAGE_SIZE < len(named)),
            "extra": {"logid": _logid(keyword)},
        }
    )


async def _suggest(request: web.Request) -> web.Response:
    """Words that go on from the words typed so far."""
    typed = request.query.get("query", "")
    words = [{"word": f"{typed}{ending}", "id": str(crc32(ending.encode()))} for ending in ("电话", "怎么了", "排队")]
    return web.json_response({"status_code": 0, "data": [{"words": words if typed else []}], "msg": "success"})
