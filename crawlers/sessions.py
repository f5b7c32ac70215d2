"""The sessions of one source: cookies of the operator's own accounts, or a visitor's ticket.

A session is used until it ends; none is exchanged for another because a platform refused it. Only an expired login is
followed by the operator's next account, and a refused ticket by a new one, once per cooling period. A cookie is in no
document, log line or repr: a session is known by a keyed fingerprint.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from crawlers.model import Verdict
from crawlers.sealing import Seal
from crawlers.tickets import TicketFile
from yuqing.domain.codec import from_json, to_json
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError
from yuqing.domain.ports import Clock, StateStore

_log = logging.getLogger(__name__)
KIND = "session"
VISITOR = "visitor"
COOLING = timedelta(minutes=30)
ACCIDENT = timedelta(minutes=5)  # the cooling after an office that could not be reached
_USER_AGENT_MARK = "|||"
Fetch = Callable[[], Awaitable[tuple[Verdict, str]]]


class Health(StrEnum):
    """What a session is good for."""

    FRESH = "fresh"
    COOLING = "cooling"  # refused; it is not exchanged, its host rests
    DEAD = "dead"  # expired: a person has to log in again


@dataclass(frozen=True, slots=True)
class SessionState:
    """What is remembered of a session. `until` ends the cooling period of tickets."""

    source: str
    name: str
    health: Health
    outcome: Outcome
    detail: str
    since: datetime
    until: datetime | None = None

    @property
    def key(self) -> str:
        """Identity in the state store."""
        return f"{self.source}|{self.name}"


@dataclass(frozen=True, slots=True)
class Session:
    """What a request is sent with: one cookie and the User-Agent that belongs to it ("" for the source's own)."""

    name: str
    cookie: str = field(repr=False)
    user_agent: str = ""


def read_sessions(cookies: Sequence[str], seal: Seal) -> tuple[Session, ...]:
    """One session per line; `||| ` and a User-Agent may follow the cookie. Double lines count once."""
    lines = [line.strip() for cookie in cookies for line in cookie.splitlines() if line.strip()]
    found: dict[str, Session] = {}
    for line in lines:
        cookie, _, agent = (part.strip() for part in line.partition(_USER_AGENT_MARK))
        if cookie:
            session = Session(seal.fingerprint(cookie), cookie, agent)
            found.setdefault(session.name, session)
    return tuple(found.values())


def fingerprint_of(sessions: Sequence[Session]) -> str:
    """One mark for all sessions together: another as soon as the operator changes one of them."""
    return "+".join(sorted(session.name for session in sessions))


class SessionBook:
    """The health of one source's sessions in the state store."""

    def __init__(self, state: StateStore, source: str, clock: Clock) -> None:
        self._state = state
        self._source = source
        self._clock = clock

    def load(self, names: Sequence[str]) -> dict[str, SessionState]:
        """What is known of these sessions; what is known of others, which the operator took away, is dropped."""
        known = [from_json(SessionState, found.body) for found in self._state.find(KIND, {"source": self._source})]
        for state in known:
            if state.name not in names:
                self._state.delete(KIND, state.key)
        return {state.name: state for state in known if state.name in names}

    def note(self, name: str, health: Health, verdict: Verdict, cooling: timedelta | None = None) -> SessionState:
        """Remember how a session is. A store that is away does not stop the crawl: the next run finds out itself."""
        now = self._clock.now()
        until = None if cooling is None else now + cooling
        state = SessionState(self._source, name, health, verdict.outcome, verdict.detail, now, until)
        try:
            self._state.save(KIND, state.key, to_json(state))
        except StoreError as error:
            _log.warning("session health not saved source=%s error=%s", self._source, type(error).__name__)
        return state

    def now(self) -> datetime:
        """The present."""
        return self._clock.now()


def _is_spent(verdict: Verdict) -> bool:
    """The platform does not know the session (any more); everything else is about our pace or our address."""
    return verdict.outcome is Outcome.AUTH_REQUIRED or verdict.detail == "http_432"


class SessionPool:
    """Hands out the session that the next page is sent with, and learns what became of it.

    `fetch` asks for a visitor's ticket; it is called when the first page needs one, by one page at a time.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        book: SessionBook,
        seal: Seal,
        tickets: TicketFile,
        fetch: Fetch | None = None,
        cooling: timedelta = COOLING,
    ) -> None:
        self._sessions = sessions
        self._book = book
        self._seal = seal
        self._tickets = tickets
        self._fetch = fetch
        self._cooling = cooling
        self._health = book.load([*(session.name for session in sessions), VISITOR])
        self._spent: set[str] = set()  # tickets that were refused in this run
        self._ticket = self._kept_ticket() if fetch else None
        self._no_ticket = self._still_cooling() if fetch else None
        self._flight: asyncio.Future[None] | None = None

    def _kept_ticket(self) -> Session | None:
        cookie = self._tickets.load()
        return Session(self._seal.fingerprint(cookie), cookie) if cookie else None

    def _still_cooling(self) -> Verdict | None:
        """No ticket was given a short while ago, or the last one and its successor were refused: nobody asks yet."""
        known = self._health.get(VISITOR)
        if self._ticket is not None or known is None or not self._tickets.is_kept or not self._is_cooling(known):
            return None
        return Verdict(known.outcome, "paused")

    def _is_cooling(self, known: SessionState) -> bool:
        left = None if known.until is None else known.until - self._book.now()
        return left is not None and timedelta(0) < left <= self._cooling  # more was noted by a clock that was ahead

    async def take(self) -> Session | Verdict | None:
        """The session to send a page with, why there is none, or None where the source knows no sessions."""
        if self._sessions:
            return self._account()
        if self._fetch is None:
            return None
        while self._ticket is None and self._no_ticket is None:
            if self._flight is None:
                self._flight = asyncio.ensure_future(self._renew(self._fetch))
            await asyncio.shield(self._flight)
        return self._ticket or self._no_ticket

    def refused(self, name: str, verdict: Verdict) -> bool:
        """A page that was sent with a session was refused. True: another session may be used for it now."""
        if name in self._spent:
            return self._ticket is not None or self._no_ticket is None
        if self._ticket is not None and self._ticket.name == name:
            return self._ticket_refused(name, verdict)
        if not any(session.name == name for session in self._sessions):
            return False
        return self._account_refused(name, verdict)

    def answered(self, name: str) -> None:
        """A page that was sent with a session brought what was asked for."""
        known = self._health.get(name)
        if known is not None and known.health is not Health.FRESH:
            self._health[name] = self._book.note(name, Health.FRESH, Verdict(Outcome.OK))

    def states(self) -> tuple[SessionState, ...]:
        """What is known of the sessions now."""
        return tuple(self._health[name] for name in sorted(self._health))

    def _account(self) -> Session:
        """The first that has not expired; when all have, the first: the host's circuit decides whether it is tried."""
        return next((one for one in self._sessions if not self._is_dead(one.name)), self._sessions[0])

    def _is_dead(self, name: str) -> bool:
        known = self._health.get(name)
        return known is not None and known.health is Health.DEAD

    def _account_refused(self, name: str, verdict: Verdict) -> bool:
        if verdict.outcome is not Outcome.AUTH_REQUIRED:
            self._health[name] = self._book.note(name, Health.COOLING, verdict)
            return False
        if not self._is_dead(name):
            _log.warning("session expired session=%s sign=%s", name, verdict.detail)
            self._health[name] = self._book.note(name, Health.DEAD, verdict)
        return any(not self._is_dead(one.name) for one in self._sessions)

    def _ticket_refused(self, name: str, verdict: Verdict) -> bool:
        if not _is_spent(verdict):
            return False
        self._spent.add(name)
        self._ticket = None
        self._tickets.save("")
        known = self._health.get(VISITOR)
        if known is not None and self._is_cooling(known):
            self._no_ticket = verdict
            return False
        self._health[VISITOR] = self._book.note(VISITOR, Health.COOLING, verdict, self._cooling)
        return True

    async def _renew(self, fetch: Fetch) -> None:
        """Ask once; whoever waits for a ticket waits for this one. However it ends, nobody asks again at once."""
        verdict, cookie = Verdict(Outcome.TRANSPORT, "no_ticket"), ""
        try:
            verdict, cookie = await fetch()
        finally:
            self._flight = None
            self._receive(verdict, cookie)

    def _receive(self, verdict: Verdict, cookie: str) -> None:
        if cookie and verdict.outcome is Outcome.OK:
            self._ticket = Session(self._seal.fingerprint(cookie), cookie)
            self._tickets.save(cookie)
            return
        # Without a cookie an answer is of no use, whatever it says.
        refusal = verdict if verdict.outcome is not Outcome.OK else replace(verdict, outcome=Outcome.AUTH_REQUIRED)
        self._no_ticket = refusal
        cooling = min(self._cooling, ACCIDENT) if refusal.outcome is Outcome.TRANSPORT else self._cooling
        self._health[VISITOR] = self._book.note(VISITOR, Health.COOLING, refusal, cooling)
