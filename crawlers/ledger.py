"""The accounts of one source in one run: which pages of which slice are still out, and what the slice came to."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from crawlers.coverage import CoverageBook
from crawlers.cursors import Cursors
from crawlers.model import Backend, PageResult, Slice, Verdict
from crawlers.outcomes import worst
from crawlers.plan import SourceTally
from yuqing.domain.coverage import Coverage, Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.ports import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page as it travels to the store: the item of our spiders."""

    piece: Slice
    result: PageResult
    drafts: tuple[Draft, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Account:
    pending: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    memos: list[Mapping[str, object]] = field(default_factory=list)
    pages: int = 0
    drafts: int = 0
    saturated: bool = False
    is_split: bool = False


class Ledger:
    """Opens and closes slices. A slice closes when each of its pages has been read, stored and acknowledged.

    The pieces of a slice that was split take its place: the cursor moves over each of them, so that a run which is
    cut off in the middle of a long back-fill has got on, and the next one begins where it ended.
    """

    def __init__(
        self, source: str, backend: Backend, coverage: CoverageBook, cursors: Cursors | None, clock: Clock
    ) -> None:
        self._source = source
        self._backend = backend
        self._coverage = coverage
        self._cursors = cursors
        self._clock = clock
        self._accounts: dict[Slice, _Account] = {}
        self._order: dict[str, list[Slice]] = {}
        self._seen: set[Slice] = set()
        self.tally = SourceTally()

    def announce(self, pieces: Sequence[Slice]) -> None:
        """All slices of one query, oldest first: the cursor moves over them in this order."""
        for piece in pieces:
            self._order.setdefault(piece.query.id, []).append(piece)

    def expect(self, piece: Slice) -> None:
        """A page of this slice is about to be asked for."""
        account = self._accounts.get(piece)
        if account is None:
            account = self._accounts[piece] = _Account()
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
        account.saturated |= result.saturated
        if result.split:
            account.is_split = True
            self._replace(read.piece, result.split)
        if result.memo:
            account.memos.append(result.memo)
        if not result.unsettled and not result.auxiliary:
            account.verdicts.append(result.verdict)
        if account.pending == 0:
            self._close(read.piece, account)

    def count(self, result: PageResult) -> None:
        """Count one page in the tally."""
        outcome = result.verdict.outcome
        self.tally.outcomes[outcome.value] += 1
        if outcome is not Outcome.OK:
            self.tally.details[f"{outcome.value}:{result.verdict.detail}"] += 1
        self.tally.notes.update(result.notes)

    def abandon(self) -> None:
        """The run ends early: slices that still wait for pages were not seen."""
        for piece, account in list(self._accounts.items()):
            account.verdicts.append(Verdict(Outcome.TRANSPORT, "interrupted"))
            self._close(piece, account)

    def _replace(self, piece: Slice, pieces: Sequence[Slice]) -> None:
        order = self._order.get(piece.query.id, [])
        if piece in order:
            place = order.index(piece)
            order[place : place + 1] = pieces

    def _close(self, piece: Slice, account: _Account) -> None:
        del self._accounts[piece]
        verdict = worst(account.verdicts)
        if judged := self._backend.judge(piece, account.memos):
            verdict = worst([verdict, judged])
        complete = verdict.outcome.is_complete
        self._backend.settled(piece, account.memos, complete)
        if account.is_split:
            return
        self._record(piece, account, verdict)
        if complete:
            self._seen.add(piece)
            self._advance(piece.query.id)

    def _record(self, piece: Slice, account: _Account, verdict: Verdict) -> None:
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
        self._coverage.write(row)
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

    def _advance(self, query: str) -> None:
        """Move the cursor over the slices, oldest first, up to the first that is not completely seen."""
        order = self._order.get(query, [])
        seen = list(takewhile(self._seen.__contains__, order))
        if self._cursors is None or not seen:
            return
        # Pieces of one hour in several regions: the hour is over when the last of them was seen.
        unseen = order[len(seen)].since if len(seen) < len(order) else seen[-1].until
        if unseen > seen[0].since:
            self._cursors.advance(query, min(unseen, seen[-1].until))
