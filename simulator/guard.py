"""The middleware around every platform route: limits and faults in, ledger out."""

import time

from aiohttp import web

from simulator import rate, robots
from simulator.faults import Fault
from simulator.ledger import line_of
from simulator.refusals import Handler, refuse
from simulator.sites import answer_of, route_names
from simulator.world import WORLD, World

_NATURAL = {302: "302_visitor", 304: "not_modified", 404: "404", 432: "432"}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let limits and ordered faults strike, and write down what happened."""
    names = route_names(request.path) or robots.names(request.path)
    if not names:
        return await handler(request)
    world = request.app[WORLD]
    moment, real = world.clock.now(), time.monotonic()
    fault, why = _struck(world, request, names)
    answer = robots.variant(world, request) or handler
    response = await (refuse(fault, request, answer) if fault else answer(request))
    outcome = fault.outcome if fault else _NATURAL.get(response.status, "ok")
    world.ledger.add(line_of(request, moment, real, names, outcome, response.status, why))
    return response


def _struck(world: World, request: web.Request, names: tuple[str, ...]) -> tuple[Fault | None, str]:
    """What this request suffers and why: `rate` or `fault`. Too fast comes first, as on the real sites."""
    if too_fast := world.rate.over(names, rate.callers(request)):
        limit, seconds = too_fast
        outcome = limit.outcome or answer_of("too_fast", request.path) or "429"
        return Fault(names[0], outcome, retry_after=str(max(1, round(seconds)))), "rate"
    fault = world.faults.strike(frozenset(names), request.query, request.path_qs)
    return (fault, "fault") if fault else (None, "")
