"""Search on m.weibo.cn: JSON, newest first. A visitor sees one page, an account more."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from crawlers.backends.base import MAX_ATTEMPTS, BackendBase, again
from crawlers.extract import weibo_json
from crawlers.extract.text import hashtags
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class WeiboMobileSettings:
    """Without a cookie a visitor ticket is fetched, and `max_pages` of visitors is 1."""

    base: str
    passport: str
    cookie: str = field(default="", repr=False)
    max_pages: int = 10


class WeiboMobile(BackendBase):
    """Reads pages until they are older than the window."""

    def __init__(self, queries: tuple[SearchTerm, ...], settings: WeiboMobileSettings, clock: Clock) -> None:
        super().__init__(queries)
        self._settings = settings
        self._clock = clock
        self._max_pages = settings.max_pages if settings.cookie else 1

    def session(self) -> PageRequest | None:
        """The request for a visitor ticket, when there is no account: once per run, before everything else."""
        if self._settings.cookie:
            return None
        form = {"cb": "visitor_gray_callback", "tid": "", "from": "weibo", "webdriver": "false", "ver": "20250916"}
        form["return_url"] = "https://weibo.com/"
        headers = {"Referer": f"{self._settings.passport}/visitor/visitor"}
        return PageRequest(
            f"{self._settings.passport}/visitor/genvisitor2", "session", method="POST", form=form, headers=headers
        )

    @property
    def cookies(self) -> tuple[str, ...]:
        """The account's session."""
        return (self._settings.cookie,) if self._settings.cookie else ()

    def open_session(self, reply: Reply) -> tuple[Verdict, str]:
        """The ticket in a reply."""
        verdict, pair = weibo_json.parse_visitor(reply)
        return verdict, "; ".join(f"{name}={value}" for name, value in pair.items())

    def _headers(self, referer: str) -> Mapping[str, str]:
        return {
            "Referer": referer,
            "Accept": "application/json, text/plain, */*",
            "X-Requested-With": "XMLHttpRequest",
            "MWeibo-Pwa": "1",
        }

    def first(self, piece: Slice) -> tuple[PageRequest, ...]:
        """The first page."""
        return (self._page(piece, 1),)

    def _page(self, piece: Slice, number: int) -> PageRequest:
        container = f"100103type=61&q={piece.query.text}&t=0"
        query = {"containerid": container, "page_type": "searchall", "page": number}
        url = f"{self._settings.base}/api/container/getIndex?{urlencode(query)}"
        return PageRequest(url, "search", number, headers=self._headers(f"{self._settings.base}/"), session=True)

    def read(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        """A search page or a long text."""
        return self._read_long(reply, page) if page.purpose == "long_text" else self._read_search(reply, page, piece)

    def _read_search(self, reply: Reply, page: PageRequest, piece: Slice) -> PageResult:
        found = weibo_json.parse(reply, self._clock.now())
        outcome = found.verdict.outcome
        if outcome in (Outcome.OK_EMPTY, Outcome.SUSPECT_EMPTY) and page.attempt < MAX_ATTEMPTS:
            return again(page, found.verdict)
        if outcome is not Outcome.OK:
            return PageResult(found.verdict, found.parsed.drafts, notes=found.parsed.notes)
        reached = found.oldest is not None and found.oldest < piece.since
        at_end = page.number >= self._max_pages
        follow = tuple(self._long_text(draft) for draft in found.long_texts)
        if not reached and not at_end:
            follow += (self._page(piece, page.number + 1),)
        saturated = at_end and not reached
        return PageResult(found.verdict, found.parsed.drafts, follow, saturated=saturated, notes=found.parsed.notes)

    def _long_text(self, draft: Draft) -> PageRequest:
        url = f"{self._settings.base}/statuses/extend?{urlencode({'id': draft.native_id})}"
        referer = f"{self._settings.base}/detail/{draft.native_id}"
        return PageRequest(url, "long_text", headers=self._headers(referer), draft=draft, session=True)

    def _read_long(self, reply: Reply, page: PageRequest) -> PageResult:
        """The cut text is stored already: a lost long text costs detail, not the mention."""
        verdict, text = weibo_json.parse_long_text(reply)
        if text is None or page.draft is None:
            return PageResult(verdict, auxiliary=True, notes={"long_text_missing": 1})
        whole = replace(page.draft, text=text, hashtags=hashtags(text), text_truncated=False)
        return PageResult(verdict, (whole,), auxiliary=True)

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """A lost long text is counted; a lost search page counts for the slice."""
        if page.purpose == "long_text":
            return PageResult(verdict, auxiliary=True, notes={"long_text_missing": 1})
        return PageResult(verdict)
