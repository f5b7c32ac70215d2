"""Which slices a run reads: from the cursors, the job table, and the way a backend cuts time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from crawlers.cursors import Cursors
from crawlers.job import Backoff
from crawlers.jobs import Jobs, Urgency, Window
from crawlers.ledger import Ledger
from crawlers.model import Backend, SearchTerm, Slice
from crawlers.plan import CrawlPlan
from yuqing.domain.subject import Source

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(minutes=10)  # of the wait after a second refusal
_READ_AS_ASKED = Urgency()


def announce(source: Source, plan: CrawlPlan, backend: Backend, cursors: Cursors, ledger: Ledger) -> tuple[Slice, ...]:
    """The slices of every query, the most urgent first (see `Jobs.urgency`); the ledger learns the windows.

    A period that an operator asked for is read whole: neither cursors nor jobs have a say, and none moves.
    """
    until = plan.until or plan.clock.now()
    pieces: list[tuple[Urgency, Slice]] = []
    for query in backend.queries:
        if plan.since is not None:
            found, jobs = _whole(backend, query, plan.since, until), None
        else:
            jobs = _jobs(source, plan, backend, query)
            since = cursors.begin(query.id, until, plan.backfill, plan.overlap)
            found = _window(plan, backend, query, jobs, cursors, since)
        ledger.announce(query.id, found, jobs)
        pieces.extend((jobs.urgency(piece) if jobs else _READ_AS_ASKED, piece) for piece in found.pieces)
    return _ordered(pieces, _is_turn_of_the_past(plan.clock.now()))


def _ordered(pieces: Sequence[tuple[Urgency, Slice]], is_turn_of_the_past: bool) -> tuple[Slice, ...]:
    """The most urgent first, but for one piece of the past: so that also a run of few requests gets on.

    One that was refused before goes first in every second run only: it may be longer than any run, and the present
    must not wait for it for ever.
    """
    urgent = sorted(pieces, key=lambda each: each[0])
    past = next((place for place, (urgency, _) in enumerate(urgent) if urgency.is_past), 0)
    if urgent and urgent[past][0].attempts and not is_turn_of_the_past:
        past = 0
    return tuple(piece for _, piece in (urgent[past], *urgent[:past], *urgent[past + 1 :])) if urgent else ()


def _is_turn_of_the_past(now: datetime) -> bool:
    """Half of all minutes, in an order (Thue and Morse's) in which no interval between runs meets only one half."""
    return (int(now.timestamp()) // 60).bit_count() % 2 == 0


def _window(
    plan: CrawlPlan, backend: Backend, query: SearchTerm, jobs: Jobs, cursors: Cursors, since: datetime
) -> Window:
    until = plan.until or plan.clock.now()
    if since >= until:
        return Window(since)
    cursor = cursors.load(query.id)
    mark = cursor.high_water if cursor else None
    return (jobs.owed if plan.owed else jobs.plan)(backend.slices, since, until, mark)


def _whole(backend: Backend, query: SearchTerm, since: datetime, until: datetime) -> Window:
    return Window(since, backend.slices(query, since, until) if since < until else ())


def _jobs(source: Source, plan: CrawlPlan, backend: Backend, query: SearchTerm) -> Jobs:
    # A source that is read every few hours is paid off in between: what is refused there must not wait for an hour.
    backoff = Backoff(base=min(max(timedelta(seconds=source.interval_seconds), _SHORTEST), _LONGEST))
    return Jobs(plan.state, source.id, query, plan.clock, plan.overlap, backoff, backend.by_time)
