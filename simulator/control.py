"""/__control: clock, faults, ledger and truth, for tests and demos."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from simulator import sites
from simulator.corpus import Item
from simulator.faults import Fault
from simulator.formats import parse_moment, w3c
from simulator.inject import Injector
from simulator.rate import BY, Limit
from simulator.site import TruthItem, of_item
from simulator.world import WORLD, World

Amendment = Callable[[Injector, dict[str, Any], datetime | None], None]
_RANGES = frozenset({"since", "until", "keyword", "state"})
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def routes() -> list[web.RouteDef]:
    """The control API."""
    return [
        web.get("/__control/clock", _get_clock),
        web.post("/__control/clock", _set_clock),
        web.get("/__control/scenario", _get_faults),
        web.post("/__control/scenario", _order_fault),
        web.delete("/__control/scenario", _clear_faults),
        web.get("/__control/rate", _get_limits),
        web.post("/__control/rate", _set_limit),
        web.delete("/__control/rate", _clear_limits),
        web.get("/__control/requests", _get_requests),
        web.delete("/__control/requests", _clear_requests),
        web.get("/__control/counts", _get_counts),
        web.get("/__control/truth", _get_truth),
        web.post("/__control/inject", _inject),
        web.post("/__control/delete", _delete),
        web.post("/__control/edit", _edit),
    ]


def truth(world: World, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Expected items: published, and matching `platform`, `since` (inclusive), `until` (exclusive), `keyword`, `kind`
    `state` (`alive`, `gone`) and whatever else the line of a platform holds (`story`, `subject`, `id`, `video`, …)."""
    now = world.clock.now()
    since = parse_moment(query["since"]) if query.get("since") else _BEGINNING
    until = parse_moment(query["until"]) if query.get("until") else now + timedelta(seconds=1)
    words = query.get("keyword", "").lower().split()
    exact = {name: value for name, value in query.items() if value and name not in _RANGES}
    state = query.get("state", "")
    lines = [
        _line(item)
        for item in sites.truth(world)
        if item.created <= now
        and since <= item.created < until
        and _is(item, exact)
        and state in ("", "gone" if item.deleted_at and item.deleted_at <= now else "alive")
        and all(word in item.text.lower() for word in words)
    ]
    return sorted(lines, key=lambda line: (line["published_at"], line["id"]))


def _is(item: TruthItem, exact: Mapping[str, str]) -> bool:
    have = {"platform": item.platform, "kind": item.kind, "id": item.id, **item.more}
    return all(str(have.get(name, "")) == value for name, value in exact.items())


def _line(item: TruthItem) -> dict[str, Any]:
    known = {"platform": item.platform, "id": item.id, "kind": item.kind, "published_at": w3c(item.created)}
    gone = {"deleted_at": w3c(item.deleted_at)} if item.deleted_at else {}
    return {**known, **gone, **item.more, "text": item.text}


async def _get_clock(request: web.Request) -> web.Response:
    clock = request.app[WORLD].clock
    return web.json_response({"now": clock.now().isoformat(), "speed": clock.speed})


async def _set_clock(request: web.Request) -> web.Response:
    body = await request.json()
    moment = parse_moment(body["now"]) if body.get("now") else None
    request.app[WORLD].clock.set(moment, float(body["speed"]) if "speed" in body else None)
    return await _get_clock(request)


async def _get_faults(request: web.Request) -> web.Response:
    return web.json_response([_order(fault) for fault in request.app[WORLD].faults.orders])


def _order(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in asdict(fault).items() if not name.startswith("_")}


async def _order_fault(request: web.Request) -> web.Response:
    body = await request.json()
    try:
        for order in body if isinstance(body, list) else [body]:
            request.app[WORLD].faults.order(Fault(**order))
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return await _get_faults(request)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[WORLD].faults.clear(request.query.get("route", ""))
    return await _get_faults(request)


async def _get_limits(request: web.Request) -> web.Response:
    return web.json_response([asdict(limit) for limit in request.app[WORLD].rate.limits.values()])


async def _set_limit(request: web.Request) -> web.Response:
    body = await request.json()
    try:
        limit = Limit(**{**body, "by": tuple(body.get("by", BY))})
        if limit.route not in sites.ROUTE_NAMES:
            raise ValueError(f"unknown route {limit.route!r}")
    except (TypeError, ValueError) as error:
        return web.json_response({"error": str(error)}, status=400)
    request.app[WORLD].rate.set(limit)
    return await _get_limits(request)


async def _clear_limits(request: web.Request) -> web.Response:
    request.app[WORLD].rate.clear(request.query.get("route", ""))
    return await _get_limits(request)


async def _get_requests(request: web.Request) -> web.Response:
    limit = int(request.query.get("limit", "0"))
    return web.json_response(request.app[WORLD].ledger.as_json(request.query.get("route", ""), limit))


async def _clear_requests(request: web.Request) -> web.Response:
    request.app[WORLD].ledger.clear()
    return web.json_response([])


async def _get_counts(request: web.Request) -> web.Response:
    """How many requests came in, by host and outcome; `forget=1` drops the lines and keeps the counts."""
    ledger = request.app[WORLD].ledger
    if request.query.get("forget"):
        ledger.forget_lines()
    return web.json_response(ledger.counts())


async def _get_truth(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    return web.json_response(truth(world, request.query))


async def _inject(request: web.Request) -> web.Response:
    body = await request.json()
    kind, more = body.pop("kind", "post"), {"at": parse_moment(body.pop("at"))} if body.get("at") else {}
    try:
        item = _publish(request.app[WORLD], kind, {**body, **more})
    except (KeyError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response(_line(item))


def _publish(world: World, kind: str, body: dict[str, Any]) -> TruthItem:
    own, injector = sites.injectors(), Injector(world)
    if kind in own:
        published: TruthItem = own[kind](world, body)
        return published
    publish: dict[str, Callable[..., Item]] = {
        "post": injector.inject,
        "video": injector.inject_video,
        "comment": injector.inject_comment,
    }
    return of_item("weibo" if kind == "post" else "douyin", publish[kind](**body), world.clock.now())


async def _delete(request: web.Request) -> web.Response:
    return await _amend(request, lambda injector, body, at: injector.delete(str(body["id"]), at))


async def _edit(request: web.Request) -> web.Response:
    return await _amend(request, lambda injector, body, at: injector.edit(str(body["id"]), str(body["text"]), at))


async def _amend(request: web.Request, change: Amendment) -> web.Response:
    """Apply a change to an item and answer its line of the truth."""
    body, world = await request.json(), request.app[WORLD]
    try:
        change(Injector(world), body, parse_moment(body["at"]) if body.get("at") else None)
    except (KeyError, TypeError) as error:
        return web.json_response({"error": f"unknown or incomplete: {error}"}, status=400)
    return web.json_response(truth(world, {"id": str(body["id"])}))
