"""weibo.com/ajax: one full status, and long text."""

from aiohttp import web

from simulator.weibo import mblog
from simulator.weibo.markup import is_long
from simulator.weibo.mobile import find, login_wanted
from simulator.weibo.session import is_visitor
from simulator.world import WORLD


def routes() -> list[web.RouteDef]:
    """The desktop API's routes, under the host root and under /ajax."""
    return [
        *(web.get(f"/weibo-ajax{prefix}/statuses/show", _show) for prefix in ("", "/ajax")),
        *(web.get(f"/weibo-ajax{prefix}/statuses/longtext", _long_text) for prefix in ("", "/ajax")),
    ]


async def _show(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    world = request.app[WORLD]
    post = find(world, request.query.get("id", ""))
    if post is None:
        return web.json_response({"ok": 0, "message": "该微博不存在", "error_code": 20101}, status=404)
    return web.json_response(mblog.desktop(post, world.clock.now()))


async def _long_text(request: web.Request) -> web.Response:
    if not is_visitor(request):
        return web.json_response(login_wanted(request))
    post = find(request.app[WORLD], request.query.get("id", ""))
    if post is None:
        return web.json_response({"ok": 0, "message": "该微博不存在", "error_code": 20101}, status=404)
    return web.json_response(
        {"ok": 1, "http_code": 200, "data": {"longTextContent": post.text} if is_long(post.text) else {}}
    )
