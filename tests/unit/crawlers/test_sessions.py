"""Which session a page is sent with, when another takes its place, and that a ticket is asked for once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.masking import SecretFilter
from crawlers.model import Verdict
from crawlers.sealing import Seal
from crawlers.sessions import (
    ACCIDENT,
    COOLING,
    VISITOR,
    Session,
    SessionBook,
    SessionPool,
    fingerprint_of,
    read_sessions,
)
from crawlers.tickets import TicketFile
from tests.fakes import FakeClock, InMemoryStateStore
from tests.unit.crawlers.parts import SEAL
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreError

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
OK = Verdict(Outcome.OK)
LOGIN = Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login")
NO_PAIR = Verdict(Outcome.RATE_LIMITED, "http_432")
FIRST, SECOND = "SUB=_2A25LoginFirst; SUBP=0033First", "SUB=_2A25LoginSecond; SUBP=0033Second"


@dataclass
class Desk:
    """Pools of one source, run after run, and the office that hands out tickets."""

    folder: Path | None = None
    state: InMemoryStateStore = field(default_factory=InMemoryStateStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    asked: int = 0
    answer: Verdict = OK

    async def fetch(self) -> tuple[Verdict, str]:
        """A ticket, after some time."""
        self.asked += 1
        await asyncio.sleep(0)
        return self.answer, f"SUB=_2AkTicket{self.asked}; SUBP=0033Pair" if self.answer is OK else ""

    def accounts(self, *cookies: str) -> SessionPool:
        """A run with the operator's accounts."""
        book, tickets = SessionBook(self.state, "weibo", self.clock), TicketFile(None, "weibo", SEAL)
        return SessionPool(read_sessions(cookies, SEAL), book, SEAL, tickets)

    def visitors(self) -> SessionPool:
        """A run without accounts."""
        tickets = TicketFile(self.folder, "weibo", SEAL)
        return SessionPool((), SessionBook(self.state, "weibo", self.clock), SEAL, tickets, self.fetch)

    def health(self) -> dict[str, str]:
        """What is stored, by name."""
        return {str(found.body["name"]): str(found.body["health"]) for found in self.state.find("session")}


def taken(pool: SessionPool, times: int = 1) -> list[Session]:
    """What several pages get at the same time."""

    async def all_at_once() -> Sequence[object]:
        return await asyncio.gather(*(pool.take() for _ in range(times)))

    found = [session for session in asyncio.run(all_at_once()) if isinstance(session, Session)]
    assert len(found) == times
    return found


def test_a_secret_holds_one_account_per_line_with_its_own_browser() -> None:
    """Double lines and empty lines do not count; nothing of a cookie shows."""
    agent = "Mozilla/5.0 (invented)"
    sessions = read_sessions((f"{FIRST} ||| {agent}\n\n {SECOND}\n{FIRST}\n||| nothing\n",), SEAL)
    assert [(one.cookie, one.user_agent) for one in sessions] == [(FIRST, agent), (SECOND, "")]
    assert "SUB" not in repr(sessions)
    assert len({one.name for one in sessions}) == 2
    assert read_sessions((), SEAL) == ()


def test_fingerprints_need_the_key_and_change_with_every_account() -> None:
    """What is stored tells nothing to who has no key, and a new cookie is seen as new."""
    one, both, other = (read_sessions((text,), SEAL) for text in (FIRST, f"{FIRST}\n{SECOND}", SECOND))
    marks = {fingerprint_of(sessions) for sessions in (one, both, other, ())}
    assert len(marks) == 4
    assert fingerprint_of(read_sessions((f"{SECOND}\n{FIRST}",), SEAL)) == fingerprint_of(both)
    assert Seal(b"another key").fingerprint(FIRST) != SEAL.fingerprint(FIRST)


def test_an_expired_account_is_followed_by_the_next_and_stays_out_over_runs() -> None:
    """Until no account is left: then the first is named again, and its host's circuit decides."""
    desk = Desk()
    pool = desk.accounts(FIRST, SECOND)
    (used,) = taken(pool)
    assert used.cookie == FIRST
    assert pool.refused(used.name, LOGIN)
    assert pool.refused(used.name, LOGIN), "pages that were under way with it are asked for again too"
    assert taken(pool)[0].cookie == SECOND
    assert taken(desk.accounts(FIRST, SECOND))[0].cookie == SECOND
    later = desk.accounts(FIRST, SECOND)
    assert not later.refused(taken(later)[0].name, LOGIN)
    assert set(desk.health().values()) == {"dead"}
    assert taken(desk.accounts(FIRST, SECOND))[0].cookie == FIRST


