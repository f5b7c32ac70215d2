"""Requests wait for their host's governor and get their session; a host that has refused for good is not asked."""

from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawlers.model import PageRequest, Verdict
from crawlers.outcomes import OK, by_status
from crawlers.spider import SliceSpider, host_of, to_reply
from yuqing.domain.coverage import Outcome

INNER = Verdict(Outcome.BLOCKED, "inner_address")


class HostRefuses(IgnoreRequest):
    """The host has refused in this run already; nothing was sent."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.detail)
        self.verdict = verdict


def page_of(request: Request) -> PageRequest | None:
    """The page that a request is for, None for requests that are not ours (robots.txt)."""
    page = request.cb_kwargs.get("page") or request.meta.get("page")
    return page if isinstance(page, PageRequest) else None


class _Ours:
    """What both middlewares share."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way of making one."""
        return cls(crawler)

    def _spider(self, request: Request) -> SliceSpider | None:
        return self._any_spider() if page_of(request) is not None else None

    def _any_spider(self) -> SliceSpider | None:
        """Also for what Scrapy asks for by itself: robots.txt, and where that redirects to."""
        spider = self._crawler.spider
        return spider if isinstance(spider, SliceSpider) else None


class GoverningMiddleware(_Ours):
    """Sets `handle_httpstatus_all` and `dont_redirect`, so that no refusal is followed, dropped or retried."""

    async def process_request(self, request: Request) -> None:
        """Wait, or refuse to send."""
        spider, page = self._any_spider(), page_of(request)
        if spider is not None and not spider.reach.permits(request.url):
            raise HostRefuses(INNER)  # a link or a redirect from outside into our own network
        if spider is None or page is None:
            return
        if page.lacks:
            raise HostRefuses(Verdict(Outcome.AUTH_REQUIRED, page.lacks))
        if not page.follow_redirects:
            request.meta["dont_redirect"] = True
            request.meta["handle_httpstatus_all"] = True
        if request.meta.get("is_ticket"):  # the pages that wait for it hold their turn already
            return
        if spent := spider.budget.refusal:  # nobody waits for a turn that cannot be taken
            raise HostRefuses(spent)
        admission = await spider.governor.admit(host_of(request.url))
        request.meta["is_probe"] = admission.is_probe
        if admission.refusal is not None:
            raise HostRefuses(admission.refusal)
        if page.session:
            await self._open(request, spider)

    async def _open(self, request: Request, spider: SliceSpider) -> None:
        """Here and not earlier: the session may have been renewed since the request was made."""
        found = await spider.sessions.take()
        if isinstance(found, Verdict):
            raise HostRefuses(found)
        request.meta["session"] = found.name if found else ""
        if found is not None:
            request.headers["Cookie"] = found.cookie
            if found.user_agent:
                request.headers["User-Agent"] = found.user_agent

    def process_response(self, request: Request, response: Response) -> Response:
        """Tell the governor of a refusal by status before the next request starts; the page tells the rest later."""
        anybody = self._any_spider()
        if anybody is not None and not _is_answer_permitted(anybody, request, response):
            raise HostRefuses(INNER)
        if (spider := self._spider(request)) is None:
            return response
        reply = request.meta["reply"] = to_reply(response)
        verdict = by_status(reply)
        request.meta["refused"] = verdict is not None
        request.meta["has_successor"] = False
        if verdict is not None:
            page = page_of(request)
            is_answer = page is not None and response.status in page.tolerates
            spider.learn(request, OK if is_answer else verdict, reply)
        return response


def _is_answer_permitted(spider: SliceSpider, request: Request, response: Response) -> bool:
    """The address that answered is one that this source may reach; behind a proxy we see the proxy's only."""
    address = response.ip_address
    return address is None or bool(request.meta.get("proxy")) or spider.reach.permits_answer(request.url, str(address))


class ProbeMiddleware(_Ours):
    """Nearest to the network: keeps the gap that robots.txt asks for, and lets no lost probe keep others waiting.

    What follows from a lost probe, a second try or a redirect, needs a place in the queue that those who wait occupy.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Learns what robots.txt asks for."""
        made = cls(crawler)
        crawler.signals.connect(made.robots_parsed, signals.robots_parsed)
        return made

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Keep to its Crawl-delay where that is longer than our own."""
        settings, spider = self._crawler.settings, self._spider(request)
        asked = robotparser.crawl_delay(settings["ROBOTSTXT_USER_AGENT"])
        own = settings.getfloat("DOWNLOAD_DELAY")
        if spider is not None and asked is not None and asked > own:
            # Never less than our own delay at its longest: the downloader must not have to wait once more.
            longest = own * (1 + settings.getfloat("DOWNLOAD_DELAY_JITTER"))
            spider.governor.ask_for_gap(host_of(request.url), max(asked, longest))

    async def process_request(self, request: Request) -> None:
        """Behind robots.txt: only what it allows takes a turn, and counts among the requests of a run."""
        spider = self._spider(request)
        if spider is None or request.meta.get("is_ticket"):
            return
        if refusal := await spider.governor.keep_gap(host_of(request.url)) or spider.budget.spend():
            raise HostRefuses(refusal)

    def process_response(self, request: Request, response: Response) -> Response:
        """A redirect that is followed and an error of the server say nothing; the rest is judged when it was read."""
        is_followed = 300 <= response.status < 400 and not request.meta.get("dont_redirect")
        if is_followed or response.status >= 500 or response.status == 408:
            self._pass_on(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """It never arrived, or was not sent at all: not, when its name leads into our own network."""
        self._pass_on(request)
        spider = self._spider(request)
        if (
            spider is not None
            and isinstance(exception, CannotResolveHostError)
            and spider.reach.was_refused(request.url)
        ):
            raise HostRefuses(INNER)

    def _pass_on(self, request: Request) -> None:
        spider = self._spider(request)
        if spider is not None and request.meta.get("is_probe"):
            request.meta["is_probe"] = False
            spider.governor.inconclusive(host_of(request.url))
