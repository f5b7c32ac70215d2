"""What is remembered of a host over runs: whether it may be asked, why not, until when, and how slowly.

A circuit is closed (ask), open (do not ask before `until`) or half-open (ask once: the answer decides). The state
documents of kind "circuit" name the source, the host and the sign; of a session they hold a keyed fingerprint alone.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crawlers.model import Verdict
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import Clock, StateStore

_log = logging.getLogger(__name__)
KIND = "circuit"
_PAUSE = "pause"  # documents of the version before circuits
LONGEST = timedelta(hours=24)
AHEAD = timedelta(minutes=5)  # what was written farther ahead was written by a clock that went wrong
_WAIT_COUNTS_FOR = timedelta(hours=1)  # a pace that was right an hour ago says nothing any more


class Phase(StrEnum):
    """Whether a host is asked."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Circuit:
    """One host of one source. `outcome` is why it is open, `ok` when it is closed; `failures` counts failed probes."""

    source: str
    host: str
    outcome: Outcome
    detail: str
    since: datetime
    until: datetime
    failures: int = 0
    wait: float = 0.0
    session: str = ""
    opened_at: datetime | None = None  # by the last refusal

    @property
    def key(self) -> str:
        """Identity in the state store."""
        return f"{self.source}|{self.host}"

    @property
    def verdict(self) -> Verdict:
        """What is said of pages that are not asked for."""
        return Verdict(self.outcome, "paused")

    def phase(self, now: datetime, session: str) -> Phase:
        """Closed, open or half-open; a login wall is tried at once with sessions that it has not seen."""
        if self.outcome is Outcome.OK:
            return Phase.CLOSED
        if now >= self.until or (self.opened_at or self.since) > now + AHEAD:
            return Phase.HALF_OPEN
        is_new_session = self.outcome is Outcome.AUTH_REQUIRED and self.session != session
        return Phase.HALF_OPEN if is_new_session else Phase.OPEN


class CircuitBook:
    """The circuits of one source. `length` is how long a circuit stays open at first; every failed probe doubles it.

    A length of zero leaves no pause between runs: the next run begins with its one probe. `session` is the
    fingerprint of the operator's sessions as they are now.
    """

    def __init__(
        self, state: StateStore, source: str, clock: Clock, length: timedelta = timedelta(0), session: str = ""
    ) -> None:
        self._state = state
        self._source = source
        self._clock = clock
        self._length = length
        self._session = session
        found = (from_json(Circuit, document.body) for document in state.find(KIND, {"source": source}))
        self._known = {circuit.host: circuit for circuit in found}
        self._unsaved: set[str] = set()
        self._paused = self._inherited()

    def _inherited(self) -> Circuit | None:
        """A pause of the whole source that the version before this one began, while it lasts; then it is deleted."""
        found = self._state.load(_PAUSE, self._source)
        if found is None:
            return None
        now, until = self._clock.now(), datetime.fromisoformat(str(found.body["until"]))
        if not self._length or not now < until <= now + LONGEST:
            self._state.delete(_PAUSE, self._source)
            return None
        return Circuit(self._source, "", Outcome(str(found.body["outcome"])), "paused", now, until)

    def phase(self, host: str) -> Phase:
        """Whether the host may be asked now."""
        known = self._known.get(host)
        if known is None and self._paused is not None and self._clock.now() < self._paused.until:
            return Phase.OPEN
        return Phase.CLOSED if known is None else known.phase(self._clock.now(), self._session)

    def refusal(self, host: str) -> Verdict | None:
        """Why nothing may be sent now, None when something may."""
        if self.phase(host) is not Phase.OPEN:
            return None
        known = self._known.get(host) or self._paused
        return known.verdict if known else None

    def wait(self, host: str) -> float:
        """The pause between two requests that the last run ended with, while that still counts."""
        known = self._known.get(host)
        return known.wait if known and -AHEAD <= self._clock.now() - known.since <= _WAIT_COUNTS_FOR else 0.0

    def open(self, host: str, verdict: Verdict, at_least: float = 0.0) -> None:
        """The host refuses: leave it alone, longer each time a probe failed, `at_least` seconds when it said so."""
        now, before = self._clock.now(), self._known.get(host)
        is_again = before is not None and before.outcome is not Outcome.OK and before.session == self._session
        failures = before.failures + 1 if before and is_again else 0
        length = max(min(self._length * 2 ** min(failures, 20), LONGEST), timedelta(seconds=at_least))
        circuit = Circuit(
            source=self._source,
            host=host,
            outcome=verdict.outcome,
            detail=verdict.detail,
            since=before.since if before and is_again else now,
            until=now + length,
            failures=failures,
            session=self._session,
            opened_at=now,
        )
        self._known[host] = circuit
        self._save(circuit)

    def close(self, host: str, wait: float = 0.0) -> None:
        """The host answers; `wait` is the pace that it answers at."""
        now, before = self._clock.now(), self._known.get(host)
        if before is None and wait == 0:
            return
        if wait == 0:
            del self._known[host]
            self._delete(host)
            return
        closed = Circuit(self._source, host, Outcome.OK, "", now, now, wait=wait)
        if before is None or replace(before, since=now, until=now) != closed:
            self._known[host] = closed
            self._save(closed)

    def settle(self) -> None:
        """Write what could not be written while the crawl ran. Raises StoreError when that fails again."""
        for host in sorted(self._unsaved):
            circuit = self._known.get(host)
            if circuit is None:
                self._state.delete(KIND, f"{self._source}|{host}")
            else:
                self._state.save(KIND, circuit.key, to_json(circuit))
        self._unsaved.clear()

    def _save(self, circuit: Circuit) -> None:
        try:
            self._state.save(KIND, circuit.key, to_json(circuit))
        except StoreError as error:
            self._later(circuit.host, error)

    def _delete(self, host: str) -> None:
        try:
            self._state.delete(KIND, f"{self._source}|{host}")
        except StoreError as error:
            self._later(host, error)

    def _later(self, host: str, error: StoreError) -> None:
        # In the middle of a crawl nobody could tell this from a page that broke; the end of the crawl tries again.
        self._unsaved.add(host)
        _log.warning("circuit not saved source=%s error=%s", self._source, type(error).__name__)
