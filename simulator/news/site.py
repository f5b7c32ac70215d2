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


SITE = Site(
    name="news",
    prefixes=("news",),
    routes=portal.routes,
    names=(
        (r"\.html$", ("news-article", "news")),
        (r"", ("news-feed", "news")),
    ),
    no_result={"news": _empty_feed},
    renamed={
        "news-feed": (
            (b"<item>", b"<record>"),
            (b"</item>", b"</record>"),
            (b"<entry>", b"<record>"),
            (b"</entry>", b"</record>"),
        ),
        "news-article": ((b"<p", b'<span data-x="'), (b"</p>", b"</span>")),
    },
    too_fast={"news": "403"},
    truth=truth,
)
