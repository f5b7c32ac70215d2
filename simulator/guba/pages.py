"""The pages: lists with their embedded JSON, single posts, replies, and the refusal that looks like a page."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from simulator.formats import china
from simulator.guba.posts import BARS, Post, Posts, Reply
from simulator.world import WORLD

PAGE_SIZE = 80
_TITLE = 20  # a list shows so much of a title
_FRAME = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body>'
    '<div class="header">股吧首页</div><div id="mainbody">{rows}</div><script>{script}</script></body></html>'
)


def routes() -> list[web.RouteDef]:
    """Lists, posts, replies, and where deleted posts lead."""
    return [
        web.get(r"/guba/list,{code:\w+},f_{page:\d+}.html", _posted),
        web.get(r"/guba/list,{code:[a-z]*\d+}_{page:\d+}.html", _active),
        web.get(r"/guba/list,{code:[a-z]*\d+}.html", _active),
        web.get(r"/guba/news,{code:\w+},{id:\d+}.html", _post),
        web.post("/guba/interface/GetData.aspx", _replies),
        web.get("/guba/error", _error),
        web.get("/guba/robots.txt", _robots),
    ]


def empty_list(request: web.Request) -> web.Response:
    """A bar in which nobody has written."""
    return _list_page("", [], request.app[WORLD].clock.now())


def without_data(_: web.Request) -> web.Response:
    """The frame of a page and nothing in it: how the site refuses."""
    return _html(_FRAME.format(title="股吧", rows="", script="var pageConfig={};"))


def deleted(request: web.Request) -> web.Response:
    """Where a post leads that is not there any more."""
    return web.Response(status=302, headers={"Location": f"{request.app[WORLD].origin(request)}/guba/error?type=2"})


def odd_count(request: web.Request) -> web.Response:
    """No posts, although there are said to be some."""
    listing = {"re": [], "count": 8_120, "bar_code": "601999", "bar_name": "云江银行吧"}
    return _html(_FRAME.format(title="股吧", rows="", script=f"var article_list={json.dumps(listing)};"))


async def _posted(request: web.Request) -> web.Response:
    code, shown, now = _shown(request)
    pinned = [one for one in shown if one.pinned]
    return _page(request, code, [*pinned, *(one for one in shown[::-1] if not one.pinned)], now)


async def _active(request: web.Request) -> web.Response:
    code, shown, now = _shown(request)
    return _page(request, code, sorted(shown, key=lambda one: one.active_at(now), reverse=True), now)


def _shown(request: web.Request) -> tuple[str, list[Post], datetime]:
    now, code = request.app[WORLD].clock.now(), request.match_info["code"]
    posts: Posts = request.app[WORLD].content["guba"]
    return code, posts.of(code, now), now


def _page(request: web.Request, code: str, posts: list[Post], now: datetime) -> web.Response:
    number = int(request.match_info.get("page", "1"))
    return _list_page(code, posts[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], now, len(posts))


def _list_page(code: str, posts: list[Post], now: datetime, total: int = 0) -> web.Response:
    entries = [_entry(post, now) | {"post_title": post.title[:_TITLE]} for post in posts]
    listing = {"re": entries, "count": total, "bar_code": code, "bar_name": BARS.get(code, "")}
    rows = "".join(f'<a href="/news,{post.bar},{post.id}.html">{post.title[:_TITLE]}</a>' for post in posts)
    script = f"var article_list={json.dumps(listing, ensure_ascii=False)};var other_list={{}};"
    return _html(_FRAME.format(title=BARS.get(code, "股吧"), rows=rows, script=script))


def _entry(post: Post, now: datetime) -> dict[str, Any]:
    return {
        "post_id": int(post.id),
        "post_title": post.title,
        "stockbar_code": post.bar,
        "stockbar_name": BARS[post.bar],
        "user_id": post.author,
        "user_nickname": post.name,
        "post_click_count": post.clicks,
        "post_comment_count": len(post.shown(now)),
        "post_forward_count": 0,
        "post_publish_time": _time(post.created),
        "post_last_time": _time(post.active_at(now)),
        "post_type": 0,
        "post_state": 0,
        "post_has_pic": False,
        "post_has_video": False,
        "post_from_num": 0,
    }


async def _post(request: web.Request) -> web.Response:
    now = request.app[WORLD].clock.now()
    posts: Posts = request.app[WORLD].content["guba"]
    post = posts.get(request.match_info["id"], now)
    if post is None:
        return deleted(request)
    # A "};" inside the text ends no script: only a JSON decoder finds the end.
    body = f"<div><p>{post.text}</p><p>附：{{a}};</p></div>"
    article = _entry(post, now) | {"post_content": body, "post_mod_count": 0, "post_mod_time": _time(post.created)}
    script = f"var post_article={json.dumps(article, ensure_ascii=False)};"
    return _html(_FRAME.format(title=post.title, rows="", script=script))


async def _replies(request: web.Request) -> web.Response:
    form = await request.post()
    asked = {name: values[0] for name, values in parse_qs(str(form.get("param", ""))).items()}
    posts: Posts = request.app[WORLD].content["guba"]
    post = posts.get(asked.get("postid", ""), request.app[WORLD].clock.now())
    if form.get("path") != "reply/api/Reply/ArticleNewReplyList" or post is None:
        return web.json_response({"rc": 0, "me": "参数错误"})
    shown = post.shown(request.app[WORLD].clock.now())
    threads = [reply for reply in shown if not reply.parent][::-1]
    size, number = int(asked["ps"]), int(asked["p"])
    page = threads[(number - 1) * size : number * size]
    return web.json_response({"re": [_thread(one, shown) for one in page], "count": len(shown), "rc": 1})


def _thread(reply: Reply, shown: tuple[Reply, ...]) -> dict[str, Any]:
    children = [_answer(one) for one in shown if one.parent == reply.id]
    return _answer(reply) | {"child_replys": children or None}


def _answer(reply: Reply) -> dict[str, Any]:
    return {
        "reply_id": int(reply.id),
        "reply_text": reply.text,
        "reply_publish_time": _time(reply.created),
        "reply_user": {"user_id": reply.author, "user_nickname": reply.name},
        "reply_like_count": 1,
    }


async def _error(_: web.Request) -> web.Response:
    return _html("<html><body>您访问的帖子不存在或已被删除</body></html>")


async def _robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nDisallow: /guba/interface/admin\n")


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html")


def _time(moment: datetime) -> str:
    return f"{china(moment):%Y-%m-%d %H:%M:%S}"
