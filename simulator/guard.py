"""The middleware around every platform route: faults in, ledger out."""

import time

from aiohttp import web

from simulator.ledger import LedgerLine, harmless
from simulator.refusals import Handler, refuse
from simulator.world import WORLD

_NATURAL = {302: "302_visitor", 304: "not_modified", 404: "404", 432: "432"}


def route_names(path: str) -> tuple[str, ...]:
    """The names by which faults and the ledger know a path, most specific first; empty for control paths."""
    top = path.split("/", 2)[1]
    if top == "douyin":
        return (
            ("douyin-comments",)
            if "/comment/" in path
            else ("douyin", "douyin-detail" if "/detail" in path else "douyin-search")
        )
    if top == "news":
        article = path.endswith(".html")
        return ("news-article" if article else "news-feed", "news")
    if top == "weibo-m":
        return ("weibo-m", "weibo-m-search" if "getIndex" in path else "weibo-m-detail")
    return (top,) if top.startswith("weibo-") or top == "hook" else ()


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let ordered faults strike, and write down what happened."""
    names = route_names(request.path)
    if not names:
        return await handler(request)
    world = request.app[WORLD]
    fault = world.faults.strike(frozenset(names), request.query)
    response = await (refuse(fault, names[0], request, handler) if fault else handler(request))
    world.ledger.add(
        LedgerLine(
            world.clock.now().isoformat(),
            time.monotonic(),
            request.method,
            request.path,
            harmless(dict(request.query)),
            tuple(sorted(request.cookies)),
            request.headers.get("Referer", ""),
            request.headers.get("User-Agent", ""),
            " ".join(names),
            fault.outcome if fault else _NATURAL.get(response.status, "ok"),
            response.status,
        )
    )
    return response
