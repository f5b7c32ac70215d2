"""The clock of the simulated world: stands still or runs at a chosen speed, and can be set."""

import threading
import time
from datetime import datetime, timedelta


class SimulatedClock:
    """Simulated time; `speed` is simulated seconds per real second, 0 stands still."""

    def __init__(self, now: datetime, speed: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._base = now
        self._speed = speed
        self._since = time.monotonic()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """The simulated time, aware."""
        with self._lock:
            return self._read()

    def set(self, now: datetime | None = None, speed: float | None = None) -> None:
        """Move the clock, change its speed, or both."""
        with self._lock:
            self._base = now or self._read()
            self._since = time.monotonic()
            self._speed = self._speed if speed is None else speed

    def advance(self, **parts: float) -> datetime:
        """Move on by a timedelta given as keywords and return the new time."""
        self.set(self.now() + timedelta(**parts))
        return self.now()

    def _read(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self._speed)
