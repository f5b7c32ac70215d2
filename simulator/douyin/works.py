"""One work, the works and the profile of one account, public pages and short links."""

import json
from typing import Any
from urllib.parse import quote

from aiohttp import web

from simulator.corpus import Author, Video
from simulator.douyin.aweme import author_json, aweme, sec_uid
from simulator.douyin.gate import both_spellings
from simulator.douyin.search import number_of
from simulator.douyin.state import modes_of
from simulator.world import WORLD, World

POSTS = 18
_GONE = {"detail_msg": "", "filter_reason": "status_self_see", "notice": "抱歉，作品不见了"}


def routes() -> list[web.RouteDef]:
    """JSON routes behind the gate; pages and short links are open to everybody."""
    return [
        *both_spellings("/douyin/aweme/v1/web/aweme/detail/", _detail),
        *both_spellings("/douyin/aweme/v1/web/aweme/post/", _posts),
        *both_spellings("/douyin/aweme/v1/web/user/profile/other/", _profile),
        web.get(r"/douyin/{form:video|note}/{id:\d+}", _page),
        web.get("/douyin/v.douyin.com/{code}/", _short),
        web.get("/douyin/v.douyin.com/{code}", _short),
    ]


def short_code(native_id: str) -> str:
    """The path of the short link that leads to a work."""
    return f"i{int(native_id):x}"


def _record(world: World, video: Video) -> dict[str, Any]:
    return aweme(video, world.clock.now(), len(world.comments_of(video.id)))


async def _detail(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    video = world.corpus.videos.get(request.query.get("aweme_id", ""), world.clock.now())
    if video is None:
        return web.json_response({"status_code": 0, "aweme_detail": None, "filter_detail": _GONE})
    return web.json_response({"status_code": 0, "aweme_detail": _record(world, video)})


def _of_user(world: World, user: str) -> list[Video]:
    """Newest first."""
    published = world.corpus.videos.search("", world.clock.now())
    return [video for video in reversed(published) if sec_uid(video.author) == user]


def _milliseconds(video: Video) -> int:
    """When it came out, as finely as the site counts: works of one second are told apart."""
    return int(video.created.timestamp()) * 1000 + int(video.id) % 1000


async def _posts(request: web.Request) -> web.Response:
    """A page of an account's works: on the first page pinned ones stand before newer ones."""
    world, pinned = request.app[WORLD], modes_of(request).pinned
    count = min(number_of(request.query.get("count")) or POSTS, 20)
    cursor = number_of(request.query.get("max_cursor"))
    works = sorted(_of_user(world, request.query.get("sec_user_id", "")), key=_milliseconds, reverse=True)
    rest = [one for one in works if one.id not in pinned and (not cursor or _milliseconds(one) < cursor)]
    shown = rest[:count]
    top = [] if cursor else [one for one in works if one.id in pinned]
    records = [
        *({**_record(world, one), "is_top": 1} for one in top),
        *(_record(world, one) for one in shown),
    ]
    return web.json_response(
        {
            "status_code": 0,
            "aweme_list": records,
            "has_more": int(len(rest) > count),
            "max_cursor": _milliseconds(shown[-1]) if shown else 0,
            "min_cursor": _milliseconds(shown[0]) if shown else 0,
        }
    )


async def _profile(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    works = _of_user(world, request.query.get("sec_user_id", ""))
    if not works:
        return web.json_response({"status_code": 0, "user": None})
    author: Author = works[0].author
    user = {**author_json(author), "aweme_count": len(works), "ip_location": f"IP属地：{author.region}"}
    return web.json_response({"status_code": 0, "user": user})


async def _page(request: web.Request) -> web.Response:
    """A public page: the data of the work in its `RENDER_DATA`, spelt in humps."""
    world = request.app[WORLD]
    video = world.corpus.videos.get(request.match_info["id"], world.clock.now())
    detail = _humps(video, world) if video else None
    data = quote(json.dumps({"app": {"isSpider": False, "videoDetail": detail}}, ensure_ascii=False))
    title = video.text if video else "抱歉，作品不见了"
    script = f'<script id="RENDER_DATA" type="application/json">{data}</script>'
    return web.Response(
        text=f"<!doctype html><html><head><title>{title} - 抖音</title></head><body>{script}</body></html>",
        content_type="text/html",
    )


def _humps(video: Video, world: World) -> dict[str, Any]:
    record = _record(world, video)
    counts, author = record["statistics"], record["author"]
    return {
        "awemeId": video.id,
        "desc": video.text,
        "createTime": record["create_time"],
        "authorInfo": {
            "uid": author["uid"],
            "secUid": author["sec_uid"],
            "nickname": author["nickname"],
            "followerCount": author["follower_count"],
            "enterpriseVerifyReason": author["enterprise_verify_reason"],
        },
        "stats": {
            "diggCount": counts["digg_count"],
            "commentCount": counts["comment_count"],
            "shareCount": counts["share_count"],
        },
        "textExtra": [{"hashtagName": tag["hashtag_name"], "type": 1} for tag in record["text_extra"]],
        "seoInfo": {"seoOcrContent": record["seo_info"].get("seo_ocr_content", "")},
        "images": record["images"],
    }


async def _short(request: web.Request) -> web.Response:
    """`https://v.douyin.com/xxx/` leads to the work."""
    world, code = request.app[WORLD], request.match_info["code"]
    try:
        native = str(int(code[1:], 16))
    except ValueError:
        return web.Response(status=404, text="")
    origin = f"{world.origin(request)}/douyin"
    return web.Response(status=302, headers={"Location": f"{origin}/video/{native}?previous_page=web_code_link"})
