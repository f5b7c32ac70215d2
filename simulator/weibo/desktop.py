"""weibo.com/ajax: one full status, long text, timelines and accounts. card.weibo.com: articles."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from simulator.corpus import Post
from simulator.weibo import mblog
from simulator.weibo.markup import article_id, is_long
from simulator.weibo.mobile import find, login_wanted
from simulator.weibo.profile import posts_of
from simulator.weibo.session import is_login, is_visitor
from simulator.weibo.state import state_of
from simulator.world import WORLD, World

PAGE_SIZE = 20
Handler = Callable[[web.Request], Awaitable[web.Response]]
GONE = {"ok": 0, "message": "该微博不存在", "error_code": 20101}


def routes() -> list[web.RouteDef]:
    """The desktop API's routes, under the host root and under /ajax."""
    handlers: tuple[tuple[str, Handler], ...] = (
        ("statuses/show", _show),
        ("statuses/longtext", _long_text),
        ("statuses/mymblog", _timeline),
        ("statuses/searchProfile", _search_profile),
        ("profile/info", _account),
        ("profile/detail", _account),
    )
    both = [web.get(f"/weibo-ajax{prefix}/{path}", one) for path, one in handlers for prefix in ("", "/ajax")]
    return [*both, web.get("/weibo-card/article/m/aj/detail", _article)]


def _record(world: World, post: Post) -> dict[str, Any]:
    found = mblog.desktop(post, world.clock.now())
    return mblog.with_article(found, post, state_of(world).articles.get(post.id), is_mobile=False)


async def _show(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    world = request.app[WORLD]
    post = find(world, request.query.get("id", ""))
    return web.json_response(GONE, status=404) if post is None else web.json_response(_record(world, post))


async def _long_text(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    post = find(request.app[WORLD], request.query.get("id", ""))
    if post is None:
        return web.json_response(GONE, status=404)
    return web.json_response(
        {"ok": 1, "http_code": 200, "data": {"longTextContent": post.text} if is_long(post.text) else {}}
    )


async def _timeline(request: web.Request) -> web.Response:
    """`mymblog`: newest first, a pinned post before the others, pages by number and `since_id`."""
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    world = request.app[WORLD]
    every = posts_of(world, request.query.get("uid", ""))
    pinned, rest = [post for post in every if post.pinned], [post for post in every if not post.pinned]
    page = max(1, int(request.query.get("page", "1")))
    shown = rest[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    records = [{**_record(world, post), "isTop": 1} for post in (pinned if page == 1 else ())]
    records += [_record(world, post) for post in shown]
    since_id = f"{shown[-1].id}kp{page + 1}" if page * PAGE_SIZE < len(rest) else ""
    return web.json_response({"ok": 1, "data": {"since_id": since_id, "list": records, "total": len(every)}})


async def _search_profile(request: web.Request) -> web.Response:
    """Posts of one account between two times, for accounts only."""
    if not is_login(request):
        return web.json_response(login_wanted(request))
    world, query = request.app[WORLD], request.query
    since = datetime.fromtimestamp(int(query.get("starttime") or 0), UTC)
    until = datetime.fromtimestamp(int(query.get("endtime") or 4_000_000_000), UTC)
    found = [post for post in posts_of(world, query.get("uid", "")) if since <= post.created <= until]
    page = max(1, int(query.get("page", "1")))
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return web.json_response({"ok": 1, "data": {"list": [_record(world, post) for post in shown], "total": len(found)}})


async def _account(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    found = posts_of(request.app[WORLD], request.query.get("uid", ""))
    if not found:
        return web.json_response({"ok": 0, "message": "该用户不存在"}, status=404)
    return web.json_response({"ok": 1, "data": {"user": mblog.desktop_user(found[0].author)}})


async def _article(request: web.Request) -> web.Response:
    """An article, for a Referer that names its own page."""
    state, wanted = state_of(request.app[WORLD]), request.query.get("id", "")
    found = next((one for mid, one in state.articles.items() if article_id(mid) == wanted), None)
    if found is None or f"/article/m/show/id/{wanted}" not in request.headers.get("Referer", ""):
        return web.json_response({"code": 100002, "msg": "参数错误", "data": {}})
    data = {"title": found[0], "content": found[1], "summary": "", "create_at": "03-14 09:26", "read_count": "1.2万"}
    return web.json_response({"code": 100000, "msg": "succ", "data": data})
