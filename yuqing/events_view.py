"""The events of a subject in a period, read from the store: negative mentions by story, the largest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nlp.events import Event, find_events
from nlp.keywords import Document, KeywordFinder
from nlp.segment import Segmenter
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery, MentionStore, Page, StoredMention
from yuqing.domain.subject import Subject
from yuqing.labels import PLATFORMS

MOST = 3_000
MOST_BACKGROUND = 2_000
BACKGROUND = timedelta(days=28)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class EventList:
    """The events of a period; `total` negative mentions there were, the newest `read` of them are judged."""

    events: tuple[Event, ...]
    total: int
    read: int
    unscored: int

    @property
    def is_whole(self) -> bool:
        """True when every negative mention was read."""
        return self.read >= self.total


class EventReader:
    """Reads events of watched subjects: `most` negative mentions, set off from `most_background` earlier ones."""

    def __init__(
        self,
        mentions: MentionStore,
        subjects: Sequence[Subject],
        most: int = MOST,
        most_background: int = MOST_BACKGROUND,
        segmenter: Segmenter | None = None,
    ) -> None:
        self._mentions = mentions
        self._most = most
        self._most_background = most_background
        self._segmenter = segmenter
        self._names = tuple(name for each in subjects for name in (each.name, *each.aliases))

    def read(self, subject: Subject, since: datetime, until: datetime, least: int = 3) -> EventList:
        """Negative mentions of the subject by story, set off from what was said in the four weeks before."""
        self._mentions.refresh()
        period = MentionQuery(subjects=(subject.id,), since=since, until=until)
        wanted = MentionQuery(subjects=(subject.id,), since=since, until=until, sentiments=(SentimentLabel.NEGATIVE,))
        before = MentionQuery(subjects=(subject.id,), since=since - BACKGROUND, until=since)
        found = self._newest(wanted, self._most)
        usual = [_document(item) for item in self._newest(before, self._most_background)]
        finder = KeywordFinder(self._segmenter or Segmenter(self._names), self._names)
        events = find_events(found, usual, self._names, least=least, finder=finder)
        total = self._mentions.count(wanted)
        unscored = self._mentions.count(MentionQuery(subjects=period.subjects, since=since, until=until, scored=False))
        return EventList(events, total, len(found), unscored)

    def _newest(self, query: MentionQuery, most: int) -> list[StoredMention]:
        found: list[StoredMention] = []
        after = None
        while len(found) < most:
            page = self._mentions.search(query, Page(min(_PAGE, most - len(found)), after))
            found += page.items
            after = page.next_after
            if after is None:
                break
        return found


def as_json(event: Event) -> dict[str, Any]:
    """Plain data."""
    return {
        "id": event.id,
        "label": list(event.label),
        "first": event.first,
        "first_at": event.first_at,
        "last_at": event.last_at,
        "mentions": list(event.mention_ids),
        "timeline": [{"hour": hour, "mentions": count} for hour, count in event.timeline],
        "spread": [
            {"platform": each.platform.value, "first_at": each.first_at, "mentions": each.mentions}
            for each in event.spread
        ],
    }


def spread_words(event: Event) -> str:
    """微博 12、抖音 3, in the order in which it came to them."""
    return " → ".join(f"{PLATFORMS[each.platform]} {each.mentions}" for each in event.spread)


def _document(item: StoredMention) -> Document:
    mention = item.mention
    return Document(
        mention.id, f"{mention.title or ''} {mention.text}", item.cluster_id or mention.root_id or mention.id
    )
