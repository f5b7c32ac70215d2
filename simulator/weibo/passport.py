"""passport.weibo.com: the visitor page and its tickets."""

import json

from aiohttp import web

from simulator.weibo.session import VISITOR_PREFIX
from simulator.world import WORLD

_PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Sina Visitor System</title></head>
<body><span id="message"></span>
<script>var url = "{origin}/weibo-passport/visitor/genvisitor2";</script></body></html>"""


def routes() -> list[web.RouteDef]:
    """The passport's routes."""
    return [
        web.get("/weibo-passport/visitor/visitor", _visitor_page),
        web.post("/weibo-passport/visitor/genvisitor2", _ticket),
        web.post("/weibo-passport/visitor/genvisitor", _ticket),
        web.get("/weibo-passport/visitor/genvisitor", _ticket),
    ]


async def _visitor_page(request: web.Request) -> web.Response:
    if request.query.get("a") == "crossdomain":
        return _with_pair(
            web.Response(text="", content_type="text/html"), request.query.get("s", ""), request.query.get("sp", "")
        )
    return web.Response(text=_PAGE.format(origin=request.app[WORLD].origin(request)), content_type="text/html")


async def _ticket(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.visitors += 1
    form = await request.post() if request.method == "POST" else request.query
    callback = str(form.get("cb", "visitor_gray_callback"))
    sub, subp = f"{VISITOR_PREFIX}{world.visitors:06}Invented", f"0033Invented{world.visitors:06}"
    data = {"sub": sub, "subp": subp, "tid": f"01Invented{world.visitors:06}==", "new_tid": True, "confidence": 95}
    body = json.dumps({"retcode": 20000000, "msg": "succ", "data": data})
    response = web.Response(text=f"window.{callback} && {callback}({body});", content_type="text/html")
    return _with_pair(response, sub, subp)


def _with_pair(response: web.Response, sub: str, subp: str) -> web.Response:
    response.set_cookie("SUB", sub, path="/", httponly=True)
    response.set_cookie("SUBP", subp, path="/")
    return response
