"""The visitor ticket of a source between two runs: sealed, on this machine only, so that each run does not ask anew."""

import contextlib
import logging
import os
from pathlib import Path

from crawlers.sealing import Seal
from yuqing.domain.errors import StoreError

_log = logging.getLogger(__name__)


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
        if self._path is None:
            return ""
        # None yet, another key, or a file that cannot be read: the ticket is worth nothing, a new one is asked for.
        with contextlib.suppress(StoreError, OSError):
            return self._seal.open(self._path.read_bytes()).decode()
        return ""

    def save(self, cookie: str) -> None:
        """Keep a ticket, or drop the one we have (""). A disk that refuses costs a ticket, not the crawl."""
        if self._path is None:
            return
        try:
            self._write(self._path, cookie)
        except OSError as error:
            _log.warning("ticket not kept error=%s", type(error).__name__)

    def _write(self, path: Path, cookie: str) -> None:
        if not cookie:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._seal.close(cookie.encode()))
        draft.replace(path)
