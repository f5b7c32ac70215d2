"""The open platform: the commercial search, posts that name the bank's own account, comments to it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from simulator.corpus import Post
from simulator.formats import weibo_time
from simulator.weibo import mblog
from simulator.weibo.profile import posts_of
from simulator.weibo.state import lies_in, state_of
from simulator.weibo.talk import WeiboComment
from simulator.world import WORLD, World

GOOD, EXPIRED = "2.00Invented", "2.00Expired"  # how tokens begin
OWNER, OWNER_NAME = "3000400000", "云江银行"  # the account that the tokens belong to
_MESSAGES = {
    10023: (403, "User requests out of rate limit!"),
    21301: (403, "auth faild!"),
    21327: (401, "expired_token"),
    21332: (401, "invalid_access_token"),
}


def routes() -> list[web.RouteDef]:
    """The official routes."""
    return [
        web.get("/weibo-api/2/search/statuses/limited.json", _limited),
        web.get("/weibo-open/2/statuses/mentions.json", _mentions),
        web.get("/weibo-open/2/comments/to_me.json", _to_me),
    ]


def error(request: web.Request, code: int) -> web.Response:
    """An error as the open platform words it."""
    status, message = _MESSAGES[code]
    path = request.path.partition("/2/")[2]
    return web.json_response({"error": message, "error_code": code, "request": f"/2/{path}"}, status=status)


def _refusal(request: web.Request) -> web.Response | None:
    """What is wrong with the token or the quota of a call, None when nothing is."""
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("OAuth2 ") if header.startswith("OAuth2 ") else request.query.get("access_token", "")
    if not token.strip():
        return error(request, 21301)
    if token.startswith(EXPIRED):
        return error(request, 21327)
    if not token.startswith(GOOD):
        return error(request, 21332)
    modes = state_of(request.app[WORLD]).modes
    if modes.api_calls == 0:
        return error(request, 10023)
    modes.api_calls -= modes.api_calls > 0
    return None


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdigit() else default


async def _limited(request: web.Request) -> web.Response:
    """`q` with AND on spaces, `starttime` and `endtime` in seconds, newest first, `page` and `count`."""
    if refusal := _refusal(request):
        return refusal
    world, query = request.app[WORLD], request.query
    since = datetime.fromtimestamp(_number(query, "starttime", 0), UTC)
    until = datetime.fromtimestamp(_number(query, "endtime", 4_000_000_000), UTC)
    found = [
        post
        for post in reversed(world.corpus.posts.search(query.get("q", ""), world.clock.now()))
        if since <= post.created < until and _wanted(post, query, world)
    ]
    count, page = min(_number(query, "count", 20), 50), max(1, _number(query, "page", 1))
    shown = found[: state_of(world).modes.api_depth][(page - 1) * count : page * count]
    now = world.clock.now()
    body = {"statuses": [mblog.official(post, now) for post in shown], "total_number": len(found)}
    return web.json_response(body)


def _wanted(post: Post, query: Mapping[str, str], world: World) -> bool:
    modes, province = state_of(world).modes, query.get("province", "")
    region = f"custom:{province}:{query.get('city') or 1000}" if province else ""
    return not (
        (query.get("hasori") == "1" and post.original is not None)
        or (query.get("hasret") == "1" and post.original is None)
        or (query.get("haspic") == "1" and not post.pictures)
        or (query.get("hasv") == "1" and post.author.verified_type < 0)
        or (region and not lies_in(post, region, modes))
    )


async def _mentions(request: web.Request) -> web.Response:
    """Posts that write @ and the account's name."""
    if refusal := _refusal(request):
        return refusal
    world = request.app[WORLD]
    now = world.clock.now()
    found = list(reversed(world.corpus.posts.search(f"@{OWNER_NAME}", now)))
    return _listed(request, "statuses", found, lambda post: mblog.official(post, now))


async def _to_me(request: web.Request) -> web.Response:
    """Comments under the account's own posts."""
    if refusal := _refusal(request):
        return refusal
    world = request.app[WORLD]
    now, talk = world.clock.now(), state_of(world).talk
    posts = {post.id: post for post in posts_of(world, OWNER)}
    found = [one for post in posts.values() for one in talk.under(post, now)]
    found.sort(key=lambda one: one.id, reverse=True)
    return _listed(request, "comments", found, lambda one: _comment(one, posts[one.post], now))


def _comment(one: WeiboComment, post: Post, now: datetime) -> dict[str, Any]:
    return {
        "created_at": weibo_time(one.created),
        "id": int(one.id),
        "idstr": one.id,
        "mid": one.id,
        "text": one.text,
        "source": '<a href="http://app.weibo.com/t/feed/x" rel="nofollow">示例客户端</a>',
        "user": mblog.desktop_user(one.author),
        "status": mblog.official(post, now),
    }


def _listed(request: web.Request, name: str, found: list[Any], render: Any) -> web.Response:
    """`since_id` (exclusive) and `max_id` (inclusive), `count` up to 200, newest first."""
    since_id, max_id = _number(request.query, "since_id", 0), _number(request.query, "max_id", 0)
    fitting = [one for one in found if int(one.id) > since_id and (not max_id or int(one.id) <= max_id)]
    count, page = min(_number(request.query, "count", 50), 200), max(1, _number(request.query, "page", 1))
    shown = fitting[(page - 1) * count : page * count]
    body = {name: [render(one) for one in shown], "total_number": len(fitting), "next_cursor": 0, "previous_cursor": 0}
    return web.json_response(body)
