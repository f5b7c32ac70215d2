"""robots.txt in the variants that a crawler meets, for every double and for the whole host."""

from aiohttp import web

from simulator.refusals import Handler
from simulator.world import WORLD, World

VARIANTS = ("own", "allow", "disallow", "delay", "agents", "missing", "error", "html", "latin", "endless")
_BOT = "User-agent: *\n"
_TEXTS = {
    "allow": f"{_BOT}Allow: /\n",
    "disallow": f"{_BOT}Disallow: /\n",
    "delay": f"{_BOT}Crawl-delay: 5\nAllow: /\n",
    "agents": "User-agent: Baiduspider\nAllow: /\n\nUser-agent: *\nDisallow: /\n",
    "latin": f"# caf\xe9\r\n{_BOT.strip()}\r\nDisallow: /private/\r\n",
    "endless": _BOT + "".join(f"Disallow: /private/{number}/\n" for number in range(40_000)) + "Allow: /\n",
}


def names(path: str) -> tuple[str, ...]:
    """The route name of the host's own robots.txt, which belongs to no double."""
    return ("robots",) if path == "/robots.txt" else ()


def variant(world: World, request: web.Request) -> Handler | None:
    """The ordered variant in place of the route's own robots.txt; None for every other path and for `own`."""
    if not request.path.endswith("/robots.txt"):
        return None
    prefix = request.path.split("/", 2)[1]
    chosen = world.robots.get(prefix) or world.robots.get("", "own")
    return None if chosen == "own" else lambda _: _answer(chosen)


def order(world: World, chosen: str, prefix: str = "") -> None:
    """Serve a variant under a prefix ("": everywhere). Raises ValueError for an unknown one."""
    if chosen not in VARIANTS:
        raise ValueError(f"unknown variant {chosen!r}; known: {', '.join(VARIANTS)}")
    world.robots[prefix] = chosen


def routes() -> list[web.RouteDef]:
    """The control of the variants, and a plain file for doubles that have none of their own."""
    return [
        web.get("/__control/robots", _get),
        web.post("/__control/robots", _post),
        web.get("/{prefix}/robots.txt", _plain),
    ]


async def _answer(chosen: str) -> web.Response:
    if chosen in ("missing", "error"):
        return web.Response(status=404 if chosen == "missing" else 503, text="")
    if chosen == "html":
        return web.Response(text="<!DOCTYPE html><html><body>首页</body></html>", content_type="text/html")
    return web.Response(body=_TEXTS[chosen].encode("latin-1"), content_type="text/plain")


async def _plain(_: web.Request) -> web.Response:
    return await _answer("allow")


async def _get(request: web.Request) -> web.Response:
    return web.json_response(request.app[WORLD].robots)


async def _post(request: web.Request) -> web.Response:
    body = await request.json()
    try:
        order(request.app[WORLD], str(body.get("variant", "")), str(body.get("prefix", "")))
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    return await _get(request)
