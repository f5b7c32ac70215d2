"""How far an event has gone and how grave its posts are, read from the store."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.incident import Incident
from yuqing.domain.incident_plan import Reach
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import FacetCount, MentionQuery, MentionStore

Complete = Callable[[datetime, datetime], bool]
HotCount = Callable[[str, datetime], int]
_PSEUDONYM = re.compile(r"[0-9a-f]{16,64}")
_OUTLETS = 500


@dataclass(frozen=True)
class ReachReader:
    """`is_complete` tells whether the sources were all read; `hot_lists` on how many boards a subject stands."""

    mentions: MentionStore
    is_complete: Complete
    hot_lists: HotCount

    def read(self, incident: Incident, now: datetime) -> Reach:
        """Negative mentions of the subject and topic since the event began, on how many platforms, by which media."""
        query = event_query(incident, now)
        platforms = self.mentions.facet(query, "platform")
        return Reach(
            mentions=sum(each.count for each in platforms),
            platforms=len(platforms),
            media=len(self.outlets(incident, now)),
            hot_lists=self.hot_lists(incident.subject_id, incident.began_at),
            is_floor=not self.is_complete(incident.began_at, now),
        )

    def outlets(self, incident: Incident, now: datetime) -> tuple[FacetCount, ...]:
        """Media and organisations that spoke of it, by their names; people are pseudonyms and left out."""
        found = self.mentions.facet(event_query(incident, now), "author", _OUTLETS)
        return tuple(each for each in found if not _PSEUDONYM.fullmatch(each.value))

    def severity(self, evidence: Sequence[MentionId]) -> int:
        """The gravest of the posts that made the alerts fire; 0 for none."""
        stored = self.mentions.get(evidence).values() if evidence else ()
        return max((post.annotation.severity.level for post in stored if post.annotation), default=0)

    def first_post(self, evidence: Sequence[MentionId]) -> datetime | None:
        """When the oldest of these posts was published."""
        stored = self.mentions.get(evidence).values() if evidence else ()
        return min((post.mention.published_at for post in stored), default=None)


def event_query(incident: Incident, until: datetime) -> MentionQuery:
    """The negative mentions of an incident from its beginning to its end, or until now."""
    end = min(incident.closed_at or until, until)
    return MentionQuery(
        subjects=(incident.subject_id,) if incident.subject_id else (),
        sentiments=(SentimentLabel.NEGATIVE,),
        topics=(incident.topic,) if incident.topic else (),
        since=incident.began_at,
        until=max(end, incident.began_at + timedelta(minutes=1)),
    )
