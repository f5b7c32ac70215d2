"""A webhook receiver that keeps what it is sent, without credentials."""

from aiohttp import web

from simulator.site import Site
from simulator.world import WORLD


def routes() -> list[web.RouteDef]:
    """The sink and its reading."""
    return [web.post("/hook", _take), web.get("/hook", _list), web.delete("/hook", _clear)]


async def _take(request: web.Request) -> web.Response:
    request.app[WORLD].hooks.append({"headers": _harmless_headers(request), "body": await request.json()})
    return web.json_response({"ok": True})


async def _list(request: web.Request) -> web.Response:
    return web.json_response(request.app[WORLD].hooks)


async def _clear(request: web.Request) -> web.Response:
    request.app[WORLD].hooks.clear()
    return web.json_response([])


def _harmless_headers(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower() not in ("authorization", "cookie")}


SITE = Site(name="hook", prefixes=("hook",), routes=routes)
