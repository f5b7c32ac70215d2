"""Deletion: what its platform no longer shows becomes a tombstone, after a second look and never on one word alone.

The first miss is remembered. A second one an hour later or more is believed when a witness was shown in the very same
run: another mention of this kind on this site. Then text, title, author and address are blanked, counts and labels
stay. Without a witness nothing is believed, and an ordinary crawl confirms nothing, whatever it saw. A mention that is
seen again in between was never gone. The evidence of an open alert waits for it to close, as it does for retention.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from yuqing.domain.codec import from_json, to_json
from yuqing.domain.draft import Draft
from yuqing.domain.mention import MentionId, mention_id
from yuqing.domain.ports import Clock, MentionStore, StateStore
from yuqing.jobs.ingest import AdmitResult, Intake
from yuqing.jobs.retention import held_evidence

KIND = "vanish"
SPACING = timedelta(hours=1)
# A miss that nobody could confirm for so long is no news any more; the next miss begins anew.
STALE = timedelta(days=7)
AHEAD = timedelta(minutes=5)  # a time that lies farther ahead was written by a clock that went wrong
_ALL = 1_000_000


class Audit(Protocol):
    """Writes down who did what."""

    def __call__(self, actor: str, action: str, target: str, detail: Mapping[str, str] | None = None) -> str:
        """One entry; returns its id."""
        ...


@dataclass(frozen=True, slots=True)
class Missing:
    """A mention that its platform did not show: since when, at the last look, and whether that is believed."""

    source: str
    first_at: datetime
    last_at: datetime
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Buried:
    """What became of the missing: tombstones, and those that an open alert still needs."""

    tombstones: int = 0
    held: int = 0


def load_missing(state: StateStore, source: str | None = None) -> dict[MentionId, Missing]:
    """What is missing, of one source or of all."""
    found = state.find(KIND, None if source is None else {"source": source}, limit=_ALL)
    return {MentionId(document.id): from_json(Missing, document.body) for document in found}


def is_owed(missing: Missing, now: datetime) -> bool:
    """True when a second look can say something that the first did not."""
    return missing.confirmed_at is None and not -AHEAD <= now - missing.first_at < SPACING


class Vanishing:
    """Told by crawls what is gone and what was seen; buries what is believed to be gone."""

    def __init__(self, mentions: MentionStore, state: StateStore, clock: Clock, audit: Audit) -> None:
        self._mentions = mentions
        self._state = state
        self._clock = clock
        self._audit = audit
        self._missing: dict[MentionId, Missing] | None = None

    def _known(self) -> dict[MentionId, Missing]:
        if self._missing is None:
            self._missing = load_missing(self._state)
        return self._missing

    def _save(self, name: MentionId, missing: Missing) -> None:
        self._state.save(KIND, name, to_json(missing))
        self._known()[name] = missing

    def _drop(self, name: MentionId) -> None:
        self._state.delete(KIND, name)
        self._known().pop(name, None)

    def report(self, source_id: str, ids: Sequence[MentionId]) -> None:
        """These were not there. What is not stored, or buried already, is not our concern."""
        now = self._clock.now()
        for name, stored in self._mentions.get(tuple(ids)).items():
            if stored.deleted_at is not None:
                continue
            known = self._known().get(name)
            if known is None or (known.confirmed_at is None and not -AHEAD <= now - known.last_at <= STALE):
                self._save(name, Missing(source_id, now, now))
            elif known.confirmed_at is None:
                self._save(name, replace(known, source=source_id, last_at=now))

    def seen(self, ids: Iterable[MentionId]) -> None:
        """These were there: what was remembered of them is void."""
        for name in ids:
            if name in self._known():
                self._drop(name)

    def confirm(self, source: str, vouched: Collection[MentionId], begin: datetime) -> None:
        """Believe the misses since `begin`, the beginning of a refresh, of mentions whose witness it was shown."""
        for name in vouched:
            missing = self._known().get(name)
            if missing is None or missing.source != source or missing.confirmed_at is not None:
                continue
            if missing.last_at >= begin and missing.last_at - missing.first_at >= SPACING:
                self._save(name, replace(missing, confirmed_at=self._clock.now()))

    def bury(self, source: str) -> Buried:
        """Make tombstones of what is believed of a source. Safe to repeat."""
        now = self._clock.now()
        believed = {n: m for n, m in self._known().items() if m.source == source and m.confirmed_at is not None}
        held = held_evidence(self._state, now) & believed.keys()
        gone = [name for name in sorted(believed) if name not in held]
        for name in gone:
            self._bury(name, believed[name])
        return Buried(len(gone), len(held))

    def _bury(self, name: MentionId, missing: Missing) -> None:
        """Audit first: a crash in between leaves an entry too many, never a deletion that nobody can explain."""
        times = {"first_missed": missing.first_at.isoformat(), "confirmed": missing.last_at.isoformat()}
        self._audit("system", "tombstone", name, {"source": missing.source, **times})
        self._mentions.tombstone((name,), missing.last_at)
        self._drop(name)

    def bury_released(self) -> Buried:
        """What waited for an alert that is closed by now; what is no longer stored is missed by nobody."""
        self._missing = None  # the scheduler lives for months: crawls have seen things since its last night
        for name in self._known().keys() - self._mentions.get(tuple(self._known())).keys():
            self._drop(name)
        sources = sorted({missing.source for missing in self._known().values()})
        done = [self.bury(source) for source in sources]
        return Buried(sum(each.tombstones for each in done), sum(each.held for each in done))


@dataclass(frozen=True)
class WatchfulIntake:
    """An intake that also tells which mentions were seen."""

    intake: Intake
    vanishing: Vanishing

    def admit(self, drafts: Sequence[Draft]) -> AdmitResult:
        """Store first: only what is stored was seen."""
        result = self.intake.admit(drafts)
        shown = (draft for draft in drafts if not draft.second_hand)
        self.vanishing.seen({mention_id(draft.platform, draft.kind, draft.native_id) for draft in shown})
        return result
