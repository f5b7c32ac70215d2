"""What a news source is told to read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crawlers.backends.news_doors import Door
from crawlers.extract.news_page import Rule


@dataclass(frozen=True, slots=True)
class NewsSettings:
    """Feeds and sitemaps by address, rolls and list pages as doors; what is known of the sites.

    `full_text`: feeds carry whole articles, so that their pages need not be fetched. `only_matching`: of articles
    whose announcement names no search term, the page is not fetched.
    """

    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    doors: tuple[Door, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    max_articles: int = 500
    full_text: bool = False
    only_matching: bool = False

    @property
    def places(self) -> tuple[Door, ...]:
        """Every door."""
        return (*(Door(url) for url in (*self.feeds, *self.sitemaps)), *self.doors)
