"""Per host: slow down when a platform refuses, and stop for the rest of the run when it refuses for good."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome

# After how many refusals in a row nothing more is sent to the host in this run.
_PATIENCE = {Outcome.AUTH_REQUIRED: 1, Outcome.CHALLENGE: 1, Outcome.BLOCKED: 3, Outcome.RATE_LIMITED: 4}
Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Host:
    in_a_row: int = 0
    wait: float = 0.0
    opened_by: Verdict | None = None


class Governor:
    """Back-off and circuit breaker. `first_wait` is the pause after a first `rate_limited`; it doubles."""

    def __init__(
        self,
        first_wait: float,
        max_wait: float = 300.0,
        sleep: Sleep = asyncio.sleep,
        jitter: random.Random | None = None,
    ) -> None:
        self._first_wait = first_wait
        self._max_wait = max_wait
        self._sleep = sleep
        self._jitter = jitter or random.Random()  # noqa: S311  # spreads load, hides nothing
        self._hosts: dict[str, _Host] = {}

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())

    def report(self, host: str, verdict: Verdict, retry_after: float | None = None) -> None:
        """Learn from how a fetch ended."""
        known = self._host(host)
        if verdict.outcome not in _PATIENCE:
            if verdict.outcome.is_complete:
                known.in_a_row, known.wait = 0, known.wait / 2 if known.wait > self._first_wait else 0.0
            return
        known.in_a_row += 1
        if verdict.outcome is Outcome.RATE_LIMITED:
            known.wait = min(max(known.wait * 2, self._first_wait, retry_after or 0.0), self._max_wait)
        if known.in_a_row >= _PATIENCE[verdict.outcome]:
            known.opened_by = known.opened_by or verdict

    def refuses(self, host: str) -> Verdict | None:
        """Why nothing more may be sent to a host, None when it may."""
        return self._host(host).opened_by

    @property
    def gave_up(self) -> Verdict | None:
        """Why some host was left alone for the rest of the run, None when none was."""
        return next((host.opened_by for host in self._hosts.values() if host.opened_by), None)

    def wait_of(self, host: str) -> float:
        """The pause before the next request to a host."""
        return self._host(host).wait

    async def hold(self, host: str) -> None:
        """Wait as long as the host wants, between half and the whole of it more, so that clients spread."""
        wait = self.wait_of(host)
        if wait > 0:
            await self._sleep(wait * (1 + self._jitter.random() / 2))
