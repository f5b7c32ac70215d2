"""The feed: 10 pages of 50, in two orders, with its odd shapes."""

from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from simulator.apple.reviews import APPS, Review, Reviews
from simulator.world import WORLD

PAGE_SIZE, PAGES = 50, 10
_CUPERTINO = timezone(-timedelta(hours=7))


def routes() -> list[web.RouteDef]:
    """The feed and the facts about an app."""
    return [
        web.get("/apple/{store}/rss/customerreviews/page={page}/id={app}/{sort}/json", _feed),
        web.get("/apple/lookup", _lookup),
    ]


def frame(entries: list[dict[str, Any]] | dict[str, Any] | None, now: datetime, pages: int = PAGES) -> dict[str, Any]:
    """A feed around entries; without any, the key is not there. `pages`: the number of its last page."""
    feed: dict[str, Any] = {
        "author": {"name": {"label": "iTunes Store"}, "uri": {"label": "http://www.apple.com/cn/itunes/"}},
        "updated": _label(_time(now)),
        "title": _label("iTunes Store: 用户评论"),
        "link": [{"attributes": {"rel": "last", "href": f"https://itunes.apple.com/cn/rss/page={pages}/json"}}],
    }
    return {"feed": {**feed, "entry": entries} if entries else feed}


async def _feed(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    now, number, app = world.clock.now(), int(request.match_info["page"]), request.match_info["app"]
    if number < 1 or number > PAGES:
        return web.Response(status=400, text="CustomerReviews RSS page depth is limited to 10")
    reviews: Reviews = world.content["apple"]
    shown = reviews.of(app, now)[::-1]
    if request.match_info["sort"].lower() == "sortby=mosthelpful":
        shown.sort(key=lambda one: one.votes_at(now), reverse=True)
    page = [_entry(one, now) for one in shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]]
    pages = min(max(-(-len(shown) // PAGE_SIZE), 1), PAGES)
    return web.json_response(frame(_shape(page, app, number), now, pages))


def _shape(page: list[dict[str, Any]], app: str, number: int) -> list[dict[str, Any]] | dict[str, Any] | None:
    """The app's own entry stands before the reviews of a full first page; a single review stands without a list."""
    if number == 1 and len(page) > 1:
        return [_app_entry(app), *page]
    return page[0] if len(page) == 1 else page or None


def _app_entry(app: str) -> dict[str, Any]:
    return {
        "im:name": _label(APPS.get(app, app)),
        "rights": _label("© 示例"),
        "title": _label(APPS.get(app, app)),
        "id": {"label": f"https://apps.apple.com/cn/app/id{app}", "attributes": {"im:id": app}},
        "im:contentType": {"attributes": {"term": "Application", "label": "应用"}},
    }


def _entry(review: Review, now: datetime) -> dict[str, Any]:
    return {
        "author": {
            "uri": _label(f"https://itunes.apple.com/cn/reviews/id{review.author}"),
            "name": _label(review.name),
            "label": "",
        },
        "updated": _label(_time(review.created)),
        "im:rating": _label(str(review.rating)),
        "im:version": _label(review.version),
        "id": _label(review.id),
        "title": _label(review.title),
        "content": {"label": review.text, "attributes": {"type": "text"}},
        "link": {
            "attributes": {
                "rel": "related",
                "href": f"https://itunes.apple.com/cn/review?id={review.app}&type=Purple%20Software",
            }
        },
        "im:voteSum": _label(str(review.votes_at(now))),
        "im:voteCount": _label(str(review.votes_at(now) + 2)),
        "im:contentType": {"attributes": {"term": "Application", "label": "应用"}},
    }


def _label(text: str) -> dict[str, str]:
    return {"label": text}


def _time(moment: datetime) -> str:
    return moment.astimezone(_CUPERTINO).isoformat(timespec="seconds")


async def _lookup(request: web.Request) -> web.Response:
    app = request.query.get("id", "")
    shown = request.app[WORLD].content["apple"].of(app, request.app[WORLD].clock.now())
    facts = {"trackId": int(app or 0), "trackName": APPS.get(app, ""), "userRatingCount": len(shown)}
    return web.json_response({"resultCount": 1 if app in APPS else 0, "results": [facts] if app in APPS else []})
