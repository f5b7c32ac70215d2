"""A source that answered with a captcha or a block is left alone for a while, over runs."""

from datetime import datetime, timedelta

from crawlers.model import Verdict
from yuqing.domain.coverage import Outcome
from yuqing.domain.ports import Clock, StateStore

KIND = "pause"
# Not auth_required: the operator who puts a new cookie in place must not have to wait.
_WORTH_A_PAUSE = frozenset({Outcome.CHALLENGE, Outcome.BLOCKED, Outcome.RATE_LIMITED})


class Pauses:
    """The pause of one source in the state store; a length of zero never pauses."""

    def __init__(self, state: StateStore, source: str, clock: Clock, length: timedelta) -> None:
        self._state = state
        self._source = source
        self._clock = clock
        self._length = length

    def current(self) -> Verdict | None:
        """Why the source is not asked now, None when it may be."""
        found = self._state.load(KIND, self._source) if self._length else None
        if found is None or self._clock.now() >= datetime.fromisoformat(str(found.body["until"])):
            return None
        return Verdict(Outcome(str(found.body["outcome"])), "paused")

    def begin(self, verdict: Verdict) -> None:
        """Start a pause when the verdict is worth one."""
        if not self._length or verdict.outcome not in _WORTH_A_PAUSE:
            return
        until = self._clock.now() + self._length
        body = {"source": self._source, "outcome": verdict.outcome.value, "until": until.isoformat()}
        self._state.save(KIND, self._source, body)
