"""What any way of discovery says about articles, whatever the format it came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawlers.extract import urls
from crawlers.extract.times import ParsedTime, near
from crawlers.model import Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """One announced article. `content` is its whole text where the announcement carries it."""

    url: str
    title: str = field(default="", repr=False)
    summary: str = field(default="", repr=False)
    published: ParsedTime | None = None
    publisher: str = ""
    content: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Nested:
    """A sitemap that an index names, and when it was changed."""

    url: str
    modified: ParsedTime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed, sitemap, roll or list page says. `sitemaps` are further sitemaps named by an index, newest first.

    `cursor` is what the next page of a roll wants to be told, `total` how many hits it counts (None: it tells none),
    `rows` how much its page listed,
    `unreadable` how much of that was no announcement that we understand. `frame` names the parts of a
    list page, `has_next` tells whether it leads on to another one, `is_closed` whether its end was seen.
    """

    verdict: Verdict
    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[Nested, ...] = ()
    cursor: str = ""
    total: int | None = None
    rows: int = 0
    unreadable: int = 0
    frame: tuple[str, ...] = ()
    has_next: bool = False
    is_closed: bool = True


def dated(entry: Entry) -> Entry:
    """The entry with its date put into the year of its address, where it names no year itself."""
    if entry.published is None or not entry.published.yearless:
        return entry
    return replace(entry, published=near(entry.published, urls.age_of(entry.url)))


def once(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Each address once, with its longest title, and no AMP edition of an article that is announced itself."""
    named = {entry.url for entry in entries}
    kept: dict[str, Entry] = {}
    for entry in entries:
        plain = urls.without_amp(entry.url)
        is_twin = plain != entry.url and plain in named
        if not is_twin and (entry.url not in kept or len(entry.title) > len(kept[entry.url].title)):
            kept[entry.url] = entry
    return tuple(kept.values())
