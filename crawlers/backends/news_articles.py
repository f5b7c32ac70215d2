"""Articles of news sites: what their pages say, where they lead, and what becomes of those that cannot be read."""

import re
from dataclasses import replace

from crawlers.backends import news_drafts
from crawlers.extract import news_moves, news_page, urls
from crawlers.extract.news_page import Site
from crawlers.extract.reach import may_follow
from crawlers.extract.urls import Hosts
from crawlers.model import PageRequest, PageResult, Reply, Verdict
from crawlers.outcomes import OK
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock

HTML = {"Accept": "text/html,application/xhtml+xml"}
_MAX_HOPS = 2  # pages that only lead on to the article
# Films and picture shows have no text to be read, which is no fault of the parser.
_NO_ARTICLE = re.compile(r"/(?:videos?|v|photos?|pics?|gallery|live|zhibo|tv|shipin|tuji|slides?)(?=[/._-])", re.ASCII)
_OUR_RULES = frozenset({"robots", "inner_address"})  # not fetched because we do not fetch such pages


class NewsArticles:
    """What a page of an article means, at the first look and at later ones."""

    def __init__(self, site: Site, hosts: Hosts, clock: Clock) -> None:
        self._site = site
        self._hosts = hosts
        self._clock = clock
        self._titles: dict[str, str | None] = {}  # of the articles that were read, by id

    def read(self, reply: Reply, page: PageRequest) -> PageResult:
        """What it says, or where it leads."""
        if verdict := news_moves.detour(page.url, reply):
            return self.lost(page, verdict)
        if target := news_moves.leads_to(reply):
            return self._lead_on(page, target)
        return self._read_again(reply, page) if page.purpose == "look_up" else self._read_first(reply, page)

    def _lead_on(self, page: PageRequest, target: str) -> PageResult:
        """A page that only leads on is followed as a request of its own: guarded, counted, at our pace."""
        hops = int(page.memo.get("hops", "0")) + 1
        if not may_follow(target, page.url):
            return self.lost(page, Verdict(Outcome.BLOCKED, "inner_address"))
        if hops > _MAX_HOPS:
            return self.lost(page, Verdict(Outcome.CHANGED, "leads_in_circles"))
        return PageResult(
            OK, follow=(replace(page, url=target, memo={**page.memo, "hops": str(hops)}),), unsettled=True
        )

    def _read_first(self, reply: Reply, page: PageRequest) -> PageResult:
        told = page.draft.published_at if page.draft else None
        verdict, article = news_page.read(reply, self._clock.now(), self._site, told)
        if verdict.outcome is not Outcome.OK:
            return self.lost(page, verdict)
        if not news_drafts.is_announced(article, page):
            return self.lost(page, Verdict(Outcome.CHANGED, "another_page"))
        draft = news_drafts.from_page(article, page)
        if draft is None:
            return self.lost(page, Verdict(Outcome.CHANGED, "no_time"))
        draft = self._apart(draft, reply.url)
        notes = {f"text_by_{article.method}": 1}
        memo: dict[str, object] = {"read": page.memo["id"], "done": [draft.native_id]}
        if not news_drafts.title_pairs(page):  # known by its title a page is the article, however many copies there are
            memo["text"] = news_drafts.mark_of(draft)
        return PageResult(verdict, (draft,), notes=notes, memo=memo)

    def _apart(self, draft: Draft, url: str) -> Draft:
        """Under its own address where another article of this run declares the same one: a slip of the template."""
        if self._titles.setdefault(draft.native_id, draft.title) == draft.title:
            return draft
        own = urls.canonicalise(url, self._hosts)
        return replace(draft, url=own, native_id=urls.native_id(own))

    def look_up(self, mention: MentionId, url: str) -> PageRequest | None:
        """The page of a stored article."""
        if not mention.startswith("news:article:") or not url.startswith(("http://", "https://")):
            return None
        memo = {"mention": mention, "url": url}
        return PageRequest(url, "look_up", headers=HTML, follow_redirects=True, memo=memo)

    def _read_again(self, reply: Reply, page: PageRequest) -> PageResult:
        """The article as it is now, under the id that it has; another article is no look at this one."""
        verdict, article = news_page.read(reply, self._clock.now(), self._site)
        if verdict.outcome is not Outcome.OK:
            return self.lost(page, verdict)
        native_id = page.memo["mention"].split(":", 2)[2]
        is_same = article.canonical_url == urls.canonicalise(page.memo["url"], self._hosts)
        if not is_same and urls.native_id(article.canonical_url) != native_id:
            return self.lost(page, Verdict(Outcome.CHANGED, "another_article"))
        draft = news_drafts.from_page(article, page)
        if draft is None:  # what a site shows to whom it does not want may look like any page of it
            return self.lost(page, Verdict(Outcome.CHANGED, "no_time"))
        return PageResult(verdict, (replace(draft, native_id=native_id),))

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """An article that cannot be read is kept as far as its feed announced it, and tried again."""
        if page.purpose == "look_up":
            is_gone = verdict.outcome is Outcome.NOT_FOUND
            return PageResult(verdict, gone=(MentionId(page.memo["mention"]),) if is_gone else ())
        if page.purpose != "article":
            return PageResult(verdict)
        drafts = (page.draft,) if page.draft is not None else ()
        if verdict.outcome is Outcome.NOT_FOUND:  # or a site that says so to whom it does not want
            return PageResult(verdict, drafts, auxiliary=True, memo={"missing": page.memo["id"]})
        if verdict.outcome is not Outcome.CHANGED:
            return PageResult(verdict, drafts, auxiliary=verdict.detail in _OUR_RULES)
        if verdict.detail == "no_main_text" and _NO_ARTICLE.search(page.url):
            return PageResult(verdict, drafts, auxiliary=True, memo={"done": [page.memo["id"]]})
        return PageResult(verdict, drafts, auxiliary=bool(drafts), memo={"unreadable": page.memo["id"]})
