"""Whether what rises in one topic is the matter of the whole subject's event, or a second one.

Every post about a topic is a post about its subject: what the event holds by now says nothing. What counts is what it
was made of before the topic rose, beyond the usual: from half an hour before the event began to half an hour before
the topic's opening. The topic is part of the event when

- it made `PART` of what was unusual there (a busy topic's ordinary posts are no part of anything), or
- it rises no more than it must when it goes along with the rest: twice what its part in the event until then, or its
  usual part in the subject, lets expect of the posts that are not about it, or
- half of its posts are as well about a topic that the event is about: one matter under two names.

Where the event is not one of numbers (a new term) its posts of that time are asked. Chosen on seeds 31-33 of
benchmarks/topic_series.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts.coverage_bins import BIN
from alerts.series import Series
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import MentionStore

PART = 0.3
MOSTLY = 0.5
SLACK = 2.0
HALF_HOUR = 6  # bins
FEWEST = 3.0  # posts more than usual: an event of numbers
_WEIGHT = 10.0  # so many posts of the usual mixture are added to those that were seen
_DAY, _DAYS, _REACH = 288, 14, 9  # the usual: the same time of day on so many days, so many bins on either side
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Event(NamedTuple):
    """When it opened, and the posts that show it."""

    start: datetime
    posts: Sequence[MentionId]


class Excess(NamedTuple):
    """Posts of a period, and how many are usual there."""

    seen: float
    usual: float

    @property
    def more(self) -> float:
        """Beyond the usual."""
        return max(self.seen - self.usual, 0.0)


def excess(negative: Floats, known: Bools, first: int, end: int) -> Excess:
    """The negative posts in the known bins from `first` on, before `end`."""
    first, end = max(first, 0), min(end, len(known))
    seen, total, bins = float(negative[first:end][known[first:end]].sum()), 0.0, 0
    for back in range(_DAY, (_DAYS + 1) * _DAY, _DAY):
        part = slice(max(first - back - _REACH, 0), max(end - back + _REACH, 0))
        total += float(negative[part][known[part]].sum())
        bins += int(known[part].sum())
    return Excess(seen, total / bins * int(known[first:end].sum()) if bins else 0.0)


def before(head: int, rise: int) -> tuple[int, int]:
    """What the event is judged by: bins (first, end)."""
    return head - HALF_HOUR + 1, max(head + 1, rise - HALF_HOUR + 1)


def is_part(part: Floats, whole: Floats, known: Bools, head: int, rise: int) -> bool:
    """Whether the numbers of the event in the bin `head` explain what opens in a topic in the bin `rise`."""
    period = before(head, rise)
    mine, all_ = (excess(each, known, *period) for each in (part, whole))
    return mine.more >= PART * max(all_.more, 1.0) or _goes_along(part, whole, known, head, rise)


def _goes_along(part: Floats, whole: Floats, known: Bools, head: int, rise: int) -> bool:
    last = max(head, rise)
    now = last - HALF_HOUR + 1, last + 1
    mine, all_ = (excess(each, known, *now) for each in (part, whole))
    others = max(all_.seen - mine.seen - (all_.usual - mine.usual), 0.0)
    return mine.seen <= mine.usual + SLACK * _ratio(part, whole, known, head, rise) * others


def _ratio(part: Floats, whole: Floats, known: Bools, head: int, rise: int) -> float:
    """Posts of the topic for each other one. Within the first half hour only the usual mixture can be known."""
    mine, all_ = (excess(each, known, *before(head, rise)) for each in (part, whole))
    share = mine.usual / all_.usual if all_.usual else 0.0
    if rise - head < HALF_HOUR:
        return share
    return (mine.more + _WEIGHT * share) / (max(all_.more - mine.more, 0.0) + _WEIGHT)


@dataclass(frozen=True)
class Matters:
    """Compares events by the counts and posts in the store. `series` by subject."""

    mentions: MentionStore
    series: Callable[[str], Series | None]

    def is_one(self, subject: str, topic: str, risen: Event, head: Event) -> bool:
        """Whether what has risen in a topic belongs to an event of the whole subject."""
        series = self.series(subject)
        if series is None:
            return self._was_about(head, topic, risen.start)
        places = [(each.start - series.window.start) // BIN for each in (head, risen)]
        period = before(*places)
        if excess(series.negative, series.known, *period).more < FEWEST:
            return self._was_about(head, topic, series.start(period[1]))
        if is_part(series.about(topic).negative, series.negative, series.known, *places):
            return True
        leading = self._leading(series, period)
        return any(share_about(self.mentions, risen.posts, each) >= MOSTLY for each in leading - {topic})

    def _was_about(self, head: Event, topic: str, until: datetime) -> bool:
        """By the event's posts from before the topic rose."""
        posts = self.mentions.get(head.posts).values()
        early = [each.mention.id for each in posts if each.mention.published_at < max(until, head.start + _OPENING)]
        return share_about(self.mentions, early, topic) >= PART

    def _leading(self, series: Series, period: tuple[int, int]) -> set[str]:
        least = PART * excess(series.negative, series.known, *period).more
        parts = {name: series.about(name).negative for name in series.parts.names}
        return {name for name, part in parts.items() if excess(part, series.known, *period).more >= least}


_OPENING = timedelta(minutes=5)


def share_about(mentions: MentionStore, evidence: Sequence[MentionId], topic: str) -> float:
    """Which part of some posts is about a topic."""
    posts = list(mentions.get(evidence).values())
    about = sum(any(each.id == topic for each in post.annotation.topics) for post in posts if post.annotation)
    return about / len(posts) if posts else 0.0
