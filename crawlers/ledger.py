"""The accounts of one source in one run: which pages of which slice are still out, and what the slice came to."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crawlers.assertions import Assertions, Sample, sample
from crawlers.canary import Canary
from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.jobs import Jobs, Window
from crawlers.model import Backend, PageResult, Slice, Verdict
from crawlers.outcomes import SOME_UNREADABLE, is_partly_unread, worst
from crawlers.plan import SourceTally
from crawlers.progress import Progress
from crawlers.wholes import Wholes
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.ports import Clock

_log = logging.getLogger(__name__)
INTERRUPTED = Verdict(Outcome.TRANSPORT, "interrupted")


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page as it travels to the store: the item of our spiders."""

    piece: Slice
    result: PageResult
    drafts: tuple[Draft, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class Account:
    """What is known of one slice while its pages are out."""

    pending: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    memos: list[Mapping[str, object]] = field(default_factory=list)
    pages: int = 0
    drafts: int = 0
    seen: Sample = field(default_factory=Sample)
    saturated: bool = False
    is_partly_unread: bool = False
    is_split: bool = False
    asked: bool = False  # something was sent for it: a refusal is the answer to this very slice
    read_at: datetime | None = None


class Ledger:
    """Opens and closes slices. A slice closes when each of its pages has been read, stored and acknowledged.

    The pieces of a slice that was split take its place: the cursor moves over each of them, so that a run which is
    cut off in the middle of a long back-fill has got on, and the next one begins where it ended.
    """

    def __init__(
        self,
        source: str,
        backend: Backend,
        coverage: CoverageBook,
        cursors: Cursors | None,
        clock: Clock,
        overlap: timedelta = timedelta(0),
        assertions: Assertions | None = None,
        canary: Canary | None = None,
    ) -> None:
        self._source = source
        self._backend = backend
        self._coverage = coverage
        self._cursors = cursors
        self._clock = clock
        self._overlap = overlap
        self._assertions = assertions
        self.canary = canary
        self._accounts: dict[Slice, Account] = {}
        self._begun: set[Slice] = set()
        self._wholes: Wholes[Account] = Wholes()
        self._regions: dict[tuple[str, datetime, datetime], list[Coverage]] = {}
        self._progress: dict[str, Progress] = {}
        self._jobs: dict[str, Jobs] = {}
        self.tally = SourceTally()

    def announce(self, query: str, window: Window, jobs: Jobs | None = None) -> None:
        """The window of one query, and the job table where it is kept: the cursor moves over the pieces."""
        self._progress[query] = Progress(window.begin, self._overlap, window.limit)
        self._progress[query].add(window.pieces, window.settled, window.waiting)
        if jobs is not None:
            self._jobs[query] = jobs
        self.tally.waiting += len(window.waiting)
        self.tally.settled += len(window.settled)

    def in_order(self, piece: Slice, parts: Sequence[Slice]) -> Sequence[Slice]:
        """The parts of a piece as they are to be read."""
        jobs = self._jobs.get(piece.query.id)
        return jobs.missed_first(piece, parts) if jobs is not None else parts

    def expect(self, piece: Slice) -> None:
        """A page of this slice is about to be asked for."""
        account = self._accounts.get(piece)
        if account is None:
            account = self._accounts[piece] = Account()
            self._begun.add(piece)
        account.pending += 1

    def is_last(self, piece: Slice, waiting: Sequence[PageRead]) -> bool:
        """True when the slice has nothing out but the pages that wait to be stored."""
        account = self._accounts.get(piece)
        here = sum(read.piece == piece for read in waiting)
        return account is not None and account.pending <= here

    def settle(self, read: PageRead) -> None:
        """A page is stored. Closes the slice with its last page."""
        account = self._accounts[read.piece]
        result = read.result
        account.pending -= 1
        account.pages += 1
        account.drafts += len(read.drafts)
        seen = sample(read.drafts)
        account.seen += seen
        if self._assertions is not None:
            self._assertions.count(seen)
        account.is_partly_unread |= _is_partly_unread(result)
        account.saturated |= result.saturated or account.is_partly_unread
        if result.split:
            account.is_split = True
            self._replace(read.piece, result.split)
        if result.memo:
            account.memos.append(result.memo)
        if not result.unsettled and not result.auxiliary:
            account.verdicts.append(result.verdict)
        if account.pending == 0:
            self._close(read.piece, account)

    def arrived(self, piece: Slice) -> None:
        """Something was sent for this slice, and this is the answer, or that there is none."""
        if account := self._accounts.get(piece):
            account.asked = True
            account.read_at = account.read_at or self._clock.now()

    def count(self, result: PageResult) -> None:
        """Count one page in the tally."""
        outcome = result.verdict.outcome
        self.tally.outcomes[outcome.value] += 1
        if outcome is not Outcome.OK:
            self.tally.details[f"{outcome.value}:{result.verdict.detail}"] += 1
        self.tally.notes.update(result.notes)

    def abandon(self) -> None:
        """The run ends early: slices that still wait for pages were not seen, nor those that were not begun."""
        for piece, account in list(self._accounts.items()):
            account.verdicts.append(INTERRUPTED)
            account.asked = False
            self._close(piece, account)
        for progress in self._progress.values():
            for piece in _joined(piece for piece in progress.unseen() if piece not in self._begun):
                self._not_asked(piece, INTERRUPTED)
                self._record(piece, Account(), INTERRUPTED)
        for hour in list(self._regions):
            self._tell_regions(hour)

    def _replace(self, piece: Slice, pieces: Sequence[Slice]) -> None:
        self._wholes.cut(piece, pieces)
        if progress := self._progress.get(piece.query.id):
            progress.replace(piece, pieces)
        if jobs := self._jobs.get(piece.query.id):
            jobs.cut(piece, pieces)

    def _close(self, piece: Slice, account: Account) -> None:
        del self._accounts[piece]
        if account.is_split:
            self._close_whole(piece, account)
        elif not self._wholes.hold(piece, account):
            self._end(piece, account)

    def _close_whole(self, piece: Slice, account: Account) -> None:
        """A piece that was cut is over: its parts may be, and none of them is seen while anything of it is missing."""
        verdict = self._judge(piece, account)
        self._backend.settled(piece, account.memos, verdict.outcome.is_complete)
        for part, kept in self._wholes.over(piece, verdict):
            if not self._wholes.hold(part, kept):
                self._end(part, kept)

    def _judge(self, piece: Slice, account: Account) -> Verdict:
        judged = self._backend.judge(piece, account.memos)
        return worst([worst(account.verdicts), *([judged] if judged else ())])

    def _end(self, piece: Slice, account: Account) -> None:
        own = verdict = self._doubt(piece, account, self._judge(piece, account))
        if missing := self._wholes.refusals(piece):
            verdict = worst([verdict, *missing])
        complete = verdict.outcome.is_complete
        self._backend.settled(piece, account.memos, complete)
        jobs = self._jobs.get(piece.query.id)
        # Its own pages came, and the run ended before what it waited for: it was refused by nobody.
        is_held_up = own.outcome.is_complete and verdict == INTERRUPTED
        if not complete and not account.asked:
            self._not_asked(piece, verdict)
        elif jobs is not None and not complete and not is_held_up:
            verdict = jobs.failed(piece, verdict)
        self._record(piece, account, verdict)
        if complete:
            self._advance(piece, account.read_at or self._clock.now())

    def _not_asked(self, piece: Slice, verdict: Verdict) -> None:
        if jobs := self._jobs.get(piece.query.id):
            jobs.not_asked(piece, verdict)

    def _doubt(self, piece: Slice, account: Account, verdict: Verdict) -> Verdict:
        """What is left of a verdict that the canary or the assertions contradict."""
        if self.canary is not None:
            verdict = self.canary.judge(verdict)
        if self._assertions is not None:
            verdict = self._assertions.judge(piece, verdict, account.seen)
        if not account.is_partly_unread or verdict.outcome is not Outcome.OK:
            return verdict
        if self._assertions is not None:
            self._assertions.tell(SOME_UNREADABLE)
        return Verdict(Outcome.OK, SOME_UNREADABLE)

    def finish(self) -> None:
        """The run is over: remember how the source is."""
        if self.canary is not None and self.canary.last is not None:
            self.tally.canary = self.canary.last.as_json()
        if self._assertions is not None:
            self._assertions.finish(self.tally.requests)
            self.tally.health = self._assertions.health.as_json()

    def _record(self, piece: Slice, account: Account, verdict: Verdict) -> None:
        row = Coverage(
            source=self._source,
            query=piece.query.id,
            since=piece.since,
            until=piece.until,
            region=piece.region,
            status=verdict.outcome,
            checked_at=self._clock.now(),
            saturated=account.saturated,
            pages=account.pages,
            mentions=account.drafts,
            detail=verdict.detail,
        )
        self._tell(row)
        self.tally.slices[row.status.value] += 1
        self.tally.saturated += row.saturated
        if row.status.is_complete:
            self.tally.complete += 1
        else:
            self.tally.incomplete += 1
        _log.info(
            "slice source=%s query=%s since=%s until=%s outcome=%s detail=%s saturated=%s pages=%d drafts=%d",
            *(row.source, row.query, row.since.isoformat(), row.until.isoformat(), row.status.value, row.detail),
            *(row.saturated, row.pages, row.mentions),
        )

    def _tell(self, row: Coverage) -> None:
        """Write a row. Those of the regions of one hour are written together, refusals first: a kill in between must
        not leave an hour that looks complete because only one of its regions was told."""
        if not row.region:
            self._coverage.write(row)
            return
        hour = (row.query, row.since, row.until)
        told = self._regions.setdefault(hour, [])
        told.append(row)
        if not any(self._is_out(piece) for piece in self._progress_of(row.query).within(row.since, row.until)):
            self._tell_regions(hour)

    def _is_out(self, piece: Slice) -> bool:
        return piece in self._accounts or self._wholes.holds(piece) or piece not in self._begun

    def _progress_of(self, query: str) -> Progress:
        return self._progress.setdefault(query, Progress(self._clock.now(), self._overlap))

    def _tell_regions(self, hour: tuple[str, datetime, datetime]) -> None:
        for row in sorted(self._regions.pop(hour), key=lambda row: row.status.is_complete):
            self._coverage.write(row)

    def _advance(self, piece: Slice, read_at: datetime) -> None:
        """Move the cursor up to the first slice that is not completely seen; remember what was seen beyond it."""
        query = piece.query.id
        if (progress := self._progress.get(query)) is None or self._cursors is None:
            return
        progress.seen(piece, read_at)
        mark = progress.mark()
        now = self._clock.now()
        moved = mark is not None and self._cursors.advance(query, mark, progress.read_at(now))
        if (jobs := self._jobs.get(query)) is None:
            return
        if mark is not None and moved:
            jobs.passed(mark)
        if mark is None or not moved or mark < piece.until:
            jobs.done(piece, read_at)


def _is_partly_unread(result: PageResult) -> bool:
    """Pages without entries of their own (a feed whose articles follow) are judged by what they lead to."""
    read, unreadable = len(result.drafts) + len(result.ranks), result.notes.get("unreadable", 0)
    return read > unreadable and is_partly_unread(read, unreadable)


def _joined(pieces: Iterable[Slice]) -> list[Slice]:
    """Pieces that follow one another as one: a long back-fill that was cut off is one gap, not a thousand."""
    found: list[Slice] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and last.region == piece.region and last.since <= piece.since <= last.until:
            found[-1] = replace(last, until=max(last.until, piece.until))
        else:
            found.append(piece)
    return found
