"""What Weibo's double declares: its hosts, its routes, its refusals, its truth."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aiohttp import web

from simulator.formats import parse_moment
from simulator.ids import weibo_mid
from simulator.inject import TESTER
from simulator.site import Site, TruthItem, of_item
from simulator.weibo import desktop, mobile, official, passport, search, state, threads
from simulator.weibo.session import visitor_redirect
from simulator.weibo.state import state_of
from simulator.weibo.talk import Talk, WeiboComment
from simulator.world import World


def routes() -> list[web.RouteDef]:
    """The routes of all hosts."""
    parts = (search, mobile, threads, desktop, passport, official, state)
    return [route for part in parts for route in part.routes()]


def truth(world: World) -> Iterator[TruthItem]:
    """Every post and repost, and every comment below them."""
    now, talk, lines = world.clock.now(), state_of(world).talk, state_of(world).lines
    for post in world.corpus.posts:
        yield of_item("weibo", post, now)
        for one in talk.all([post]):
            if one.id not in lines:  # comments never change, and there are many of them
                lines[one.id] = _of_comment(one, world)
            yield lines[one.id]


def _of_comment(one: WeiboComment, world: World) -> TruthItem:
    line = of_item("weibo", one, world.clock.now())
    return replace(line, more={**line.more, "post": one.post})


def comment_on(world: World, post: str, text: str, **more: Any) -> WeiboComment:
    """Publish one more comment under a post, by default now; further keywords are fields of `WeiboComment`."""
    talk: Talk = state_of(world).talk
    created = (more.pop("at", None) or world.clock.now()).replace(microsecond=0)
    under = talk.added.setdefault(post, [])
    native_id = weibo_mid(int(created.timestamp()), 3_000_000 + len(under))
    truth = next(one for one in world.corpus.posts if one.id == post).truth
    comment = WeiboComment(native_id, created, text, TESTER, truth, post, **more)
    under.append(comment)
    return comment


def _inject(world: World, body: dict[str, Any]) -> TruthItem:
    """`{"kind": "weibo_comment", "post": mid, "text": …, "at"?: ISO, "parent"?: id}`."""
    more: dict[str, Any] = {"parent": str(body.get("parent", "")), "answers": str(body.get("parent", ""))}
    if isinstance(at := body.get("at"), str):
        more["at"] = parse_moment(at)
    return _of_comment(comment_on(world, str(body["post"]), str(body["text"]), **more), world)


def _blank_mobile(_: web.Request) -> web.Response:
    info = {"total": 812, "page": 2}
    return web.json_response({"ok": 1, "data": {"cardlistInfo": info, "cards": [], "scheme": ""}})


SITE = Site(
    name="weibo",
    prefixes=("weibo-s", "weibo-m", "weibo-ajax", "weibo-passport", "weibo-card", "weibo-api", "weibo-open"),
    routes=routes,
    names=(
        (r"^/weibo-m/.*getIndex", ("weibo-m", "weibo-m-search")),
        (r"^/weibo-m/(comments/|api/comments/)", ("weibo-m-comments", "weibo-m")),
        (r"^/weibo-m/api/statuses/repostTimeline", ("weibo-m-reposts", "weibo-m")),
        (r"^/weibo-m/", ("weibo-m", "weibo-m-detail")),
        (r"^/weibo-ajax/.*buildComments", ("weibo-ajax-comments", "weibo-ajax")),
        (r"^/weibo-ajax/.*repostTimeline", ("weibo-ajax-reposts", "weibo-ajax")),
        (r"^/weibo-ajax/.*(mymblog|searchProfile)", ("weibo-ajax-timeline", "weibo-ajax")),
    ),
    answers={
        "302_visitor": visitor_redirect,
        "ok_-100": lambda request: web.json_response(mobile.login_wanted(request)),
        "error_20101": lambda _: web.json_response(desktop.GONE, status=404),
        "error_10023": lambda request: official.error(request, 10023),
        "error_21327": lambda request: official.error(request, 21327),
    },
    no_result={
        "weibo-s": lambda request: search.html_page(request, [], 1, 0),
        "weibo-m": lambda _: web.json_response(mobile.EMPTY),
        "weibo-ajax-comments": lambda _: web.json_response({"ok": 1, "data": [], "total_number": 0, "max_id": 0}),
        "weibo-ajax-reposts": lambda _: web.json_response({"ok": 1, "data": [], "total_number": 0}),
        "weibo-ajax-timeline": lambda _: web.json_response({"ok": 1, "data": {"list": [], "total": 0}}),
        "weibo-api": lambda _: web.json_response({"statuses": [], "total_number": 0}),
        "weibo-open": lambda _: web.json_response({"statuses": [], "comments": [], "total_number": 0}),
    },
    blank_page={
        "weibo-s": lambda request: search.html_page(request, [], 1, 0, marker=""),
        "weibo-m": _blank_mobile,
        "weibo-ajax-comments": lambda _: web.json_response({"ok": 1, "data": [], "total_number": 9, "max_id": 0}),
        "weibo-ajax-reposts": lambda _: web.json_response({"ok": 1, "data": [], "total_number": 9}),
        "weibo-ajax-timeline": lambda _: web.json_response({"ok": 1, "data": {"list": [], "total": 812}}),
        "weibo-m-comments": lambda _: web.json_response(
            {"ok": 1, "data": {"data": [], "total_number": 9, "max_id": 0}}
        ),
        "weibo-api": lambda _: web.json_response({"statuses": [], "total_number": 812}),
        "weibo-open": lambda _: web.json_response({"statuses": [], "comments": [], "total_number": 812}),
    },
    renamed={
        "weibo-s": ((b'node-type="feed_list_content', b'node-type="fc_text'), (b'class="from"', b'class="origin"')),
        "weibo-m": ((b'"mblog":', b'"status_v2":'), (b'"created_at":', b'"createdAt":')),
        "weibo-ajax": ((b'"text":', b'"words":'), (b'"text_raw":', b'"rawText":')),
        "weibo-m-comments": ((b'"text":', b'"words":'),),
        "weibo-api": ((b'"text":', b'"words":'),),
        "weibo-open": ((b'"text":', b'"words":'),),
    },
    too_fast={"weibo-s": "418", "weibo-m": "432", "weibo-ajax": "418"},
    content=state.content,
    truth=truth,
    inject={"weibo_comment": _inject},
)
