"""The modes of Douyin's double that a test switches.

`GET /__control/douyin` shows them, `POST /__control/douyin {"signing": "signed"}` sets some of them.
"""

from dataclasses import asdict, dataclass, field, fields

from aiohttp import web

from simulator.site import Stage
from simulator.world import WORLD, World

SIGNING = ("unsigned", "signed", "login")


@dataclass(slots=True)
class Modes:
    """What a test may switch.

    signing        unsigned: everybody is answered; signed: a_bogus must not be empty; login: a session is needed
    depth          how many works a search hands out, whatever more exists
    streaming      general search answers in two JSON documents
    chunks         and leaves the sizes of HTTP chunks inside the body, cut after so many bytes (0: no sizes)
    inline_replies how many replies a comment brings along
    pinned         ids of works on top of their author's list
    open_calls     calls that the official token has left (-1: without end)
    open_depth     how many works the official search hands out
    """

    signing: str = "unsigned"
    depth: int = 200
    streaming: bool = False
    chunks: int = 0
    inline_replies: int = 0
    pinned: list[str] = field(default_factory=list)
    open_calls: int = -1
    open_depth: int = 200


@dataclass(slots=True)
class DouyinState:
    """The content of the double beside the corpus."""

    modes: Modes = field(default_factory=Modes)

    def reset(self) -> None:
        """All modes as they were."""
        self.modes = Modes()


def content(_: Stage) -> DouyinState:
    """The double's content for a scenario."""
    return DouyinState()


def state_of(world: World) -> DouyinState:
    """The double's content in a world."""
    found = world.content["douyin"]
    if not isinstance(found, DouyinState):
        raise TypeError("the world holds no Douyin")
    return found


def modes_of(request: web.Request) -> Modes:
    """The modes in force."""
    return state_of(request.app[WORLD]).modes


def routes() -> list[web.RouteDef]:
    """The control of the modes."""
    return [web.get("/__control/douyin", _show), web.post("/__control/douyin", _set)]


async def _show(request: web.Request) -> web.Response:
    return web.json_response(asdict(modes_of(request)))


async def _set(request: web.Request) -> web.Response:
    body = await request.json()
    known = {one.name for one in fields(Modes)}
    if not isinstance(body, dict) or not set(body) <= known:
        return web.json_response({"error": f"known modes: {', '.join(sorted(known))}"}, status=400)
    if body.get("signing", SIGNING[0]) not in SIGNING:
        return web.json_response({"error": f"signing is one of {', '.join(SIGNING)}"}, status=400)
    for name, value in body.items():
        setattr(modes_of(request), name, value)
    return await _show(request)
