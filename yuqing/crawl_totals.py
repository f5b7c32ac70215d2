"""What each source was asked and what it answered, added up over all runs: the counters behind the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.errors import Conflict
from yuqing.domain.ports import StateStore

KIND = "crawl_totals"
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CrawlTotals:
    """Counters of one source that only grow, and how the last runs went."""

    source: str
    runs: int = 0
    requests: int = 0
    pages: Counts = field(default_factory=dict)  # by outcome
    mentions: Counts = field(default_factory=dict)  # new, updated, unchanged, unmatched
    slices: Counts = field(default_factory=dict)  # complete, incomplete, saturated
    refresh_runs: int = 0
    looks: Counts = field(default_factory=dict)  # second looks by outcome
    tombstones: int = 0
    last_run_at: datetime | None = None
    last_seconds: float = 0.0
    last_complete_at: datetime | None = None
    last_refresh_at: datetime | None = None
    last_refresh_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RunFigures:
    """One run over one source. `is_refresh`: it looked at stored mentions again."""

    source: str
    at: datetime
    seconds: float
    requests: int
    pages: Counts
    mentions: Counts
    slices: Counts
    by_outcome: Counts
    is_whole: bool
    is_refresh: bool = False
    tombstones: int = 0


def load_totals(state: StateStore) -> dict[str, CrawlTotals]:
    """The totals of every source that was ever asked."""
    found = state.find(KIND, limit=1_000_000)
    return {document.id: from_json(CrawlTotals, document.body) for document in found}


def add_run(state: StateStore, run: RunFigures) -> None:
    """Add one run. Several hosts may share a store: the write is conditional."""
    while True:
        found = state.load(KIND, run.source)
        before = CrawlTotals(run.source) if found is None else from_json(CrawlTotals, found.body)
        try:
            state.save(KIND, run.source, to_json(_added(before, run)), found.version if found else 0)
        except Conflict:
            continue
        return


def _added(before: CrawlTotals, run: RunFigures) -> CrawlTotals:
    total = replace(
        before,
        requests=before.requests + run.requests,
        pages=_sum(before.pages, run.pages),
        mentions=_sum(before.mentions, run.mentions),
        tombstones=before.tombstones + run.tombstones,
    )
    if run.is_refresh:
        return replace(
            total,
            refresh_runs=before.refresh_runs + 1,
            looks=_sum(before.looks, run.by_outcome),
            last_refresh_at=run.at,
            last_refresh_seconds=run.seconds,
        )
    return replace(
        total,
        runs=before.runs + 1,
        slices=_sum(before.slices, run.slices),
        last_run_at=run.at,
        last_seconds=run.seconds,
        last_complete_at=run.at if run.is_whole else before.last_complete_at,
    )


def _sum(one: Counts, other: Counts) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
