"""Who carries a subject: opinion leaders under their pseudonyms, media and organisations under their names."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.impact import total_reach
from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import AuthorKind, FollowerBand, MentionId, Platform
from yuqing.domain.ports import StoredMention

_LEADERS = frozenset({FollowerBand.UNDER_1M, FollowerBand.OVER_1M})
_PUBLIC = frozenset({AuthorKind.MEDIA, AuthorKind.GOVERNMENT, AuthorKind.ORGANISATION})
LEADING_REACH = 100_000


@dataclass(frozen=True, slots=True)
class Voice:
    """One account and what it said: `name` is an outlet or a pseudonym. `negative` is None while nothing is scored."""

    name: str
    platform: Platform
    kind: AuthorKind
    followers: FollowerBand
    mentions: int
    negative: int | None
    reach: int | None
    first_at: datetime
    mention_ids: tuple[MentionId, ...]

    @property
    def is_public(self) -> bool:
        """True for media, authorities and organisations."""
        return self.kind in _PUBLIC

    @property
    def is_leader(self) -> bool:
        """True for a person with 100,000 followers or as many readers."""
        return not self.is_public and (self.followers in _LEADERS or (self.reach or 0) >= LEADING_REACH)


@dataclass(frozen=True, slots=True)
class MediaReach:
    """How far media took a subject up; `first_at` None: they did not."""

    outlets: int
    mentions: int
    reach: int | None
    first_at: datetime | None


def voices(stored: Iterable[StoredMention], subject: str) -> tuple[Voice, ...]:
    """Every account that can be told apart, largest reach first; a mention without an author is nobody's."""
    groups: dict[tuple[Platform, str], list[StoredMention]] = defaultdict(list)
    for item in stored:
        if name := item.mention.author.outlet or item.mention.author.pseudonym:
            groups[item.mention.platform, name].append(item)
    found = (_voice(platform, name, members, subject) for (platform, name), members in groups.items())
    return tuple(sorted(found, key=lambda voice: (-(voice.reach or 0), -voice.mentions, voice.name)))


def media_reach(found: Iterable[Voice]) -> MediaReach:
    """What media among these voices did."""
    media = [voice for voice in found if voice.kind is AuthorKind.MEDIA]
    known = [voice.reach for voice in media if voice.reach is not None]
    first = min((voice.first_at for voice in media), default=None)
    mentions = sum(voice.mentions for voice in media)
    return MediaReach(len({voice.name for voice in media}), mentions, sum(known) if known else None, first)


def _voice(platform: Platform, name: str, members: Sequence[StoredMention], subject: str) -> Voice:
    newest = max(members, key=lambda item: item.mention.published_at).mention.author
    stances = [_stance(item, subject) for item in members if item.annotation is not None]
    return Voice(
        name=name,
        platform=platform,
        kind=newest.kind,
        followers=newest.followers,
        mentions=len(members),
        negative=stances.count(SentimentLabel.NEGATIVE) if stances else None,
        reach=total_reach(item.mention for item in members),
        first_at=min(item.mention.published_at for item in members),
        mention_ids=tuple(item.mention.id for item in members),
    )


def _stance(item: StoredMention, subject: str) -> SentimentLabel | None:
    if item.annotation is None:
        return None
    stances = {entry.subject_id: entry.sentiment.label for entry in item.annotation.by_subject}
    return stances.get(subject, item.annotation.sentiment.label)
