"""What the news portal's double declares: its routes, its refusals, its truth."""

from collections.abc import Iterator

from aiohttp import web

from simulator.news import portal
from simulator.site import Site, TruthItem, of_item
from simulator.world import World


def truth(world: World) -> Iterator[TruthItem]:
    """Every article."""
    now = world.clock.now()
    return (of_item("news", article, now) for article in world.corpus.articles)


def _empty_feed(_: web.Request) -> web.Response:
    return web.Response(
        text='<rss version="2.0"><channel><title>示例新闻网</title></channel></rss>', content_type="application/rss+xml"
    )


def _empty_roll(_: web.Request) -> web.Response:
    return web.json_response({"result": {"status": {"code": 0, "msg": "succ"}, "total": 0, "data": []}})


def _blank_roll(_: web.Request) -> web.Response:
    """An empty list beside a count that is not zero."""
    return web.json_response({"result": {"status": {"code": 0, "msg": "succ"}, "total": 60, "data": []}})


SITE = Site(
    name="news",
    prefixes=("news",),
    routes=portal.routes,
    names=(
        (r"\.html$", ("news-article", "news")),
        (r"/roll/|/live\.json$|/flash\.js$", ("news-roll", "news")),
        (r"/list/", ("news-list", "news")),
        (r"", ("news-feed", "news")),
    ),
    no_result={"news-roll": _empty_roll, "news": _empty_feed},
    blank_page={"news-roll": _blank_roll},
    renamed={
        "news-feed": (
            (b"<item>", b"<record>"),
            (b"</item>", b"</record>"),
            (b"<entry>", b"<record>"),
            (b"</entry>", b"</record>"),
        ),
        "news-roll": ((b'"data":', b'"payload":'), (b"var newest", b"var latest_v2"), (b'"time":', b'"at":')),
        "news-list": ((b'<ul class="list">', b'<ul class="feed-v2">'),),
        "news-article": ((b"<p", b'<span data-x="'), (b"</p>", b"</span>")),
    },
    too_fast={"news": "403"},
    truth=truth,
)
