"""Which slices a run reads: from the cursors, the job table, and the way a backend cuts time."""

from datetime import datetime, timedelta

from crawlers.cursors import Cursors
from crawlers.job import Backoff
from crawlers.jobs import Jobs, Window
from crawlers.ledger import Ledger
from crawlers.model import Backend, SearchTerm, Slice
from crawlers.plan import CrawlPlan
from yuqing.domain.subject import Source

_SHORTEST = timedelta(minutes=1)


def announce(source: Source, plan: CrawlPlan, backend: Backend, cursors: Cursors, ledger: Ledger) -> tuple[Slice, ...]:
    """The slices of every query, in the order in which they are read; the ledger learns the windows.

    A period that an operator asked for is read whole: neither cursors nor jobs have a say, and none moves.
    """
    until = plan.until or plan.clock.now()
    pieces: list[Slice] = []
    for query in backend.queries:
        if plan.since is not None:
            found, jobs = _whole(backend, query, plan.since, until), None
        else:
            jobs = _jobs(source, plan, backend, query)
            since = cursors.begin(query.id, until, plan.backfill, plan.overlap)
            found = jobs.plan(backend.slices, since, until) if since < until else Window(since)
        ledger.announce(query.id, found, jobs)
        pieces.extend(found.pieces)
    return tuple(pieces)


def _whole(backend: Backend, query: SearchTerm, since: datetime, until: datetime) -> Window:
    return Window(since, backend.slices(query, since, until) if since < until else ())


def _jobs(source: Source, plan: CrawlPlan, backend: Backend, query: SearchTerm) -> Jobs:
    backoff = Backoff(base=max(timedelta(seconds=source.interval_seconds), _SHORTEST))
    return Jobs(plan.state, source.id, query, plan.clock, plan.overlap, backoff, backend.by_time)
