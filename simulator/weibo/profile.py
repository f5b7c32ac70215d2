"""m.weibo.cn: one account and its posts, and how a post stands in a list of cards."""

from typing import Any

from aiohttp import web

from simulator.corpus import Post
from simulator.weibo import mblog
from simulator.weibo.state import state_of
from simulator.world import WORLD, World

PAGE_SIZE = 10
_EMPTY: dict[str, Any] = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}


def record(world: World, post: Post, full: bool = False) -> dict[str, Any]:
    """`mblog` of a post, with its article."""
    found = mblog.mobile(post, world.clock.now(), full)
    return mblog.with_article(found, post, state_of(world).articles.get(post.id), is_mobile=True)


def card(world: World, post: Post) -> dict[str, Any]:
    """The card of a post; its `bid` is missing now and then and stands in the scheme only."""
    scheme = f"https://m.weibo.cn/status/{post.bid}?mblogid={post.bid}"
    blog = record(world, post)
    if int(post.id) % 17 == 0:
        blog["bid"] = ""
    kind = "proweibotop_" if post.pinned else "proweibo_"
    return {"card_type": 9, "itemid": "", "scheme": scheme, "profile_type_id": kind, "mblog": blog}


def answer(request: web.Request, container: str) -> web.Response:
    """`100505{uid}`: the account; `107603{uid}` and `230413{uid}`: its posts; anything else: nothing."""
    world, uid = request.app[WORLD], container[6:] or request.query.get("value", "")
    if container.startswith("100505") or (not container and request.query.get("type") == "uid"):
        return _account(world, uid)
    if container.startswith(("107603", "230413")):
        return _posts(request, world, container)
    return web.json_response(_EMPTY)


def posts_of(world: World, uid: str) -> list[Post]:
    """The posts of an account that can be seen, newest first."""
    return [post for post in world.corpus.posts.search("", world.clock.now()) if post.author.uid == uid][::-1]


def _account(world: World, uid: str) -> web.Response:
    author = next((post.author for post in posts_of(world, uid)), None)
    if author is None:
        return web.json_response(_EMPTY)
    tabs = [
        {"id": 1, "tabKey": "profile", "title": "精选", "tab_type": "profile", "containerid": f"230283{uid}"},
        {"id": 2, "tabKey": "weibo", "title": "微博", "tab_type": "weibo", "containerid": f"107603{uid}"},
    ]
    data = {"isVideoCoverStyle": 1, "userInfo": mblog.mobile_user(author), "tabsInfo": {"selectedTab": 1, "tabs": tabs}}
    return web.json_response({"ok": 1, "data": data})


def _posts(request: web.Request, world: World, container: str) -> web.Response:
    """Pages by `since_id` or by number; a pinned post stands before the others on the first."""
    every = posts_of(world, container[6:])
    pinned, rest = [post for post in every if post.pinned], [post for post in every if not post.pinned]
    since_id, page = request.query.get("since_id", ""), request.query.get("page", "1")
    start = sum(post.id >= since_id for post in rest) if since_id else (int(page) - 1) * PAGE_SIZE
    shown = rest[start : start + PAGE_SIZE]
    if not shown:
        return web.json_response(_EMPTY)
    info: dict[str, Any] = {"containerid": container, "v_p": 42, "total": len(every)}
    if start + PAGE_SIZE < len(rest):
        info["since_id"] = int(shown[-1].id)
    cards = [card(world, post) for post in (*(pinned if start == 0 else ()), *shown)]
    return web.json_response({"ok": 1, "data": {"cardlistInfo": info, "cards": cards, "scheme": ""}})
