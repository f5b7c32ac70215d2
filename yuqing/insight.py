"""What is behind the numbers of a subject: keywords, impact, voices and demand of a period, each with its mentions.

Reads at most `most` mentions of a period, the newest first, and says how many there were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nlp.demand import DemandSignal, demand_signals
from nlp.impact import Impact, impact, story_impacts
from nlp.keywords import Document, Keyword, KeywordFinder
from nlp.segment import Segmenter
from nlp.voices import MediaReach, Voice, media_reach, voices
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.ports import MentionQuery, MentionStore, Page, StoredMention
from yuqing.domain.subject import Subject

MOST = 5_000
BACKGROUND = timedelta(days=28)
EARLIER = 4  # periods whose median pressure is called usual
KEYWORDS = 20
_PAGE = 500
_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Insight:
    """A subject in [since, until). `total` mentions there were, `read` of them are judged here."""

    since: datetime
    until: datetime
    total: int
    read: int
    unscored: int  # they have no stance yet: complaints, impact and demand are lower bounds
    keywords: tuple[Keyword, ...]
    complaints: tuple[Keyword, ...]  # of negative mentions, against everything else that is said
    impact: Impact
    voices: tuple[Voice, ...]
    media: MediaReach
    demands: tuple[DemandSignal, ...]

    @property
    def is_whole(self) -> bool:
        """True when every mention of the period was read."""
        return self.read >= self.total

    def as_json(self) -> dict[str, Any]:
        """Plain data, times in Beijing time, mention ids behind everything."""
        return {
            "since": _stamp(self.since),
            "until": _stamp(self.until),
            "total": self.total,
            "read": self.read,
            "unscored": self.unscored,
            "keywords": [_keyword(each) for each in self.keywords],
            "complaints": [_keyword(each) for each in self.complaints],
            "impact": _impact(self.impact),
            "media": {
                "outlets": self.media.outlets,
                "mentions": self.media.mentions,
                "reach": self.media.reach,
                "first_at": _stamp(self.media.first_at),
            },
            "voices": [_voice(each) for each in self.voices],
            "demands": [_demand(each) for each in self.demands],
        }


class InsightReader:
    """Reads insights of watched subjects; keeps the dictionary of the segmenter."""

    def __init__(
        self, mentions: MentionStore, subjects: Sequence[Subject], most: int = MOST, segmenter: Segmenter | None = None
    ) -> None:
        self._mentions = mentions
        self._most = most
        self._names = tuple(name for subject in subjects for name in (subject.name, *subject.aliases))
        self._segmenter = segmenter or Segmenter(self._names)

    def read(self, subject: Subject, since: datetime, until: datetime) -> Insight:
        """Everything about one subject and period."""
        wanted = MentionQuery(subjects=(subject.id,), since=since, until=until)
        found = list(self._newest(wanted))
        before = list(self._newest(replace(wanted, since=since - BACKGROUND, until=since)))
        heard = voices(found, subject.id)
        finder = KeywordFinder(self._segmenter, (subject.name, *subject.aliases))
        total = self._mentions.count(wanted)
        negative = [item for item in found if is_against(item, subject.id)]
        if len(found) < total:  # the usual pressure is that of negative mentions too, however many others there are
            negative = list(self._newest(replace(wanted, sentiments=(SentimentLabel.NEGATIVE,))))
        return Insight(
            since=since,
            until=until,
            total=total,
            read=len(found),
            unscored=sum(item.annotation is None for item in found),
            keywords=finder.find(_documents(found), _documents(before), KEYWORDS),
            complaints=finder.find(_documents(negative), _documents([*found, *before]), KEYWORDS),
            impact=impact(negative, subject.id, self._earlier(wanted, since, until)),
            voices=heard,
            media=media_reach(heard),
            demands=demand_signals(found),
        )

    def rising(self, subject: Subject, since: datetime, until: datetime) -> tuple[Keyword, ...]:
        """The keywords alone; none without anything said before, because then nothing rises."""
        wanted = MentionQuery(subjects=(subject.id,), since=since, until=until)
        before = list(self._newest(replace(wanted, since=since - BACKGROUND, until=since)))
        finder = KeywordFinder(self._segmenter, (subject.name, *subject.aliases))
        return finder.find(_documents(list(self._newest(wanted))), _documents(before), KEYWORDS) if before else ()

    def _newest(self, query: MentionQuery) -> Iterator[StoredMention]:
        page, left = Page(min(_PAGE, self._most)), self._most
        while left > 0:
            result = self._mentions.search(query, page)
            yield from result.items[:left]
            left -= len(result.items)
            if result.next_after is None:
                return
            page = replace(page, after=result.next_after)

    def _earlier(self, query: MentionQuery, since: datetime, until: datetime) -> list[float]:
        """The pressures of the periods before in which the subject was talked about at all."""
        pressures = []
        for number in range(1, EARLIER + 1):
            shift = number * (until - since)
            then = replace(query, since=since - shift, until=until - shift)
            if self._mentions.count(then):
                negative = self._newest(replace(then, sentiments=(SentimentLabel.NEGATIVE,)))
                pressures.append(sum(story.pressure for story in story_impacts(negative, query.subjects[0])))
        return pressures


def is_against(item: StoredMention, subject: str) -> bool:
    """True for a mention whose stance towards the subject is negative."""
    if item.annotation is None:
        return False
    stances = {entry.subject_id: entry.sentiment.label for entry in item.annotation.by_subject}
    return stances.get(subject, item.annotation.sentiment.label) is SentimentLabel.NEGATIVE


def _documents(items: Sequence[StoredMention]) -> list[Document]:
    return [
        Document(
            item.mention.id,
            f"{item.mention.title}。{item.mention.text}" if item.mention.title else item.mention.text,
            item.cluster_id or item.mention.id,
        )
        for item in items
    ]


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(_SHANGHAI).isoformat()


def _keyword(each: Keyword) -> dict[str, Any]:
    return {
        "term": each.term,
        "stories": each.stories,
        "background": each.background,
        "score": round(each.score, 2),
        "mention_ids": list(each.mention_ids),
    }


def _impact(each: Impact) -> dict[str, Any]:
    return {
        "index": round(each.index, 1),
        "pressure": round(each.pressure, 2),
        "usual": round(each.usual, 2),
        "stories": [
            {"pressure": round(story.pressure, 2), "reach": story.reach, "mention_ids": list(story.mention_ids)}
            for story in each.stories
        ],
    }


def _voice(each: Voice) -> dict[str, Any]:
    return {
        "name": each.name,
        "platform": each.platform.value,
        "kind": each.kind.value,
        "followers": each.followers.value,
        "mentions": each.mentions,
        "negative": each.negative,
        "reach": each.reach,
        "first_at": _stamp(each.first_at),
        "is_leader": each.is_leader,
        "mention_ids": list(each.mention_ids),
    }


def _demand(each: DemandSignal) -> dict[str, Any]:
    return {
        "product": each.product,
        "kind": each.kind.value,
        "stories": each.stories,
        "examples": [
            {"mention_id": name, "sentence": one.sentence, "wanted": one.wanted} for name, one in each.examples
        ],
        "mention_ids": list(each.mention_ids),
    }
