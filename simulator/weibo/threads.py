"""Comments, replies and reposts of a post, on the mobile and on the desktop site."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aiohttp import web

from simulator.corpus import Post
from simulator.formats import weibo_time
from simulator.weibo import mblog, profile
from simulator.weibo.markup import mobile_html
from simulator.weibo.mobile import find, login_wanted, waf
from simulator.weibo.session import is_visitor
from simulator.weibo.state import state_of
from simulator.weibo.talk import WeiboComment
from simulator.world import WORLD, World

PAGE_SIZE = 20
INLINE = 2  # replies that come with their comment
FALLBACK_MOST = 50
_CURSOR = 138_000_000_000_000
_ERROR_PAGE = "<html><head><title>微博-出错了</title></head><body><p class='h5-404'>出错了，未知错误</p></body></html>"
_EMPTY: dict[str, Any] = {"ok": 0, "msg": "这里还没有内容", "data": {"data": []}}
Json = dict[str, Any]


def routes() -> list[web.RouteDef]:
    """Everything below a post."""
    desktop = [("buildComments", _build_comments), ("repostTimeline", _desktop_reposts)]
    return [
        web.get("/weibo-m/comments/hotflow", _hot_flow),
        web.get("/weibo-m/comments/hotFlowChild", _hot_flow_child),
        web.get("/weibo-m/api/comments/show", _plain_comments),
        web.get("/weibo-m/api/statuses/repostTimeline", _mobile_reposts),
        *(web.get(f"/weibo-ajax/ajax/statuses/{name}", handler) for name, handler in desktop),
        *(web.get(f"/weibo-ajax/statuses/{name}", handler) for name, handler in desktop),
    ]


def _first_level(found: list[WeiboComment]) -> list[WeiboComment]:
    return [one for one in reversed(found) if not one.parent]


def _replies(found: list[WeiboComment], parent: str) -> list[WeiboComment]:
    return [one for one in found if one.parent == parent]


def _json(one: WeiboComment, found: list[WeiboComment], is_mobile: bool) -> Json:
    """A comment without what stands below it."""
    user = mblog.mobile_user(one.author) if is_mobile else mblog.desktop_user(one.author)
    body: Json = {
        "id": one.id if is_mobile else int(one.id),
        "created_at": weibo_time(one.created),
        "rootid": one.parent or one.id if is_mobile else int(one.parent or one.id),
        "floor_number": 1,
        "text": mobile_html(one.text),
        "source": f"来自{one.author.region}",
        "user": user,
        "total_number": 0 if one.parent else len(_replies(found, one.id)),
    }
    body |= {"like_count": one.likes} if is_mobile else _desktop_only(one)
    if answered := next((each for each in found if one.answers and each.id == one.answers), None):
        told = mblog.mobile_user(answered.author) if is_mobile else mblog.desktop_user(answered.author)
        body["reply_comment"] = {"id": int(answered.id), "text": answered.text, "user": told}
    return body


def _desktop_only(one: WeiboComment) -> Json:
    return {"idstr": one.id, "text_raw": one.text, "like_counts": one.likes}


def _with_replies(one: WeiboComment, found: list[WeiboComment], is_mobile: bool) -> Json:
    """A comment of the first level: two replies stand with it, more are asked for. Mobile says false for none."""
    below = _replies(found, one.id)
    inline: Any = [_json(each, found, is_mobile) for each in below[:INLINE]]
    if is_mobile:
        return {**_json(one, found, is_mobile), "comments": inline or False}
    more = {"more_info": {"text": f"查看{len(below)}条回复"}} if len(below) > INLINE else {}
    return {**_json(one, found, is_mobile), "comments": inline, **more}


def _cut(request: web.Request, items: list[WeiboComment], size: int) -> tuple[list[WeiboComment], int, int]:
    """The page that a cursor points at, and the cursor after it: (items, max_id, max_id_type), 0 at the end.

    Both halves of the cursor have to come back: with the wrong type the list begins anew.
    """
    asked, kind = request.query.get("max_id", "0"), request.query.get("max_id_type", "0")
    start = int(asked) - _CURSOR if asked.isdigit() and int(asked) > _CURSOR else 0
    if kind != str(int(start > size)) and "max_id_type" in request.query:
        start = 0
    end = start + size
    return items[start:end], (_CURSOR + end if end < len(items) else 0), int(end > size)


def _post(request: web.Request) -> Post | None:
    return find(request.app[WORLD], request.query.get("id", ""))


async def _hot_flow(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return waf()
    world, native_id = request.app[WORLD], request.query.get("id", "")
    if not (native_id.isdigit() and len(native_id) >= 15):
        return web.Response(text=_ERROR_PAGE, content_type="text/html")
    post = find(world, native_id)
    if post is None:
        return web.json_response({"ok": 0, "msg": "微博不存在或暂无查看权限!", "error_code": 20101})
    limit = state_of(world).modes.hotflow_days
    if limit and world.clock.now() - post.created > timedelta(days=limit):
        return web.Response(status=403, text="<html><head><title>403</title></head></html>", content_type="text/html")
    found = state_of(world).talk.under(post, world.clock.now())
    shown, max_id, kind = _cut(request, _first_level(found), PAGE_SIZE)
    if not shown:
        return web.json_response(_EMPTY)
    records = [_with_replies(one, found, is_mobile=True) for one in shown]
    data = {"data": records, "total_number": len(found), "max": 1, "max_id": max_id, "max_id_type": kind}
    return web.json_response({"ok": 1, "data": data})


def _thread(world: World, native_id: str) -> tuple[list[WeiboComment], list[WeiboComment]]:
    """The replies to a comment, and everything under its post."""
    talk = state_of(world).talk
    post = find(world, talk.post_of(native_id))
    if post is not None:
        found = talk.under(post, world.clock.now())
        return _replies(found, native_id), found
    return [], []


async def _hot_flow_child(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return waf()
    below, found = _thread(request.app[WORLD], request.query.get("cid", ""))
    shown, max_id, kind = _cut(request, below, PAGE_SIZE)
    if not shown:
        return web.json_response(_EMPTY)
    records = [_json(one, found, is_mobile=True) for one in shown]
    body = {"ok": 1, "data": records, "total_number": len(below), "max": 1, "max_id": max_id, "max_id_type": kind}
    return web.json_response(body)


async def _plain_comments(request: web.Request) -> web.Response:
    """The anonymous fallback: page by number, newest first, about fifty in all, no threads."""
    world, post = request.app[WORLD], _post(request)
    found = [] if post is None else state_of(world).talk.under(post, world.clock.now())[::-1][:FALLBACK_MOST]
    return _numbered(request, found, 10, lambda one: _json(one, found, is_mobile=True))


def _numbered(request: web.Request, items: list[Any], size: int, render: Callable[[Any], Json]) -> web.Response:
    page = max(1, int(request.query.get("page", "1") or 1))
    shown = items[(page - 1) * size : page * size]
    if not shown:
        return web.json_response(_EMPTY)
    pages = -(-len(items) // size)
    data = {"data": [render(one) for one in shown], "total_number": len(items), "max": pages}
    return web.json_response({"ok": 1, "data": data})


def reposts_of(world: World, post: Post) -> list[Post]:
    """Who forwarded a post, newest first."""
    every = world.corpus.posts.search("", world.clock.now())
    return [one for one in reversed(every) if one.original is not None and one.original.id == post.id]


async def _mobile_reposts(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return waf()
    world, post = request.app[WORLD], _post(request)
    found = reposts_of(world, post) if post else []
    return _numbered(request, found, 10, lambda one: profile.record(world, one))


async def _build_comments(request: web.Request) -> web.Response:
    """First level by post, replies (`fetch_level=1`) by comment."""
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    world = request.app[WORLD]
    count = max(1, min(int(request.query.get("count", "20")), 100))
    if request.query.get("fetch_level") == "1":
        items, found = _thread(world, request.query.get("id", ""))
        shown, max_id, _ = _cut(request, items, count)
        records = [_json(one, found, is_mobile=False) for one in shown]
    else:
        post = _post(request)
        if post is None:
            return web.json_response({"ok": 0, "message": "该微博不存在", "error_code": 20101}, status=404)
        found = state_of(world).talk.under(post, world.clock.now())
        items = found
        shown, max_id, _ = _cut(request, _first_level(found), count)
        records = [_with_replies(one, found, is_mobile=False) for one in shown]
    body = {"ok": 1, "data": records, "total_number": len(items), "max_id": max_id, "filter_group": []}
    return web.json_response(body)


async def _desktop_reposts(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    world, post = request.app[WORLD], _post(request)
    if post is None:
        return web.json_response({"ok": 0, "message": "该微博不存在", "error_code": 20101}, status=404)
    found = reposts_of(world, post)
    page, count = max(1, int(request.query.get("page", "1"))), max(1, min(int(request.query.get("count", "10")), 20))
    shown = found[(page - 1) * count : page * count]
    records = [mblog.desktop(one, world.clock.now()) for one in shown]
    body = {"ok": 1, "data": records, "total_number": len(found), "max_page": -(-len(found) // count)}
    return web.json_response(body)
