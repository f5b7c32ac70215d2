"""What Weibo's double holds beside the corpus: comments, articles, tickets, and the modes that a test switches.

`GET /__control/weibo` shows the modes, `POST /__control/weibo {"page_limit": 42}` sets some of them.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from simulator.corpus import Author, Post
from simulator.site import Stage, TruthItem
from simulator.weibo.talk import Talk
from simulator.world import WORLD, World

# Province code -> how many cities the double knows there; 100 and 400 (other, overseas) have none.
PROVINCES = (
    *((code, 16) for code in (11, 12, 31, 50)),
    *((code, 9) for code in (13, 14, 15, 21, 22, 23, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45)),
    *((code, 3) for code in (46, 51, 52, 53, 54, 61, 62, 63, 64, 65)),
    *((code, 0) for code in (71, 81, 82, 100, 400)),
)


@dataclass(slots=True)
class Modes:
    """What a test may switch.

    page_limit     pages of a web search; 42: the listing stops there although more exists
    jump_page      from this page on a web search leaves out `jump_hours` of posts (0: never)
    fold           without `nodup=1` copies of a text are folded away
    yesterday      yesterday's posts say 昨天 (else the date)
    unplaced       one author in seven has no region, and is in none of the regional listings
    ticket_hours   how long a visitor ticket lives
    ticket_seconds how long the passport takes to hand one out
    hotflow_days   comments of older posts answer 403 at `hotflow` (0: never)
    api_depth      how many results the commercial search hands out for one query
    api_calls      calls that the tokens have left (-1: without end)
    """

    page_limit: int = 50
    jump_page: int = 0
    jump_hours: float = 0.0
    fold: bool = False
    yesterday: bool = True
    unplaced: bool = False
    ticket_hours: float = 24.0
    ticket_seconds: float = 0.0
    hotflow_days: float = 0.0
    api_depth: int = 1000
    api_calls: int = -1


@dataclass(slots=True)
class WeiboState:
    """The content of the double; `articles`: mid -> title and HTML of the article that a post carries."""

    talk: Talk
    modes: Modes = field(default_factory=Modes)
    articles: dict[str, tuple[str, str]] = field(default_factory=dict)
    tickets: dict[str, datetime] = field(default_factory=dict)
    lines: dict[str, TruthItem] = field(default_factory=dict)
    asking: int = 0
    most_asking: int = 0

    def reset(self) -> None:
        """All modes as they were."""
        self.modes = Modes()
        self.tickets.clear()
        self.most_asking = 0


def content(stage: Stage) -> WeiboState:
    """The double's content for a scenario."""
    return WeiboState(Talk(stage.seed))


def state_of(world: World) -> WeiboState:
    """The double's content in a world."""
    found = world.content["weibo"]
    if not isinstance(found, WeiboState):
        raise TypeError("the world holds no Weibo")
    return found


def routes() -> list[web.RouteDef]:
    """The control of the modes."""
    return [web.get("/__control/weibo", _show), web.post("/__control/weibo", _set)]


async def _show(request: web.Request) -> web.Response:
    state = state_of(request.app[WORLD])
    told: dict[str, Any] = {one.name: getattr(state.modes, one.name) for one in fields(Modes)}
    return web.json_response({**told, "most_asking": state.most_asking})


async def _set(request: web.Request) -> web.Response:
    body = await request.json()
    known = {one.name for one in fields(Modes)}
    if not isinstance(body, dict) or not set(body) <= known:
        return web.json_response({"error": f"known modes: {', '.join(sorted(known))}"}, status=400)
    for name, value in body.items():
        setattr(state_of(request.app[WORLD]).modes, name, value)
    return await _show(request)


def place_of(author: Author, modes: Modes) -> tuple[int, int] | None:
    """Province and city code of an account; city 0 where the province is all it tells; None: it tells nothing."""
    number = int(author.uid) // 7
    if modes.unplaced and number % 7 == 0:
        return None
    province, cities = PROVINCES[number % len(PROVINCES)]
    return province, number // len(PROVINCES) % (cities + 1)


def lies_in(post: Post, region: str, modes: Modes) -> bool:
    """Whether a post belongs to `custom:{province}:{city}`; city 1000 is the whole province."""
    parts = region.split(":")
    if len(parts) != 3 or parts[0] != "custom" or not all(part.isdigit() for part in parts[1:]):
        return True
    place = place_of(post.author, modes)
    if place is None or place[0] != int(parts[1]):
        return False
    return parts[2] == "1000" or place[1] == int(parts[2])


def ticket_is_valid(world: World, sub: str) -> bool:
    """Tickets that this double handed out expire by the clock; others are a test's own."""
    state = state_of(world)
    issued = state.tickets.get(sub)
    return issued is None or world.clock.now() < issued + timedelta(hours=state.modes.ticket_hours)
