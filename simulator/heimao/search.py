"""The unsigned search, page by page."""

from typing import Any

from aiohttp import web

from simulator.heimao.complaints import Complaint, Complaints
from simulator.world import WORLD

MAX_PAGES, PAGE_SIZE = 100, 10


def routes() -> list[web.RouteDef]:
    """The search, and the company route that wants a signature."""
    return [
        web.get("/heimao/api/index/s", _search),
        web.get("/heimao/api/company/received_complaints", _signed),
    ]


def answer(lists: list[dict[str, Any]] | None, code: int = 0, total: int = 0, page: int = 1) -> web.Response:
    """The frame of every answer."""
    pager = {"current": page, "page_amount": -(-total // PAGE_SIZE), "page_size": PAGE_SIZE, "item_count": total}
    data = {} if lists is None else {"lists": lists, "pager": pager}
    return web.json_response({"result": {"status": {"code": code, "msg": ""}, "timestamp": "", "data": data}})


async def _search(request: web.Request) -> web.Response:
    size, number = int(request.query.get("page_size") or PAGE_SIZE), int(request.query.get("page", "1"))
    words = request.query.get("keywords", "")
    found: Complaints = request.app[WORLD].content["heimao"]
    shown = found.search(words, request.app[WORLD].clock.now())
    if number > MAX_PAGES:
        return answer([], total=len(shown), page=number)
    page = [_item(one, words) for one in shown[(number - 1) * size : number * size]]
    return answer(page, total=len(shown), page=number)


async def _signed(_: web.Request) -> web.Response:
    return answer(None, 10007)


def _item(one: Complaint, words: str) -> dict[str, Any]:
    title, summary = one.title, one.summary
    for word in words.split():
        title, summary = (text.replace(word, f"<em>{word}</em>") for text in (title, summary))
    main = {
        "sn": one.id,
        "title": title,
        "cotitle": one.company,
        "appeal": one.appeal,
        "issue": one.issue,
        "summary": summary,
        "cost": "120.00",
        "timestamp": str(int(one.created.timestamp())),
        "status": one.status,
        "url": f"//tousu.sina.com.cn/complaint/view/{one.id}/",
        "upvote_amount": one.upvotes,
        "comment_amount": 1,
        "share_amount": 0,
        "evaluate_u": None,
    }
    return {"main": main, "author": {"title": one.name, "wb_profile": f"//weibo.com/u/{one.author}", "gender": "f"}}