@pytest.mark.parametrize("outcome", [Outcome.CHALLENGE, Outcome.BLOCKED, Outcome.RATE_LIMITED])
def test_a_refusal_is_never_evaded_with_another_account(outcome: Outcome) -> None:
    """The same session goes on where its host allows it, and its health says what happened."""
    desk = Desk()
    pool = desk.accounts(FIRST, SECOND)
    (used,) = taken(pool)
    assert not pool.refused(used.name, Verdict(outcome, "sign"))
    assert taken(pool) == [used]
    assert desk.health() == {used.name: "cooling"}
    pool.answered(used.name)
    assert desk.health() == {used.name: "fresh"}


def test_what_is_known_of_a_cookie_goes_with_the_cookie() -> None:
    """And comes to life again with a page that it opens."""
    desk = Desk()
    pool = desk.accounts(FIRST)
    (used,) = taken(pool)
    pool.refused(used.name, LOGIN)
    desk.accounts(FIRST).answered(used.name)
    assert desk.health() == {used.name: "fresh"}
    desk.accounts(SECOND)
    assert desk.health() == {}


def test_pages_that_wait_for_a_ticket_wait_for_one_and_the_same() -> None:
    """Single-flight: before the first page, and after a refusal of many at once."""
    desk = Desk()
    pool = desk.visitors()
    old = taken(pool, 20)
    assert (desk.asked, len(set(old))) == (1, 1)
    assert all(pool.refused(session.name, NO_PAIR) for session in old)
    new = taken(pool, 20)
    assert (desk.asked, len(set(new))) == (2, 1)
    assert new[0] != old[0]


def test_within_the_cooling_period_a_refused_ticket_is_not_renewed_again(tmp_path: Path) -> None:
    """Neither in this run nor in the next ones; afterwards it is."""
    desk = Desk(tmp_path)
    pool = desk.visitors()
    for is_renewed in (True, False):
        assert pool.refused(taken(pool)[0].name, NO_PAIR) is is_renewed
    assert asyncio.run(pool.take()) == NO_PAIR
    assert asyncio.run(desk.visitors().take()) == Verdict(Outcome.RATE_LIMITED, "paused")
    assert desk.asked == 2
    desk.clock.advance(COOLING)
    assert taken(desk.visitors())
    assert desk.asked == 3


def test_a_ticket_serves_until_it_is_refused_over_runs(tmp_path: Path) -> None:
    """Sealed, for us alone; the renewal of one run is what the next begins with."""
    desk = Desk(tmp_path)
    (first,) = taken(desk.visitors())
    (file,) = tmp_path.iterdir()
    assert b"_2AkTicket" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    pool = desk.visitors()
    assert taken(pool) == [first]
    assert pool.refused(first.name, LOGIN)
    (second,) = taken(pool)
    assert taken(desk.visitors()) == [second]
    assert desk.asked == 2
    file.write_bytes(b"damaged")
    desk.clock.advance(COOLING)
    assert taken(desk.visitors()) != [second]


@pytest.mark.parametrize("outcome", [Outcome.CHALLENGE, Outcome.BLOCKED])
def test_a_captcha_does_not_cost_a_ticket(outcome: Outcome) -> None:
    """Another ticket would be evasion."""
    desk = Desk()
    pool = desk.visitors()
    (ticket,) = taken(pool)
    assert not pool.refused(ticket.name, Verdict(outcome))
    assert taken(pool) == [ticket]
    assert desk.asked == 1


def test_an_office_that_gives_no_ticket_is_asked_once_a_run() -> None:
    """Every page learns why, and an answer without a cookie is a closed door."""
    blocked = Verdict(Outcome.BLOCKED, "http_403")
    desk = Desk(answer=blocked)
    pool = desk.visitors()
    assert [asyncio.run(pool.take()) for _ in range(3)] == [blocked] * 3
    assert desk.asked == 1


