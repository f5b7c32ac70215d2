"""Second looks: stored mentions are read again, without coverage and without cursors.

Each mention is a piece of its own. Its page comes from the backend's `look_up` and is read by the backend's `read`;
what it shows goes the way of everything else, so that grown counts become snapshots. What is gone goes to the sink.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from crawlers.backends.thread_places import LATER
from crawlers.coverage import CoverageBook
from crawlers.ledger import INTERRUPTED, Account, Ledger, PageRead
from crawlers.model import Backend, PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.plan import CrawlPlan
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.errors import StoreError
from yuqing.domain.mention import mention_id
from yuqing.domain.subject import Source
from yuqing.jobs.refresh import BEGUN, CUT, NO_ROUTE, PARTLY, SHOWN, Look, LookBook, Reason

_log = logging.getLogger(__name__)
PURPOSE = "look_up"
ANOTHER = Verdict(Outcome.CHANGED, "another_post")
NOTHING = Verdict(Outcome.SUSPECT_EMPTY, "nothing_shown")
_BELOW = "below_refused"
_GETS_ON = 3  # pages of a look: the mention, the newest comments, and one behind
# Refusals and accidents pass; a page that cannot be read, or never shows what it tells of, is not asked for in vain.
_PASSING = frozenset(
    {Outcome.RATE_LIMITED, Outcome.TRANSPORT, Outcome.AUTH_REQUIRED, Outcome.CHALLENGE, Outcome.BLOCKED}
)
Looks = Mapping[Slice, Look]


class LookBackend:
    """A backend that is asked for single mentions. All that is not said here is as in the backend it stands before."""

    def __init__(self, backend: Backend, requests: Mapping[Slice, PageRequest], looks: Looks) -> None:
        self._backend = backend
        self._requests = requests
        self._looks = looks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The page of the mention."""
        return (self._requests[piece],)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """What the page shows, about the subjects that the mention is known to be about."""
        return self._own(self._backend.read(reply, page, piece), page, piece)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A page that did not come."""
        result = self._backend.lost(page, verdict)
        return result if page.purpose == PURPOSE else _below(result)

    def judge(self, piece: Slice, memos: Sequence[Mapping[str, object]]) -> Verdict | None:
        """The page speaks for itself."""
        return None

    def _own(self, result: PageResult, page: PageRequest, piece: Slice) -> PageResult:
        look = self._looks[piece]
        if page.purpose == PURPOSE and not result.unsettled and not result.auxiliary and not _shows(result, look):
            return PageResult(ANOTHER if result.drafts else NOTHING, notes=result.notes)
        drafts = tuple(_about(draft, look) for draft in result.drafts)
        # What hangs below (comments, long texts) is read along; the look is judged by the mention's own page.
        # One look after the other: a run that ends early has looked at fewer mentions, and at those to the end.
        follow = tuple(replace(each, later=False) for each in result.follow)
        if look.reason is Reason.WITNESS and not result.unsettled:
            follow = ()  # those it vouches for must not wait for its comments; what is noted as wanted is read later
        own = replace(result, drafts=drafts, follow=follow, split=(), ranks=())
        return own if page.purpose == PURPOSE else _below(own)


def _below(result: PageResult) -> PageResult:
    is_lost = not (result.auxiliary or result.unsettled) and result.verdict.outcome in _PASSING
    sign = LATER if result.verdict == INTERRUPTED else _BELOW  # the end of a run is no refusal
    notes = {**result.notes, sign: 1} if is_lost else result.notes
    return replace(result, auxiliary=True, notes=notes)


def _shows(result: PageResult, look: Look) -> bool:
    """False for a page that is called well and does not show what was asked for: a platform that answers with whatever
    it has, or with nothing, proves nothing, neither counts nor that others are gone."""
    shown = {mention_id(draft.platform, draft.kind, draft.native_id) for draft in result.drafts}
    return not result.verdict.outcome.is_complete or look.id in shown


def _about(draft: Draft, look: Look) -> Draft:
    if mention_id(draft.platform, draft.kind, draft.native_id) != look.id:
        return draft
    return replace(draft, subjects=tuple(dict.fromkeys((*draft.subjects, *look.subjects))))


class LookLedger(Ledger):
    """Notes the looks. A look that was never sent, because the run ended or the host refuses, stays due."""

    def __init__(self, source: Source, backend: Backend, plan: CrawlPlan, looks: Looks) -> None:
        super().__init__(source.id, backend, CoverageBook(plan.state), None, plan.clock)
        self._looks = looks
        self._book = LookBook(plan.state, plan.clock)
        self._partly: set[Slice] = set()
        self._noted: set[Slice] = set()
        self._read: Counter[Slice] = Counter()  # pages that came, the mention's own among them
        self._shown: set[Slice] = set()
        self._later: set[Slice] = set()

    def expect(self, piece: Slice) -> None:
        """Something follows from a look: until it is over the look is owed, whatever is stored of it, kill or not."""
        is_more = piece in self._accounts and piece not in self._noted
        super().expect(piece)
        if not is_more:
            return
        self._noted.add(piece)
        try:
            self._book.note(self._looks[piece], BEGUN)
        except StoreError as error:  # what is read now cannot be stored either, which ends the run
            _log.warning("look not noted source=%s error=%s", self._source, type(error).__name__)

    def settle(self, read: PageRead) -> None:
        """Remember whose comments were refused: the look at them is owed, whatever the mention's own page said."""
        if read.result.notes.get(_BELOW):
            self._partly.add(read.piece)
        if read.result.notes.get(LATER):
            self._later.add(read.piece)
        self._read[read.piece] += read.result.verdict.outcome.is_complete
        if read.result.verdict.outcome is Outcome.OK and not read.result.auxiliary:
            self._shown.add(read.piece)
        super().settle(read)

    def _record(self, piece: Slice, account: Account, verdict: Verdict) -> None:
        self.tally.slices[verdict.outcome.value] += 1
        if verdict.outcome.value in ("ok", "ok_empty", "not_found"):
            self.tally.complete += 1
        else:
            self.tally.incomplete += 1
        if account.asked or piece in self._shown:
            self._book.note(self._looks[piece], self._told(piece, verdict))
        _log.info("look source=%s outcome=%s %s", self._source, verdict.outcome.value, verdict.detail)

    def _told(self, piece: Slice, verdict: Verdict) -> str:
        """Time that is over refuses nothing: a mention that was shown is gone on with where the look was cut, and soon
        where a run gets on with it."""
        is_cut = piece in self._later or verdict == INTERRUPTED
        if piece not in self._shown or not (is_cut or verdict.outcome is Outcome.OK):
            return verdict.outcome.value
        if piece in self._partly or (is_cut and self._read[piece] < _GETS_ON):
            return PARTLY
        return CUT if is_cut else SHOWN


def second_looks(source: Source, plan: CrawlPlan, backend: Backend) -> tuple[Backend, Ledger, tuple[Slice, ...]]:
    """The backend, the ledger and the pieces of a run that looks again. Mentions without a page are noted as such."""
    book = LookBook(plan.state, plan.clock)
    looks: dict[Slice, Look] = {}
    requests: dict[Slice, PageRequest] = {}
    for look in (plan.look_ups or {}).get(source.id, ()):
        page = backend.look_up(look.id, look.url)
        if page is None:
            book.note(look, NO_ROUTE)
            continue
        # The query of the first sight stays the query of the mention; the id keeps the pieces apart.
        term = SearchTerm(look.query_id, look.query_id)
        piece = Slice(term, look.published_at, look.published_at + timedelta(seconds=1), look.id)
        looks[piece], requests[piece] = look, page
    again = cast(Backend, LookBackend(backend, requests, looks))
    return again, LookLedger(source, again, plan, looks), tuple(looks)
