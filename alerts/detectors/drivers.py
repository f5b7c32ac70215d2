"""What an event is made of: platforms, topics, regions, new terms, and the posts that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yuqing.domain.annotation import SentimentLabel
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import FacetCount, FacetField, MentionQuery, MentionStore, Page, StoredMention

EVIDENCE = 20
_GRAM = 2
_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class Drivers:
    """The parts of an event, largest first. `terms` were hardly there in the week before."""

    platforms: tuple[FacetCount, ...]
    topics: tuple[FacetCount, ...]
    regions: tuple[FacetCount, ...]
    terms: tuple[str, ...]


def negative_query(subject_id: str, since: datetime, until: datetime) -> MentionQuery:
    """The negative posts about a subject in a period."""
    return MentionQuery(subjects=(subject_id,), sentiments=(SentimentLabel.NEGATIVE,), since=since, until=until)


def drivers(mentions: MentionStore, query: MentionQuery) -> Drivers:
    """What the mentions of a query have in common."""

    def counts(field: FacetField, limit: int) -> tuple[FacetCount, ...]:
        return tuple(mentions.facet(query, field, limit))

    return Drivers(counts("platform", 5), counts("topic", 3), counts("region", 5), _new_terms(mentions, query))


def top_topic(mentions: MentionStore, query: MentionQuery) -> str | None:
    """The topic that carries at least a third of the mentions, or None."""
    found = [facet for facet in mentions.facet(query, "topic", 2) if facet.value != "other"]
    if not found or found[0].count * 3 < mentions.count(query):
        return None
    return found[0].value


def evidence(mentions: MentionStore, query: MentionQuery, limit: int = EVIDENCE) -> tuple[MentionId, ...]:
    """The most severe and most engaged mentions, one per near-duplicate text."""
    severe = mentions.search(query, Page(5 * limit, sort="severity_desc")).items
    engaged = mentions.search(query, Page(limit, sort="engagement_desc")).items
    ranked = sorted({item.mention.id: item for item in (*severe, *engaged)}.values(), key=_rank)
    return tuple(item.mention.id for item in deduplicated(ranked, limit))


def _rank(item: StoredMention) -> tuple[int, int, str]:
    level = item.annotation.severity.level if item.annotation else 0
    reactions = item.mention.engagement
    reach = sum(n or 0 for n in (reactions.likes, reactions.comments, reactions.shares))
    return -level, -reach, item.mention.id


def deduplicated(items: Sequence[StoredMention], limit: int = EVIDENCE) -> list[StoredMention]:
    """The first of each cluster, or of each text where clusters are not known, up to a limit."""
    kept: list[StoredMention] = []
    shapes: list[frozenset[str]] = []
    clusters: set[str] = set()
    for item in items:
        shape = grams(item.mention.text)
        if item.cluster_id in clusters or any(overlap(shape, other) > 0.6 for other in shapes):
            continue
        kept.append(item)
        shapes.append(shape)
        clusters |= {item.cluster_id} if item.cluster_id else set()
        if len(kept) == limit:
            break
    return kept


def grams(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a text."""
    plain = "".join(character for character in text if character.isalnum())
    return frozenset(plain[i : i + _GRAM] for i in range(max(len(plain) - 1, 1)))


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The part of all pairs that both texts have."""
    return len(left & right) / max(len(left | right), 1)


def _new_terms(mentions: MentionStore, query: MentionQuery, limit: int = 5) -> tuple[str, ...]:
    """Hashtags that occur in the event and did not in the week before it."""
    if query.since is None:
        return ()
    now = _tags(mentions.search(query, Page(_SAMPLE)).items)
    week = MentionQuery(subjects=query.subjects, since=query.since - timedelta(days=7), until=query.since)
    before = _tags(mentions.search(week, Page(_SAMPLE)).items)
    fresh = sorted((tag for tag in now if now[tag] >= 2 and tag not in before), key=lambda tag: (-now[tag], tag))
    return tuple(fresh[:limit])


def _tags(items: Sequence[StoredMention]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for item in items:
        for tag in item.mention.hashtags:
            counts[tag] = counts.get(tag, 0) + 1
    return counts
