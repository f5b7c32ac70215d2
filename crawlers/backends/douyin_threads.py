"""The comments below works: which are worth reading, in which order, how far, and what is left for the next run.

The works of a slice form one chain that begins where its search ends: one work after the other, so that a run that is
short of time ends in order. What was not read is owed, and comes first in the chain of a later run. There a work goes
on where reading stopped, after its newest pages, and a little before: places are counted, and what was deleted moves
them.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from crawlers.backends.base import MAX_ATTEMPTS, again
from crawlers.backends.douyin_requests import DouyinRequests
from crawlers.backends.douyin_walks import CHAIN, key_of, memo_again, onward_of, stop_of
from crawlers.backends.thread_memory import PATIENCE, UNKNOWN, ThreadMemory
from crawlers.backends.thread_places import (
    CAPPED,
    LATER,
    RESUMED,
    ROOT,
    Place,
    Stop,
    anew_memo,
    capped,
    has_newer,
    page_memo,
)
from crawlers.extract import douyin
from crawlers.extract.douyin_work import Work
from crawlers.model import PageRequest, PageResult, Reply, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.ports import Clock

_GOES_ON = frozenset({Outcome.OK, Outcome.OK_EMPTY, Outcome.NOT_FOUND, Outcome.SUSPECT_EMPTY, Outcome.TRANSPORT})
_NOWHERE = frozenset({Outcome.SUSPECT_EMPTY, Outcome.OK_EMPTY, Outcome.NOT_FOUND, Outcome.CHANGED})
_BACK = 10  # less than a page, so that every page gets on
_FEW = 3  # so many works whose comments are told but not shown: the platform keeps comments from us


@dataclass(frozen=True, slots=True)
class ThreadSettings:
    """`max_pages` of the comments of one work; no new work is begun `seconds` (0: ever) after the start."""

    wanted: bool = True
    max_pages: int = 10
    seconds: float = 0.0
    detail_by_page: bool = False


@dataclass(slots=True)
class _Chain:
    """The works of one slice whose comments are wanted; owed ones are known by their id alone."""

    works: list[str] = field(default_factory=list)
    drafts: dict[str, Draft] = field(default_factory=dict)
    silent: int = 0  # works whose comments were told but not shown


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next in a chain; `is_cut` when there was more to read than time."""

    follow: tuple[PageRequest, ...] = ()
    is_cut: bool = False


def chain_of(piece: Slice) -> str:
    """The name of a slice's chain: it rides in the memo of its pages."""
    return "|".join((piece.query.id, piece.since.isoformat(), piece.until.isoformat(), piece.region))


