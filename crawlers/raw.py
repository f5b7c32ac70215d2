"""Replies kept as evidence: what could not be understood, and the last of every kind. They hold what people wrote and
who they are, so they are compressed, sealed with the key of the installation, readable by its owner, and short-lived.

    folder/SOURCE/OUTCOME/TIME-DETAIL-MARK.bin
"""

import gzip
import logging
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from crawlers.model import Reply, Verdict
from crawlers.sealing import Seal
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import InputError, StoreError
from yuqing.domain.ports import Clock

_log = logging.getLogger(__name__)
_EACH = frozenset({Outcome.CHANGED, Outcome.SUSPECT_EMPTY, Outcome.CHALLENGE, Outcome.BLOCKED})
_PER_OUTCOME = 20
_STAMP = "%Y%m%dT%H%M%S%f"
_ODD = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reply that was kept; `ref` is what drafts name it by."""

    ref: str
    source: str
    outcome: str
    detail: str
    taken_at: datetime
    size: int


class RawReplies:
    """A folder per source and outcome with at most 20 replies each; None keeps nothing.

    Replies that somebody will have to look at are kept as they come. Of the other outcomes the last reply for each
    purpose (a search page, an article) is kept when the run ends: what a good page looked like while it was good.
    """

    def __init__(self, folder: Path | None, source: str, clock: Clock, seal: Seal) -> None:
        self._folder = None if folder is None else folder / source
        self._clock = clock
        self._seal = seal
        self._last: dict[tuple[Outcome, str], tuple[datetime, str, bytes]] = {}

    def keep(self, reply: Reply, verdict: Verdict, purpose: str = "page") -> str | None:
        """Keep the body; returns where, when it is kept for good."""
        if self._folder is None or not reply.body:
            return None
        if verdict.outcome not in _EACH:
            self._last[verdict.outcome, purpose] = (self._clock.now(), verdict.detail, reply.body)
            return None
        mark = sha256(reply.body).hexdigest()[:12]
        return self._try_write(verdict.outcome, self._clock.now(), verdict.detail, mark, reply.body)

    def settle(self) -> None:
        """The run is over: the last reply of every other kind takes the place of the one before."""
        for (outcome, purpose), (taken_at, detail, body) in self._last.items():
            mark = f"last_{_plain(purpose)}"
            if self._try_write(outcome, taken_at, detail, mark, body) is None:
                continue
            for old in sorted((self._at(outcome)).glob(f"*-{mark}.bin"))[:-1]:
                old.unlink(missing_ok=True)
        self._last.clear()

    def _at(self, outcome: Outcome) -> Path:
        assert self._folder is not None  # noqa: S101  # asked only where something is kept
        return self._folder / outcome.value

    def _try_write(self, outcome: Outcome, taken_at: datetime, detail: str, mark: str, body: bytes) -> str | None:
        """A disk that refuses costs the evidence. What the page was stays what it was."""
        try:
            return self._write(outcome, taken_at, detail, mark, body)
        except OSError as error:
            _log.warning("evidence not kept outcome=%s error=%s", outcome.value, type(error).__name__)
            return None

    def _write(self, outcome: Outcome, taken_at: datetime, detail: str, mark: str, body: bytes) -> str:
        folder = self._at(outcome)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{taken_at.astimezone(UTC).strftime(_STAMP)}-{_plain(detail) or 'page'}-{mark}.bin"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._seal.close(gzip.compress(body, 3, mtime=0)))
        for old in sorted(folder.glob("*.bin"))[:-_PER_OUTCOME]:
            old.unlink(missing_ok=True)
        return path.relative_to(folder.parent.parent).as_posix()


def _plain(word: str) -> str:
    """A sign may quote a platform's code: nothing of it becomes a path."""
    return _ODD.sub("_", word)[:40]


def list_evidence(folder: Path) -> tuple[Evidence, ...]:
    """Everything that is kept in the evidence folder, newest first."""
    return tuple(sorted(_found(folder), key=lambda one: (one.taken_at, one.ref), reverse=True))


def _found(folder: Path) -> Iterator[Evidence]:
    for path in folder.glob("*/*/*.bin"):
        stamp, _, rest = path.stem.partition("-")
        try:
            taken_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
            size = path.stat().st_size
        except (ValueError, FileNotFoundError):  # another's file, or one that was just cleaned up
            continue
        source, outcome = path.parent.parent.name, path.parent.name
        ref = path.relative_to(folder).as_posix()
        yield Evidence(ref, source, outcome, rest.rpartition("-")[0], taken_at, size)


def read_evidence(folder: Path, key: bytes, ref: str) -> bytes:
    """The body of one reply. Raises InputError for a name that is not in the folder, StoreError for a wrong key."""
    path = (folder / ref).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix != ".bin" or not path.is_file():
        raise InputError(f"没有名为 {ref} 的原始响应（可能已过保存期）")
    try:
        return gzip.decompress(Seal(key).open(path.read_bytes()))
    except (OSError, EOFError, zlib.error):
        raise StoreError(f"原始响应 {ref} 已损坏") from None
