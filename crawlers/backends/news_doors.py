"""Where news sites announce their articles, and how each kind of place is asked and read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from crawlers.extract import feeds, news_lists, news_rolls
from crawlers.extract.entries import Feed
from crawlers.extract.news_lists import ListShape
from crawlers.extract.news_rolls import RollShape
from crawlers.model import PageRequest, Reply, SearchTerm
from yuqing.domain.naming import public_name

_PLACEHOLDER = re.compile(r"\{(keyword|page|now_ms|cursor|key)\}")
_ACCEPT = {
    "feed": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5",
    "robots": "text/plain, */*;q=0.5",
    "roll": "application/json, text/javascript, */*;q=0.5",
    "list": "text/html,application/xhtml+xml",
}


@dataclass(frozen=True, slots=True)
class Door:
    """One feed, sitemap, robots.txt, roll or list page. {keyword}, {page}, {now_ms} and {cursor} in `url` and in the
    values of `params` are filled in; a door with {keyword} is asked once for each search term.

    `first_url` is page 1 where its address is not like the others'. Pages are numbered from `first_page` in steps of
    `step`, and at most `pages` are read. `key` is a pattern whose group is the number that the page `key_page` tells:
    it stands for {key}. `newest_first`: once an article is older than the window, the rest is too.
    """

    url: str
    name: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    first_url: str = ""
    first_page: int = 1
    step: int = 1
    pages: int = 1
    newest_first: bool = True
    is_robots: bool = False
    shape: RollShape | ListShape | None = None
    key_page: str = ""
    key: str = ""

    @property
    def kind(self) -> str:
        """feed (also sitemaps), robots, roll or list."""
        if self.shape is None:
            return "robots" if self.is_robots else "feed"
        return "roll" if isinstance(self.shape, RollShape) else "list"

    @property
    def is_search(self) -> bool:
        """Whether search terms are typed in."""
        return any("{keyword}" in text for text in (self.url, *self.params.values()))

    def queries(self, terms: tuple[SearchTerm, ...], is_only: bool) -> tuple[SearchTerm, ...]:
        """What is asked for here: one query, or one per search term. `text` names it in the memory."""
        place = self.url if not self.params else f"{self.url}?{urlencode(sorted(self.params.items()))}"
        name = self.name or public_name(self.url)
        if not self.is_search:
            return (SearchTerm(name, place),)
        return tuple(SearchTerm(t.id if is_only else f"{name}|{t.id}", f"{place}|{t.text}") for t in terms)

    def ask(self, keyword: str, number: int, cursor: str, now: datetime, key: str = "") -> PageRequest:
        """The request of a page; `cursor` is what the page before it told, `key` what the page of the column did."""
        is_first = number == 1 and bool(self.first_url)
        address, params = (self.first_url, None) if is_first else (self.url, self.params)
        values = {
            "keyword": keyword,
            "page": str(self.first_page + (number - 1) * self.step),
            "now_ms": str(round(now.timestamp() * 1000)),
            "cursor": cursor,
            "key": key,
        }
        url = _PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), address)
        if params:
            url += ("&" if "?" in url else "?") + urlencode(
                {name: _fill(text, values) for name, text in params.items()}
            )
        headers = {"Accept": _ACCEPT[self.kind], **self.headers}
        return PageRequest(url, "feed", number=number, headers=headers, follow_redirects=True)

    def read(self, reply: Reply, number: int, now: datetime) -> Feed:
        """What a page of this place says."""
        if isinstance(self.shape, RollShape):
            return news_rolls.parse(reply, now, self.shape, is_search=self.is_search, is_first=number == 1)
        if isinstance(self.shape, ListShape):
            return news_lists.parse(reply, now, self.shape, is_first=number == 1)
        return feeds.parse_robots(reply) if self.is_robots and number == 1 else feeds.parse(reply, now)


def _fill(template: str, values: Mapping[str, str]) -> str:
    """A parameter with its values; inside a JSON document they are written as JSON wants it."""
    is_json = template.startswith("{")

    def value(found: re.Match[str]) -> str:
        text = values[found[1]]
        return json.dumps(text, ensure_ascii=False)[1:-1] if is_json else text

    return _PLACEHOLDER.sub(value, template)
