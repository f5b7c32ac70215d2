"""Forget: a person asked for deletion. All of one pseudonym becomes tombstones, and nothing of it comes again."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from yuqing.domain.errors import InputError
from yuqing.domain.mention import MentionId
from yuqing.domain.ports import Clock, MentionQuery, MentionStore, StateStore
from yuqing.domain.query import FieldFilter
from yuqing.jobs.retention import held_evidence
from yuqing.jobs.vanish import Audit

KIND = "forgotten"
MENTION = "forgotten_mention"  # what a feed shows again without naming its author
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted, and what an open alert still needs; it follows when the alert is closed."""

    mentions: int = 0
    held: int = 0

    def as_json(self) -> dict[str, int]:
        """Plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """For people."""
        held = f"；{self.held} 条是未恢复预警的证据，预警恢复后自动删除" if self.held else ""
        return f"已删除 {self.mentions} 条提及的正文、作者与地址，今后不再采集此账号{held}"


def load_forgotten(state: StateStore) -> frozenset[str]:
    """The pseudonyms that nothing is stored of, and the ids of their mentions."""
    return frozenset(document.id for kind in (KIND, MENTION) for document in state.find(kind, limit=1_000_000))


def of_author(mentions: MentionStore, pseudonym: str) -> Iterator[MentionId]:
    """Every mention of one pseudonym; an outlet of the same name is somebody else."""
    query = MentionQuery(text=FieldFilter("author", "=", pseudonym), include_deleted=True)
    return (one.mention.id for one in mentions.scan(query) if one.mention.author.pseudonym == pseudonym)


def author_of(mentions: MentionStore, name: MentionId) -> str:
    """The pseudonym behind a mention. Raises InputError where there is none."""
    stored = mentions.get((name,)).get(name)
    if stored is None:
        raise InputError(f"没有编号为 {name} 的提及")
    if stored.mention.author.pseudonym is None:
        raise InputError(f"提及 {name} 没有记录作者（平台没有给出，或已删除）")
    return stored.mention.author.pseudonym


@dataclass(frozen=True)
class Forget:
    """Carries out requests for deletion. The request is stored first: a crash leaves work to do, never a promise."""

    mentions: MentionStore
    state: StateStore
    clock: Clock
    audit: Audit

    def forget(self, pseudonym: str, by: str) -> Forgotten:
        """Delete what there is and refuse what will come. Raises InputError for what is no pseudonym."""
        if not _PSEUDONYM.fullmatch(pseudonym):
            raise InputError("作者假名应为 32 位十六进制；不知道假名时用 --mention 或 --account")
        now = self.clock.now()
        if self.state.load(KIND, pseudonym) is None:
            self.state.save(KIND, pseudonym, {"at": now.isoformat(), "by": by})
        self.mentions.refresh()
        done = self._delete(pseudonym, now)
        self.audit(by, "forget", pseudonym, {"mentions": str(done.mentions), "held": str(done.held)})
        return done

    def finish(self) -> Forgotten:
        """What had to wait when it was asked for, and what an import brought in by another door."""
        now, total = self.clock.now(), Forgotten()
        for pseudonym in sorted(document.id for document in self.state.find(KIND, limit=1_000_000)):
            done = self._delete(pseudonym, now)
            if done.mentions:
                self.audit("system", "forget", pseudonym, {"mentions": str(done.mentions), "held": str(done.held)})
            total = Forgotten(total.mentions + done.mentions, total.held + done.held)
        return total

    def _delete(self, pseudonym: str, now: datetime) -> Forgotten:
        held = held_evidence(self.state, now)
        found = list(of_author(self.mentions, pseudonym))
        for name in found:
            if self.state.load(MENTION, name) is None:
                self.state.save(MENTION, name, {"at": now.isoformat()})
        gone = [name for name in found if name not in held]
        for start in range(0, len(gone), _BATCH):
            # A sighting that is on its way carries a time up to now; the tombstone must be younger.
            self.mentions.tombstone(gone[start : start + _BATCH], now + timedelta(microseconds=1))
        self.mentions.refresh()
        return Forgotten(len(gone), len(found) - len(gone))
