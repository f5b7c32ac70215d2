"""Which articles the portal shows."""

from aiohttp import web

from simulator.corpus import Article
from simulator.world import WORLD


def visible(request: web.Request, section: str, keyword: str = "") -> list[Article]:
    """Published articles of a section (`all` for every section) that hold every word, newest first."""
    world = request.app[WORLD]
    found = world.corpus.articles.search(keyword, world.clock.now())
    return [one for one in reversed(found) if section in ("all", one.section)]
