"""How a platform refuses, breaks or changes, given what was ordered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.faults import Fault
from simulator.site import Answer
from simulator.sites import SITES, answer_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HTML = "text/html"
_ERROR_PAGE = "<html><head><title>微博-出错了</title></head><body><p class='h5-404'>出错了，未知错误</p></body></html>"
_CAPTCHA_PAGE = '<html><head><title>验证码中间页</title></head><body><div id="captcha_container"></div></body></html>'
_BLANK = "<html><head></head><body></body></html>"


async def refuse(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a request that a fault strikes."""
    if fault.outcome in _STATUS:
        return _STATUS[fault.outcome]()
    if fault.outcome in _BODIES:
        return _BODIES[fault.outcome](request)
    if fault.outcome in ("no_result", "blank_page"):
        return _empty(fault.outcome, request)
    return await _disturbed(fault, request, handler)


async def _disturbed(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The true answer, but late, cut off, renamed or never."""
    if fault.outcome == "slow":
        await asyncio.sleep(fault.seconds)
    if fault.outcome == "reset":
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    response = await handler(request)
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        if fault.outcome == "truncated_json":
            response.body = response.body[: len(response.body) * 2 // 3]
        elif fault.outcome == "changed":
            response.body = _renamed(request, response.body)
    return response


def _empty(table: str, request: web.Request) -> web.Response:
    answer: Answer | None = answer_of(table, request.path)
    return answer(request) if answer else web.Response(text=_BLANK, content_type=_HTML)


def _renamed(request: web.Request, body: bytes) -> bytes:
    for old, new in answer_of("renamed", request.path) or ():
        body = body.replace(old, new)
    return body


def _status(status: int, text: str = "", **headers: str) -> Callable[[], web.Response]:
    def answer() -> web.Response:
        body = f"<html><head><title>{status}</title></head><body><h1>{text or status}</h1></body></html>"
        return web.Response(
            status=status,
            text=body,
            content_type=_HTML,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    return answer


def _json(body: dict[str, Any]) -> Answer:
    return lambda _: web.json_response(body)


_STATUS: dict[str, Callable[[], web.Response]] = {
    "418": _status(418, "I'm a teapot"),
    "432": _status(432, "Request blocked"),
    "403": _status(403, "Forbidden"),
    "404": _status(404, "Not Found"),
    "429": _status(429, "Too Many Requests", Retry_After="30"),
    "5xx": _status(503, "Service Unavailable"),
}
_BODIES: dict[str, Answer] = {
    "no_data": _json({"status_code": 0, "ok": 1, "has_more": 0}),
    "empty_body": lambda _: web.Response(body=b"", content_type="application/json"),
    "blocked_body": lambda _: web.Response(text="blocked", content_type="text/plain"),
    "html_instead_of_json": lambda _: web.Response(text=_ERROR_PAGE, content_type=_HTML),
    "captcha_page": lambda _: web.Response(text=_CAPTCHA_PAGE, content_type=_HTML),
} | {name: answer for site in SITES for name, answer in site.answers.items()}
