"""Editions: the ways in which one article can be addressed and served. Every list of the portal offers all of them.

(none)    the article itself
tracked   its address with tracking parameters and a fragment
moved     an old address that answers 301
go        a page that leads on by meta refresh
mobile    the twin for phones, which names the article as canonical
amp       the AMP edition, likewise
paid      the lead before a paywall
packed    gzip, br or zstd, as the caller accepts them
conflict  header and meta tag name different encodings; one of them is right
fleeting  every third is taken down a day after publication: 404, 410, or a page of status 200 that says so
private   behind Disallow of robots.txt
"""

from aiohttp import web

from simulator.corpus import Article
from simulator.world import WORLD

EDITIONS = ("tracked", "moved", "go", "mobile", "amp", "paid", "packed", "conflict", "fleeting", "private")
_WHOLE = ("tracked", "moved", "go", "mobile", "amp", "packed", "conflict")
_TRACKING = "?utm_source=feed&spm=a1.b2&from=roll#top"


def article_url(request: web.Request, article: Article, edition: str = "") -> str:
    """Where an edition of an article stands."""
    origin, place = request.app[WORLD].origin(request), f"{article.section}/{article.id[:8]}/{article.id}.html"
    if edition == "private":
        return f"{origin}/news/private/{place}"
    if edition == "amp":
        return f"{origin}/news/amp/{place}"
    if edition and edition != "tracked":
        return f"{origin}/news/e/{edition}/{place}"
    return f"{origin}/news/{place}" + (_TRACKING if edition else "")


def linked(request: web.Request, article: Article) -> str:
    """The address of an article as the list that was asked for gives it: `?edition=` names the edition."""
    edition = request.query.get("edition", "")
    if edition == "mixed":
        edition = _WHOLE[int(article.id) % len(_WHOLE)]
    return article_url(request, article, edition if edition in EDITIONS else "")
