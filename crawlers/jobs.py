"""The job table: which pieces beyond the cursor were seen already, which wait, and into what a full slice was cut.

The cursor of a query can only stand before the first piece that was not seen. The table remembers what lies behind
it, so that the next run, also after a kill, fetches what is missing and no more. It is an aid: a document that is
lost or was never written means that something is fetched twice, never that something is missed.

A search shows posts late. What is younger than the overlap when it is read is therefore never called done, and never
left waiting: the last part of the window is read by every run.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawlers.backends.base import floor_hour
from crawlers.backends.weibo_regions import is_rest
from crawlers.cursors import AHEAD
from crawlers.job import Backoff, Job, Part, State, Wait
from crawlers.model import SearchTerm, Slice, Verdict
from crawlers.spans import Span, merged, touch, without
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock, StateStore

KIND = "job"
MOST = 400  # documents of one query; what is beyond is simply fetched again
STILL_EMPTY = "still_empty"
Urgency = tuple[bool, int, datetime, bool]
Cutter = Callable[[SearchTerm, datetime, datetime], tuple[Slice, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """What a run does about one query: pieces to read, spans that are settled, pieces that wait for a later run."""

    begin: datetime
    pieces: tuple[Slice, ...] = ()
    settled: tuple[Span, ...] = ()
    waiting: tuple[Slice, ...] = ()
    limit: datetime | None = None  # the cursor goes no farther, whatever is seen


class Jobs:
    """The jobs of one query. Read once a run; every change is written at once.

    `by_time`: a piece of the past can be asked for by itself. Where it cannot (a feed, a list of the newest), every
    ordinary run reads the whole window, and the table only counts how often it was refused: follow-ups wait for that.
    """

    def __init__(
        self,
        state: StateStore,
        source: str,
        query: SearchTerm,
        clock: Clock,
        overlap: timedelta,
        backoff: Backoff | None = None,
        by_time: bool = True,
    ) -> None:
        self._state = state
        self._source = source
        self._query = query
        self._clock = clock
        self._overlap = overlap
        self._backoff = backoff or Backoff()
        self._by_time = by_time
        found = state.find(KIND, {"source": source, "query": query.id})
        self._jobs = {document.id: from_json(Job, document.body) for document in found}
        self._missed: dict[tuple[datetime, datetime, str], int] = {}  # parts of cuts -> how often they were refused

    def _put(self, job: Job) -> None:
        is_new = job.key not in self._jobs
        if is_new and len(self._jobs) >= MOST:
            return
        self._jobs[job.key] = job
        self._state.save(KIND, job.key, to_json(job))

    def _drop(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if self._jobs.pop(job.key, None) is not None:
                self._state.delete(KIND, job.key)

    def _of(self, state: State, region: str | None = None) -> list[Job]:
        return [job for job in self._jobs.values() if job.state is state and region in (None, job.region)]

    def _job(self, state: State, since: datetime, until: datetime, region: str) -> Job:
        return Job(self._source, self._query.id, state, since, until, region)

    def plan(self, cut: Cutter, begin: datetime, until: datetime, kept: datetime | None = None) -> Window:
        """The window [begin, until) without what is settled and what waits. Cuts that end after `kept` stay."""
        self.passed(begin)
        left = [part for job in self._of(State.CUT) for part in job.left]
        self._missed = {(part.since, part.until, part.region): part.wait.attempts if part.wait else 0 for part in left}
        self._drop([job for job in self._of(State.CUT) if _is_spoiled(job) and not (kept and job.until > kept)])
        # Nobody can have seen what is still to come: a clock was ahead when these were written.
        self._drop([job for job in self._of(State.DONE) if job.until > self._clock.now() + AHEAD])
        whole = cut(self._query, begin, until)
        if not self._by_time or not self._jobs:
            return Window(begin, whole)
        found = Window(begin)
        for region in sorted({piece.region for piece in whole}):
            part = self._plan_region(cut, region, begin, until)
            found = Window(
                begin, found.pieces + part.pieces, found.settled + part.settled, found.waiting + part.waiting
            )
        return replace(found, pieces=tuple(sorted(found.pieces, key=lambda p: (p.since, p.until, p.region))))

    def owed(self, cut: Cutter, begin: datetime, mark: datetime | None, until: datetime) -> Window:
        """What earlier runs did not see and may be asked for now, and nothing that is new since; `mark`: the cursor.

        In the overlap these are the pieces that were refused and the missing parts of cuts. The cursor stays before
        the overlap: the next ordinary run reads all of that again.
        """
        refused = [job for job in self._of(State.WAITING) if not self._must_wait(job.wait)]
        if not self._by_time:
            return self.plan(cut, begin, until) if refused else Window(begin)
        live = max(begin, floor_hour(self._clock.now() - self._overlap))
        if not (refused or self._of(State.CUT) or mark is None or mark < live):
            return Window(begin)
        old = self.plan(cut, begin, live, kept=live) if begin < live else Window(begin)
        # A part that ends at an odd minute may reach over the full hour: it is owed once.
        pieces = tuple(dict.fromkeys(old.pieces + self._owed_lately(cut, live, until)))
        return replace(old, pieces=pieces, limit=live)

    def _owed_lately(self, cut: Cutter, live: datetime, until: datetime) -> tuple[Slice, ...]:
        young = [part for part in dict.fromkeys(self._parts("")) if part.until > live]
        refused = [job.span for job in self._of(State.WAITING, "") if not self._must_wait(job.wait)]
        known = [*(part.span for part in young), *(job.span for job in self._of(State.CUT, "") if job.until > live)]
        pieces = [part.piece(self._query) for part in young if not self._must_wait(part.wait)]
        for since, end in merged((max(since, live), min(end, until)) for since, end in refused if end > live):
            for rest in without((since, end), known):
                pieces.extend(cut(self._query, *rest))
        return tuple(sorted(pieces, key=lambda piece: (piece.since, piece.until, piece.region)))

    def missed_first(self, parts: Sequence[Slice]) -> Sequence[Slice]:
        """The regions of an hour that is cut anew: those that no run has seen, then the refused, then the seen."""
        if not all(part.region for part in parts):
            return parts
        seen = 1_000_000 if self._missed else 0
        tries = {part: self._missed.get((part.since, part.until, part.region), seen) for part in parts}
        return sorted(parts, key=lambda part: (is_rest(part.region), tries[part]))

    def urgency(self, piece: Slice) -> Urgency:
        """The order of work: what reaches into the present, then what nobody has looked at, then what was refused.

        A piece whose posts were read and whose comments were refused must not keep others waiting: posts vanish. What
        is compared with the parts of an hour follows them.
        """
        is_past = piece.until <= self._clock.now() - self._overlap
        place = self._parent(piece)
        waits = (
            [place[1].wait]
            if place
            else [
                job.wait
                for job in self._of(State.WAITING, piece.region)
                if job.since < piece.until and piece.since < job.until
            ]
        )
        attempts = max((wait.attempts for wait in waits if wait), default=0)
        return is_past, attempts, piece.since, is_rest(piece.region)

    def _plan_region(self, cut: Cutter, region: str, begin: datetime, until: datetime) -> Window:
        settled = merged(job.span for job in self._of(State.DONE, region))
        first = min((piece.since for piece in cut(self._query, begin, until)), default=begin)  # a full hour, say
        parts = self._usable_parts(region, first, settled)
        late = [part for part in parts if self._must_wait(part.wait)]
        waiting = self._late_spans(region)
        pieces = [part.piece(self._query) for part in parts if part not in late]
        for since, end in without((begin, until), [*settled, *waiting, *(part.span for part in parts)]):
            pieces += [piece for piece in cut(self._query, since, end) if piece.region == region]
        held = [part.piece(self._query) for part in late]
        held += [Slice(self._query, since, end, region) for since, end in waiting]
        return Window(begin, tuple(pieces), tuple(settled), tuple(held))

    def _late_spans(self, region: str) -> list[Span]:
        """What was refused and may not be asked for yet, as far as it is no part of the overlap."""
        live = self._clock.now() - self._overlap
        refused = [job for job in self._of(State.WAITING, region) if self._must_wait(job.wait)]
        return [(job.since, min(job.until, live)) for job in refused if job.since < live]

    def _must_wait(self, wait: Wait | None) -> bool:
        """Whether a refused piece is left alone; a wait longer than any was set by a clock that was ahead."""
        now = self._clock.now()
        return wait is not None and now < wait.not_before <= now + self._backoff.longest

    def _usable_parts(self, region: str, first: datetime, settled: list[Span]) -> list[Part]:
        """The missing parts of cuts that can be read as they are; the time of the others is cut anew."""
        live = self._clock.now() - self._overlap
        known = [*settled, (datetime.min.replace(tzinfo=first.tzinfo), first)]
        return [
            part
            for part in dict.fromkeys(self._parts(region))
            if part.until <= live and _is_missing(part, region, without(part.span, known))
        ]

    def _parts(self, region: str) -> list[Part]:
        """The missing parts of everything in this region that was cut, parts that were cut themselves resolved."""
        cuts = self._of(State.CUT)
        inner = {job.key for job in cuts if self._parent(job)}
        found: list[Part] = []
        stack = [job for job in cuts if job.key not in inner and job.region == region]
        while stack:
            for part in stack.pop().left:
                child = next((job for job in cuts if job.is_of(part)), None)
                if child is None:
                    found.append(part)
                else:
                    stack.append(child)
        return found

    def _parent(self, piece: Slice | Job) -> tuple[Job, Part] | None:
        """The cut that a piece is a missing part of."""
        wanted = (piece.since, piece.until, piece.region)
        for job in self._of(State.CUT):
            for part in job.left:
                if (part.since, part.until, part.region) == wanted:
                    return job, part
        return None

    def passed(self, mark: datetime) -> None:
        """The cursor stands here: what lies before it needs no job any more."""
        self._drop([job for job in self._jobs.values() if job.until <= mark])

    def cut(self, piece: Slice, parts: Sequence[Slice]) -> None:
        """A piece was too full: these take its place. One document, so that a crash keeps all of them or none."""
        if not self._by_time:
            return
        left = tuple(Part(part.since, part.until, part.region) for part in parts)
        self._put(replace(self._job(State.CUT, piece.since, piece.until, piece.region), left=left))
        if self._parent(piece) is None:
            self._forgive(piece.region, (piece.since, piece.until))

    def done(self, piece: Slice, read_at: datetime) -> None:
        """A piece beyond the cursor was seen; its first page came at `read_at`."""
        if not self._by_time:
            self._drop(self._of(State.WAITING))
            return
        edge = read_at - self._overlap
        self._finish(piece.since, piece.until, piece.region, edge if edge < piece.until else None)

    def _finish(self, since: datetime, until: datetime, region: str, edge: datetime | None) -> None:
        """Note a piece as done up to the edge, and as no longer missing from what it is a part of."""
        place = self._parent(self._job(State.DONE, since, until, region))
        is_regional = place is not None and place[0].region != region
        if not is_regional:
            self._forgive(region, (since, until))
            self._settle(region, (since, until if edge is None else min(until, edge)))
        if place is None:
            return
        whole, part = place
        rest = replace(whole, left=tuple(each for each in whole.left if each != part))
        if is_regional:  # the hour is settled as far as the region that was read first
            rest = replace(rest, edge=min((at for at in (whole.edge, edge) if at is not None), default=None))
        if rest.left:
            self._put(rest)
            return
        self._drop([whole])
        self._finish(whole.since, whole.until, whole.region, rest.edge if is_regional else whole.since)

    def _settle(self, region: str, span: Span) -> None:
        if span[0] >= span[1]:
            return
        old = [job for job in self._of(State.DONE, region) if touch(job.span, span)]
        since, until = merged([span, *(job.span for job in old)])[0]
        joined = self._job(State.DONE, since, until, region)
        self._put(joined)
        self._drop([job for job in old if job.key != joined.key])

    def _forgive(self, region: str, span: Span) -> None:
        """Refusals of this time are history."""
        for job in self._of(State.WAITING, region):
            rest = without(job.span, [span])
            if rest != [job.span]:
                for since, until in rest:
                    self._put(replace(job, since=since, until=until))
                self._drop([job])

    def failed(self, piece: Slice, verdict: Verdict) -> Verdict:
        """A piece was asked for and not seen: it waits. Returns what to tell of it.

        Refusals that touch are one: an outage is not cut into hours that are all asked for again.
        """
        place = self._parent(piece)
        old = [job for job in self._of(State.WAITING, piece.region) if touch(job.span, (piece.since, piece.until))]
        known = [place[1].wait] if place else [job.wait for job in old]
        attempts = 1 + max((wait.attempts for wait in known if wait), default=0)
        pause = self._backoff.length(attempts, verdict.outcome)
        wait = Wait(attempts, self._clock.now() + pause, verdict.outcome, verdict.detail)
        if place:
            whole, part = place
            self._put(replace(whole, left=tuple(replace(p, wait=wait) if p == part else p for p in whole.left)))
        else:
            since, until = merged([(piece.since, piece.until), *(job.span for job in old)])[0]
            hull = replace(self._job(State.WAITING, since, until, piece.region), wait=wait)
            self._put(hull)
            self._drop([job for job in old if job.key != hull.key])
        still_empty = verdict.outcome is Outcome.SUSPECT_EMPTY and attempts > 1
        return Verdict(verdict.outcome, STILL_EMPTY) if still_empty else verdict


def _is_missing(part: Part, region: str, rest: list[Span]) -> bool:
    """A part is read as it is when all of it is unseen; a region, when any of it is. Else its time is cut anew."""
    return bool(rest) if part.region != region else rest == [part.span]


def _is_spoiled(cut: Job) -> bool:
    """Some regions of an hour were read before its late posts had come, others were not read: all are read again."""
    return cut.edge is not None and any(part.region != cut.region and part.until > cut.edge for part in cut.left)
