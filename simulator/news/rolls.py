"""Rolling lists: a column and a search by page as JSON or JSONP, a live feed with whole texts, a script of flashes."""

import json
import zlib
from typing import Any

from aiohttp import web

from simulator.corpus import Article
from simulator.formats import china
from simulator.news.links import article_url, linked
from simulator.news.shelf import visible

_MOST = 50
_LIVE = 20


def routes() -> list[web.RouteDef]:
    """The rolls."""
    return [
        web.get("/news/roll/{section}.json", _column),
        web.get("/news/columns/{section}/", _column_page),
        web.get("/news/subject.jsp", _subject),
        web.get("/news/live.json", _live),
        web.get("/news/flash.js", _flash),
    ]


async def _column(request: web.Request) -> web.Response:
    """`page`, `num` (at most 50), `k` (a word that title or text holds), `callback` (JSONP), `edition`."""
    found = visible(request, request.match_info["section"], request.query.get("k", ""))
    size = min(int(request.query.get("num", _MOST)), _MOST)
    page = int(request.query.get("page", "1"))
    rows = [_row(request, one) for one in found[(page - 1) * size : page * size]]
    body = {"result": {"status": {"code": 0, "msg": "succ"}, "total": len(found), "data": rows}}
    text = json.dumps(body, ensure_ascii=False)
    if name := request.query.get("callback"):
        return web.Response(text=f"{name}({text});", content_type="application/javascript")
    return web.Response(text=text, content_type="application/json")


def _row(request: web.Request, article: Article) -> dict[str, Any]:
    return {
        "docid": article.id,
        "title": article.title,
        "intro": article.paragraphs[0],
        "url": linked(request, article),
        "media_name": article.outlet,
        "ctime": str(int(article.created.timestamp())),
        "mtime": str(int(article.created.timestamp()) + 60),
        "is_ad": 0,
    }


def _subject_number(section: str) -> int:
    return 100_000_000 + zlib.crc32(section.encode()) % 1_000_000


async def _column_page(request: web.Request) -> web.Response:
    """The page of a column: its number stands in a script, and nothing else of use."""
    number = _subject_number(request.match_info["section"])
    script = f"<script>var entity = {{id:{number},type:0}};</script>"
    page = f"<html><head><title>栏目</title>{script}</head><body><div id='listArticle'></div></body></html>"
    return web.Response(text=page, content_type="text/html")


async def _subject(request: web.Request) -> web.Response:
    """The list behind the page: `subject` is its number, `start` and `count` the part of it."""
    sections = ("all", *sorted({one.section for one in visible(request, "all")}))
    known = {str(_subject_number(section)): section for section in sections}
    section = known.get(request.query.get("subject", ""))
    found = visible(request, section) if section else []
    start, count = int(request.query.get("start", "0")), min(int(request.query.get("count", "25")), _MOST)
    rows = [
        {
            "desc": one.title,
            "summ": one.paragraphs[0],
            "link": linked(request, one),
            "time": f"{china(one.created):%Y-%m-%d %H:%M:%S}",
            "keyword": "",
        }
        for one in found[start : start + count]
    ]
    return web.json_response({"totalNum": len(found), "datas": rows})


async def _live(request: web.Request) -> web.Response:
    """Whole texts, older ones by `cursor`: the second of the last item of the page before."""
    before = float(request.query.get("cursor") or "inf")
    found = [one for one in visible(request, "all") if one.created.timestamp() < before][:_LIVE]
    items = [
        {
            "id": int(one.id),
            "title": one.title,
            "content_text": "\n".join(one.paragraphs),
            "display_time": int(one.created.timestamp()),
            "uri": article_url(request, one),
        }
        for one in found
    ]
    cursor = str(items[-1]["display_time"]) if items else ""
    return web.json_response({"code": 20000, "message": "OK", "data": {"items": items, "next_cursor": cursor}})


async def _flash(request: web.Request) -> web.Response:
    """The newest, assigned to a variable."""
    items = [
        {
            "id": one.id,
            "time": f"{china(one.created):%Y-%m-%d %H:%M:%S}",
            "type": 0,
            "important": 0,
            "data": {"content": f"【{one.title}】<br/>{'<br/>'.join(one.paragraphs)}", "source": one.outlet},
        }
        for one in visible(request, "all")[:_MOST]
    ]
    text = f"var newest = {json.dumps(items, ensure_ascii=False)};"
    return web.Response(text=text, content_type="application/javascript")
