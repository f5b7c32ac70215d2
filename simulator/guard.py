"""The middleware around every platform route: faults in, ledger out."""

import time

from aiohttp import web

from simulator.ledger import LedgerLine, harmless
from simulator.refusals import Handler, refuse
from simulator.sites import route_names
from simulator.world import WORLD

_NATURAL = {302: "302_visitor", 304: "not_modified", 404: "404", 432: "432"}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let ordered faults strike, and write down what happened."""
    names = route_names(request.path)
    if not names:
        return await handler(request)
    world = request.app[WORLD]
    fault = world.faults.strike(frozenset(names), request.query)
    response = await (refuse(fault, request, handler) if fault else handler(request))
    world.ledger.add(
        LedgerLine(
            world.clock.now().isoformat(),
            time.monotonic(),
            request.method,
            request.path,
            harmless(dict(request.query)),
            tuple(sorted(request.cookies)),
            request.headers.get("Referer", ""),
            request.headers.get("User-Agent", ""),
            " ".join(names),
            fault.outcome if fault else _NATURAL.get(response.status, "ok"),
            response.status,
        )
    )
    return response
