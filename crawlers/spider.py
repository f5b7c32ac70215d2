"""The engine that all spiders share: it turns a backend's pages into requests, and replies into pages read."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import scrapy
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.governor import Governor
from crawlers.ledger import Ledger, PageRead
from crawlers.model import Backend, PageRequest, PageResult, Reply, Slice, Verdict
from crawlers.outcomes import by_status
from crawlers.plan import CrawlPlan, GoneSink, Intake, RankSink
from crawlers.raw import RawReplies
from crawlers.sessions import SessionPool
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.subject import Source

_log = logging.getLogger(__name__)
_MAX_REFUSALS = 2  # how often a page that was rate-limited or cut short is asked for again in this run


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
    that robots.txt is obeyed and the User-Agent is our own name.
    """

    own_options: ClassVar[frozenset[str]] = frozenset()
    delay: ClassVar[float] = 8.0
    bases: ClassVar[Mapping[str, str]] = {}
    is_open: ClassVar[bool] = False

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
        refused: Verdict | None = None,
        errors: list[StoreError],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source_id = source_id
        self.backend = backend
        self.sessions = SessionPool(backend.cookies)
        self.pieces = pieces
        self.ledger = ledger
        self.governor = governor
        self.raw = raw
        self.intake = intake
        self.ranks = ranks
        self.gone = gone
        self.refused = refused
        self.errors = errors

    async def start(self) -> AsyncIterator[Any]:
        """The session first, then the first pages of every slice, oldest first. A paused source is not asked."""
        refused = self.refused or await self._open_session()
        for piece in self.pieces:
            for page in self.backend.first(piece):
                if refused is None:
                    yield self._request(page, piece)
                else:
                    self.ledger.expect(piece)
                    yield self._page_read(PageResult(refused), piece, None)

    async def _open_session(self) -> Verdict | None:
        """Fetch the visitor ticket where the backend wants one: once, before all else. None when all is well."""
        page = self.backend.session()
        if page is None:
            return None
        request = scrapy.FormRequest(
            page.url, formdata=dict(page.form), headers=dict(page.headers), dont_filter=True, meta={"page": page}
        )
        self.ledger.tally.requests += 1
        assert self.crawler.engine is not None  # noqa: S101  # start() runs inside a running engine
        try:
            response = await self.crawler.engine.download_async(request)
        except (IgnoreRequest, OSError, DownloadFailedError, DownloadTimeoutError) as error:
            return _why(error)
        verdict, cookie = self.backend.open_session(to_reply(response))
        if cookie:
            self.sessions.add(cookie)
        _log.info("session source=%s outcome=%s %s", self.source_id, verdict.outcome.value, verdict.detail)
        return None if verdict.outcome is Outcome.OK else verdict

    def _request(self, page: PageRequest, piece: Slice, priority: int = 0) -> scrapy.Request:
        self.ledger.expect(piece)
        return scrapy.Request(
            page.url,
            method=page.method,
            headers=dict(page.headers),
            body=page.body,
            callback=self.on_reply,
            errback=self.on_failure,
            cb_kwargs={"page": page, "piece": piece},
            dont_filter=True,
            priority=priority,
        )

    def on_reply(self, response: Response, page: PageRequest, piece: Slice) -> Iterator[Any]:
        """Read a page."""
        reply = to_reply(response)
        yield from self._take(self.backend.read(reply, page, piece), page, piece, reply)

    def failed(self, response: Response, verdict: Verdict) -> Iterator[Any]:
        """A page whose reading broke."""
        page, piece = response.cb_kwargs["page"], response.cb_kwargs["piece"]
        yield from self._take(self.backend.lost(page, verdict), page, piece, to_reply(response))

    def on_failure(self, failure: Failure) -> Iterator[Any]:
        """A page that never came."""
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        page, piece = request.cb_kwargs["page"], request.cb_kwargs["piece"]
        result = self.backend.lost(page, _why(failure.value))
        yield from self._take(result, page, piece, None)

    def _take(self, result: PageResult, page: PageRequest, piece: Slice, reply: Reply | None) -> Iterator[Any]:
        """Learn from the outcome, ask for what follows, hand the page on."""
        raw_ref = None
        if reply is not None:
            self.ledger.tally.requests += 1
            if by_status(reply) is None:  # refusals by status were reported when they arrived
                self.governor.report(host_of(page.url), result.verdict)
            raw_ref = self.raw.keep(reply, result.verdict)
        result = self._try_again(result, page)
        # The queue gives back what came last: pieces are read oldest first, as the cursor moves over them, and only
        # after every other query had its first look.
        for child in reversed(result.split):
            for first in self.backend.first(child):
                yield self._request(first, child, priority=-1)
        for following in result.follow:
            yield self._request(following, piece, priority=1)  # finish a slice before the next one is begun
        yield self._page_read(result, piece, raw_ref)

    def _try_again(self, result: PageResult, page: PageRequest) -> PageResult:
        verdict = result.verdict
        is_passing = verdict.outcome is Outcome.RATE_LIMITED or verdict.detail == "truncated_json"
        if not is_passing or page.refusals >= _MAX_REFUSALS or self.governor.refuses(host_of(page.url)):
            return result
        return replace(result, follow=(replace(page, refusals=page.refusals + 1),), drafts=(), unsettled=True)

    def _page_read(self, result: PageResult, piece: Slice, raw_ref: str | None) -> PageRead:
        self.ledger.count(result)
        drafts = tuple(
            replace(draft, source_id=self.source_id, query_id=piece.query.id, raw_ref=raw_ref)
            for draft in result.drafts
        )
        return PageRead(piece, result, drafts)


def _why(error: BaseException | None) -> Verdict:
    """The verdict of a request that brought no reply."""
    verdict = getattr(error, "verdict", None)
    if isinstance(verdict, Verdict):
        return verdict
    if isinstance(error, IgnoreRequest):
        return Verdict(Outcome.BLOCKED, "robots")
    return Verdict(Outcome.TRANSPORT, type(error).__name__)
