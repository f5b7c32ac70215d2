"""Cluster: copies of one text get one cluster. Safe to kill and to repeat: what is clustered stays as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from yuqing.domain.mention import Mention, MentionId
from yuqing.domain.ports import Clock, MentionQuery, MentionStore, StateStore

KIND = "cluster"
_CURSOR = "cursor"
WINDOW = timedelta(days=7)  # copies come within hours; a back-fill brings a week at once
_OVERLAP = timedelta(minutes=10)  # a mention is stored a little after the time it bears
_BATCH = 500


class Copies(Protocol):
    """Knows the texts it was shown, and tells copies."""

    def __len__(self) -> int:
        """How many texts it knows; 0 in a new process."""
        ...

    def place(self, mention: Mention, cluster: str | None = None) -> Mapping[MentionId, str]:
        """Take a mention in, with the cluster it has; returns the mentions whose cluster changes."""
        ...


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """How many mentions were looked at, and how many were put into a cluster."""

    seen: int = 0
    clustered: int = 0


def cluster(mentions: MentionStore, state: StateStore, clock: Clock, copies: Copies) -> ClusterSummary:
    """Find the copies among what was collected since the last time, and among the last week in a new process.

    The cursor moves after the clusters are stored.
    """
    now = clock.now()
    mentions.refresh()
    seen, changes = 0, dict[MentionId, str]()
    for stored in mentions.scan(MentionQuery(collected_since=_since(state, now, is_new=len(copies) == 0))):
        seen += 1
        changes.update(copies.place(stored.mention, stored.cluster_id))
    written = sum(mentions.set_clusters(dict(part)) for part in _parts(changes))
    state.save(KIND, _CURSOR, {"collected_until": now.isoformat()})
    return ClusterSummary(seen, written)


def _since(state: StateStore, now: datetime, *, is_new: bool) -> datetime:
    found = state.load(KIND, _CURSOR)
    if is_new or found is None:
        return now - WINDOW
    return datetime.fromisoformat(str(found.body["collected_until"])) - _OVERLAP


def _parts(changes: Mapping[MentionId, str]) -> list[list[tuple[MentionId, str]]]:
    pairs = list(changes.items())
    return [pairs[start : start + _BATCH] for start in range(0, len(pairs), _BATCH)]
