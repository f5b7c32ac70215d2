"""The rest of a post that a list shows only in part: long texts by one way after the other, and articles.

The beginning is stored already, marked as cut: a page that is lost here costs detail, never the mention.
"""

from dataclasses import replace
from urllib.parse import urlencode

from crawlers.backends.weibo_requests import WeiboSite
from crawlers.extract import ids, weibo_json
from crawlers.extract.text import hashtags
from crawlers.model import PageRequest, PageResult, Reply, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.draft import Draft
from yuqing.domain.ports import Clock

PURPOSES = frozenset({"long_text", "long_show", "long_detail", "article"})
_WAYS = {True: ("long_text", "long_show", "long_detail"), False: ("long_show", "long_text")}


class WeiboDetail:
    """Mobile: `extend`, `show`, the page itself. Desktop: `show`, which tells whether it is cut, then `longtext`."""

    def __init__(self, site: WeiboSite, clock: Clock) -> None:
        self._site = site
        self._clock = clock

    def rest_of(self, drafts: tuple[Draft, ...], articles: tuple[tuple[str, str], ...]) -> tuple[PageRequest, ...]:
        """Requests for the long texts and articles of these posts."""
        numbers = dict(articles)
        ways = _WAYS[self._site.is_mobile]
        long_texts = [self._way(ways[0], draft) for draft in drafts if draft.text_truncated]
        more = [self._article(draft, numbers[draft.native_id]) for draft in drafts if draft.native_id in numbers]
        return (*long_texts, *more)

    def _way(self, purpose: str, draft: Draft) -> PageRequest:
        mid = draft.native_id
        if purpose == "long_show":
            return self._site.show(mid, purpose, draft)
        if purpose == "long_detail":
            return self._site.ask(f"/detail/{mid}", {}, purpose, f"/detail/{mid}", draft=draft)
        if self._site.is_mobile:
            return self._site.ask("/statuses/extend", {"id": mid}, purpose, f"/detail/{mid}", draft=draft)
        return self._site.ask("/ajax/statuses/longtext", {"id": ids.mid_to_bid(mid)}, purpose, draft=draft)

    def _article(self, draft: Draft, number: str) -> PageRequest:
        base = self._site.bases.card
        headers = {"Referer": f"{base}/article/m/show/id/{number}", "Accept": "application/json, text/plain, */*"}
        url = f"{base}/article/m/aj/detail?{urlencode({'id': number})}"
        return PageRequest(url, "article", headers=headers, draft=draft)

    def read(self, reply: Reply, page: PageRequest) -> PageResult:
        """The whole post, or the next way to it."""
        if page.draft is None:
            raise ValueError("the rest of a post needs the post")
        if page.purpose == "article":
            return self._read_article(reply, page.draft)
        verdict, text = self._text(reply, page, page.draft.native_id)
        if text is None:
            return self.lost(page, verdict)
        return PageResult(verdict, (_whole(page.draft, text),), auxiliary=True)

    def _text(self, reply: Reply, page: PageRequest, mid: str) -> tuple[Verdict, str | None]:
        if page.purpose == "long_text":
            return weibo_json.parse_long_text(reply)
        parse = weibo_json.parse_detail if page.purpose == "long_detail" else weibo_json.parse_show
        shown = parse(reply, self._clock.now())
        if shown.draft is None or shown.draft.text_truncated or shown.mid != mid:
            return shown.verdict, None
        return shown.verdict, shown.draft.text

    def lost(self, page: PageRequest, verdict: Verdict) -> PageResult:
        """The next way, or a note that there is none. What refuses to show one text need not refuse another."""
        if page.purpose == "article":
            return PageResult(verdict, auxiliary=True, notes={"article_missing": 1})
        ways = _WAYS[self._site.is_mobile]
        left = ways[ways.index(page.purpose) + 1 :]
        if left and page.draft is not None and verdict.outcome is not Outcome.NOT_FOUND:
            return PageResult(verdict, follow=(self._way(left[0], page.draft),), auxiliary=True)
        return PageResult(verdict, auxiliary=True, notes={"long_text_missing": 1})

    def _read_article(self, reply: Reply, draft: Draft) -> PageResult:
        verdict, title, text = weibo_json.parse_article(reply)
        if verdict.outcome is not Outcome.OK:
            cut = replace(draft, text_truncated=True)  # the reader is told that there is more
            return PageResult(verdict, (cut,), auxiliary=True, notes={"article_missing": 1})
        whole = replace(draft, title=title or draft.title, text=f"{draft.text}\n{text}".strip())
        return PageResult(verdict, (whole,), auxiliary=True)


def _whole(draft: Draft, text: str) -> Draft:
    return replace(draft, text=text, hashtags=hashtags(text), text_truncated=False)
