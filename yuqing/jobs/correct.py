"""Correct: what people say of mentions is written down, counted instead of the models' word, and kept for training.

The state store holds who said what when, and what the model had said; the mention store only shows it. So the record
is written first: a crash in between leaves a record that `finish` audits and shows, never a figure that nobody vouches
for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from yuqing.audit import KIND as AUDIT
from yuqing.domain.annotation import Annotation, SentimentLabel
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.correction import Correction, words_digest
from yuqing.domain.errors import InputError
from yuqing.domain.mention import Mention, MentionId, Platform
from yuqing.domain.ports import Clock, MentionStore, StateStore, StoredMention

KIND = "correction"
ALL = 1_000_000
_SAID, _TAKEN_BACK = "correct", "correct.take_back"
Audit = Callable[[str, str, str, Mapping[str, str] | None], object]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody says of a mention; None = not judged. `subjects` are all that it is about."""

    mention_id: MentionId
    sentiment: SentimentLabel | None = None
    stances: tuple[tuple[str, SentimentLabel], ...] = ()
    topics: tuple[str, ...] | None = None
    severity: int | None = None
    subjects: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the model had said when a person judged."""

    sentiment: SentimentLabel
    negative: float
    stances: tuple[tuple[str, SentimentLabel], ...]
    topics: tuple[str, ...]
    severity: int
    model: str
    scored_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One judgement in the history of a mention, as the correction that held from then on."""

    by: str
    at: datetime
    correction: Correction


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that people said of one mention. `is_shown`: the mention store has acknowledged the newest."""

    mention_id: MentionId
    platform: Platform
    published_at: datetime
    correction: Correction
    before: Said | None  # None: no model had read it
    history: tuple[Step, ...] = ()
    is_shown: bool = False


class Fate(StrEnum):
    """What became of a judgement."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Corrections:
    """Takes judgements. `topics` and `subjects` are the ids that exist."""

    mentions: MentionStore
    state: StateStore
    clock: Clock
    audit: Audit
    topics: frozenset[str] = field(default_factory=frozenset)
    subjects: frozenset[str] = field(default_factory=frozenset)

    def judge(self, judgement: Judgement, by: str) -> Fate:
        """Write down and show what somebody says; fields that are not judged keep an earlier judgement.

        The same judgement again changes nothing. Raises InputError for an unknown mention, topic or subject.
        """
        self._check(judgement, by)
        stored = self._stored(judgement.mention_id)
        found, version = self._found(judgement.mention_id)
        correction = self._correction(judgement, stored, found, by)
        if found is not None and _content(found.correction) == _content(correction):
            self._make_up(found, version)
            return Fate.UNCHANGED
        self._write(stored, correction, found, version, _SAID)
        return Fate.NEW if found is None or found.correction.is_empty else Fate.CHANGED

    def take_back(self, mention_id: MentionId, by: str) -> bool:
        """Let the models' word hold again; False where nobody had judged."""
        found, version = self._found(mention_id)
        if found is None or found.correction.is_empty:
            return False
        stored = self._stored(mention_id)
        empty = Correction(mention_id, by, self.clock.now(), words_digest(stored.mention))
        self._write(stored, empty, found, version, _TAKEN_BACK)
        return True

    def finish(self) -> int:
        """Audit and show what was written down and not acknowledged; how many."""
        waiting = self.state.find(KIND, {"is_shown": False}, ALL)
        return sum(self._make_up(from_json(Record, found.body), found.version) for found in waiting)

    def _check(self, judgement: Judgement, by: str) -> None:
        if not by.strip():
            raise InputError("请写明是谁作的判断")
        subjects = {*(judgement.subjects or ()), *(subject for subject, _ in judgement.stances)}
        if unknown := sorted(subjects - self.subjects):
            raise InputError(f"没有这个主体：{'、'.join(unknown)}")
        if unknown := sorted(set(judgement.topics or ()) - self.topics):
            raise InputError(f"没有这个话题：{'、'.join(unknown)}")
        if judgement.severity is not None and judgement.severity not in range(4):
            raise InputError("严重度应为 0 至 3")

    def _stored(self, name: MentionId) -> StoredMention:
        stored = self.mentions.get((name,)).get(name)
        if stored is None:
            raise InputError(f"没有编号为 {name} 的提及")
        if stored.deleted_at is not None:
            raise InputError(f"提及 {name} 已在平台删除，正文已清除，不能再判断")
        return stored

    def _found(self, name: MentionId) -> tuple[Record | None, int]:
        found = self.state.load(KIND, name)
        return (None, 0) if found is None else (from_json(Record, found.body), found.version)

    def _correction(self, said: Judgement, stored: StoredMention, found: Record | None, by: str) -> Correction:
        words = words_digest(stored.mention)
        old = found.correction if found is not None and found.correction.words == words else None
        added, removed = _subjects(said, stored, old)
        return Correction(
            mention_id=said.mention_id,
            by=by,
            at=self.clock.now(),
            words=words,
            sentiment=said.sentiment or (old.sentiment if old else None),
            stances=tuple(sorted({**dict(old.stances if old else ()), **dict(said.stances)}.items())),
            topics=tuple(dict.fromkeys(said.topics)) if said.topics is not None else (old.topics if old else None),
            severity=said.severity if said.severity is not None else (old.severity if old else None),
            added=added,
            removed=removed,
        )

    def _write(
        self, stored: StoredMention, correction: Correction, found: Record | None, version: int, action: str
    ) -> None:
        if found is not None:
            self._audit_again(found)
        same_words = found is not None and found.correction.words == correction.words
        before = found.before if found is not None and same_words and found.before else _said(stored.scored)
        history = (*(found.history if found else ()), Step(correction.by, correction.at, correction))
        mention = stored.mention
        record = Record(mention.id, mention.platform, mention.published_at, correction, before, history)
        saved = self.state.save(KIND, mention.id, to_json(record), expected_version=version)
        self.audit(correction.by, action, mention.id, _told(correction, before))
        self._show(record, saved)

    def _make_up(self, record: Record, version: int) -> bool:
        self._audit_again(record)
        return self._show(record, version)

    def _audit_again(self, record: Record) -> None:
        """Write the entry that a crash after the record kept from the trail. Only the newest step can lack it."""
        if record.is_shown or not record.history:
            return
        step = record.history[-1]
        entries = self.state.find(AUDIT, {"target": record.mention_id}, ALL)
        if sum(str(entry.body["action"]) in (_SAID, _TAKEN_BACK) for entry in entries) >= len(record.history):
            return
        action = _TAKEN_BACK if step.correction.is_empty else _SAID
        told = {**_told(step.correction, record.before), "judged_at": step.at.isoformat()}
        self.audit(step.by, action, record.mention_id, told)

    def _show(self, record: Record, version: int) -> bool:
        """Show it in the mention store; what says something else by now keeps its record and is not changed."""
        if record.is_shown:
            return False
        done = self.mentions.correct([record.correction])
        self.state.save(KIND, record.mention_id, to_json(replace(record, is_shown=True)), expected_version=version)
        self.mentions.refresh()
        return bool(done)


