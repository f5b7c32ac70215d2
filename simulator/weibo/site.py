"""What Weibo's double declares: its hosts, its routes, its refusals, its truth."""

from collections.abc import Iterator

from aiohttp import web

from simulator.site import Site, TruthItem, of_item
from simulator.weibo import desktop, mobile, passport, search
from simulator.weibo.session import visitor_redirect
from simulator.world import World


def routes() -> list[web.RouteDef]:
    """The routes of all hosts."""
    return [*search.routes(), *mobile.routes(), *desktop.routes(), *passport.routes()]


def truth(world: World) -> Iterator[TruthItem]:
    """Every post and repost."""
    now = world.clock.now()
    return (of_item("weibo", post, now) for post in world.corpus.posts)


def _blank_mobile(_: web.Request) -> web.Response:
    info = {"total": 812, "page": 2}
    return web.json_response({"ok": 1, "data": {"cardlistInfo": info, "cards": [], "scheme": ""}})


SITE = Site(
    name="weibo",
    prefixes=("weibo-s", "weibo-m", "weibo-ajax", "weibo-passport", "weibo-card", "weibo-api", "weibo-open"),
    routes=routes,
    names=(
        (r"^/weibo-m/.*getIndex", ("weibo-m", "weibo-m-search")),
        (r"^/weibo-m/", ("weibo-m", "weibo-m-detail")),
    ),
    answers={
        "302_visitor": visitor_redirect,
        "ok_-100": lambda request: web.json_response(mobile.login_wanted(request)),
    },
    no_result={
        "weibo-s": lambda request: search.html_page(request, [], 1, 0),
        "weibo-m": lambda _: web.json_response(mobile.EMPTY),
    },
    blank_page={
        "weibo-s": lambda request: search.html_page(request, [], 1, 0, marker=""),
        "weibo-m": _blank_mobile,
    },
    renamed={
        "weibo-s": ((b'node-type="feed_list_content', b'node-type="fc_text'), (b'class="from"', b'class="origin"')),
        "weibo-m": ((b'"mblog":', b'"status_v2":'), (b'"created_at":', b'"createdAt":')),
        "weibo-ajax": ((b'"created_at":', b'"createdAt":'), (b'"text_raw":', b'"rawText":')),
    },
    too_fast={"weibo-s": "418", "weibo-m": "432", "weibo-ajax": "418"},
    truth=truth,
)