@pytest.mark.parametrize(
    ("answer", "cooling"),
    [(Verdict(Outcome.BLOCKED, "http_403"), COOLING), (Verdict(Outcome.TRANSPORT, "DownloadFailedError"), ACCIDENT)],
)
def test_an_office_that_gave_no_ticket_is_left_alone_for_a_while(
    tmp_path: Path, answer: Verdict, cooling: timedelta
) -> None:
    """The next runs do not ask either; an accident of the network is forgotten sooner than a refusal."""
    desk = Desk(tmp_path, answer=answer)
    assert asyncio.run(desk.visitors().take()) == answer
    desk.clock.advance(cooling - timedelta(seconds=1))
    assert asyncio.run(desk.visitors().take()) == Verdict(answer.outcome, "paused")
    assert desk.asked == 1
    desk.clock.advance(timedelta(seconds=1))
    desk.answer = OK
    assert taken(desk.visitors())


def test_a_fetch_that_breaks_is_no_stampede() -> None:
    """Whatever it raises: those who wait get a verdict and do not ask one after the other."""
    desk = Desk()

    async def broken() -> tuple[Verdict, str]:
        desk.asked += 1
        await asyncio.sleep(0)
        raise KeyError("a parser broke")

    book, tickets = SessionBook(desk.state, "weibo", desk.clock), TicketFile(None, "weibo", SEAL)
    pool = SessionPool((), book, SEAL, tickets, broken)

    async def all_at_once() -> list[object]:
        return await asyncio.gather(*(pool.take() for _ in range(20)), return_exceptions=True)

    asyncio.run(all_at_once())
    assert asyncio.run(pool.take()) == Verdict(Outcome.TRANSPORT, "no_ticket")
    assert desk.asked == 1


def test_a_ticket_that_cannot_be_written_serves_this_run(tmp_path: Path) -> None:
    """A folder that is a file: no crash, a new ticket in the next run."""
    folder = tmp_path / "tickets"
    folder.write_text("in the way")
    desk = Desk(folder)
    pool = desk.visitors()
    assert taken(pool) == taken(pool)
    assert taken(desk.visitors())
    assert desk.asked == 2


def test_a_cooling_period_of_a_clock_that_was_ahead_is_over(tmp_path: Path) -> None:
    """Longer than any cooling period can be."""
    desk = Desk(tmp_path, answer=Verdict(Outcome.BLOCKED, "http_403"))
    desk.clock.advance(timedelta(days=365))
    asyncio.run(desk.visitors().take())
    desk.clock.advance(-timedelta(days=365))
    desk.answer = OK
    assert taken(desk.visitors())


def test_a_source_without_sessions_sends_without() -> None:
    """And a refusal of a session that is not ours changes nothing."""
    pool = Desk().accounts()
    assert asyncio.run(pool.take()) is None
    assert not pool.refused("unknown", LOGIN)


def test_no_document_holds_a_cookie(tmp_path: Path) -> None:
    """Whatever happened to the sessions."""
    desk = Desk(tmp_path)
    pool, visitors = desk.accounts(FIRST, SECOND), desk.visitors()
    pool.refused(taken(pool)[0].name, LOGIN)
    visitors.refused(taken(visitors)[0].name, NO_PAIR)
    told = str([(found.id, found.body) for found in desk.state.find("session")]) + repr(pool.states())
    assert VISITOR in told
    assert not any(part in told for part in ("_2A", "0033", "SUB"))


def test_what_was_sealed_with_another_key_does_not_open() -> None:
    """An error of the product, not of the library."""
    sealed = SEAL.close(b"evidence")
    assert SEAL.open(sealed) == b"evidence"
    with pytest.raises(StoreError, match="密钥"):
        Seal(b"another key").open(sealed)


def test_a_place_that_cannot_hold_a_ticket_costs_the_ticket_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No name of a ticket is worth a crawl."""
    tickets = TicketFile(tmp_path / ("x" * 300), "weibo", SEAL)
    assert tickets.load() == ""
    tickets.save("SUB=_2AVisitor")
    assert tickets.load() == ""
    assert caplog.messages == ["ticket not kept error=OSError"]


def test_every_account_of_a_secret_is_masked_in_the_log() -> None:
    """Also the second line's, also by its value alone."""
    guard = SecretFilter([f"{FIRST} ||| Mozilla/5.0\n{SECOND}"])
    told = guard.mask("value 0033Second and 0033First, _2A25LoginSecond")
    assert told == "value *** and ***, ***"
