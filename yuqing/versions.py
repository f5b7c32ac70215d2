"""What one model said: counts as they were before another model or a person said something else.

Stores count by what holds now. A chart of an earlier model is counted mention by mention from the scores that are kept
beside it, so it takes as long as reading the period; corrections are left out, because they are not the model's word.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storage.text import matches_text, only_subject, stance
from storage.times import check_volume, filled_bins
from yuqing.domain.annotation import Annotation
from yuqing.domain.ports import MentionQuery, MentionStore, Page, SearchResult, SplitField, StoredMention, VolumeBin


def said_by(item: StoredMention, model: str) -> Annotation | None:
    """What a model said of a mention; None where it never did."""
    known = (*((item.scored,) if item.scored else ()), *item.earlier)
    return next((each for each in known if each.model == model), None)


def models(mentions: MentionStore, since: datetime | None, until: datetime | None) -> Counter[str]:
    """How many mentions of a period each model has scored; those that nobody has under the empty name."""
    found: Counter[str] = Counter()
    for item in mentions.scan(MentionQuery(since=since, until=until, include_deleted=True)):
        known = (*((item.scored,) if item.scored else ()), *item.earlier)
        found.update({each.model for each in known} or {""})
    return found


@dataclass(frozen=True)
class ModelView:
    """The mentions as one model saw them; what it did not score is unscored."""

    mentions: MentionStore
    model: str

    def refresh(self) -> None:
        """See MentionStore.refresh."""
        self.mentions.refresh()

    def search(self, query: MentionQuery, page: Page) -> SearchResult:
        """See MentionStore.search, without regard to scores: only the ends of a period are asked for."""
        return self.mentions.search(_unjudged(query), page)

    def volume(self, query: MentionQuery, interval: timedelta, split: SplitField | None = None) -> Sequence[VolumeBin]:
        """See MentionStore.volume; the split is always by sentiment."""
        if split not in (None, "sentiment"):
            raise ValueError(f"no split by {split} of one model's scores")
        since, until = check_volume(query, interval)
        totals: Counter[int] = Counter()
        by: dict[int, Counter[str]] = defaultdict(Counter)
        for item in self.mentions.scan(_unjudged(query)):
            seen = replace(item, annotation=said_by(item, self.model))
            if not _holds(seen, query):
                continue
            index = (seen.mention.published_at - since) // interval
            totals[index] += 1
            by[index][stance(seen.annotation, only_subject(query)) if seen.annotation else ""] += 1
        return filled_bins(since, until, interval, totals, by)


def _unjudged(query: MentionQuery) -> MentionQuery:
    return replace(query, text=None, sentiments=(), topics=(), min_severity=None, scored=None)


def _holds(item: StoredMention, query: MentionQuery) -> bool:
    said = item.annotation
    return matches_text(item, query) and (
        (not query.sentiments or (said is not None and stance(said, only_subject(query)) in query.sentiments))
        and (not query.topics or (said is not None and any(topic.id in query.topics for topic in said.topics)))
        and (query.min_severity is None or (said is not None and said.severity.level >= query.min_severity))
        and (query.scored is None or query.scored == (said is not None))
    )