def records(state: StateStore) -> Iterator[Record]:
    """What people said, by mention id; what was taken back is left out."""
    found = (from_json(Record, document.body) for document in state.find(KIND, limit=ALL))
    return (record for record in found if not record.correction.is_empty)


def forget_corrections(state: StateStore, before: datetime) -> int:
    """Delete records of mentions that were published before; they go with their mentions."""
    old = [document.id for document in state.find(KIND, limit=ALL) if _published(document.body) < before]
    return sum(state.delete(KIND, name) for name in old)


def _published(body: Mapping[str, object]) -> datetime:
    return datetime.fromisoformat(str(body["published_at"]))


def _subjects(
    said: Judgement, stored: StoredMention, old: Correction | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to add to and take from the subjects that the matcher found."""
    added, removed = (set(old.added), set(old.removed)) if old else (set[str](), set[str]())
    if said.subjects is None:
        return tuple(sorted(added)), tuple(sorted(removed))
    matched = ({*stored.mention.subjects} - added) | removed
    wanted = set(said.subjects)
    return tuple(sorted(wanted - matched)), tuple(sorted(matched - wanted))


def _said(annotation: Annotation | None) -> Said | None:
    if annotation is None:
        return None
    return Said(
        annotation.sentiment.label,
        annotation.sentiment.negative,
        tuple((entry.subject_id, entry.sentiment.label) for entry in annotation.by_subject),
        tuple(topic.id for topic in annotation.topics),
        annotation.severity.level,
        annotation.model,
        annotation.scored_at,
    )


def _content(correction: Correction) -> tuple[object, ...]:
    judged = (correction.sentiment, correction.stances, correction.topics, correction.severity)
    return (correction.words, *judged, correction.added, correction.removed)


def _told(correction: Correction, before: Said | None) -> dict[str, str]:
    """For the audit trail: what changed, from what, and whose word it was."""
    told = {"model": before.model if before else "—"}
    if correction.sentiment is not None:
        told["sentiment"] = f"{before.sentiment.value if before else '—'} → {correction.sentiment.value}"
    if correction.stances:
        told["stances"] = "; ".join(f"{subject}: {label.value}" for subject, label in correction.stances)
    if correction.topics is not None:
        told["topics"] = f"{_joined(before.topics if before else ())} → {_joined(correction.topics)}"
    if correction.severity is not None:
        told["severity"] = f"{before.severity if before else '—'} → {correction.severity}"
    changes = [*(f"+{name}" for name in correction.added), *(f"-{name}" for name in correction.removed)]
    return {**told, **({"subjects": " ".join(changes)} if changes else {})}


def _joined(topics: Iterable[str]) -> str:
    return ",".join(topics) or "-"


def is_of_these_words(record: Record, mention: Mention) -> bool:
    """True while a mention says what was judged."""
    return record.correction.words == words_digest(mention)
