"""Score: mentions without an annotation get one. Safe to kill: what was not acknowledged is scored again."""

from collections.abc import Sequence
from dataclasses import dataclass

from yuqing.domain.mention import Mention
from yuqing.domain.ports import Clock, MentionStore, Scorer


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """How many mentions were annotated, in how many batches."""

    scored: int
    batches: int


def score(
    mentions: MentionStore,
    scorer: Scorer,
    clock: Clock,
    *,
    batch_size: int = 500,
    shard: tuple[int, int] = (0, 1),
    limit: int | None = None,
) -> ScoreSummary:
    """Annotate unscored mentions until none is left (or `limit` are done), newest first.

    Each batch is written before the next is read, so a crash loses at most the work on one batch, never a result.
    """
    mentions.refresh()
    scored = batches = 0
    while limit is None or scored < limit:
        size = batch_size if limit is None else min(batch_size, limit - scored)
        batch = mentions.unscored(size, shard)
        written = _annotate(mentions, scorer, clock, batch) if batch else 0
        if not written:
            break
        scored += written
        batches += 1
    return ScoreSummary(scored, batches)


def _annotate(mentions: MentionStore, scorer: Scorer, clock: Clock, batch: Sequence[Mention]) -> int:
    written = mentions.annotate(scorer.score(batch, clock.now()))
    mentions.refresh()
    return written
