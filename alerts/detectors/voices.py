"""One voice counts once: what one author publishes again and again in the same words is no crowd.

A repost by somebody else is a further voice, and so is the same text under another name: both spread, and a campaign
of many accounts is an event. What is left out of the counts is an author's second post with the same text (nine
tenths the same letters will do, so a number at its end does not help) or about the same root. The counts of all
subjects are not asked for this: only where a rule would open an event are the authors of its hours looked at, and the
event is judged again without their copies. A copy is told from what came before it, so nothing depends on the future;
and since the copies of three days are left out, a robot's push does not make the hours after it deaf.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from alerts.coverage_bins import BIN, MAXIMUM_LAG
from alerts.detectors.base import DetectionContext
from alerts.detectors.drivers import grams, negative_query, overlap
from alerts.detectors.scs_windows import Bools, Floats
from alerts.detectors.targets import Target
from alerts.series import Series
from yuqing.domain.ports import MentionQuery, MentionStore, Page, StoredMention
from yuqing.domain.query import FieldFilter

MEMORY = 864  # bins: as long as an event makes the next one harder to tell
BEFORE = 12  # bins before an opening that its windows look at
FEWEST = 3  # posts of one author among which there may be copies
AUTHORS, POSTS, TEXTS = 30, 500, 50  # looked at in one event: the loudest authors, their posts, their different texts
ALIKE = 0.8  # of the pairs of letters


@dataclass(frozen=True, slots=True)
class Copies:
    """When the posts were published that only repeat what their authors had said."""

    times: tuple[datetime, ...] = ()

    def out_of(self, series: Series) -> Series:
        """The series without them."""
        if not self.times:
            return series
        copies = self.counted(series)
        negative, total = (np.maximum(each - copies, 0.0) for each in (series.negative, series.total))
        return replace(series, negative=negative, total=total, derived={})

    def counted(self, series: Series) -> Floats:
        """How many there are in each bin of a series."""
        bins = [(time - series.window.start) // BIN for time in self.times]
        inside = [each for each in bins if 0 <= each < series.window.bins]
        return np.bincount(inside, minlength=series.window.bins).astype(float)

    def between(self, since: datetime, until: datetime) -> int:
        """How many there are in a period."""
        return sum(since <= time < until for time in self.times)


def copies_in(context: DetectionContext, target: Target, series: Series, opens: Bools) -> Copies:
    """The copies in the events of the last days. `opens`: where a rule would open one, by the counts as they are."""
    recent = np.flatnonzero(opens[-MEMORY:])
    if not len(recent):
        return Copies()
    first = max(len(opens) - MEMORY, 0) + int(recent[0])
    since = series.start(max(first - BEFORE, 0))
    key = f"copies:{since.isoformat()}"
    found = series.derived.get(key)
    if not isinstance(found, Copies):
        query = replace(negative_query(target.subject.id, since, context.now), max_lag=MAXIMUM_LAG)
        found = Copies(tuple(_copies(context.mentions, target.narrowed(query))))
        series.derived[key] = found
    return found


def _copies(mentions: MentionStore, query: MentionQuery) -> Iterator[datetime]:
    for author in mentions.facet(query, "author", AUTHORS):
        if author.count >= FEWEST:
            own = replace(query, text=FieldFilter("author", "=", author.value))
            yield from _repeated(mentions.search(own, Page(POSTS, sort="published_asc")).items)


def _repeated(posts: tuple[StoredMention, ...]) -> Iterator[datetime]:
    """The times of the posts that one of the earlier ones has said."""
    texts: list[frozenset[str]] = []
    roots: set[str] = set()
    for post in posts:
        text, root = grams(f"{post.mention.title or ''}{post.mention.text}"), post.mention.root_id
        if (root is not None and root in roots) or any(overlap(text, other) >= ALIKE for other in texts):
            yield post.mention.published_at
        elif len(texts) < TEXTS:
            texts.append(text)
        roots |= set() if root is None else {root}
