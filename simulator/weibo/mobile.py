"""m.weibo.cn: search and single posts as JSON, for visitors and accounts."""

import html
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote

from aiohttp import web

from simulator.corpus import Post
from simulator.ids import bid_to_mid, weibo_seconds
from simulator.weibo import profile
from simulator.weibo.session import is_login, is_visitor
from simulator.world import WORLD, World

PAGE_SIZE = 10
MAX_PAGES = 50
EMPTY = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
_GONE = {"ok": 0, "msg": "微博不存在或暂无查看权限!", "error_code": 20101}
_WAF = "<html><head><title>432</title></head><body><h1>432 Request blocked</h1></body></html>"


def routes() -> list[web.RouteDef]:
    """The mobile site's routes."""
    return [
        web.get("/weibo-m/api/container/getIndex", search),
        web.get("/weibo-m/api/config", _config),
        web.get("/weibo-m/statuses/show", _show),
        web.get("/weibo-m/statuses/extend", _extend),
        web.get("/weibo-m/detail/{id}", _detail),
        web.get("/weibo-m/status/{id}", _detail),
    ]


def find(world: World, native_id: str) -> Post | None:
    """A published post by mid or bid."""
    mid = native_id if len(native_id) >= 15 and native_id.isdigit() else _as_mid(native_id)
    return world.corpus.posts.get(mid, world.clock.now())


def waf() -> web.Response:
    """What the firewall answers without the cookie pair."""
    return web.Response(status=432, text=_WAF, content_type="text/html")


async def search(request: web.Request) -> web.Response:
    """One page of a keyword search."""
    if not is_visitor(request):
        return waf()
    world, page = request.app[WORLD], int(request.query.get("page", "1") or 1)
    container = request.query.get("containerid", "")
    if (page > 1 or request.query.get("since_id")) and not is_login(request):
        return web.json_response(login_wanted(request))
    if not container.startswith("100103"):
        return profile.answer(request, container)
    kind, keyword = _container(container)
    posts = _ordered(world, keyword, kind)
    if kind == "401":
        uid = request.query.get("container_ext", "").removeprefix("profile_uid:")
        posts = [post for post in posts if post.author.uid == uid]
    shown = posts[(page - 1) * PAGE_SIZE : page * PAGE_SIZE] if page <= MAX_PAGES else []
    if not shown:
        return web.json_response(EMPTY)
    return web.json_response(_answer(world, keyword, kind, shown, page, len(posts)))


def login_wanted(request: web.Request) -> dict[str, Any]:
    """`ok: -100`: only for accounts."""
    origin = request.app[WORLD].origin(request)
    return {"ok": -100, "msg": "请先登录", "url": f"{origin}/weibo-passport/sso/signin?entry=mweibo", "errno": "100005"}


def _container(text: str) -> tuple[str, str]:
    """Kind and keyword of `100103type=61&q=词`."""
    inner = parse_qs(text.removeprefix("100103")) or parse_qs(unquote(text).removeprefix("100103"))
    return inner.get("type", ["1"])[0], inner.get("q", [""])[0]


def _ordered(world: World, keyword: str, kind: str) -> list[Post]:
    posts = list(reversed(world.corpus.posts.search(keyword, world.clock.now(), loose=True))) if keyword else []
    if kind == "60":
        posts.sort(key=lambda post: post.reach.likes, reverse=True)
    # An old pinned post comes first in the composite list and must not end an incremental crawl.
    pinned = [post for post in posts if post.pinned] if kind == "1" else []
    return pinned + [post for post in posts if post not in pinned] if pinned else posts


def _answer(world: World, keyword: str, kind: str, posts: Sequence[Post], page: int, total: int) -> dict[str, Any]:
    cards = [profile.card(world, post) for post in posts]
    # Both layouts occur: posts directly in `cards`, and grouped in a card of type 11.
    if page % 2:
        cards = [{"card_type": 11, "show_type": 1, "card_group": cards[:3]}, *cards[3:]]
    if page == 1:
        cards.insert(0, {"card_type": 4, "desc": "相关搜索", "scheme": ""})
    info = {
        "containerid": f"100103type={kind}&q={keyword}",
        "total": total,
        "page": page + 1,
        "v_p": "42",
        "since_id": int(posts[-1].id),
    }
    return {"ok": 1, "data": {"cardlistInfo": info, "cards": cards, "scheme": "", "showAppTips": 0}}


def _as_mid(bid: str) -> str:
    mid = bid_to_mid(bid) if bid.isalnum() and bid.isascii() else ""
    return mid if mid and weibo_seconds(mid) else ""


async def _config(request: web.Request) -> web.Response:
    login = is_login(request)
    data = {"login": login, "st": "inv123", "uid": "1999999998"} if login else {"login": False, "st": "inv123"}
    return web.json_response({"preferQuickapp": 0, "data": data, "ok": 1})


async def _show(request: web.Request) -> web.Response:
    return _single(request, request.query.get("id", ""))


def _single(request: web.Request, native_id: str) -> web.Response:
    if not is_visitor(request):
        return waf()
    world = request.app[WORLD]
    post = find(world, native_id)
    if post is None:
        return web.json_response({**_GONE, "error_type": "toast"})
    return web.json_response({"ok": 1, "data": profile.record(world, post, full=True)})


async def _extend(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return waf()
    post = find(request.app[WORLD], request.query.get("id", ""))
    if post is None:
        return web.json_response(_GONE)
    return web.json_response({"ok": 1, "data": {"ok": 1, "longTextContent": html.escape(post.text, quote=False)}})


async def _detail(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return waf()
    world = request.app[WORLD]
    post = find(world, request.match_info["id"])
    if post is None:
        text = (
            "<html><head><title>微博-出错了</title></head><body><p class='h5-4con'>"
            "出错了，微博不存在或暂无查看权限!</p></body></html>"
        )
        return web.Response(text=text, content_type="text/html")
    status = json.dumps({"status": profile.record(world, post, full=True), "call": 1}, ensure_ascii=False, indent=2)
    safe = status.replace("</", "<\\/")
    script = f"<script>var $render_data = [{safe}][0] || {{}};</script>"
    return web.Response(
        text=f"<!DOCTYPE html><html><head><title>微博正文</title></head><body>{script}</body></html>",
        content_type="text/html",
    )
