"""The engine that all spiders share: it turns a backend's pages into requests, and replies into pages read."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import scrapy
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.accidents import DOWNLOAD_ERRORS, PARSE_ERRORS, unread
from crawlers.budget import Budget
from crawlers.governor import REFUSALS, Governor
from crawlers.inner import InnerHosts, Reach
from crawlers.ledger import Ledger, PageRead
from crawlers.model import Backend, PageRequest, PageResult, Reply, Slice, Verdict
from crawlers.outcomes import TRUNCATED, by_status
from crawlers.plan import CrawlPlan, GoneSink, Intake, RankSink
from crawlers.raw import RawReplies
from crawlers.retry_after import seconds
from crawlers.sessions import Fetch, SessionPool
from crawlers.turns import Turns
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import Clock
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

_log = logging.getLogger(__name__)
_MOST_FIRST = 16  # first pages that wait for their answer; a long back-fill has thousands
_PASSING = frozenset({Outcome.RATE_LIMITED, Outcome.AUTH_REQUIRED})  # while the host may still be asked
_MAX_REFUSALS = 2  # how often a page that was refused or cut short is asked for again in this run


def to_reply(response: Response) -> Reply:
    """A reply as plain data."""
    names = {name.decode("latin-1").lower() for name in response.headers}
    headers = {name: (response.headers.get(name) or b"").decode("latin-1") for name in names}
    return Reply(response.url, response.status, response.body, headers)


def host_of(url: str) -> str:
    """Host and port: what a governor keeps count of."""
    return urlsplit(url).netloc


class SliceSpider(scrapy.Spider):
    """Reads the slices of one source. Made by `crawlers.run`, which passes everything it needs.

    A spider says what is special about its kind of source: `own_options` that sources.yml may set, the `delay`
    between two requests to a host, `bases` (name -> origin of each surface) and `is_open`: meant for programs, so
    that robots.txt is obeyed and the User-Agent is our own name; `names_itself`: only the latter. `canary` is a word
    that a search always finds.
    """

    own_options: ClassVar[frozenset[str]] = frozenset()
    delay: ClassVar[float] = 8.0
    bases: ClassVar[Mapping[str, str]] = {}
    is_open: ClassVar[bool] = False
    names_itself: ClassVar[bool] = False
    canary: ClassVar[str] = ""

    @staticmethod
    def way(source: Source) -> Way:
        """By which way the source is read with these options: pages are read only after somebody accepted terms."""
        return Way.WEB

    @staticmethod
    def build(source: Source, plan: CrawlPlan, is_relevant: Callable[[str], bool]) -> Backend:
        """The backend that the options name. Raises ConfigError naming a wrong option."""
        raise NotImplementedError

    def __init__(
        self,
        *,
        source_id: str,
        backend: Backend,
        pieces: tuple[Slice, ...],
        ledger: Ledger,
        governor: Governor,
        raw: RawReplies,
        intake: Intake,
        ranks: RankSink | None = None,
        gone: GoneSink | None = None,
        sessions: Callable[[Fetch | None], SessionPool],
        clock: Clock,
        reach: Reach | None = None,
        budget: Budget | None = None,
        errors: list[StoreError],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source_id = source_id
        self.backend = backend
        self.sessions = sessions(self._fetch_ticket if backend.session() is not None else None)
        self.clock = clock
        self.reach = reach or Reach(frozenset(), InnerHosts(()))
        self.budget = budget or Budget()
        self.pieces = pieces
        self.ledger = ledger
        self.governor = governor
        self.raw = raw
        self.intake = intake
        self.ranks = ranks
        self.gone = gone
        self.errors = errors
        self._turns = Turns(_MOST_FIRST)

    async def start(self) -> AsyncIterator[Any]:
        """The first pages of every slice, oldest first. A host that rests is not asked: see GoverningMiddleware."""
        await self._probe()
        await self._ask_canary()
        for piece in self.pieces:
            for page in self.backend.first(piece):
                await self._turns.take()
                yield self._request(page, piece, is_first=True)

    async def _probe(self) -> None:
        """A host that refused in an earlier run is asked for one cheap page first, where the platform has one."""
        page = self.backend.probe()
        if page is None or not self.governor.is_half_open(host_of(page.url)):
            return
        found = await self._fetch(page)
        verdict = found if isinstance(found, Verdict) else self._read_probe(found)
        _log.info("probe source=%s outcome=%s %s", self.source_id, verdict.outcome.value, verdict.detail)

    def _read_probe(self, response: Response) -> Verdict:
        reply = reply_of(response)
        try:
            verdict = self.backend.read_probe(reply)
        except PARSE_ERRORS as error:
            verdict = unread(error)
        if by_status(reply) is None:
            self.learn(_request_of(response), verdict, reply)
        return verdict

    async def _ask_canary(self) -> None:
        """Search for the word that always has results, before an empty page has to be believed. Nothing is stored."""
        canary = self.ledger.canary
        if canary is None or not canary.is_due or not self.pieces:
            return
        piece = canary.piece()
        page: PageRequest | None = next(iter(self.backend.first(piece)), None)
        while page is not None:
            result = await self._read_canary(page, piece)
            try:
                canary.note(result.verdict, len(result.drafts))
            except StoreError as error:
                self.errors.append(error)
            page = next(iter(result.follow), None) if result.unsettled else None
        _log.info("canary source=%s silent=%s", self.source_id, canary.is_silent)

    async def _read_canary(self, page: PageRequest, piece: Slice) -> PageResult:
        found = await self._fetch(page)
        if isinstance(found, Verdict):
            return PageResult(found)
        reply = reply_of(found)
        try:
            result = self.backend.read(reply, page, piece)
        except PARSE_ERRORS as error:
            result = PageResult(unread(error))
        if by_status(reply) is None:
            self.learn(_request_of(found), result.verdict, reply)
        return result

    async def _fetch_ticket(self) -> tuple[Verdict, str]:
        """Ask for a visitor's ticket, past the turns of the pages that wait for it."""
        page = self.backend.session()
        assert page is not None  # noqa: S101  # the pool only asks where there is one
        found = await self._fetch(page, is_ticket=True)
        verdict, cookie = (found, "") if isinstance(found, Verdict) else self._open_session(reply_of(found))
        _log.info("session source=%s outcome=%s %s", self.source_id, verdict.outcome.value, verdict.detail)
        return verdict, cookie

    def _open_session(self, reply: Reply) -> tuple[Verdict, str]:
        try:
            return self.backend.open_session(reply)
        except PARSE_ERRORS as error:
            return unread(error), ""

    async def _fetch(self, page: PageRequest, is_ticket: bool = False) -> Response | Verdict:
        """One page awaited on the spot, or why it never came."""
        request = scrapy.Request(
            page.url,
            method=page.method,
            headers=_headers(page),
            body=_body(page),
            dont_filter=True,
            meta={"page": page, "is_ticket": is_ticket},
        )
        self.ledger.tally.requests += 1
        assert self.crawler.engine is not None  # noqa: S101  # called inside a running engine
        try:
            return await self.crawler.engine.download_async(request)
        except DOWNLOAD_ERRORS as error:
            return _why(error)

    def _request(self, page: PageRequest, piece: Slice, priority: int = 0, is_first: bool = False) -> scrapy.Request:
        self.ledger.expect(piece)
        return scrapy.Request(
            page.url,
            method=page.method,
            headers=_headers(page),
            body=_body(page),
            callback=self.on_reply,
            errback=self.on_failure,
            cb_kwargs={"page": page, "piece": piece},
            dont_filter=True,
            priority=priority,
            meta={"is_first": is_first},
        )

    def on_reply(self, response: Response, page: PageRequest, piece: Slice) -> Iterator[Any]:
        """Read a page."""
        yield from self._take(self.backend.read(reply_of(response), page, piece), page, piece, response)

    def failed(self, response: Response, verdict: Verdict) -> Iterator[Any]:
        """A page whose reading broke."""
        page, piece = response.cb_kwargs["page"], response.cb_kwargs["piece"]
        yield from self._take(self.backend.lost(page, verdict), page, piece, response)

    def on_failure(self, failure: Failure) -> Iterator[Any]:
        """A page that never came."""
        request: scrapy.Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        if not isinstance(failure.value, IgnoreRequest):
            self.ledger.arrived(request.cb_kwargs["piece"])
        if request.meta.get("is_first"):
            self._turns.give_back()
        page, piece = request.cb_kwargs["page"], request.cb_kwargs["piece"]
        result = self.backend.lost(page, _why(failure.value))
        yield from self._take(result, page, piece, None)

    def _take(self, result: PageResult, page: PageRequest, piece: Slice, response: Response | None) -> Iterator[Any]:
        """Learn from the outcome, ask for what follows, hand the page on."""
        raw_ref, has_successor = None, False
        if response is not None:
            self.ledger.tally.requests += 1
            request, reply = _request_of(response), reply_of(response)
            self.ledger.arrived(piece)
            if request.meta.get("is_first"):
                self._turns.give_back()
            if not request.meta.get("refused"):  # refusals by status were reported when they arrived
                self.learn(request, result.verdict, reply)
            has_successor = bool(request.meta.get("has_successor"))
            raw_ref = self.raw.keep(reply, result.verdict, page.purpose)
        result = _once_more(result, page) if has_successor else self._try_again(result, page)
        for following in result.follow:
            # Finish a slice before the next one is begun; what may wait comes after every slice's own pages.
            yield self._request(following, piece, priority=-2 if following.later else 1)
        # The cut before its pieces: one of them may be read before this loop is over.
        yield self._page_read(result, piece, raw_ref)
        # The queue gives back what came last: pieces are read oldest first, as the cursor moves over them, and only
        # after every other query had its first look.
        for child in reversed(self.ledger.in_order(piece, result.split)):
            for first in self.backend.first(child):
                yield self._request(first, child, priority=-1)

    def _try_again(self, result: PageResult, page: PageRequest) -> PageResult:
        verdict = result.verdict
        is_passing = verdict.outcome in _PASSING or verdict.detail in TRUNCATED
        if not is_passing or page.refusals >= _MAX_REFUSALS or self.governor.refuses(host_of(page.url)):
            return result
        return _once_more(result, replace(page, refusals=page.refusals + 1))

    def learn(self, request: scrapy.Request, verdict: Verdict, reply: Reply) -> None:
        """Tell session and host how a page ended. A refused page whose session has a successor is asked for again."""
        session, host = str(request.meta.get("session", "")), host_of(request.url)
        if session and verdict.outcome.is_complete:
            self.sessions.answered(session)
        elif session and verdict.outcome in REFUSALS and self.sessions.refused(session, verdict):
            request.meta["has_successor"] = True
            self.governor.inconclusive(host)  # it was the session, not the host
            return
        wait = seconds(reply.headers, self.clock.now()) if verdict.outcome in REFUSALS else None
        self.governor.report(host, verdict, wait)

    def _page_read(self, result: PageResult, piece: Slice, raw_ref: str | None) -> PageRead:
        self.ledger.count(result)
        drafts = tuple(
            replace(draft, source_id=self.source_id, query_id=piece.query.id, raw_ref=raw_ref)
            for draft in result.drafts
        )
        return PageRead(piece, result, drafts)


def reply_of(response: Response) -> Reply:
    """The reply as plain data, made once."""
    known = response.meta.get("reply") if response.request is not None else None
    return known if isinstance(known, Reply) else to_reply(response)


def _request_of(response: Response) -> scrapy.Request:
    assert response.request is not None  # noqa: S101  # the engine sets it
    return response.request


def _headers(page: PageRequest) -> dict[str, str]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if page.form else {}
    return {**kind, **page.headers}


def _body(page: PageRequest) -> bytes:
    return urlencode(dict(page.form)).encode() if page.form else page.body


def _once_more(result: PageResult, page: PageRequest) -> PageResult:
    return replace(result, follow=(page,), drafts=(), unsettled=True)


def _why(error: BaseException | None) -> Verdict:
    """The verdict of a request that brought no reply."""
    verdict = getattr(error, "verdict", None)
    if isinstance(verdict, Verdict):
        return verdict
    if isinstance(error, IgnoreRequest):
        return Verdict(Outcome.BLOCKED, "robots")
    return Verdict(Outcome.TRANSPORT, type(error).__name__)
