"""What the double of 黑猫投诉 declares."""

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from simulator.formats import parse_moment
from simulator.heimao import search
from simulator.heimao.complaints import BANKS, Complaint, build
from simulator.site import Site, TruthItem
from simulator.world import WORLD, World


def _line(one: Complaint) -> TruthItem:
    return TruthItem("heimao", "complaint", one.id, one.created, one.text, one.deleted_at, {"company": one.company})


def _truth(world: World) -> Iterator[TruthItem]:
    return map(_line, world.content["heimao"])


def _publish(world: World, body: dict[str, Any]) -> TruthItem:
    at = parse_moment(body["at"]) if body.get("at") else world.clock.now()
    company = str(body.get("company", BANKS[0]))
    return _line(world.content["heimao"].add(company, str(body["text"]), at.replace(microsecond=0)))


def _login(request: web.Request) -> web.Response:
    origin = request.app[WORLD].origin(request)
    return web.Response(status=302, headers={"Location": f"{origin}/weibo-passport/signin/login?entry=tousu"})


SITE = Site(
    name="heimao",
    prefixes=("heimao",),
    routes=search.routes,
    answers={
        "302_login": _login,
        "status_10007": lambda _: search.answer(None, 10007),
        "no_lists": lambda _: search.answer(None),
    },
    no_result={"heimao": lambda _: search.answer([])},
    blank_page={"heimao": lambda _: search.answer([], total=117)},
    renamed={"heimao": ((b'"main":', b'"complaint":'),)},
    too_fast={"heimao": "302_login"},
    content=build,
    truth=_truth,
    inject={"complaint": _publish},
)
