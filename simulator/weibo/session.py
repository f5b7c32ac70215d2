"""Who is asking: a logged-in account, a visitor, or nobody."""

import time
from urllib.parse import urlencode

from aiohttp import web

from simulator.weibo.state import ticket_is_valid
from simulator.world import WORLD

LOGIN_PREFIX = "_2A25Login"
VISITOR_PREFIX = "_2AkVisitor"


def is_login(request: web.Request) -> bool:
    """An operator's own account."""
    return request.cookies.get("SUB", "").startswith(LOGIN_PREFIX)


def is_visitor(request: web.Request) -> bool:
    """A visitor ticket, or better: both cookies of the pair are needed."""
    sub = request.cookies.get("SUB", "")
    known = sub.startswith((LOGIN_PREFIX, VISITOR_PREFIX)) and ticket_is_valid(request.app[WORLD], sub)
    return known and bool(request.cookies.get("SUBP"))


def visitor_redirect(request: web.Request) -> web.Response:
    """302 to the visitor page of the passport, as for every unknown caller."""
    origin = request.app[WORLD].origin(request)
    query = urlencode(
        {
            "entry": "miniblog",
            "a": "enter",
            "url": f"{origin}{request.rel_url}",
            "domain": ".weibo.com",
            "sudaref": "",
            "ua": "php-sso_sdk_client-0.6.36",
            "_rand": f"{time.time():.4f}",
        }
    )
    return web.Response(status=302, headers={"Location": f"{origin}/weibo-passport/visitor/visitor?{query}"})
