"""The job table: which pieces beyond the cursor were seen already, which wait, and into what a full slice was cut.

The cursor of a query can only stand before the first piece that was not seen. The table remembers what lies behind
it, so that the next run, also after a kill, fetches what is missing and no more. It is an aid: a document that is
lost or was never written means that something is fetched twice, never that something is missed.

A search shows posts late. What is younger than the overlap when it is read is therefore never called done, and never
left waiting: the last part of the window is read by every run. But first comes what nobody has seen: where a full hour
was read in parts and some were refused, the next run reads these, and the hour as a whole the one after it. Posts are
deleted; what was seen once is stored.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from crawlers.backends.base import floor_hour
from crawlers.backends.weibo_regions import is_rest
from crawlers.cursors import AHEAD
from crawlers.cuts import FEW, Cuts, is_first_look
from crawlers.job import Backoff, Job, Part, State, Wait
from crawlers.model import SearchTerm, Slice, Verdict
from crawlers.spans import Span, merged, touch, without
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock, StateStore

KIND = "job"
MOST = 400  # documents of one query; what is beyond is simply fetched again
STILL_EMPTY = "still_empty"
_EVER = datetime.min.replace(tzinfo=UTC)
Cutter = Callable[[SearchTerm, datetime, datetime], tuple[Slice, ...]]


class Urgency(NamedTuple):
    """The order of work, the smallest first; `again`: what nobody has seen comes before what was seen once."""

    is_past: bool = False
    again: bool = False
    attempts: int = 0
    since: datetime = _EVER
    is_rest: bool = False


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
        self._seen_to = _EVER  # everything before was looked at

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

    def plan(self, cut: Cutter, begin: datetime, until: datetime, mark: datetime | None = None) -> Window:
        """The window [begin, until) without what is settled and what waits; `mark`: where the cursor stands."""
        self.passed(begin)
        self._seen_to = max(self._seen_to, mark or _EVER)
        left = [part for job in self._of(State.CUT) for part in job.left]
        self._missed = {(part.since, part.until, part.region): part.wait.attempts if part.wait else 0 for part in left}
        # Nobody can have seen what is still to come: a clock was ahead when these were written.
        seen = [*self._of(State.DONE), *self._of(State.LOOKED)]
        self._drop([job for job in seen if job.until > self._clock.now() + AHEAD])
        whole = cut(self._query, begin, until)
        if not self._by_time or not self._jobs:
            return Window(begin, whole)
        found = Window(begin)
        for region in sorted({piece.region for piece in whole}):
            part = self._plan_region(cut, region, begin, until)
            found = Window(
                begin, found.pieces + part.pieces, found.settled + part.settled, found.waiting + part.waiting,
                _earlier(found.limit, part.limit),
            )  # fmt: skip
        return replace(found, pieces=tuple(sorted(found.pieces, key=lambda p: (p.since, p.until, p.region))))

    def owed(self, cut: Cutter, begin: datetime, until: datetime, mark: datetime | None = None) -> Window:
        """What earlier runs did not see and may be asked for now, and nothing that is new since; `mark`: the cursor.

        In the overlap these are the pieces that were refused and the missing parts of cuts. The cursor stays before
        the overlap: the next ordinary run reads all of that again.
        """
        refused = [job for job in self._of(State.WAITING) if not self._must_wait(job.wait)]
        if not self._by_time:
            return self.plan(cut, begin, until, mark) if refused else Window(begin)
        live = max(begin, floor_hour(self._clock.now() - self._overlap))
        if not (refused or self._of(State.CUT) or mark is None or mark < live):
            return Window(begin)
        old = self.plan(cut, begin, live, mark) if begin < live else Window(begin)
        # A part that ends at an odd minute may reach over the full hour: it is owed once.
        pieces = tuple(dict.fromkeys(old.pieces + self._owed_lately(cut, live, until)))
        return replace(old, pieces=pieces, limit=_earlier(old.limit, live))

    def _owed_lately(self, cut: Cutter, live: datetime, until: datetime) -> tuple[Slice, ...]:
        young = [leaf.part for leaf in self._cuts.leaves("") if leaf.part.until > live]
        refused = [job.span for job in self._of(State.WAITING, "") if not self._must_wait(job.wait)]
        known = [*(part.span for part in young), *(job.span for job in self._of(State.CUT, "") if job.until > live)]
        pieces = [part.piece(self._query) for part in young if not self._must_wait(part.wait)]
        for since, end in merged((max(since, live), min(end, until)) for since, end in refused if end > live):
            for rest in without((since, end), known):
                pieces.extend(cut(self._query, *rest))
        return tuple(sorted(pieces, key=lambda piece: (piece.since, piece.until, piece.region)))

    def missed_first(self, piece: Slice, parts: Sequence[Slice]) -> Sequence[Slice]:
        """The parts of a piece that is cut anew: those that no run has seen, then the refused, then the seen."""
        seen = 1_000_000 if self._missed else 0
        again = dict(zip(parts, self._again(piece, parts), strict=True))
        tries = {part: self._missed.get((part.since, part.until, part.region), seen) for part in parts if part.region}
        return sorted(parts, key=lambda part: (is_rest(part.region), again[part], tries.get(part, 0)))

    def _again(self, piece: Slice, parts: Sequence[Slice]) -> list[bool]:
        """Whether an earlier look has seen the parts of a piece, each for itself."""
        looked = [(_EVER, self._seen_to), *(job.span for job in self._of(State.LOOKED))]
        if not all(part.region for part in parts):
            return [not without((part.since, part.until), looked) for part in parts]
        place, old = self._cuts.parent(piece), self._cuts.of(piece)
        if not without((piece.since, piece.until), looked) or (place is not None and place[1].again):
            return [True] * len(parts)
        if old is None:
            return [False] * len(parts)
        left = {(part.since, part.until, part.region): part.again for part in old.left}
        return [left.get((part.since, part.until, part.region), True) for part in parts]

    def urgency(self, piece: Slice) -> Urgency:
        """The order of work: what reaches into the present, then what nobody has looked at, then what was refused.

        A piece whose posts were read and whose comments were refused must not keep others waiting: posts vanish. What
        is compared with the parts of an hour follows them.
        """
        is_past = piece.until <= self._clock.now() - self._overlap
        place = self._cuts.parent(piece)
        if place is not None:
            whole, part = place
            waits = [part.wait]
            again = part.again or (is_rest(piece.region) and any(each.again for each in whole.left))
        else:
            waits = [
                job.wait
                for job in self._of(State.WAITING, piece.region)
                if job.since < piece.until and piece.since < job.until
            ]
            again = not piece.region and self._again(piece, [piece])[0]
        attempts = max((wait.attempts for wait in waits if wait), default=0)
        return Urgency(is_past, again or attempts >= FEW, attempts, piece.since, is_rest(piece.region))

    def _plan_region(self, cut: Cutter, region: str, begin: datetime, until: datetime) -> Window:
        settled = merged(job.span for job in self._of(State.DONE, region))
        first = min((piece.since for piece in cut(self._query, begin, until)), default=begin)  # a full hour, say
        parts, limit = self._usable_parts(region, (first, until), settled)
        late = [part for part in parts if self._must_wait(part.wait)]
        waiting = self._late_spans(region)
        pieces = [part.piece(self._query) for part in parts if part not in late]
        for since, end in without((begin, until), [*settled, *waiting, *(part.span for part in parts)]):
            pieces += [piece for piece in cut(self._query, since, end) if piece.region == region]
        held = [part.piece(self._query) for part in late]
        held += [Slice(self._query, since, end, region) for since, end in waiting]
        return Window(begin, tuple(pieces), tuple(settled), tuple(held), limit)

    def _late_spans(self, region: str) -> list[Span]:
        """What was refused and may not be asked for yet, as far as it is no part of the overlap."""
        live = self._clock.now() - self._overlap
        refused = [job for job in self._of(State.WAITING, region) if self._must_wait(job.wait)]
        return [(job.since, min(job.until, live)) for job in refused if job.since < live]

    def _must_wait(self, wait: Wait | None) -> bool:
        """Whether a refused piece is left alone; a wait longer than any was set by a clock that was ahead."""
        now = self._clock.now()
        return wait is not None and now < wait.not_before <= now + self._backoff.longest

    def _usable_parts(self, region: str, window: Span, settled: list[Span]) -> tuple[list[Part], datetime | None]:
        """The missing parts of cuts that can be read as they are; the time of the others is cut anew.

        Of an hour that is read again as a whole, because its late posts are still to come or came after some parts had
        been read, these are the parts that nobody has seen; the cursor then goes no farther than to this hour.
        """
        live = self._clock.now() - self._overlap
        known = [*settled, (_EVER, window[0])]
        found: list[Part] = []
        limit: datetime | None = None
        for leaf in self._cuts.leaves(region):
            part = leaf.part
            is_open = leaf.is_stale or part.until > live
            if part.until > window[1] or (is_open and not (is_first_look(part) and _is_full_hour(part.until))):
                continue
            if not _is_missing(part, region, without(part.span, known)):
                continue
            found.append(part)
            if is_open and part.region != region:
                limit = _earlier(limit, part.since)
        return found, limit

    @property
    def _cuts(self) -> Cuts:
        return Cuts(self._jobs.values())

    def passed(self, mark: datetime) -> None:
        """The cursor stands here: what lies before it needs no job any more."""
        self._drop([job for job in self._jobs.values() if job.until <= mark])
        self._seen_to = max(self._seen_to, mark)

    def cut(self, piece: Slice, parts: Sequence[Slice]) -> None:
        """A piece was too full: these take its place. One document, so that a crash keeps all of them or none."""
        if not self._by_time:
            return
        again = self._again(piece, parts)
        left = tuple(
            Part(part.since, part.until, part.region, again=known) for part, known in zip(parts, again, strict=True)
        )
        self._put(replace(self._job(State.CUT, piece.since, piece.until, piece.region), left=left))
        if self._cuts.parent(piece) is None:
            self._forgive(piece.region, (piece.since, piece.until))

    def done(self, piece: Slice, read_at: datetime) -> None:
        """A piece beyond the cursor was seen; its first page came at `read_at`."""
        if not self._by_time:
            self._drop(self._of(State.WAITING))
            return
        edge = read_at - self._overlap
        self._finish(piece.since, piece.until, piece.region, edge if edge < piece.until else None)

    def _finish(
        self, since: datetime, until: datetime, region: str, edge: datetime | None, is_sum: bool = False
    ) -> None:
        """Note a piece as done up to the edge, and as no longer missing from what it is a part of.

        `is_sum`: its parts by time are over, and each was noted by itself.
        """
        piece = self._job(State.DONE, since, until, region)
        place = self._cuts.parent(piece)
        is_regional = place is not None and place[0].region != region
        self._drop(self._cuts.within(piece))  # it was not too full this time
        if not is_regional:
            self._forgive(region, (since, until))
            self._settle(State.DONE, region, (since, until if edge is None else min(until, edge)))
            if edge is not None and not region and not is_sum:
                self._settle(State.LOOKED, region, (since, until))
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
        self._finish(whole.since, whole.until, whole.region, rest.edge if is_regional else whole.since, not is_regional)

    def _settle(self, state: State, region: str, span: Span) -> None:
        if span[0] >= span[1]:
            return
        old = [job for job in self._of(state, region) if touch(job.span, span)]
        since, until = merged([span, *(job.span for job in old)])[0]
        joined = self._job(state, since, until, region)
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

    def not_asked(self, piece: Slice, verdict: Verdict) -> None:
        """A piece was never asked for: its host had refused others, or the run ended. It is owed, and no attempt."""
        known = [job.span for job in self._of(State.WAITING, piece.region)]
        if self._cuts.parent(piece) is None and without((piece.since, piece.until), known):
            wait = Wait(0, self._clock.now(), verdict.outcome, verdict.detail)
            self._put(replace(self._job(State.WAITING, piece.since, piece.until, piece.region), wait=wait))

    def failed(self, piece: Slice, verdict: Verdict) -> Verdict:
        """A piece was asked for and not seen: it waits. Returns what to tell of it.

        Refusals that touch are one: an outage is not cut into hours that are all asked for again.
        """
        place = self._cuts.parent(piece)
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


def _is_full_hour(moment: datetime) -> bool:
    return floor_hour(moment) == moment


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
