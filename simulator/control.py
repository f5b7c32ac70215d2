"""/__control: clock, faults, ledger and truth, for tests and demos."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from simulator.corpus import Corpus, Item
from simulator.faults import Fault
from simulator.formats import parse_moment, w3c
from simulator.inject import Injector
from simulator.world import WORLD

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def routes() -> list[web.RouteDef]:
    """The control API."""
    return [
        web.get("/__control/clock", _get_clock),
        web.post("/__control/clock", _set_clock),
        web.get("/__control/scenario", _get_faults),
        web.post("/__control/scenario", _order_fault),
        web.delete("/__control/scenario", _clear_faults),
        web.get("/__control/requests", _get_requests),
        web.delete("/__control/requests", _clear_requests),
        web.get("/__control/truth", _get_truth),
        web.post("/__control/inject", _inject),
        web.post("/hook", _take_hook),
        web.get("/hook", _list_hooks),
        web.delete("/hook", _clear_hooks),
    ]


def truth(corpus: Corpus, query: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Expected items: published, and matching `platform`, `since` (inclusive), `until` (exclusive), "
    "`keyword`, `kind`, `story`, `subject`."""
    since = parse_moment(query["since"]) if query.get("since") else _BEGINNING
    until = parse_moment(query["until"]) if query.get("until") else now + timedelta(seconds=1)
    found = []
    for platform, items in _shelves(corpus, query):
        found += [
            _line(platform, item)
            for item in items
            if item.created <= now and since <= item.created < until and _fits(item, query)
        ]
    return sorted(found, key=lambda line: (line["published_at"], line["id"]))


def _shelves(corpus: Corpus, query: Mapping[str, str]) -> list[tuple[str, Iterable[Item]]]:
    keyword = query.get("keyword", "")
    now = datetime.max.replace(tzinfo=UTC)
    every: list[tuple[str, Iterable[Item]]] = [
        ("weibo", corpus.posts.search(keyword, now)),
        ("douyin", corpus.videos.search(keyword, now)),
        ("douyin", corpus.comments.search(keyword, now)),
        ("news", corpus.articles.search(keyword, now)),
    ]
    return [(platform, items) for platform, items in every if query.get("platform") in (None, "", platform)]


def _fits(item: Item, query: Mapping[str, str]) -> bool:
    have = {
        "video": getattr(item, "video", ""),
        "kind": item.kind,
        "story": item.truth.story,
        "subject": item.truth.subject,
        "sentiment": item.truth.sentiment,
    }
    return all(query.get(name) in (None, "", value) for name, value in have.items())


def _line(platform: str, item: Item) -> dict[str, Any]:
    known = {
        "platform": platform,
        "id": item.id,
        "kind": item.kind,
        "published_at": w3c(item.created),
        "sentiment": item.truth.sentiment,
        "topic": item.truth.topic,
        "story": item.truth.story,
        "subject": item.truth.subject,
        "copy_of": item.truth.copy_of,
        "pii": list(item.truth.pii),
        "text": item.text,
    }
    for name in ("bid", "video", "parent", "section"):
        if hasattr(item, name):
            known[name] = getattr(item, name)
    return known


async def _get_clock(request: web.Request) -> web.Response:
    clock = request.app[WORLD].clock
    return web.json_response({"now": clock.now().isoformat(), "speed": clock.speed})


async def _set_clock(request: web.Request) -> web.Response:
    body = await request.json()
    moment = parse_moment(body["now"]) if body.get("now") else None
    request.app[WORLD].clock.set(moment, float(body["speed"]) if "speed" in body else None)
    return await _get_clock(request)


async def _get_faults(request: web.Request) -> web.Response:
    return web.json_response([asdict(order) for order in request.app[WORLD].faults.orders])


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


async def _get_requests(request: web.Request) -> web.Response:
    limit = int(request.query.get("limit", "0"))
    return web.json_response(request.app[WORLD].ledger.as_json(request.query.get("route", ""), limit))


async def _clear_requests(request: web.Request) -> web.Response:
    request.app[WORLD].ledger.clear()
    return web.json_response([])


async def _get_truth(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    return web.json_response(truth(world.corpus, request.query, world.clock.now()))


async def _inject(request: web.Request) -> web.Response:
    body = await request.json()
    injector = Injector(request.app[WORLD])
    kind, more = body.pop("kind", "post"), {"at": parse_moment(body.pop("at"))} if body.get("at") else {}
    publish: dict[str, Callable[..., Item]] = {
        "post": injector.inject,
        "video": injector.inject_video,
        "comment": injector.inject_comment,
    }
    try:
        item = publish[kind](**body, **more)
    except (KeyError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response(_line("weibo" if kind == "post" else "douyin", item))


async def _take_hook(request: web.Request) -> web.Response:
    request.app[WORLD].hooks.append({"headers": _harmless_headers(request), "body": await request.json()})
    return web.json_response({"ok": True})


async def _list_hooks(request: web.Request) -> web.Response:
    return web.json_response(request.app[WORLD].hooks)


async def _clear_hooks(request: web.Request) -> web.Response:
    request.app[WORLD].hooks.clear()
    return web.json_response([])


def _harmless_headers(request: web.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower() not in ("authorization", "cookie")}
