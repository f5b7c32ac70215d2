"""The audit trail: who did what, each entry chained to the one before by its hash."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from yuqing.domain.errors import Conflict
from yuqing.domain.ports import Clock, StateStore

KIND = "audit"
_HEAD_KIND = "audit_head"
_GENESIS = "0" * 64


def _hash(previous: str, body: Mapping[str, object]) -> str:
    text = json.dumps(dict(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(f"{previous}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    entry: str
    reason: str


@dataclass(frozen=True)
class AuditTrail:
    """Appends and checks entries. Several processes may write at once: each number is taken exactly once."""

    state: StateStore
    clock: Clock

    def record(self, actor: str, action: str, target: str, detail: Mapping[str, str] | None = None) -> str:
        """Write one entry; returns its id. `detail` must not hold personal data or secrets."""
        number, previous = self._head()
        while True:
            facts = {
                "at": self.clock.now().isoformat(),
                "actor": actor,
                "action": action,
                "target": target,
                "detail": dict(detail or {}),
                "previous": previous,
            }
            digest = _hash(previous, facts)
            identity = f"{number + 1:010d}"
            try:
                self.state.save(KIND, identity, {**facts, "hash": digest}, expected_version=0)
            except Conflict:
                number, previous = self._advance(number)
                continue
            self.state.save(_HEAD_KIND, "head", {"number": number + 1, "hash": digest})
            return identity

    def _head(self) -> tuple[int, str]:
        # The head document is a hint that may lag behind; the entries decide.
        head = self.state.load(_HEAD_KIND, "head")
        return (0, _GENESIS) if head is None else (int(str(head.body["number"])), str(head.body["hash"]))

    def _advance(self, number: int) -> tuple[int, str]:
        taken = self.state.load(KIND, f"{number + 1:010d}")
        return (number + 1, str(taken.body["hash"])) if taken else self._head()

    def verify(self) -> list[Break]:
        """Every place where an entry was changed, removed or inserted; empty when the chain holds."""
        breaks, previous, expected = [], _GENESIS, 1
        while (entry := self.state.load(KIND, f"{expected:010d}")) is not None:
            body = dict(entry.body)
            digest = str(body.pop("hash", ""))
            if body.get("previous") != previous:
                breaks.append(Break(entry.id, "与前一条不衔接"))
            if _hash(str(body.get("previous")), body) != digest:
                breaks.append(Break(entry.id, "内容与校验值不符"))
            previous, expected = digest, expected + 1
        head = self.state.load(_HEAD_KIND, "head")
        if head is not None and int(str(head.body["number"])) >= expected:
            breaks.append(Break(f"{expected:010d}", "缺失"))
        return breaks
