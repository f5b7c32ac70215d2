"""What the double of the group robots declares. `/chat` shows and changes the groups; it is no vendor's address."""

from aiohttp import web

from simulator.chat import verdicts
from simulator.chat.rooms import Room, new_rooms
from simulator.site import Site
from simulator.world import WORLD, World

_JUDGES = {"wecom": verdicts.wecom, "dingtalk": verdicts.dingtalk, "feishu": verdicts.feishu}


def rooms_of(world: World) -> dict[tuple[str, str], Room]:
    """The groups of a world."""
    rooms: dict[tuple[str, str], Room] = world.content["chat"]
    return rooms


def routes() -> list[web.RouteDef]:
    """The three gateways, and the groups."""
    return [
        web.post("/wecom/cgi-bin/webhook/send", _wecom),
        web.post("/dingtalk/robot/send", _dingtalk),
        web.post("/feishu/open-apis/bot/v2/hook/{token}", _feishu),
        web.get("/chat", _list),
        web.post("/chat", _set),
    ]


async def _wecom(request: web.Request) -> web.Response:
    return await _judged(request, "wecom", request.query.get("key", ""))


async def _dingtalk(request: web.Request) -> web.Response:
    return await _judged(request, "dingtalk", request.query.get("access_token", ""))


async def _feishu(request: web.Request) -> web.Response:
    return await _judged(request, "feishu", request.match_info["token"])


async def _judged(request: web.Request, vendor: str, token: str) -> web.Response:
    world = request.app[WORLD]
    room = rooms_of(world).get((vendor, token))
    return web.json_response(_JUDGES[vendor](room, await request.read(), request.query, world.clock.now()))


async def _list(request: web.Request) -> web.Response:
    rooms = rooms_of(request.app[WORLD]).values()
    return web.json_response(
        [
            {"vendor": room.vendor, "state": room.state, "keyword": room.keyword, "messages": room.messages}
            for room in rooms
        ]
    )


async def _set(request: web.Request) -> web.Response:
    """A group, new or changed: `{"vendor": "wecom", "token": "…", "secret": "…", "keyword": "…", "state": "well"}`."""
    body = await request.json()
    vendor, token = str(body.get("vendor", "")), str(body.get("token", ""))
    if vendor not in _JUDGES or not token:
        return web.json_response({"error": f"vendor must be one of {sorted(_JUDGES)}, token given"}, status=400)
    room = rooms_of(request.app[WORLD]).setdefault((vendor, token), Room(vendor, token))
    for name in ("secret", "keyword", "state"):
        if name in body:
            setattr(room, name, str(body[name]))
    return web.json_response({"vendor": vendor, "state": room.state})


def _plain(_request: web.Request) -> web.Response:
    return web.Response(text="ok", content_type="text/plain")


def _no_verdict(_request: web.Request) -> web.Response:
    return web.json_response({"message": "accepted"})


SITE = Site(
    name="chat",
    prefixes=("wecom", "dingtalk", "feishu", "chat"),
    routes=routes,
    answers={"robot_plain": _plain, "robot_no_verdict": _no_verdict},
    content=lambda _stage: new_rooms(),
)
