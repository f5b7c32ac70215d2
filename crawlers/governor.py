"""Per host: slow down when a platform refuses, leave it alone when it refuses for good, ask once before going on."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crawlers.circuits import CircuitBook, Phase
from crawlers.model import Verdict
from crawlers.neighbours import Neighbours
from crawlers.pace import HostPace
from yuqing.domain.coverage import Outcome

# After how many refusals in a row nothing more is sent to the host in this run.
_PATIENCE = {Outcome.AUTH_REQUIRED: 1, Outcome.CHALLENGE: 1, Outcome.BLOCKED: 3, Outcome.RATE_LIMITED: 4}
REFUSALS = frozenset(_PATIENCE)
OUT_OF_TIME = Verdict(Outcome.TRANSPORT, "interrupted")
EASE_AFTER = 3  # answers in a row after which the pause is halved
_TRUSTED_AFTER = 10  # answers since the last login wall after which a new one is asked about once more
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a request may be sent: not when there is a `refusal`. `is_probe`: its answer decides for the host."""

    refusal: Verdict | None = None
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """The turns of all sources of a run, and the gap in seconds that this one keeps to the others at their hosts."""

    pace: HostPace
    source: str
    gap: float


@dataclass(slots=True)
class _Host:
    wait: float = 0.0
    free_at: float = 0.0  # when the next request may start
    gap: float = 0.0  # what the host's robots.txt asks for between two requests
    next_at: float = 0.0  # when that gap is over
    refused: int = 0  # in a row
    answered: int = 0  # in a row
    trust: int = 0  # complete answers since the last login wall
    opened_by: Verdict | None = None
    is_half_open: bool = False
    probe: asyncio.Future[None] | None = None


