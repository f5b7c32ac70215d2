"""What the double of Apple's feed declares."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from simulator.apple import feed
from simulator.apple.reviews import BUSY, Review, build
from simulator.formats import parse_moment
from simulator.site import Site, TruthItem
from simulator.world import WORLD, World


def _line(review: Review) -> TruthItem:
    more = {"app": review.app, "rating": review.rating}
    return TruthItem("appstore", "review", review.id, review.created, review.text, review.deleted_at, more)


def _truth(world: World) -> Iterable[TruthItem]:
    return map(_line, world.content["apple"])


def _publish(world: World, body: dict[str, Any]) -> TruthItem:
    at = parse_moment(body["at"]) if body.get("at") else world.clock.now()
    app, rating = str(body.get("app", BUSY)), int(body.get("rating", 1))
    return _line(world.content["apple"].add(app, str(body["text"]), at.replace(microsecond=0), rating))


def _nothing(request: web.Request) -> web.Response:
    return web.json_response(feed.frame(None, request.app[WORLD].clock.now(), 1))


def _blank(request: web.Request) -> web.Response:
    """A page without reviews in a feed that says that it has ten."""
    return web.json_response(feed.frame(None, request.app[WORLD].clock.now()))


SITE = Site(
    name="apple",
    prefixes=("apple",),
    routes=feed.routes,
    no_result={"apple": _nothing},
    blank_page={"apple": _blank},
    renamed={"apple": ((b'"im:rating":', b'"im:stars":'), (b'"updated":', b'"changed":'))},
    too_fast={"apple": "403"},
    content=build,
    truth=_truth,
    inject={"review": _publish},
)
