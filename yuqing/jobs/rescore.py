"""Rescore: history gets the scores of another model, oldest first; what the model before said stays beside them.

Safe to kill at any moment: the stored model of a mention tells whether it is done, the mark only where to look next,
and it moves after the store has acknowledged.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from zlib import crc32

from yuqing.domain.annotation import Annotation
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock, Json, MentionQuery, MentionStore, Scorer, StateStore, StoredMention

KIND = "rescore"
BATCH = 500
WHOLE = (0, 1)
_NONE = "unscored"


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the mentions of a run: `shifts` counts stances as `before>after`."""

    rescored: int = 0
    fresh: int = 0  # had no scores before
    already: int = 0  # had the model's scores before the run began
    refused: int = 0  # said something else by the time the store was asked; they wait to be scored as usual
    shifts: Counter[str] = field(default_factory=Counter)
    topics: int = 0
    severities: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            self.rescored + other.rescored,
            self.fresh + other.fresh,
            self.already + other.already,
            self.refused + other.refused,
            self.shifts + other.shifts,
            self.topics + other.topics,
            self.severities + other.severities,
        )

    @property
    def moved(self) -> int:
        """How many mentions have another stance than before."""
        return sum(count for shift, count in self.shifts.items() if _is_move(shift))

    @property
    def seen(self) -> int:
        """How many mentions were looked at."""
        return self.rescored + self.fresh + self.already + self.refused

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        names = ("rescored", "fresh", "already", "refused", "topics", "severities")
        return {**{name: getattr(self, name) for name in names}, "shifts": dict(sorted(self.shifts.items()))}

    @classmethod
    def from_json(cls, body: Json) -> "Changes":
        """The value of `as_json`."""
        names = ("rescored", "fresh", "already", "refused", "topics", "severities")
        shifts = body.get("shifts")
        counts = {name: int(str(body.get(name, 0))) for name in names}
        return cls(**counts, shifts=Counter(shifts) if isinstance(shifts, dict) else Counter())


@dataclass(frozen=True, slots=True)
class Run:
    """One run as it is remembered: its model, its period, how far it got, and what changed so far."""

    model: str
    since: datetime | None
    until: datetime
    started_at: datetime
    reached: datetime | None = None
    changes: Changes = field(default_factory=Changes)
    is_done: bool = False
    shard: tuple[int, int] = WHOLE

    @property
    def id(self) -> str:
        """One run for each model, beginning and shard."""
        part = "" if self.shard == WHOLE else f"#{self.shard[0]}/{self.shard[1]}"
        return f"{self.model}@{'' if self.since is None else self.since.isoformat()}{part}"

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        times = {name: getattr(self, name) for name in ("since", "until", "started_at", "reached")}
        plain = {name: None if time is None else time.isoformat() for name, time in times.items()}
        return {
            "model": self.model,
            **plain,
            "is_done": self.is_done,
            "shard": list(self.shard),
            "changes": self.changes.as_json(),
        }


