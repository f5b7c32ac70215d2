"""What a spider needs around it, without a network."""

from collections.abc import Callable

from crawlers.sealing import Seal
from crawlers.sessions import Fetch, SessionBook, SessionPool, read_sessions
from crawlers.tickets import TicketFile
from tests.fakes import InMemoryStateStore
from yuqing.domain.ports import Clock

SEAL = Seal(b"key of the tests")


def sessions(clock: Clock, *cookies: str) -> Callable[[Fetch | None], SessionPool]:
    """A pool over an empty store."""
    book = SessionBook(InMemoryStateStore(), "source", clock)
    return lambda fetch: SessionPool(read_sessions(cookies, SEAL), book, SEAL, TicketFile(None, "source", SEAL), fetch)
