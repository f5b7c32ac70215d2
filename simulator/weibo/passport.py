"""passport.weibo.com: the visitor page and its tickets."""

import asyncio
import json
from typing import Any

from aiohttp import web

from simulator.weibo.session import VISITOR_PREFIX
from simulator.weibo.state import state_of
from simulator.world import WORLD

_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Sina Visitor System</title></head>
<body><span id="message"></span>
<script>var url = "{origin}/weibo-passport/visitor/genvisitor2";</script></body></html>"""


def routes() -> list[web.RouteDef]:
    """The passport's routes."""
    return [
        web.get("/weibo-passport/visitor/visitor", _visitor_page),
        web.post("/weibo-passport/visitor/genvisitor2", _ticket),
        web.post("/weibo-passport/visitor/genvisitor", _number),
        web.get("/weibo-passport/visitor/genvisitor", _number),
    ]


async def _visitor_page(request: web.Request) -> web.Response:
    """The page itself; its two other steps hand out a pair for a `tid`, and set it on a sibling domain."""
    step = request.query.get("a")
    if step == "incarnate":
        return await _ticket(request)
    if step == "crossdomain":
        return _with_pair(
            web.Response(text="", content_type="text/html"), request.query.get("s", ""), request.query.get("sp", "")
        )
    return web.Response(text=_PAGE.format(origin=request.app[WORLD].origin(request)), content_type="text/html")


async def _fields(request: web.Request) -> dict[str, str]:
    form = await request.post() if request.method == "POST" else request.query
    return {name: str(value) for name, value in form.items()}


async def _number(request: web.Request) -> web.Response:
    """The first of the two steps: a `tid` alone."""
    world = request.app[WORLD]
    world.visitors += 1
    return _jsonp(
        await _fields(request), {"tid": f"01Invented{world.visitors:06}==", "new_tid": True, "confidence": 95}
    )


async def _ticket(request: web.Request) -> web.Response:
    """The pair; how many ask at the same time is counted, because a stampede is what the site does not like."""
    world = request.app[WORLD]
    state = state_of(world)
    state.asking += 1
    state.most_asking = max(state.most_asking, state.asking)
    await asyncio.sleep(state.modes.ticket_seconds)
    state.asking -= 1
    world.visitors += 1
    sub, subp = f"{VISITOR_PREFIX}{world.visitors:06}Invented", f"0033Invented{world.visitors:06}"
    state.tickets[sub] = world.clock.now()
    data = {"sub": sub, "subp": subp, "tid": f"01Invented{world.visitors:06}==", "new_tid": True, "confidence": 95}
    return _with_pair(_jsonp(await _fields(request), data), sub, subp)


def _jsonp(fields: dict[str, str], data: dict[str, Any]) -> web.Response:
    callback = fields.get("cb", "visitor_gray_callback")
    body = json.dumps({"retcode": 20000000, "msg": "succ", "data": data})
    return web.Response(text=f"window.{callback} && {callback}({body});", content_type="text/html")


def _with_pair(response: web.Response, sub: str, subp: str) -> web.Response:
    response.set_cookie("SUB", sub, path="/", httponly=True)
    response.set_cookie("SUBP", subp, path="/")
    return response
