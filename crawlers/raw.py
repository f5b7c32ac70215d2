"""The last replies that could not be understood, kept for the operator. They hold personal data: short life, 0600."""

import os
from hashlib import sha256
from pathlib import Path

from crawlers.model import Reply, Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock

_KEPT = frozenset({Outcome.CHANGED, Outcome.SUSPECT_EMPTY, Outcome.CHALLENGE, Outcome.BLOCKED})
_PER_OUTCOME = 20


class RawReplies:
    """A folder per source and outcome with at most 20 bodies; None keeps nothing."""

    def __init__(self, folder: Path | None, source: str, clock: Clock) -> None:
        self._folder = None if folder is None else folder / source
        self._clock = clock

    def keep(self, reply: Reply, verdict: Verdict) -> str | None:
        """Keep the body when the outcome is one that somebody will have to look at; returns where."""
        if self._folder is None or verdict.outcome not in _KEPT or not reply.body:
            return None
        folder = self._folder / verdict.outcome.value
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = self._clock.now().strftime("%Y%m%dT%H%M%S%f")
        path = folder / f"{stamp}-{verdict.detail or 'page'}-{sha256(reply.body).hexdigest()[:12]}.bin"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(reply.body)
        self._trim(folder)
        return str(path.relative_to(self._folder.parent))

    def _trim(self, folder: Path) -> None:
        for old in sorted(folder.glob("*.bin"))[:-_PER_OUTCOME]:
            old.unlink(missing_ok=True)
