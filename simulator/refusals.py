"""How a platform refuses, breaks or changes, given what was ordered."""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import brotli
from aiohttp import web
from backports import zstd

from simulator.faults import Fault
from simulator.site import Answer
from simulator.sites import answer_of, own_answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HTML = "text/html"
_ERROR_PAGE = "<html><head><title>微博-出错了</title></head><body><p class='h5-404'>出错了，未知错误</p></body></html>"
_CAPTCHA_PAGE = '<html><head><title>验证码中间页</title></head><body><div id="captcha_container"></div></body></html>'
_BLANK = "<html><head></head><body></body></html>"
_REASONS = {
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not Found",
    "410": "Gone",
    "412": "Precondition Failed",
    "414": "Request-URI Too Large",
    "418": "I'm a teapot",
    "429": "Too Many Requests",
    "432": "Request blocked",
    "461": "",
    "471": "",
    "500": "Internal Server Error",
    "502": "Bad Gateway",
    "5xx": "Service Unavailable",
    "504": "Gateway Time-out",
}
_CAPTCHA_HEADERS = {"461": {"Verifytype": "102", "Verifyuuid": "invented"}, "471": {"Verifytype": "120"}}
_SQUEEZE: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}
_CHARSET = re.compile(rb"(charset\s*=\s*[\"']?|encoding=[\"'])utf-?8", re.IGNORECASE)


async def refuse(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a request that a fault strikes: the double's own, the core's, or its true answer spoilt."""
    outcome = fault.outcome
    if own := own_answer(outcome, request.path):
        return own(request)
    if outcome in _REASONS:
        return _status(outcome, fault.retry_after)
    if outcome in _BODIES:
        return _BODIES[outcome](request)
    if outcome in ("no_result", "blank_page", "soft_block"):
        return _empty(outcome, request)
    if outcome in ("slow", "reset", "truncated_body"):
        return await _on_the_wire(fault, request, handler)
    return _spoilt(outcome, request, await handler(request))


async def _on_the_wire(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The true answer, but late, broken off or never."""
    if fault.outcome == "slow":
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    response = await handler(request) if fault.outcome == "truncated_body" else None
    if isinstance(response, web.Response) and isinstance(response.body, bytes):
        return await _cut_off(request, response, response.body)
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _cut_off(request: web.Request, whole: web.Response, body: bytes) -> web.StreamResponse:
    """Promise the whole length, send half of it and hang up."""
    part = web.StreamResponse(status=whole.status, headers={"Content-Type": whole.headers.get("Content-Type", _HTML)})
    part.content_length = len(body)
    await part.prepare(request)
    await part.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return part


def _spoilt(outcome: str, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The true answer in another shape or encoding."""
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    if outcome in ("truncated_json", "truncated_html"):
        response.body = response.body[: len(response.body) * 2 // 3]
    elif outcome == "changed":
        response.body = _renamed(request, response.body)
    elif outcome == "gb18030":
        _recode(response, response.body)
    elif outcome in _SQUEEZE:
        response.body = _SQUEEZE[outcome](response.body)
        response.headers["Content-Encoding"] = outcome
    return response


def _recode(response: web.Response, body: bytes) -> None:
    """The same text in GB18030, declared in header and page."""
    text = _CHARSET.sub(rb"\1gb18030", body, count=1).decode("utf-8", "replace")
    response.body = text.encode("gb18030")
    response.headers["Content-Type"] = f"{response.content_type}; charset=gb18030"


def _empty(table: str, request: web.Request) -> web.Response:
    answer: Answer | None = answer_of(table, request.path)
    return answer(request) if answer else web.Response(text=_BLANK, content_type=_HTML)


def _renamed(request: web.Request, body: bytes) -> bytes:
    for old, new in answer_of("renamed", request.path) or ():
        body = body.replace(old, new)
    return body


def _status(outcome: str, retry_after: str) -> web.Response:
    status = 503 if outcome == "5xx" else int(outcome)
    wait = retry_after or ("30" if status == 429 else "")
    headers = {**_CAPTCHA_HEADERS.get(outcome, {}), **({"Retry-After": wait} if wait else {})}
    text = _REASONS[outcome] or outcome
    body = f"<html><head><title>{status}</title></head><body><h1>{text}</h1></body></html>"
    return web.Response(status=status, text=body, content_type=_HTML, headers=headers)


def _json(body: dict[str, Any]) -> Answer:
    return lambda _: web.json_response(body)


_BODIES: dict[str, Answer] = {
    "no_data": _json({"status_code": 0, "ok": 1, "has_more": 0}),
    "captcha_json": _json({"ok": 0, "errno": "100005", "msg": "", "url": "https://captcha.example/show?id=invented"}),
    "empty_body": lambda _: web.Response(body=b"", content_type="application/json"),
    "blocked_body": lambda _: web.Response(text="blocked", content_type="text/plain"),
    "html_instead_of_json": lambda _: web.Response(text=_ERROR_PAGE, content_type=_HTML),
    "captcha_page": lambda _: web.Response(text=_CAPTCHA_PAGE, content_type=_HTML),
}
