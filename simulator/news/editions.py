"""The editions of an article that are not the article itself."""

import gzip
import html
import json
import sys
from collections.abc import Callable
from datetime import timedelta

import brotli
from aiohttp import web

from simulator.corpus import Article
from simulator.news.links import article_url
from simulator.news.pages import article_page
from simulator.world import WORLD

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LIFE = timedelta(days=1)
_GONE = (
    "<html><head><title>页面不存在_示例新闻网</title></head><body><h1>页面不存在</h1>"
    "<p>该文章已被删除，五秒后返回首页。</p></body></html>"
)
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def serve(request: web.Request, article: Article, edition: str) -> web.Response:
    """The answer of an edition; the article itself for one that does not exist."""
    answer = _EDITIONS.get(edition)
    return answer(request, article) if answer else _plain(request, article)


def _page(request: web.Request, article: Article, charset: str | None = "utf-8") -> str:
    return article_page(article, article_url(request, article), charset)


def _plain(request: web.Request, article: Article) -> web.Response:
    return web.Response(text=_page(request, article), content_type="text/html", charset="utf-8")


def _moved(request: web.Request, article: Article) -> web.Response:
    return web.Response(status=301, headers={"Location": article_url(request, article)})


def _go(request: web.Request, article: Article) -> web.Response:
    target = html.escape(article_url(request, article))
    text = f'<html><head><meta http-equiv="Refresh" content="0; url={target}"></head><body>正在跳转</body></html>'
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def _mobile(request: web.Request, article: Article) -> web.Response:
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in article.paragraphs)
    text = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{html.escape(article.title)}</title><link rel="canonical" href="{article_url(request, article)}">'
        f'</head><body><h1>{html.escape(article.title)}</h1><div class="m-content">{lines}</div></body></html>'
    )
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def _amp(request: web.Request, article: Article) -> web.Response:
    response = _mobile(request, article)
    response.text = (response.text or "").replace("<html>", "<html amp>", 1)
    return response


def _paid(request: web.Request, article: Article) -> web.Response:
    data = {"@type": "NewsArticle", "headline": article.title, "isAccessibleForFree": False}
    lead = f"<p>{html.escape(article.paragraphs[0])}</p><p>{html.escape(article.paragraphs[1])}</p>"
    text = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(article.title)}</title>'
        f'<link rel="canonical" href="{article_url(request, article)}">'
        f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script></head>'
        f"<body><article><h1>{html.escape(article.title)}</h1>{lead}</article>"
        f'<div id="pay-wall">成为会员，继续阅读</div></body></html>'
    )
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def _packed(request: web.Request, article: Article) -> web.Response:
    body = _page(request, article).encode()
    accepted = request.headers.get("Accept-Encoding", "")
    wanted = tuple(_PACKERS)[int(article.id) % len(_PACKERS)]
    if wanted not in accepted:
        return web.Response(body=body, headers={"Content-Type": "text/html; charset=utf-8"})
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": wanted}
    return web.Response(body=_PACKERS[wanted](body), headers=headers)


def _conflict(request: web.Request, article: Article) -> web.Response:
    """Even numbers: the page is GB18030 as its meta tag says; odd ones: it is UTF-8, as its meta tag says."""
    is_gbk = int(article.id) % 2 == 0
    page = _page(request, article, "gb2312" if is_gbk else "utf-8")
    body = page.encode("gb18030" if is_gbk else "utf-8")
    return web.Response(body=body, headers={"Content-Type": f"text/html; charset={'utf-8' if is_gbk else 'gb2312'}"})


def _fleeting(request: web.Request, article: Article) -> web.Response:
    """Every third article is taken down: many at once would be a site that has moved."""
    if int(article.id) % 3 or request.app[WORLD].clock.now() - article.created < _LIFE:
        return _plain(request, article)
    status = (404, 410, 200)[int(article.id) // 3 % 3]
    return web.Response(status=status, text=_GONE, content_type="text/html", charset="utf-8")


_EDITIONS: dict[str, Callable[[web.Request, Article], web.Response]] = {
    "moved": _moved,
    "go": _go,
    "mobile": _mobile,
    "amp": _amp,
    "paid": _paid,
    "packed": _packed,
    "conflict": _conflict,
    "fleeting": _fleeting,
}
