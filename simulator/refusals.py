"""How each platform refuses, breaks or changes, given what was ordered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.faults import Fault
from simulator.weibo import mobile, search
from simulator.weibo.session import visitor_redirect

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_HTML = "text/html"
_ERROR_PAGE = "<html><head><title>微博-出错了</title></head><body><p class='h5-404'>出错了，未知错误</p></body></html>"
_CAPTCHA_PAGE = '<html><head><title>验证码中间页</title></head><body><div id="captcha_container"></div></body></html>'
_RENAMED = {
    "weibo-s": ((b'node-type="feed_list_content', b'node-type="fc_text'), (b'class="from"', b'class="origin"')),
    "weibo-m": ((b'"mblog":', b'"status_v2":'), (b'"created_at":', b'"createdAt":')),
    "weibo-ajax": ((b'"created_at":', b'"createdAt":'), (b'"text_raw":', b'"rawText":')),
    "douyin": (
        (b'"aweme_info":', b'"awemeInfo":'),
        (b'"create_time":', b'"createTime":'),
        (b'"mix_items":', b'"mixItems":'),
    ),
    "douyin-comments": ((b'"cid":', b'"commentId":'), (b'"create_time":', b'"createTime":')),
    "news-feed": (
        (b"<item>", b"<record>"),
        (b"</item>", b"</record>"),
        (b"<entry>", b"<record>"),
        (b"</entry>", b"</record>"),
    ),
    "news-article": ((b"<p", b'<span data-x="'), (b"</p>", b"</span>")),
}


async def refuse(fault: Fault, route: str, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer to a request that a fault strikes; `route` is the most specific name of its route."""
    if fault.outcome in _STATUS:
        return _STATUS[fault.outcome]()
    if fault.outcome in _BODIES:
        return _BODIES[fault.outcome](request)
    if fault.outcome == "no_result":
        return _no_result(route, request)
    if fault.outcome == "blank_page":
        return _blank_page(route, request)
    return await _disturbed(fault, route, request, handler)


async def _disturbed(fault: Fault, route: str, request: web.Request, handler: Handler) -> web.StreamResponse:
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
            response.body = _renamed(route, response.body)
    return response


def _renamed(route: str, body: bytes) -> bytes:
    for old, new in _RENAMED.get(route, ()):
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


def _douyin_nothing(nil_type: str, item: str) -> Callable[[web.Request], web.Response]:
    """Captchas hide in an answer that looks like an empty search."""

    def answer(_: web.Request) -> web.Response:
        nil = {"search_nil_type": nil_type, "search_nil_item": item, "text_type": 9}
        body = {
            "status_code": 0,
            "data": [],
            "comments": None,
            "has_more": 0,
            "cursor": 0,
            "search_nil_info": nil,
            "polling_time": 3,
        }
        return web.json_response(body)

    return answer


def _json(body: dict[str, Any]) -> Callable[[web.Request], web.Response]:
    return lambda _: web.json_response(body)


_STATUS: dict[str, Callable[[], web.Response]] = {
    "418": _status(418, "I'm a teapot"),
    "432": _status(432, "Request blocked"),
    "403": _status(403, "Forbidden"),
    "404": _status(404, "Not Found"),
    "429": _status(429, "Too Many Requests", Retry_After="30"),
    "5xx": _status(503, "Service Unavailable"),
}
_BODIES: dict[str, Callable[[web.Request], web.Response]] = {
    "302_visitor": visitor_redirect,
    "ok_-100": lambda request: web.json_response(mobile.login_wanted(request)),
    "verify_check": _douyin_nothing("verify_check", "verify_check"),
    "antispam_check": _douyin_nothing("antispam_check", "hit_shark"),
    "status_2483": _json({"status_code": 2483, "status_msg": "用户未登录", "data": None}),
    "status_9": _json({"status_code": 9, "status_msg": "请求频繁"}),
    "no_data": _json({"status_code": 0, "ok": 1, "has_more": 0}),
    "empty_body": lambda _: web.Response(body=b"", content_type="application/json"),
    "blocked_body": lambda _: web.Response(text="blocked", content_type="text/plain"),
    "html_instead_of_json": lambda _: web.Response(text=_ERROR_PAGE, content_type=_HTML),
    "captcha_page": lambda _: web.Response(text=_CAPTCHA_PAGE, content_type=_HTML),
}


def _no_result(route: str, request: web.Request) -> web.Response:
    """The platform's own proof that there is nothing."""
    if route == "weibo-s":
        return search.html_page(request, [], 1, 0)
    if route == "weibo-m":
        return web.json_response(mobile.EMPTY)
    if route == "douyin-comments":
        return web.json_response({"status_code": 0, "comments": None, "cursor": 0, "has_more": 0, "total": 0})
    if route == "douyin":
        return web.json_response(_douyin_empty(more=0))
    return web.Response(
        text='<rss version="2.0"><channel><title>示例新闻网</title></channel></rss>', content_type="application/rss+xml"
    )


def _blank_page(route: str, request: web.Request) -> web.Response:
    """An ordinary frame without content and without the marker of an empty result."""
    if route == "weibo-s":
        return search.html_page(request, [], 1, 0, marker="")
    if route == "weibo-m":
        return web.json_response(
            {"ok": 1, "data": {"cardlistInfo": {"total": 812, "page": 2}, "cards": [], "scheme": ""}}
        )
    if route == "douyin-comments":
        return web.json_response({"status_code": 0, "comments": None, "cursor": 0, "has_more": 1, "total": 34})
    if route == "douyin":
        return web.json_response(_douyin_empty(more=1))
    return web.Response(text="<html><head></head><body></body></html>", content_type=_HTML)


def _douyin_empty(more: int) -> dict[str, Any]:
    nothing = {"search_nil_type": "none"}
    return {
        "status_code": 0,
        "data": [],
        "cursor": 0,
        "has_more": more,
        "extra": {"logid": "INVENTED"},
        "search_nil_info": nothing,
    }
