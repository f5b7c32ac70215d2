"""A refusal that one source met, and the others that ask the same host under the same name."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from crawlers.circuits import CircuitBook
from crawlers.governor import Governor, Shared
from crawlers.model import SearchTerm, Verdict
from crawlers.neighbours import Neighbours
from crawlers.pace import HostPace
from crawlers.plan import CrawlPlan
from crawlers.run import _governor
from crawlers.spiders.weibo import WeiboSpider
from tests.fakes import FakeClock, InMemoryStateStore
from yuqing.details import told
from yuqing.domain.coverage import Outcome
from yuqing.domain.errors import StoreUnavailable
from yuqing.domain.subject import Backend as Way
from yuqing.domain.subject import Source

NOW = datetime(2026, 3, 14, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOST = "m.weibo.example"
LIMITED = Verdict(Outcome.RATE_LIMITED, "http_418")
CAPTCHA, LOGIN = Verdict(Outcome.CHALLENGE, "captcha_page"), Verdict(Outcome.AUTH_REQUIRED, "redirect_to_login")
FORBIDDEN = Verdict(Outcome.BLOCKED, "http_403")


class World:
    """Two sources over one store."""

    def __init__(self) -> None:
        """Empty."""
        self.state, self.clock = InMemoryStateStore(), FakeClock(NOW)

    def refused(self, verdict: Verdict, session: str = "s1", host: str = HOST, at_least: float = 0.0) -> None:
        """The search was refused."""
        CircuitBook(self.state, "weibo_search", self.clock, HOUR, session).open(host, verdict, at_least)

    def other(self, session: str = "s1", length: timedelta = HOUR, source: str = "weibo_mobile") -> Neighbours:
        """What the other source hears of it."""
        return Neighbours(self.state, source, self.clock, length, session)


@pytest.mark.parametrize("verdict", [LIMITED, CAPTCHA, LOGIN])
def test_who_is_refused_as_an_account_is_refused_for_every_source(verdict: Verdict) -> None:
    """Another source leaves the host alone for as long as its own first pause; then it asks for itself."""
    world = World()
    world.refused(verdict, at_least=24 * 3600)
    refusal = world.other().refusal(HOST)
    assert refusal == Verdict(verdict.outcome, "neighbour_paused")
    assert "另一来源" in told(refusal.detail)
    assert world.other().refusal("s.weibo.example") is None
    world.clock.advance(HOUR)
    assert world.other().refusal(HOST) is None


@pytest.mark.parametrize(
    ("verdict", "session", "length", "source"),
    [
        (FORBIDDEN, "s1", HOUR, "weibo_mobile"),  # a page may be forbidden to one alone
        (LIMITED, "s2", HOUR, "weibo_mobile"),  # another account
        (LIMITED, "s1", timedelta(0), "weibo_mobile"),  # an operator who wants no pauses
        (LIMITED, "s1", HOUR, "weibo_search"),  # its own circuit is for itself to judge
    ],
)
def test_what_is_no_refusal_of_ours_holds_nobody_up(
    verdict: Verdict, session: str, length: timedelta, source: str
) -> None:
    """Only what was said to this very account, by a host that we share."""
    world = World()
    world.refused(verdict)
    assert world.other(session, length, source).refusal(HOST) is None


def test_a_page_that_wants_a_login_says_nothing_to_others_without_one() -> None:
    """Without an account there is none that was refused; a pace that is too fast is that of the address."""
    world = World()
    world.refused(LOGIN, session="")
    assert world.other(session="").refusal(HOST) is None
    world.refused(LIMITED, session="")
    assert world.other(session="").refusal(HOST) is not None


@pytest.mark.parametrize("bridge", ["127.0.0.1:1200", "rsshub.internal:1200", "10.1.2.3"])
def test_a_bridge_of_ours_is_many_platforms(bridge: str) -> None:
    """The refusal of one platform behind it stops its own source alone."""
    world = World()
    world.refused(LIMITED, host=bridge)
    assert world.other().refusal(bridge) is None


def test_a_refusal_is_heard_in_the_middle_of_a_run_and_forgotten_with_it() -> None:
    """Also from another process: the store is asked again after a quarter of a minute, and not at every request."""
    world = World()
    governor = Governor(1, neighbours=world.other())
    assert asyncio.run(governor.admit(HOST)).refusal is None
    world.refused(CAPTCHA)
    assert asyncio.run(governor.admit(HOST)).refusal is None
    world.clock.advance(timedelta(seconds=15))
    assert asyncio.run(governor.admit(HOST)).refusal == Verdict(Outcome.CHALLENGE, "neighbour_paused")
    CircuitBook(world.state, "weibo_search", world.clock, HOUR, "s1").close(HOST)
    world.clock.advance(timedelta(seconds=15))
    assert asyncio.run(governor.admit(HOST)).refusal is None


@pytest.mark.parametrize("pause", [None, 0])
def test_every_crawl_hears_of_its_neighbours(pause: int | None) -> None:
    """As runs are put together; an operator who wants no pauses gets none."""
    world = World()
    world.refused(LIMITED, session="")
    options: dict[str, object] = {"surface": "mobile"} | ({} if pause is None else {"pause_minutes": pause})
    source = Source("weibo_mobile", "weibo", "微博", Way.WEB, "依据", True, 300, options)
    plan = CrawlPlan((source,), (SearchTerm("q", "云江银行"),), SimpleNamespace(), world.state, world.clock)
    backend = WeiboSpider.build(source, plan, lambda text: True)
    governor = _governor(source, plan, backend, Shared(HostPace(), source.id, 0.0))
    refusal = asyncio.run(governor.admit(HOST)).refusal
    assert refusal == (Verdict(Outcome.RATE_LIMITED, "neighbour_paused") if pause is None else None)


def test_a_store_that_is_away_for_a_moment_refuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The crawl goes on with what it knows."""
    world = World()

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.state, "find", away)
    assert world.other().refusal(HOST) is None
