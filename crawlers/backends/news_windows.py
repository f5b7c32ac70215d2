"""What belongs to the window of a look, and what the pages of a look say together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crawlers.backends.feed_memory import Look
from crawlers.extract.entries import Entry, Nested
from yuqing.domain.mention import TimePrecision

_ALIKE = 3


def names(memos: Sequence[Mapping[str, object]], key: str) -> tuple[str, ...]:
    """All names that the pages of a look put under a key."""
    return tuple(str(name) for memo in memos if isinstance(found := memo.get(key), list) for name in found)


def look_of(memos: Sequence[Mapping[str, object]]) -> Look:
    """What became of the articles. One text under several addresses is what a site says instead of them."""
    texts = Counter(str(memo["text"]) for memo in memos if "text" in memo)
    alike = [memo for memo in memos if texts[str(memo.get("text"))] >= _ALIKE]
    good = [memo for memo in memos if memo not in alike]
    read, unreadable, missing = (
        tuple(str(memo[fate]) for memo in group if fate in memo)
        for fate, group in (("read", good), ("unreadable", memos), ("missing", memos))
    )
    unread = (*unreadable, *(str(memo["read"]) for memo in alike))
    return Look((*read, *names(good, "done")), read, unread, missing)


def is_old(entry: Entry, since: datetime) -> bool:
    """Whether an entry says that it is older than the window."""
    return entry.published is not None and latest(entry) < since


def latest(entry: Entry) -> datetime:
    """The latest moment that the shown time may mean: of a bare day, its end."""
    shown = entry.published
    assert shown is not None  # noqa: S101  # callers have looked
    return shown.at + (timedelta(days=1) if shown.precision is TimePrecision.DAY else timedelta(0))


def may_hold(nested: Nested, since: datetime) -> bool:
    """False for a sitemap that was last changed before the window (a day before, where only days are told)."""
    return nested.modified is None or nested.modified.at + timedelta(days=1) >= since
