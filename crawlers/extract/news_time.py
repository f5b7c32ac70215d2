"""When an article was published: what its page declares, then what it shows, then what can be guessed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import htmldate

from crawlers.extract import news_meta, urls
from crawlers.extract.times import ParsedTime, find_time, near, parse_time
from yuqing.domain.mention import TimePrecision

_STAMP = re.compile(r"20\d\d-[01]\d-[0-3]\d[T ][012]\d:[0-5]\d(?::[0-5]\d)?")
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of a page beside its tree. `announced` is the time that a feed gave."""

    page: str = field(repr=False)
    url: str
    headers: Mapping[str, str]
    now: datetime
    announced: datetime | None = None

    def dated(self, way: ParsedTime) -> ParsedTime:
        """A date that names no year in the year of the article, as feed, address, header or the page itself tell.

        A page without any of these is taken for a page of today.
        """
        if not way.yearless:
            return way
        sent = parse_time(self.headers.get("last-modified"), self.now)
        anchor = self.announced or urls.age_of(self.url) or (sent.at if sent else self._same_day(way))
        return near(way, anchor)

    def _same_day(self, way: ParsedTime) -> datetime | None:
        """The newest full time of the same day of any year that the page holds, as in the data of its scripts."""
        stamps = (parse_time(text, self.now) for text in set(_STAMP.findall(self.page)))
        same = [at.at for at in stamps if at and abs(near(way, at.at).at - at.at) <= _A_DAY]
        return max(same, default=None)


def find(declared: news_meta.Declared, ruled: str, shown: str, clues: Clues) -> ParsedTime | None:
    """The first way that knows the clock time; else the first that knows the day.

    `ruled` is what the rule of the site found, `shown` what stands near the title.
    """
    ways = (clues.dated(way) for way in _ways(declared, ruled, shown, clues) if way is not None)
    found = [way for way in ways if not way.clamped]
    exact = next((way for way in found if way.precision is not TimePrecision.DAY), None)
    return exact or (found[0] if found else _last_resorts(clues))


def _ways(declared: news_meta.Declared, ruled: str, shown: str, clues: Clues) -> Iterator[ParsedTime | None]:
    now = clues.now
    yield parse_time(declared.published, now)
    yield parse_time(news_meta.script_time(clues.page), now)
    yield find_time(ruled, now) or parse_time(ruled, now)
    yield find_time(shown, now)
    # A relative or year-less time that stands alone in one of the first lines.
    rows = [line for line in shown.splitlines()[:6] if len(line) < 40 and not line.isdigit()]
    yield next((parsed for row in rows if (parsed := parse_time(row, now))), None)


def _last_resorts(clues: Clues) -> ParsedTime | None:
    guess = htmldate.find_date(clues.page, url=clues.url, extensive_search=True, original_date=True, max_date=clues.now)
    for text in (guess, urls.date_in(clues.url), clues.headers.get("last-modified")):
        if text and (parsed := parse_time(text, clues.now)):
            return parsed
    return None