class Governor:
    """Pace and circuit breaker of the hosts of one source.

    `first_wait` is the pause after a first `rate_limited`; it doubles up to `max_wait`. `circuits` remembers over
    runs; without it every run begins afresh. `deadline` is when the run ends: nobody waits for a turn after it.
    `shared`: the sources beside this one, which may ask the same hosts; `neighbours`: what those were told there.
    """

    def __init__(
        self,
        first_wait: float,
        max_wait: float = 900.0,
        sleep: Sleep = asyncio.sleep,
        jitter: random.Random | None = None,
        circuits: CircuitBook | None = None,
        now: Callable[[], float] = time.monotonic,
        deadline: float = math.inf,
        shared: Shared | None = None,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._first_wait = first_wait
        self._max_wait = max_wait
        self._sleep = sleep
        self._jitter = jitter or random.Random()  # noqa: S311  # spreads load, hides nothing
        self._circuits = circuits
        self._now = now
        self._deadline = deadline
        self._shared = shared
        self._neighbours = neighbours
        self._hosts: dict[str, _Host] = {}

    def _host(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            known = self._hosts[host] = self._remembered(host)
        return known

    def _remembered(self, host: str) -> _Host:
        if self._circuits is None:
            return _Host()
        is_half_open = self._circuits.phase(host) is Phase.HALF_OPEN
        wait = min(self._circuits.wait(host), self._max_wait)
        return _Host(wait=wait, opened_by=self._circuits.refusal(host), is_half_open=is_half_open)

    async def admit(self, host: str) -> Admission:
        """Wait for the host's pace, and for the verdict of a probe that is out."""
        known = self._host(host)
        if refusal := await self.hold(host) or self._told_to_others(host):
            return Admission(refusal)
        while known.is_half_open and known.opened_by is None:
            if known.probe is None:
                known.probe = asyncio.get_running_loop().create_future()
                return Admission(is_probe=True)
            await asyncio.shield(known.probe)
        return Admission(known.opened_by)

    async def hold(self, host: str) -> Verdict | None:
        """Wait as long as the host wants, up to half of it more, each request after the other.

        Returns why the turn never comes, None when it has come.
        """
        known = self._host(host)
        start = self._now()
        pause = known.wait * (1 + self._jitter.random() / 2) if known.wait else 0.0
        turn = max(start, known.free_at) + pause
        if known.opened_by is not None or turn > self._deadline:
            return known.opened_by or OUT_OF_TIME
        known.free_at = turn
        if turn > start:
            await self._sleep(turn - start)
        return None

    def _told_to_others(self, host: str) -> Verdict | None:
        return None if self._neighbours is None else self._neighbours.refusal(host)

    def ask_for_gap(self, host: str, gap: float) -> None:
        """The host's robots.txt names the seconds between two requests."""
        self._host(host).gap = gap

    async def keep_gap(self, host: str) -> Verdict | None:
        """Wait until the gap is over, each request after the other; returns why the turn never comes."""
        known = self._host(host)
        start = self._now()
        turn = max(start, known.next_at)
        if (shared := self._shared) is not None:
            gap = max(known.gap, shared.gap)
            turn = shared.pace.turn(host, shared.source, turn, gap)
        if turn > self._deadline:
            return OUT_OF_TIME
        known.next_at = turn + known.gap
        if shared is not None:
            shared.pace.take(host, shared.source, turn, gap)
        if turn > start:
            await self._sleep(turn - start)
        return None

    def is_half_open(self, host: str) -> bool:
        """True when the host waits for the answer to one request before it is asked for more."""
        known = self._host(host)
        return known.is_half_open and known.opened_by is None

    def refuses(self, host: str) -> Verdict | None:
        """Why nothing more may be sent to a host, None when it may."""
        return self._host(host).opened_by

    def wait_of(self, host: str) -> float:
        """The pause before the next request to a host."""
        return self._host(host).wait

    def report(self, host: str, verdict: Verdict, retry_after: float | None = None) -> None:
        """Learn from how a fetch ended. `retry_after`: how many seconds the server asks us to stay away."""
        known = self._host(host)
        if verdict.outcome in _PATIENCE:
            self._refused(host, known, verdict, retry_after or 0.0)
        elif verdict.outcome is Outcome.TRANSPORT:
            self._release(known)
        else:
            self._answered(host, known, verdict)

    def inconclusive(self, host: str) -> None:
        """The probe brought no answer that says anything: the next request that waits is the probe."""
        self._release(self._host(host))

    def settle(self) -> None:
        """The run is over: remember at which pace the hosts answer. Raises StoreError."""
        if self._circuits is None:
            return
        for host, known in self._hosts.items():
            if known.opened_by is None and not known.is_half_open:
                self._circuits.close(host, known.wait)
        self._circuits.settle()

    def _refused(self, host: str, known: _Host, verdict: Verdict, retry_after: float) -> None:
        known.refused, known.answered = known.refused + 1, 0
        if verdict.outcome is Outcome.RATE_LIMITED:
            known.wait = min(max(known.wait * 2, self._first_wait), self._max_wait)
            known.free_at = max(known.free_at, self._now() + min(retry_after, self._max_wait))
        if self._may_be_a_mistake(known, verdict):
            known.is_half_open = True
            known.free_at = max(known.free_at, self._now() + self._first_wait)
            return
        is_too_long = retry_after > self._max_wait
        if known.opened_by is None and (known.is_half_open or is_too_long or self._is_enough(known, verdict)):
            self._open(host, known, verdict, retry_after)

    def _may_be_a_mistake(self, known: _Host, verdict: Verdict) -> bool:
        """A login wall in the middle of answers may be one server's mistake, or this page's own. One request, after a
        pause, decides: a host that is left alone for hours and an operator who is called are too much for one page."""
        if verdict.outcome is not Outcome.AUTH_REQUIRED:
            return False
        trust, known.trust = known.trust, 0
        return trust >= _TRUSTED_AFTER and not known.is_half_open and known.opened_by is None

    def _is_enough(self, known: _Host, verdict: Verdict) -> bool:
        return known.refused >= _PATIENCE[verdict.outcome]

    def _open(self, host: str, known: _Host, verdict: Verdict, retry_after: float) -> None:
        known.opened_by = verdict
        if self._circuits is not None:
            self._circuits.open(host, verdict, retry_after)
        self._release(known)

    def _answered(self, host: str, known: _Host, verdict: Verdict) -> None:
        if known.is_half_open:
            known.is_half_open = False
            if self._circuits is not None:
                self._circuits.close(host, known.wait)
            self._release(known)
        if not verdict.outcome.is_complete:
            return
        known.refused, known.answered, known.trust = 0, known.answered + 1, known.trust + 1
        if known.answered >= EASE_AFTER:
            known.answered = 0
            known.wait = known.wait / 2 if known.wait > self._first_wait else 0.0

    def _release(self, known: _Host) -> None:
        waiting, known.probe = known.probe, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
