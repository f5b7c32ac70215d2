"""The doubles that one server holds. THE list: a new double is one line here and one `site.py` in its package.

To add routes, fault-route names, outcomes, truth or content of a platform, edit `simulator/<platform>/site.py`, where
its `SITE = Site(...)` stands; what each field of `Site` means is written in simulator/site.py. The core asks this
module only: routes for the server, names for faults and ledger, answers for refusals, lines for the truth.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from aiohttp import web

from simulator.apple.site import SITE as APPLE
from simulator.chat.site import SITE as CHAT
from simulator.douyin.site import SITE as DOUYIN
from simulator.guba.site import SITE as GUBA
from simulator.heimao.site import SITE as HEIMAO
from simulator.hook import SITE as HOOK
from simulator.hot.site import SITE as HOT
from simulator.news.site import SITE as NEWS
from simulator.rsshub.site import SITE as RSSHUB
from simulator.site import Answer, Site, Stage, TruthItem, first_of
from simulator.weibo.site import SITE as WEIBO
from simulator.world import World

SITES: tuple[Site, ...] = (WEIBO, DOUYIN, NEWS, APPLE, GUBA, HEIMAO, RSSHUB, HOT, HOOK, CHAT)

_BY_PREFIX = {prefix: site for site in SITES for prefix in site.prefixes}
ROUTE_NAMES = frozenset(chain.from_iterable(site.known_names for site in SITES))
SITE_OUTCOMES = frozenset(chain.from_iterable(site.answers for site in SITES))


def site_of(path: str) -> Site | None:
    """The double that a path belongs to; None for the control API."""
    return _BY_PREFIX.get(path.split("/", 2)[1])


def route_names(path: str) -> tuple[str, ...]:
    """The names by which faults and the ledger know a path, most specific first; empty for control paths."""
    site = site_of(path)
    return site.route_names(path) if site else ()


def routes() -> list[web.RouteDef]:
    """Everything that the doubles answer to."""
    return [route for site in SITES for route in site.routes()]


def answer_of(table: str, path: str) -> Any:
    """What the double of a path has under one of its tables (`no_result`, `renamed`, …) for the route of that path."""
    site = site_of(path)
    return first_of(getattr(site, table), site.route_names(path)) if site else None


def own_answer(outcome: str, path: str) -> Answer | None:
    """How the double of a path answers with an outcome of its own; any double's when its own has none."""
    site = site_of(path)
    tables = ([site] if site else []) + list(SITES)
    return next((one.answers[outcome] for one in tables if outcome in one.answers), None)


def contents(stage: Stage) -> dict[str, Any]:
    """What the doubles hold beside the corpus, by site."""
    return {site.name: site.content(stage) for site in SITES if site.content}


def truth(world: World) -> Iterator[TruthItem]:
    """All lines of the answer key."""
    return chain.from_iterable(site.truth(world) for site in SITES if site.truth)


def injectors() -> dict[str, Any]:
    """What the doubles can publish on demand, by kind."""
    return {kind: publish for site in SITES for kind, publish in site.inject.items()}
