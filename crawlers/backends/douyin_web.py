"""www.douyin.com: search, works of organisations, comments. There is no date range: newest first, read often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again, floor_hour
from crawlers.backends.douyin_requests import DouyinRequests
from crawlers.backends.douyin_threads import DouyinThreads, Step
from crawlers.backends.thread_memory import ThreadMemory
from crawlers.backends.thread_places import capped
from crawlers.extract import douyin
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.mention import MentionId, MentionKind, Platform, mention_id
from yuqing.domain.ports import Clock

_ANSWERED = frozenset({Outcome.OK, Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY})


@dataclass(frozen=True, slots=True)
class DouyinSettings:
    """`max_pages` of a search or of a user's works. A search that ends by itself after `depth` works or more has met
    the limit of the platform (some 160 to 230 works), not the end of what there is.

    `users`: `sec_uid` of organisations whose works are read; with `search_users` only those that hold a search term.

    Comments come for days. A page of works tells how many there are below each, so works are read further back than
    the window: those of accounts always, by `follow`; those of a search once in `sweep_every` (zero: never), by
    `sweep`.
    """

    base: str
    cookie: str = field(default="", repr=False)
    max_pages: int = 20
    depth: int = 150
    users: tuple[str, ...] = field(default=(), repr=False)
    search_users: bool = False
    follow: timedelta = timedelta(days=7)
    sweep: timedelta = timedelta(days=2)
    sweep_every: timedelta = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class _Target:
    """One account whose works are read: all, or those that hold a text."""

    user: str = field(repr=False)
    text: str = ""


def user_queries(users: Sequence[str], terms: Sequence[SearchTerm], by_search: bool) -> Mapping[SearchTerm, _Target]:
    """A query for every account, or for every account and term. Accounts are known by a digest: ids go nowhere."""
    found: dict[SearchTerm, _Target] = {}
    for user in users:
        name = f"user:{sha256(user.encode()).hexdigest()[:12]}"
        for term in terms if by_search else ():
            found[SearchTerm(f"{name}:{term.id}", f"{name}:{term.text}")] = _Target(user, term.text)
        if not by_search:
            found[SearchTerm(name, name)] = _Target(user)
    return found


class DouyinWeb(BackendBase):
    """Reads pages of works until they are older than the window, then the comments of those about a subject."""

    searches = True

    def __init__(
        self,
        queries: tuple[SearchTerm, ...],
        settings: DouyinSettings,
        requests: DouyinRequests,
        threads: DouyinThreads,
        memory: ThreadMemory,
        clock: Clock,
    ) -> None:
        self._targets = user_queries(settings.users, queries, settings.search_users)
        super().__init__((*queries, *self._targets))
        self._settings = settings
        self._requests = requests
        self._threads = threads
        self._memory = memory
        self._clock = clock

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return (self._settings.cookie,) if self._settings.cookie else ()

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page of works."""
        memo = {"cursor": "0", "search_id": "", "seen": "", "floor": self._floor(piece).isoformat()}
        return (self._works(piece, PageRequest("", "works", memo=memo)),)

    def _floor(self, piece: Slice) -> datetime:
        """How far back works are read, for themselves or for the comments below them."""
        target, every = self._targets.get(piece.query), self._settings.sweep_every
        if target is not None:
            return piece.since if target.text else piece.since - self._settings.follow
        if not every or not self._is_ours(piece) or self._memory.is_swept(piece.query.id, every):
            return piece.since
        return min(piece.since, floor_hour(self._clock.now() - self._settings.sweep))

    def _is_ours(self, piece: Slice) -> bool:
        """False for a query that is asked for a test (a canary): nothing follows from it."""
        return piece.query in self._queries

    def _works(self, piece: Slice, page: PageRequest) -> PageRequest:
        """The address of a page of works: number, attempt and memo are those of `page`."""
        target = self._targets.get(piece.query)
        if target is None:
            floor = datetime.fromisoformat(page.memo["floor"])
            return self._requests.search(piece.query.text, self._clock.now() - floor, page)
        if target.text:
            return self._requests.user_search(target.user, target.text, page)
        return self._requests.posts(target.user, page)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A page of works, one work, or a page of comments."""
        if page.purpose in ("comments", "replies") and page.draft is not None:
            return self._threads.read(reply, page, page.draft)
        if page.purpose in ("look_up", "owed"):
            return self._threads.read_detail(reply, page)
        return self._read_works(reply, page, piece)

    def _parse(self, reply: Reply, piece: Slice) -> douyin.WorksPage:
        target = self._targets.get(piece.query)
        is_list = target is not None and not target.text
        return (douyin.parse_posts if is_list else douyin.parse_search)(reply, self._clock.now())

    def _read_works(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        found = self._parse(reply, piece)
        if (suspicion := self._suspicion(found, page)) is not None:
            if page.attempt < MAX_ATTEMPTS:
                return self._again(found, page, piece, suspicion)
            found = replace(found, verdict=self._end(suspicion, page, piece) or suspicion)
        following, saturated = self._onward(found, page, piece)
        memo, step = (
            self._below(found, page, piece, is_last=following is None) if self._is_ours(piece) else ({}, Step())
        )
        is_capped = self._is_ours(piece) and self._threads.is_capped(found.works)
        return PageResult(
            capped(found.verdict) if is_capped else found.verdict,
            found.drafts,
            step.follow if following is None else (following,),
            saturated=saturated or step.is_cut or is_capped,
            notes=found.notes,
            gone=tuple(_id(work.draft.native_id) for work in found.works if work.gone),
            memo=memo,
        )

    def _below(
        self, found: douyin.WorksPage, page: PageRequest, piece: Slice, is_last: bool
    ) -> tuple[Mapping[str, object], Step]:
        """The works whose comments are wanted; after the last page of works, where to begin with them."""
        memo = self._threads.enlist(found.works, piece)
        if is_last and found.verdict.outcome.is_complete and self._is_sweep(page, piece):
            memo["swept"] = True
        is_answered = is_last and found.verdict.outcome in _ANSWERED
        return memo, self._threads.begin(piece) if is_answered else Step()

    def _is_sweep(self, page: PageRequest, piece: Slice) -> bool:
        is_search = self._settings.sweep_every and piece.query not in self._targets
        return (
            bool(is_search) and self._clock.now() - datetime.fromisoformat(page.memo["floor"]) >= self._settings.sweep
        )

    @staticmethod
    def _suspicion(found: douyin.WorksPage, page: PageRequest) -> Verdict | None:
        """Nothing where something should be, or nothing that was not on an earlier page."""
        if found.verdict.outcome is Outcome.SUSPECT_EMPTY:
            return found.verdict
        if found.verdict.outcome is Outcome.OK_EMPTY and page.number > 1 and page.attempt < MAX_ATTEMPTS:
            return Verdict(Outcome.SUSPECT_EMPTY, "blank_after_more")  # the page before said that there is more
        names = {work.draft.native_id for work in found.works}
        if names and names <= set(page.memo["seen"].split(",")):
            return Verdict(Outcome.SUSPECT_EMPTY, "repeats_earlier_pages")
        if found.verdict.outcome is Outcome.OK and found.has_more and str(found.cursor) == page.memo["cursor"]:
            return Verdict(Outcome.SUSPECT_EMPTY, "cursor_stands_still")
        return None

    def _again(self, found: douyin.WorksPage, page: PageRequest, piece: Slice, verdict: Verdict) -> PageResult:
        """The same page once more; under the answer's own search id where the thread of the search was lost."""
        if not found.works or page.number == 1:
            return again(page, verdict)
        memo = {**page.memo, "search_id": found.search_id or page.memo["search_id"]}
        once_more = self._works(piece, replace(page, attempt=page.attempt + 1, memo=memo))
        return PageResult(verdict, follow=(once_more,), unsettled=True, notes=found.notes)

    def _end(self, suspicion: Verdict, page: PageRequest, piece: Slice) -> Verdict | None:
        """A blank page as deep as the platform lets anybody look is its limit, and told as such."""
        is_limit = suspicion.detail == "nothing_told" and self._is_deep(_seen(page), piece)
        return Verdict(Outcome.OK_EMPTY, "depth_reached") if is_limit else None

    def _is_deep(self, seen: Sequence[str], piece: Slice) -> bool:
        return piece.query not in self._targets and len(seen) >= self._settings.depth

    def _onward(self, found: douyin.WorksPage, page: PageRequest, piece: Slice) -> tuple[PageRequest | None, bool]:
        """The next page, if one is wanted, and whether works of the window may lie beyond what can be read."""
        if found.verdict.outcome is not Outcome.OK:
            return None, found.verdict.outcome is Outcome.OK_EMPTY and self._is_deep(_seen(page), piece)
        seen = [*_seen(page), *(work.draft.native_id for work in found.works)]
        newest = max((work.draft.published_at for work in found.works if not work.pinned), default=None)
        if newest is not None and newest < datetime.fromisoformat(page.memo["floor"]):
            return None, False
        is_short = newest is None or newest >= piece.since  # of the window, whatever lies behind it
        if not found.has_more:
            return None, is_short and self._is_deep(seen, piece)
        if page.number >= self._settings.max_pages:
            return None, is_short
        memo = {
            "cursor": str(found.cursor),
            "search_id": page.memo["search_id"] or found.search_id,
            "seen": ",".join(seen),
            "floor": page.memo["floor"],
        }
        return self._works(piece, PageRequest("", "works", page.number + 1, memo=memo)), False

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """Works and comments both count for the slice."""
        return PageResult(verdict) if page.purpose == "works" else self._threads.lost(page, verdict)

    def settled(self, piece: Slice, memos: Sequence[Mapping[str, object]], complete: bool) -> None:
        """Remember the comments that were read to their end, owe the others, and when works were counted over."""
        self._memory.save(memos)
        if any(memo.get("swept") for memo in memos):
            self._memory.sweep(piece.query.id)

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """One work; its comments follow where their number has grown. A comment has no page of its own."""
        prefix, _, native = mention.rpartition(":")
        if f"{prefix}:" != _id("") or not native.isdigit():
            return None
        return self._threads.detail(native, "look_up")


def _seen(page: PageRequest) -> list[str]:
    """The works of the pages before."""
    return [*filter(None, page.memo["seen"].split(","))]


def _id(native: str) -> MentionId:
    return mention_id(Platform.DOUYIN, MentionKind.VIDEO, native)
