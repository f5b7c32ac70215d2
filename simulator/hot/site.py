"""What the hot lists' double declares: every board under one prefix, and some again where their platform has them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from simulator.formats import parse_moment, w3c
from simulator.hot import shapes
from simulator.hot.topics import ECHO, HotWorld, Topic
from simulator.site import Answer, Renaming, Site
from simulator.weibo.session import is_visitor, visitor_redirect
from simulator.world import WORLD, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# The path of each board on its own host.
PATHS = {
    "weibo": "/ajax/side/hotSearch",
    "weibo_band": "/ajax/statuses/hot_band",
    "weibo_html": "/top/summary",
    "douyin": "/aweme/v1/web/hot/search/list/",
    "toutiao": "/hot-event/hot-board/",
    "baidu": "/board",
    "zhihu": "/api/v3/feed/topstory/hot-list-web",
    "bilibili": "/main/hotword",
    "tieba": "/hottopic/browse/topicList",
    "tencent": "/gw/event/hot_ranking_list",
    "kuaishou": "/",
}
# Also under the prefix of the platform, for whoever reads the list and the posts from one base.
_AT_HOME = {"weibo": "weibo-ajax", "weibo_band": "weibo-ajax", "weibo_html": "weibo-s", "douyin": "douyin"}
_ROWS = (
    b'"word":',
    b'"query":',
    b'"Title":',
    b'"title_area":',
    b'"keyword":',
    b'"show_name":',
    b'"topic_name":',
    b'"title":',
    b'"name":',
)


def routes() -> list[web.RouteDef]:
    """All boards."""
    found = [web.get("/__control/hot", _truth), web.get("/hot/api/board", _baidu_twin)]
    for name, path in PATHS.items():
        prefixes = ("hot", *(home for board, home in _AT_HOME.items() if board == name))
        found += [web.get(f"/{prefix}{path}", _handler(name)) for prefix in prefixes]
    return found


def board_now(world: World, name: str, moment: datetime | None = None) -> list[Topic]:
    """What is on a board."""
    boards: HotWorld = world.content["hot"]
    return boards.board("weibo" if name == "weibo_html" else name, moment or world.clock.now())


def _handler(name: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        world = request.app[WORLD]
        if name == "weibo_html" and not is_visitor(request):
            return visitor_redirect(request)
        return _shown(name, board_now(world, name), world.clock.now())

    return answer


def _shown(name: str, topics: list[Topic], now: datetime) -> web.Response:
    if name in shapes.JSON_BOARDS:
        return web.json_response(shapes.JSON_BOARDS[name](topics, now))
    pages = {"weibo_html": shapes.weibo_summary, "baidu": shapes.baidu_page, "kuaishou": shapes.kuaishou}
    return web.Response(text=pages[name](topics, now), content_type="text/html")


def _cut(request: web.Request) -> web.Response:
    """The first five lines, as if there were no more."""
    world, path = request.app[WORLD], request.path.removeprefix("/hot")
    name = next(name for name, known in PATHS.items() if known == path)
    return _shown(name, board_now(world, name)[:5], world.clock.now())


def _nothing(name: str) -> Answer:
    return lambda request: _shown(name, [], request.app[WORLD].clock.now())


async def _baidu_twin(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    return web.json_response(shapes.baidu(board_now(world, "baidu"), world.clock.now()))


async def _truth(request: web.Request) -> web.Response:
    """What a board truly shows at a time: `board`, `at` (default: now)."""
    world, name = request.app[WORLD], request.query.get("board", "weibo")
    if name not in ECHO:
        return web.json_response({"error": f"unknown board {name!r}; known: {', '.join(ECHO)}"}, status=400)
    moment = parse_moment(request.query["at"]) if request.query.get("at") else None
    lines = [
        {
            "rank": number,
            "word": topic.word,
            "key": topic.key,
            "heat": topic.heat,
            "label": topic.label,
            "since": w3c(topic.since),
        }
        for number, topic in enumerate(board_now(world, name, moment), 1)
    ]
    return web.json_response(lines)


_RENAMED: Renaming = tuple((row, row.replace(b'"', b'"x_', 1)) for row in _ROWS)

SITE = Site(
    name="hot",
    prefixes=("hot",),
    routes=routes,
    names=tuple((rf"^/hot{path}$", (f"hot-{name}", "hot")) for name, path in PATHS.items()),
    answers={"board_cut": _cut},
    blank_page={f"hot-{name}": _nothing(name) for name in PATHS},
    no_result={f"hot-{name}": _nothing(name) for name in PATHS},
    renamed={
        **{f"hot-{name}": _RENAMED for name in PATHS},
        "hot-weibo_html": ((b'class="td-02"', b'class="td-2"'),),
    },
    too_fast={"hot-weibo_html": "418", "hot-weibo": "418", "hot-weibo_band": "418"},
    content=HotWorld.of,
)
