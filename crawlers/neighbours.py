"""What other sources were told at a host that this one asks, too, with the same account.

A platform that finds us too fast, wants to see a person, or no longer knows an account means all who ask under that
name, in this process or another. A page that is forbidden (`blocked`) may be so to one source alone. Hosts of our own
network are bridges and proxies: behind one of them stand many platforms, and the refusal of one says nothing of others.
"""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawlers.circuits import KIND, Circuit, Phase
from crawlers.extract.reach import is_public
from crawlers.model import Verdict
from yuqing.domain.codec import from_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import Clock, StateStore

_log = logging.getLogger(__name__)
DETAIL = "neighbour_paused"
_EVERY = timedelta(seconds=15)  # how old what we know of the others may be
_ABOUT_US = frozenset({Outcome.RATE_LIMITED, Outcome.CHALLENGE, Outcome.AUTH_REQUIRED})


class Neighbours:
    """The refusals of others. One of them counts for as long as it would keep this source away at first: `length`.

    Whether the host has forgiven is for its own source to find out, which goes on asking, longer apart each time.
    """

    def __init__(self, state: StateStore, source: str, clock: Clock, length: timedelta, session: str = "") -> None:
        self._state = state
        self._source = source
        self._clock = clock
        self._length = length
        self._session = session
        self._known: dict[str, tuple[datetime, list[Circuit]]] = {}

    def refusal(self, host: str) -> Verdict | None:
        """Why nothing may be sent now, None when something may."""
        if not self._length or not is_public(urlsplit(f"//{host}").hostname or ""):
            return None
        now = self._clock.now()
        shut = (one for one in self._circuits(host, now) if self._concerns_us(one) and self._lasts(one, now))
        found = next(shut, None)
        return None if found is None else Verdict(found.outcome, DETAIL)

    def _circuits(self, host: str, now: datetime) -> list[Circuit]:
        looked_at, known = self._known.get(host, (None, []))
        if looked_at is not None and timedelta(0) <= now - looked_at < _EVERY:
            return known
        try:
            known = [from_json(Circuit, found.body) for found in self._state.find(KIND, {"host": host})]
        except StoreError as error:  # a store that is away for a moment refuses nothing
            _log.warning("circuits not read source=%s error=%s", self._source, type(error).__name__)
        self._known[host] = (now, known)
        return known

    def _concerns_us(self, circuit: Circuit) -> bool:
        is_account = bool(circuit.session) or circuit.outcome is not Outcome.AUTH_REQUIRED
        is_ours = circuit.source != self._source and circuit.session == self._session
        return is_ours and is_account and circuit.outcome in _ABOUT_US

    def _lasts(self, circuit: Circuit, now: datetime) -> bool:
        opened_at = circuit.opened_at or circuit.since
        return circuit.phase(now, self._session) is Phase.OPEN and now < opened_at + self._length
