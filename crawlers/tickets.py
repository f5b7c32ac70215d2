"""The visitor ticket of a source between two runs: sealed, on this machine only, so that each run does not ask anew."""

import contextlib
import os
from pathlib import Path

from crawlers.sealing import Seal
from yuqing.domain.errors import StoreError


class TicketFile:
    """One sealed file per source. Without a folder nothing is kept, and every run asks for a ticket of its own."""

    def __init__(self, folder: Path | None, source: str, seal: Seal) -> None:
        self._path = None if folder is None else folder / f"{source}.ticket"
        self._seal = seal

    @property
    def is_kept(self) -> bool:
        """True when a ticket outlives the run."""
        return self._path is not None

    def load(self) -> str:
        """The ticket's cookie, "" when there is none that can be read."""
        if self._path is None or not self._path.exists():
            return ""
        with contextlib.suppress(StoreError):  # another key: the ticket is worth nothing, a new one is asked for
            return self._seal.open(self._path.read_bytes()).decode()
        return ""

    def save(self, cookie: str) -> None:
        """Keep a ticket, or drop the one we have ("")."""
        if self._path is None:
            return
        if not cookie:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._seal.close(cookie.encode()))
        draft.replace(self._path)
