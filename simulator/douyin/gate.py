"""Who is let in: signature and session, and what the site says to the others."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.douyin.state import modes_of

Handler = Callable[[web.Request], Awaitable[web.Response]]
LOGIN_WANTED: dict[str, Any] = {"status_code": 2483, "status_msg": "用户未登录"}


def captcha(nil_type: str, item: str, text_type: int | str = 9) -> dict[str, Any]:
    """A captcha is asked for in an answer that looks like an empty search."""
    return {
        "status_code": 0,
        "data": [],
        "comments": None,
        "has_more": 0,
        "cursor": 0,
        "search_nil_info": {"search_nil_type": nil_type, "search_nil_item": item, "text_type": text_type},
        "polling_time": 3,
    }


def gated(handler: Handler) -> Handler:
    """The handler behind the gate of the mode in force."""

    async def answer(request: web.Request) -> web.Response:
        return _refusal(request) or await handler(request)

    return answer


def _refusal(request: web.Request) -> web.Response | None:
    signing = modes_of(request).signing
    if signing == "signed" and not request.query.get("a_bogus"):
        if "/search/item" in request.path:
            return web.json_response(captcha("verify_check", "verify_check"))
        return web.Response(body=b"", content_type="application/json")
    if signing == "login" and not request.cookies.get("sessionid"):
        return web.json_response(LOGIN_WANTED)
    return None


def both_spellings(path: str, handler: Handler) -> list[web.RouteDef]:
    """A JSON route of the web host, with and without its final slash."""
    return [web.get(spelling, gated(handler)) for spelling in (path, path.rstrip("/"))]