class DouyinThreads:
    """Reads comments and replies. One per run: it remembers which works were asked for in it."""

    def __init__(
        self,
        requests: DouyinRequests,
        settings: ThreadSettings,
        memory: ThreadMemory,
        clock: Clock,
        is_relevant: Callable[[str], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._requests = requests
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._is_relevant = is_relevant
        self._monotonic = monotonic
        self._began = monotonic()
        self._asked: set[str] = set()
        self._chains: dict[str, _Chain] = {}
        self._is_paid = False
        self._anew: set[str] = set()

    @property
    def _is_late(self) -> bool:
        return 0 < self._settings.seconds <= self._monotonic() - self._began

    def _is_wanted(self, work: Work) -> bool:
        draft = work.draft
        return (
            self._settings.wanted
            and not work.gone
            and draft.engagement.comments != 0
            and self._is_relevant(work.context)
            and self._memory.wants(draft.native_id, work.comments)
        )

    def enlist(self, works: tuple[Work, ...], piece: Slice) -> dict[str, object]:
        """Put the works whose comments have to be read into the chain of the slice. The memo of their page."""
        chain = self._chains.setdefault(chain_of(piece), _Chain())
        fresh = [work for work in works if work.draft.native_id not in self._asked and self._is_wanted(work)]
        for work in fresh:
            native = work.draft.native_id
            self._asked.add(native)
            chain.works.append(native)
            chain.drafts[native] = replace(work.draft, context=work.context)
        return _wanted(fresh)

    def is_capped(self, works: tuple[Work, ...]) -> bool:
        """Whether more comments stand below one of these than an earlier look was allowed to read."""
        return self._settings.wanted and any(
            self._is_relevant(work.context) and self._memory.is_capped(work.draft.native_id) for work in works
        )

    def begin(self, piece: Slice) -> Step:
        """The search of the slice is over: its comments now, then what earlier runs owe."""
        name = chain_of(piece)
        chain = self._chains.setdefault(name, _Chain())
        if self._settings.wanted and not self._is_paid:
            self._is_paid = True
            owed = [work for work in self._memory.owed() if work not in self._asked]
            self._asked.update(owed)
            chain.works.extend(owed)
        return self._step(name, 0)

    def _step(self, name: str, place: int) -> Step:
        """The first page of the work at a place of the chain."""
        chain = self._chains.get(name)
        if chain is None or place >= len(chain.works) or chain.silent >= _FEW:
            return Step(is_cut=chain is not None and place < len(chain.works))
        if self._is_late:
            return Step(is_cut=True)
        memo = {"chain": name, "place": str(place)}
        work = chain.works[place]
        if draft := chain.drafts.get(work):
            return Step((self._requests.comments(draft, 1, 0, memo),))
        return Step((self.detail(work, "owed", memo, later=True),))

    def _next(self, page: PageRequest) -> Step:
        name = page.memo.get("chain", "")
        return self._step(name, int(page.memo["place"]) + 1) if name else Step()

    def detail(
        self, work: str, purpose: str, memo: Mapping[str, str] | None = None, later: bool = False
    ) -> PageRequest:
        """One work again."""
        ask = self._requests.work_page if self._settings.detail_by_page else self._requests.detail
        return ask(work, purpose, memo or {}, later)

    def read_detail(self, reply: Reply, page: PageRequest) -> PageResult:
        """A work that is looked at again: its counts, and its comments where they have grown."""
        native = page.memo["work"]
        found = douyin.parse_detail(reply, native, self._clock.now())
        outcome = found.verdict.outcome
        if outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        is_owed = page.purpose == "owed"
        if outcome is Outcome.OK and (wanted := [work for work in found.works if self._is_wanted(work)]):
            draft = replace(wanted[0].draft, context=wanted[0].context)
            chain = {name: page.memo[name] for name in ("chain", "place") if name in page.memo}
            follow = (self._requests.comments(draft, 1, 0, chain),)
            return PageResult(found.verdict, found.drafts, follow, notes=found.notes, memo=_wanted(wanted))
        step = self._next(page) if is_owed and outcome in _GOES_ON else Step()
        is_gone = outcome is Outcome.NOT_FOUND
        is_settled = is_gone or (is_owed and outcome is Outcome.OK)  # of anything else the comments stay owed
        return PageResult(
            found.verdict,
            found.drafts,
            step.follow,
            saturated=step.is_cut or (is_owed and not is_settled),
            auxiliary=is_owed and outcome is not Outcome.OK,
            notes=found.notes,
            gone=(mention_id(Platform.DOUYIN, MentionKind.VIDEO, native),) if is_gone else (),
            memo={"dropped": native} if is_settled else {},
        )

    def read(self, reply: Reply, page: PageRequest, work: Draft) -> PageResult:
        """A page of comments, or of the replies to one."""
        video = mention_id(Platform.DOUYIN, MentionKind.VIDEO, work.native_id)
        found = douyin.parse_comments(reply, MentionId(video), work.context or work.text, self._clock.now())
        outcome = found.verdict.outcome
        if outcome is Outcome.SUSPECT_EMPTY and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if "stop" in page.memo and page.memo["cursor"] != "0" and outcome in _NOWHERE:
            return self._begin_anew(page, work)
        if outcome is Outcome.SUSPECT_EMPTY:
            return self._silent(found, page, work)
        if outcome.is_complete:
            return self._page(found, page, work)
        step = self._after(page) if outcome in _GOES_ON else Step()
        is_gone = outcome is Outcome.NOT_FOUND
        return PageResult(
            found.verdict,
            found.parsed.drafts,
            step.follow,
            saturated=step.is_cut,
            auxiliary=is_gone,
            notes=found.parsed.notes,
            memo={"dropped": work.native_id} if is_gone else {},
        )

    def _after(self, page: PageRequest) -> Step:
        """Replies hang off a page of comments, which goes on by itself."""
        return self._next(page) if page.purpose == "comments" else Step()

    def _silent(self, found: douyin.CommentPage, page: PageRequest, work: Draft) -> PageResult:
        """Comments are told but not shown. On a first page that is a refusal until it was met several times."""
        chain = self._chains.get(page.memo.get("chain", ""))
        is_first = page.number == 1 and page.purpose == "comments"
        if chain is not None and is_first:
            chain.silent += 1
        step = self._after(page)
        is_known = self._memory.owed().get(work.native_id, 0) >= PATIENCE
        return PageResult(
            found.verdict,
            follow=step.follow,
            notes={"comments_not_shown": 1},
            saturated=True,
            auxiliary=not is_first or is_known,
            memo={"silent": work.native_id},
        )

    def _begin_anew(self, page: PageRequest, work: Draft) -> PageResult:
        """The place where an earlier look stopped shows nothing any more: the comments are read from the first on."""
        expired = Verdict(Outcome.SUSPECT_EMPTY, "cursor_expired")
        chain = {name: page.memo[name] for name in CHAIN if name in page.memo}
        if work.native_id in self._anew:
            return PageResult(expired, follow=self._after(page).follow, auxiliary=True)
        self._anew.add(work.native_id)
        follow = (self._requests.comments(work, 1, 0, {**chain, "anew": "1"}),)
        notes, memo = {"comments_anew": 1}, anew_memo(work.native_id)
        return PageResult(expired, follow=follow, unsettled=True, notes=notes, memo=memo)

    def _page(self, found: douyin.CommentPage, page: PageRequest, work: Draft) -> PageResult:
        """Drafts, the replies that are not on the page, the old place, the next page, and then the next work."""
        key, place = key_of(page), self._place(page, work)
        old = place.stops if place is not None and key == ROOT else ()
        resumed = self._resumed(page, work, old)
        if place is not None and old:
            page = replace(page, memo=memo_again(page, place, chain_rides_on=not onward_of(old)))
        threads = self._threads(found, page, work, place)
        replies = [self._requests.replies(work, comment, 1, 0) for comment in threads]
        has_more = found.has_more and self._goes_back(found, page)
        is_full = has_more and page.number >= self._settings.max_pages
        onward = [self._following(found, page, work)] if has_more and not is_full else []
        is_stuck = bool(onward) and found.cursor <= int(page.memo.get("cursor", "0"))
        is_cut = bool(onward) and (self._is_late or is_stuck)
        stops = [*old, *map(stop_of, replies), *(replace(stop_of(each), is_lasting=not is_stuck) for each in onward)]
        step = Step() if onward and not is_cut else self._after(page)
        notes = {"comments_cut_off": int(is_cut), LATER: int(is_cut and not is_stuck), RESUMED: int(bool(old))}
        return PageResult(
            capped(found.verdict) if is_full else found.verdict,
            found.parsed.drafts,
            (*resumed, *replies, *(() if is_cut else onward), *step.follow),
            saturated=is_full or is_cut or step.is_cut,
            notes={**found.parsed.notes, **notes, CAPPED: int(is_full)},
            memo=page_memo(work.native_id, key, stops, self._clock.now(), threads, is_full),
        )

    @staticmethod
    def _goes_back(found: douyin.CommentPage, page: PageRequest) -> bool:
        """False where pages are read again and everything from here on was there before."""
        return "until" not in page.memo or has_newer(found.parsed.drafts, page.memo["until"])

    def _place(self, page: PageRequest, work: Draft) -> Place | None:
        """Where an earlier look stopped, for the pages of which some was read before."""
        is_first = key_of(page) == ROOT and "anew" not in page.memo
        return self._memory.place(work.native_id) if is_first or {"until", "stop"} & page.memo.keys() else None

    def _threads(
        self, found: douyin.CommentPage, page: PageRequest, work: Draft, place: Place | None
    ) -> Mapping[str, int]:
        """Comments whose replies are wanted: those that have others than when they were read."""
        if page.purpose == "replies":
            return {}
        known = {**self._memory.replies(work.native_id), **(place.replies if place is not None else {})}
        return {comment: count for comment, count in found.threads.items() if known.get(comment) != count}

    def _resumed(self, page: PageRequest, work: Draft, old: tuple[Stop, ...]) -> list[PageRequest]:
        """The pages at which an earlier look stopped; the chain of works goes on behind the first level."""
        chain = {name: page.memo[name] for name in CHAIN if name in page.memo}
        ahead = onward_of(old)
        return [self._at(work, stop, chain if stop is ahead else {}) for stop in old]

    def _at(self, work: Draft, stop: Stop, chain: Mapping[str, str]) -> PageRequest:
        cursor = max(0, int(stop.cursor or "0") - _BACK)
        memo = {**chain, "stop": stop.key, **({"until": stop.until} if stop.until else {})}
        if stop.comment:
            return self._requests.replies(work, stop.comment, stop.number, cursor, memo)
        return self._requests.comments(work, stop.number, cursor, memo)

    def _following(self, found: douyin.CommentPage, page: PageRequest, work: Draft) -> PageRequest:
        if page.purpose == "replies":
            return self._requests.replies(work, page.memo["comment"], page.number + 1, found.cursor)
        memo = {name: page.memo[name] for name in (*CHAIN, "until") if name in page.memo}
        return self._requests.comments(work, page.number + 1, found.cursor, memo)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A page that never came: it counts, and its work stays owed. One that may be owed again does not count."""
        step = self._next(page) if page.purpose != "replies" and verdict.outcome in _GOES_ON else Step()
        is_owed = page.purpose == "owed"
        return PageResult(verdict, follow=step.follow, auxiliary=is_owed, saturated=is_owed or step.is_cut)


def _wanted(works: list[Work]) -> dict[str, object]:
    counts: Counter[str] = Counter()
    for work in works:
        counts[work.draft.native_id] = UNKNOWN if work.comments is None else work.comments
    return {"wanted": dict(counts)} if counts else {}
