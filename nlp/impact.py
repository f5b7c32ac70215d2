"""How many people a story may have reached, and how heavily it weighs on a subject: estimates with a stated formula.

Reach of a mention: its views where the platform tells them, otherwise the larger of

    5 % of the followers (middle of the author's band)   and   30 x (likes + comments + shares);

unknown where nothing is known. The reach of a story (a text with its copies and reposts) is the sum of what is known.

Pressure of a story = p(negative) x (1 + severity) x log10(10 + reach), the highest p and severity of its mentions.
Pressure on a subject in a period = the sum over its stories that are called negative.

    impact index = 100 x (1 - 2 ** -(pressure / (2 x usual)))

`usual` is the median pressure of earlier periods of the same length (at least 10, so that one grumble in a quiet
month is no crisis). An ordinary period therefore has 29, twice the ordinary 50, six times 88; silence has 0.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import FollowerBand, Mention, MentionId
from yuqing.domain.ports import StoredMention

SHARE_OF_FOLLOWERS = 0.05
VIEWS_PER_REACTION = 30
LEAST_USUAL = 10.0
_FOLLOWERS = {
    FollowerBand.UNDER_1K: 300,
    FollowerBand.UNDER_10K: 3_000,
    FollowerBand.UNDER_100K: 30_000,
    FollowerBand.UNDER_1M: 300_000,
    FollowerBand.OVER_1M: 3_000_000,
}


@dataclass(frozen=True, slots=True)
class StoryImpact:
    """A story with its estimated reach (None: nothing is known) and its pressure on the subject."""

    story: str
    pressure: float
    reach: int | None
    mention_ids: tuple[MentionId, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """The index from 0 to 100, what it was computed from, and the stories behind it, heaviest first."""

    index: float
    pressure: float
    usual: float
    stories: tuple[StoryImpact, ...]


def reach(mention: Mention) -> int | None:
    """How many people may have seen a mention; None where nothing is known."""
    counts = mention.engagement
    if counts.views is not None:
        return counts.views
    estimates = []
    if (followers := _FOLLOWERS.get(mention.author.followers)) is not None:
        estimates.append(round(followers * SHARE_OF_FOLLOWERS))
    known = [count for count in (counts.likes, counts.comments, counts.shares) if count is not None]
    if known:
        estimates.append(VIEWS_PER_REACTION * sum(known))
    return max(estimates, default=None)


def total_reach(mentions: Iterable[Mention]) -> int | None:
    """The sum of what is known: a lower bound; None where nothing is."""
    known = [count for count in map(reach, mentions) if count is not None]
    return sum(known) if known else None


def impact(stored: Iterable[StoredMention], subject: str, earlier: Sequence[float] = ()) -> Impact:
    """The impact on a subject of a period's mentions; `earlier` are the pressures of periods of the same length."""
    stories = story_impacts(stored, subject)
    pressure = sum(story.pressure for story in stories)
    usual = max(median(earlier), LEAST_USUAL) if earlier else LEAST_USUAL
    return Impact(impact_index(pressure, usual), pressure, usual, stories)


def impact_index(pressure: float, usual: float) -> float:
    """0 for silence, 29 for the usual pressure, 50 for twice as much, towards 100."""
    return float(100 * (1 - 2 ** -(pressure / (2 * usual))))


def story_impacts(stored: Iterable[StoredMention], subject: str) -> tuple[StoryImpact, ...]:
    """The stories that speak against a subject, heaviest first."""
    stories: dict[str, list[StoredMention]] = defaultdict(list)
    for item in stored:
        stories[item.cluster_id or item.mention.root_id or item.mention.id].append(item)
    found = (_story(name, members, subject) for name, members in stories.items())
    return tuple(sorted((each for each in found if each.pressure > 0), key=lambda each: (-each.pressure, each.story)))


def _story(name: str, members: Sequence[StoredMention], subject: str) -> StoryImpact:
    chance = max((_negative(item, subject) for item in members), default=0.0)
    severity = max((item.annotation.severity.level for item in members if item.annotation), default=0)
    reached = total_reach(item.mention for item in members)
    pressure = chance * (1 + severity) * log10(10 + (reached or 0))
    return StoryImpact(name, pressure, reached, tuple(item.mention.id for item in members))


def _negative(item: StoredMention, subject: str) -> float:
    """The probability that a mention is against the subject; 0 where it is not called negative."""
    if item.annotation is None:
        return 0.0
    stances = {entry.subject_id: entry.sentiment for entry in item.annotation.by_subject}
    stance = stances.get(subject, item.annotation.sentiment)
    return stance.negative if stance.label is SentimentLabel.NEGATIVE else 0.0
