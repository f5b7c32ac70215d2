"""s.weibo.com: keyword search as HTML, newest first, at most 50 pages of 10."""

import html
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from simulator.corpus import Post
from simulator.formats import CHINA
from simulator.weibo.card import card
from simulator.weibo.session import is_login, is_visitor, visitor_redirect
from simulator.weibo.state import Modes, lies_in, state_of
from simulator.world import WORLD, World

PAGE_SIZE = 10
MAX_PAGES = 50
_BEGINNING = datetime(2009, 8, 14, tzinfo=UTC)
_SCOPE = re.compile(r"custom:(\d{4}-\d{1,2}-\d{1,2})(?:-(\d{1,2}))?:(\d{4}-\d{1,2}-\d{1,2})(?:-(\d{1,2}))?$")
NO_RESULT = (
    '<div class="card-wrap"><div class="card card-no-result s-pt20b40"><img '
    'src="//img.t.sinajs.cn/t6/style/images/pagelayer/no_result.png">'
    "<p>抱歉，未找到相关结果。</p></div></div>"
)


def routes() -> list[web.RouteDef]:
    """The search site's routes."""
    return [web.get("/weibo-s/weibo", search_page), web.get("/weibo-s/robots.txt", _robots)]


@dataclass(frozen=True, slots=True)
class Scope:
    """A half-open range of whole hours."""

    since: datetime
    until: datetime


async def search_page(request: web.Request) -> web.Response:
    """One page of results, or the way to the visitor system."""
    page = _page_number(request)
    if not is_login(request) and (page > 1 or not is_visitor(request)):
        return visitor_redirect(request)
    modes = state_of(request.app[WORLD]).modes
    posts = _with_jump(hits(request.app[WORLD], request.query), modes)
    limit = min(MAX_PAGES, modes.page_limit)
    shown = posts[(page - 1) * PAGE_SIZE : page * PAGE_SIZE] if page <= limit else []
    return html_page(request, shown, page, min(limit, -(-len(posts) // PAGE_SIZE)))


def _with_jump(posts: list[Post], modes: Modes) -> list[Post]:
    """A listing whose date jumps at a page: what lies in between is not shown."""
    kept = (modes.jump_page - 1) * PAGE_SIZE
    if modes.jump_page < 2 or len(posts) <= kept:
        return posts
    end = posts[kept - 1].created - timedelta(hours=modes.jump_hours)
    older = [post for post in posts[kept:] if post.created <= end]
    return [*posts[:kept], *older] if older else posts


def hits(world: World, query: Mapping[str, str]) -> list[Post]:
    """Published posts for the query, newest first."""
    scope, modes = parse_scope(query.get("timescope", "")), state_of(world).modes
    posts = world.corpus.posts.search(query.get("q", ""), world.clock.now(), loose=True)
    start = bisect_left(posts, scope.since, key=lambda post: post.created)
    stop = bisect_left(posts, scope.until, key=lambda post: post.created)
    found = [
        post
        for post in reversed(posts[start:stop])
        if _wanted(post, query) and lies_in(post, query.get("region", ""), modes)
    ]
    if modes.fold and query.get("nodup") != "1":
        found = [post for post in found if not post.truth.copy_of]
    return sorted(found, key=lambda post: post.reach.likes, reverse=True) if query.get("xsort") == "hot" else found


def parse_scope(text: str) -> Scope:
    """Read `custom:YYYY-MM-DD-H:YYYY-MM-DD-H`; anything finer than an hour is ignored."""
    match = _SCOPE.match(text)
    if match is None:
        return Scope(_BEGINNING, datetime.max.replace(tzinfo=UTC))
    first, first_hour, last, last_hour = match.groups()
    until = _hour(last, last_hour or "0") + (timedelta(0) if last_hour else timedelta(days=1))
    return Scope(_hour(first, first_hour or "0"), until)


def html_page(
    request: web.Request, posts: Sequence[Post], page: int, pages: int, marker: str = NO_RESULT
) -> web.Response:
    """The page around the cards; `marker` stands where there are none."""
    world = request.app[WORLD]
    now = world.clock.now()
    state = state_of(world)
    cards = "".join(card(post, now, state.modes.yesterday, state.articles.get(post.id, ("", ""))[0]) for post in posts)
    cards = cards or marker
    word = request.query.get("q", "")
    body = (
        f'<div id="pl_feedlist_index">'
        f"{_advert(page) if posts else ''}{cards}{_pager(request, page, pages) if posts else ''}</div>"
    )
    text = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>微博搜索 - {_escape(word)}</title></head>'
        f'<body class="wbs-feed"><div class="m-main"><div id="pl_feed_main"><div class="main-full">'
        f"{body}</div></div></div></body></html>"
    )
    return web.Response(text=text, content_type="text/html")


def _wanted(post: Post, query: Mapping[str, str]) -> bool:
    """The flags of the advanced search. Nobody here is followed, and there are no films and no music."""
    flags = {name for name, value in query.items() if value}
    has_link = "http://" in post.text or "https://" in post.text
    return not (
        (query.get("scope") == "ori" and post.original)
        or ("vip" in flags and post.author.verified_type < 0)
        or (query.get("category") == "4" and post.author.verified_type != 3)
        or ("viewpoint" in flags and len(post.text) < 60)
        or ("haspic" in flags and not post.pictures)
        or ("haslink" in flags and not has_link)
        or flags & {"atten", "hasvideo", "hasmusic"}
    )


def _hour(day: str, hour: str) -> datetime:
    year, month, date = map(int, day.split("-"))
    return datetime(year, month, date, tzinfo=CHINA) + timedelta(hours=int(hour))


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "1")
    return max(1, int(text)) if text.isdigit() else 1


def _advert(page: int) -> str:
    """Cards without a mid stand among the results; a crawler skips them."""
    if page > 1:
        return ""
    return (
        '<div class="card-wrap"><div class="card card-user-b s-brt1"><div class="info"><a class="name">'
        "相关用户</a></div></div></div>"
    )


def _pager(request: web.Request, page: int, pages: int) -> str:
    def link(number: int) -> str:
        query = urlencode({**request.query, "page": str(number)})
        return _escape(f"{request.app[WORLD].origin(request)}/weibo-s/weibo?{query}")

    current = ' class="cur"'
    numbers = "".join(
        f'<li{current if number == page else ""}><a href="{link(number)}">第{number}页</a></li>'
        for number in range(1, pages + 1)
    )
    before = f'<a class="prev" href="{link(page - 1)}">上一页</a>' if page > 1 else ""
    after = f'<a class="next" href="{link(page + 1)}">下一页</a>' if page < pages else ""
    middle = f'<span class="list"><a class="pagenum">第{page}页</a><ul class="s-scroll">{numbers}</ul></span>'
    return f'<div class="m-page"><div>{before}{middle}{after}</div></div>' if pages > 1 else ""


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


async def _robots(_: web.Request) -> web.Response:
    return web.Response(text="User-agent: *\nAllow: /\n")