@dataclass(frozen=True)
class Rescore:
    """Scores stored mentions again. `model` is the name that `scorer` writes into its annotations.

    Shard (i, n) takes the i-th of n parts by id: each part has a mark of its own, and may run in another process.
    """

    mentions: MentionStore
    state: StateStore
    scorer: Scorer
    model: str
    clock: Clock
    batch_size: int = BATCH
    shard: tuple[int, int] = WHOLE

    def run(self, since: datetime | None, tell: Callable[[Run], None] = lambda run: None) -> Run:
        """Go on with the run of this model and beginning, or begin one; returns it when all is scored.

        A run that is done begins anew: what came in since by an older model is scored, the rest is passed over.
        """
        run = self._begin(since)
        self.mentions.refresh()
        query = MentionQuery(since=run.reached or run.since, until=run.until)
        # What was counted at the mark's very moment before a kill must not be counted again.
        counted = self._ids(run, "at_mark")
        ours = (item for item in self.mentions.scan(query) if self._is_ours(item))
        fresh = (item for item in ours if item.mention.id not in counted)
        for batch in _batches(fresh, self.batch_size):
            run = self._advance(run, batch)
            tell(run)
        return self._save(_moved(run, run.until, Changes(), is_done=True), ())

    def _begin(self, since: datetime | None) -> Run:
        now = self.clock.now()
        run = Run(self.model, since, now, now, shard=self.shard)
        found = self.state.load(KIND, run.id)
        if found is None or found.body.get("is_done"):
            return self._save(run, ())
        return _run_from(found.body)

    def _advance(self, run: Run, batch: Sequence[StoredMention]) -> Run:
        begun = self._score(run, [item for item in batch if not self._is_done(item)])
        ids: list[MentionId] = [item.mention.id for item in batch]
        now = self.mentions.get(ids)
        changes = sum((self._change(now.get(each), is_ours=each in begun) for each in ids), Changes())
        reached = batch[-1].mention.published_at
        at_mark: list[str] = [item.mention.id for item in batch if item.mention.published_at == reached]
        if run.reached == reached:
            at_mark = [*self._ids(run, "at_mark"), *at_mark]
        return self._save(_moved(run, reached, changes), at_mark, begun.difference(ids))

    def _score(self, run: Run, stale: Sequence[StoredMention]) -> frozenset[str]:
        """Score what has no scores of this model; returns the ids of all that this run has scored and not counted.

        They are remembered before anything is written: times do not tell who scored a mention, a clock may stand still.
        """
        begun = self._ids(run, "begun") | {item.mention.id for item in stale}
        if stale:
            self._save(run, self._ids(run, "at_mark"), begun)
            self.mentions.annotate(self.scorer.score([item.mention for item in stale], self.clock.now()))
        return begun

    def _is_ours(self, item: StoredMention) -> bool:
        part, parts = self.shard
        return crc32(item.mention.id.encode()) % parts == part

    def _is_done(self, item: StoredMention) -> bool:
        return item.scored is not None and item.scored.model == self.model

    def _change(self, item: StoredMention | None, *, is_ours: bool) -> Changes:
        """What this run did to a mention, read from the store: it tells the same after a kill in between."""
        if item is None or item.scored is None or item.scored.model != self.model:
            return Changes(refused=1)
        if not is_ours:
            return Changes(already=1)
        if not item.earlier:
            return Changes(fresh=1, shifts=Counter({f"{_NONE}>{item.scored.sentiment.label}": 1}))
        return compare(item.earlier[-1], item.scored)

    def _ids(self, run: Run, name: str) -> frozenset[str]:
        found = self.state.load(KIND, run.id)
        ids = found.body.get(name) if found else None
        return frozenset(map(str, ids)) if isinstance(ids, list) else frozenset()

    def _save(self, run: Run, at_mark: Collection[str], begun: Collection[str] = ()) -> Run:
        self.state.save(KIND, run.id, {**run.as_json(), "at_mark": sorted(at_mark), "begun": sorted(begun)})
        return run


def compare(before: Annotation, after: Annotation) -> Changes:
    """How two annotations of one mention differ."""
    topics = {topic.id for topic in before.topics} != {topic.id for topic in after.topics}
    return Changes(
        rescored=1,
        shifts=Counter({f"{before.sentiment.label}>{after.sentiment.label}": 1}),
        topics=int(topics),
        severities=int(before.severity.level != after.severity.level),
    )


def _is_move(shift: str) -> bool:
    before, _, after = shift.partition(">")
    return before not in (after, _NONE)


def _moved(run: Run, reached: datetime, changes: Changes, *, is_done: bool = False) -> Run:
    return replace(run, reached=reached, changes=run.changes + changes, is_done=is_done)


def _run_from(body: Json) -> Run:
    times = {name: _time(body.get(name)) for name in ("since", "until", "started_at", "reached")}
    changes = body.get("changes")
    until, started = times["until"], times["started_at"]
    if until is None or started is None or not isinstance(changes, dict):
        raise ValueError("a run without its period")
    shard = body.get("shard")  # runs of before there were shards have none
    part, parts = map(int, shard) if isinstance(shard, list) else WHOLE
    known = Changes.from_json(changes)
    return Run(str(body["model"]), times["since"], until, started, times["reached"], known, shard=(part, parts))


def _time(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


def _batches(items: Iterator[StoredMention], size: int) -> Iterator[list[StoredMention]]:
    while batch := list(islice(items, size)):
        yield batch
