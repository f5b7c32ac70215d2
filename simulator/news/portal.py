"""The portal's routes: robots.txt, feeds, sitemaps, list pages and articles, with ETag and Last-Modified.

Every list takes `?edition=`: see simulator/news/links.py.
"""

import hashlib
import html
from datetime import datetime, timedelta

from aiohttp import web

from simulator.corpus import Article
from simulator.formats import china, rfc822
from simulator.news import editions, feeds, rolls
from simulator.news.links import article_url, linked
from simulator.news.pages import article_page
from simulator.news.shelf import visible
from simulator.world import WORLD

FEED_SIZE = 60
_LIST_SIZE = 20
_NEWS_SITEMAP_AGE = timedelta(days=2)


def routes() -> list[web.RouteDef]:
    """The portal's routes."""
    return [
        web.get("/news/robots.txt", _robots),
        web.get("/robots.txt", _robots),
        web.get("/news/rss/{section}.xml", _rss),
        web.get("/news/rdf/{section}.xml", _rdf),
        web.get("/news/atom/{section}.xml", _atom),
        web.get("/news/sitemap.xml", _sitemap_index),
        web.get("/news/sitemap-news.xml", _sitemap_news),
        web.get("/news/sitemap-{section}.xml", _sitemap_section),
        web.get("/news/list/{section}", _list_page),
        *rolls.routes(),
        web.get("/news/e/{edition}/{section}/{day}/{id}.html", _edition),
        web.get("/news/{edition:amp|private}/{section}/{day}/{id}.html", _edition),
        web.get("/news/{section}/{day}/{id}.html", _article),
    ]


def conditional(
    request: web.Request, body: bytes, content_type: str, charset: str | None, modified: str = ""
) -> web.Response:
    """The body with an ETag, or 304 when the caller has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Content-Type": f"{content_type}; charset={charset}" if charset else content_type}
    if modified:
        headers["Last-Modified"] = modified
    asked = request.headers.get("If-None-Match")
    if asked == etag or (asked is None and modified and request.headers.get("If-Modified-Since") == modified):
        return web.Response(status=304, headers={"ETag": etag})
    return web.Response(body=body, headers=headers)


async def _robots(request: web.Request) -> web.Response:
    origin = request.app[WORLD].origin(request)
    return web.Response(
        text=f"User-agent: *\nDisallow: /news/private/\nCrawl-delay: 0\nSitemap: {origin}/news/sitemap.xml\n"
    )


async def _rss(request: web.Request) -> web.Response:
    section = request.match_info["section"]
    encoding = "gb2312" if section == "gbk" else "utf-8"
    articles = visible(request, section)[: _size(request)]
    text = feeds.rss(articles, lambda one: linked(request, one), _newest(request, articles), encoding)
    if "broken" in request.query:  # as written by hand: bare ampersands, a tag that nobody closes
        text = text.replace("&amp;", "&").replace("</title><link>", " & 示例</title><link>").replace("讯 ", "讯 <b>", 1)
    return conditional(request, _encode(text, section), "application/rss+xml", encoding)


async def _rdf(request: web.Request) -> web.Response:
    articles = visible(request, request.match_info["section"])[: _size(request)]
    text = feeds.rdf(articles, lambda one: linked(request, one))
    return conditional(request, text.encode(), "application/rdf+xml", "utf-8")


async def _atom(request: web.Request) -> web.Response:
    articles = visible(request, request.match_info["section"])[: _size(request)]
    text = feeds.atom(articles, lambda one: linked(request, one), _newest(request, articles))
    return conditional(request, text.encode(), "application/atom+xml", "utf-8")


async def _sitemap_index(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    urls = [f"{world.origin(request)}/news/sitemap-{name}.xml" for name in ("news", "finance", "local", "gbk")]
    return conditional(request, feeds.sitemap_index(urls, world.clock.now()).encode(), "application/xml", "utf-8")


async def _sitemap_news(request: web.Request) -> web.Response:
    oldest = request.app[WORLD].clock.now() - _NEWS_SITEMAP_AGE
    fresh = [one for one in visible(request, "all") if one.created >= oldest]
    return conditional(
        request, feeds.sitemap_news(fresh, lambda one: linked(request, one)).encode(), "application/xml", "utf-8"
    )


async def _sitemap_section(request: web.Request) -> web.Response:
    articles = visible(request, request.match_info["section"])
    return conditional(
        request, feeds.sitemap_news(articles, lambda one: linked(request, one)).encode(), "application/xml", "utf-8"
    )


async def _list_page(request: web.Request) -> web.Response:
    """Twenty rows a page, with dates that name no year; behind the last page a frame without rows."""
    section, page = request.match_info["section"], int(request.query.get("page", "1"))
    articles = visible(request, section)
    rows = "".join(
        f'<li><a href="{html.escape(linked(request, one))}">{html.escape(one.title)}</a>'
        f'<span class="date">{china(one.created):%m-%d %H:%M}</span></li>'
        for one in articles[(page - 1) * _LIST_SIZE : page * _LIST_SIZE]
    )
    more = f'<a class="next" href="?page={page + 1}">下一页</a>' if page * _LIST_SIZE < len(articles) else ""
    text = f'<html><body><div class="nav"><a href="/">首页</a></div><ul class="list">{rows}</ul>{more}</body></html>'
    return web.Response(text=text, content_type="text/html")


def _wanted(request: web.Request) -> Article | None:
    world = request.app[WORLD]
    article = world.corpus.articles.get(request.match_info["id"], world.clock.now())
    return article if article is not None and article.section == request.match_info["section"] else None


def _no_article() -> web.Response:
    text = "<html><body><h1>404 页面不存在</h1></body></html>"
    return web.Response(status=404, text=text, content_type="text/html")


async def _edition(request: web.Request) -> web.Response:
    article = _wanted(request)
    return _no_article() if article is None else editions.serve(request, article, request.match_info["edition"])


async def _article(request: web.Request) -> web.Response:
    article = _wanted(request)
    if article is None:
        return _no_article()
    declared, header = _charsets(article)
    page = article_page(article, article_url(request, article), declared)
    return conditional(request, _encode(page, article.section), "text/html", header, rfc822(article.created))


def _charsets(article: Article) -> tuple[str | None, str | None]:
    """What the meta tag and the header say: UTF-8, `gb2312` in the page only, or nothing at all."""
    if article.section != "gbk":
        return "utf-8", "utf-8"
    return (None, None) if int(article.id) % 3 == 0 else ("gb2312", None)


def _encode(text: str, section: str) -> bytes:
    return text.encode("gb18030" if section == "gbk" else "utf-8")


def _size(request: web.Request) -> int:
    return min(int(request.query.get("limit", FEED_SIZE)), 1000)


def _newest(request: web.Request, articles: list[Article]) -> datetime:
    return articles[0].created if articles else request.app[WORLD].clock.now()
