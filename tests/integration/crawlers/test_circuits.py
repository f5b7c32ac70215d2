"""Circuits and sessions against real refusals: who is asked how often, and what is claimed meanwhile."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from simulator import robots
from simulator.server import Simulator
from tests.integration.crawlers.support import LOGIN, Answer, Bench, news, weibo_mobile, weibo_web
from tests.unit.alerts.bank import Bank

pytestmark = pytest.mark.integration
QUERIES = ("云江银行", "海州银行", "北原银行")


def lines(sim: Simulator, path: str, since: int = 0) -> list[Any]:
    """What was asked of a surface."""
    return [line for line in sim.requests[since:] if line.path.startswith(path)]


def gaps(asked: list[Any]) -> list[float]:
    """Seconds between one request and the next."""
    return [after.real - before.real for before, after in pairwise(asked)]


def test_a_burst_of_418_slows_us_down_tenfold_and_the_pace_comes_back(bench: Bench) -> None:
    """Scenario 5: nothing is lost by it either."""
    calm, burst, before = 10, 3, len(bench.sim.requests)
    bench.sim.fault("weibo-s", "418", times=burst, after=calm)
    slow = {"backoff_seconds": 0.1, "backoff_max_seconds": 0.4}
    answer = bench.crawl(weibo_web(**slow), queries=QUERIES)
    pace = gaps(lines(bench.sim, "/weibo-s", before))
    usual, slowed, last = median(pace[: calm - 1]), pace[calm + burst - 1 : calm + burst + 1], median(pace[-4:])
    assert min(slowed) >= 10 * usual, (usual, slowed)
    assert last <= 3 * usual + 0.05, (usual, last)
    assert {row["status"] for row in answer.coverage} == {"ok"}
    assert answer.tally("weibo_search")["outcomes"]["rate_limited"] == burst
    truth = bench.sim.truth(platform="weibo", keyword="云江银行", since=answer.coverage[0]["since"])
    assert {row["id"] for row in truth} <= {draft["native_id"] for draft in answer.drafts.values()}


def test_a_cookie_that_expires_in_the_middle_stops_its_source_alone(bench: Bench) -> None:
    """Scenario 4: nothing more is sent with it, its cursors stand still, the other source is read."""
    before = len(bench.sim.requests)
    bench.sim.fault("weibo-s", "302_visitor", times=-1, after=5)
    answer = bench.crawl(weibo_web(pause_minutes=120), weibo_mobile(), queries=QUERIES)
    assert len(lines(bench.sim, "/weibo-s", before)) == 6
    told = {(row["source"], row["status"]) for row in answer.coverage}
    assert ("weibo_search", "auth_required") in told
    assert {status for source, status in told if source == "weibo_mobile"} == {"ok"}
    unseen = {row["query"] for row in answer.coverage if row["source"] == "weibo_search" and row["status"] != "ok"}
    assert unseen == set(QUERIES), "five pages end none of the three searches"
    assert [(one["source"], one["health"]) for one in answer.sessions] == [("weibo_search", "dead")]
    again = len(bench.sim.requests)
    resting = bench.crawl(weibo_web(pause_minutes=120), queries=QUERIES)
    assert len(bench.sim.requests) == again
    assert {(row["status"], row["detail"]) for row in resting.coverage if row["source"] == "weibo_search"} == {
        ("auth_required", "paused")
    }
    bench.sim.clear_faults()
    bench.secrets = {"weibo_cookie": LOGIN.replace("LoginSecret", "LoginRenewed")}
    renewed = bench.crawl(weibo_web(pause_minutes=120), queries=QUERIES)
    assert {row["status"] for row in renewed.coverage if row["source"] == "weibo_search"} == {"ok"}
    assert (renewed.circuits, renewed.sessions) == ([], [])


def test_searches_that_were_not_asked_for_because_their_host_refused_are_owed(bench: Bench) -> None:
    """Their posts may be gone by the next turn: the follow-up asks for them too, not for the refused one alone."""
    source = weibo_web(pause_minutes=0, concurrency=1)
    first = bench.crawl(source, queries=QUERIES)
    bench.sim.clock.advance(hours=1)
    bench.now = bench.sim.clock.now().isoformat()
    bench.sim.fault("weibo-s", "302_visitor", times=-1)
    assert bench.crawl(source, queries=QUERIES).cursors == first.cursors
    bench.sim.clear_faults()
    before = len(bench.sim.requests)
    answer = bench.crawl(source, queries=QUERIES, owed=True)
    asked = {line.query["q"] for line in lines(bench.sim, "/weibo-s", before)}
    assert asked == set(QUERIES)
    end = bench.sim.clock.now()
    seen = [row for row in answer.coverage if row["status"] == "ok" and datetime.fromisoformat(row["until"]) == end]
    assert {row["query"] for row in seen} == set(QUERIES)
    before = len(bench.sim.requests)
    bench.crawl(source, queries=QUERIES, owed=True)
    assert not lines(bench.sim, "/weibo-s", before), "nothing is owed any more"


def test_a_login_that_expired_is_told_to_the_operator_once(bench: Bench) -> None:
    """Scenario 4, its end: poll after poll the source rests and says why; one alert, however long it lasts."""
    bank = Bank.empty(datetime.fromisoformat(bench.now))
    source = weibo_web(pause_minutes=120) | {"id": "weibo"}
    bench.sim.fault("weibo-s", "302_visitor", times=-1, after=1)
    before, sent = len(bench.sim.requests), []
    for _ in range(5):
        answer = bench.crawl(source, queries=QUERIES)
        for old in bank.state.find("coverage"):
            bank.state.delete("coverage", old.id)
        for row in answer.coverage:
            key = "|".join(str(row[name]) for name in ("source", "query", "since", "until", "region"))
            bank.state.save("coverage", key, row)
        bank.engine().detect()
        bank.engine().notify()
        sent.append(len(bank.sent))
        bank.clock.advance(timedelta(minutes=5))
        bench.now = bank.clock.now().isoformat()
    assert len(lines(bench.sim, "/weibo-s", before)) == 2
    assert answer.cursors == {}
    assert sent == [0, 0, 1, 1, 1]
    assert "微博搜索：登录态失效" in bank.sent[0]


def test_an_expired_account_is_followed_by_the_next_one(bench: Bench) -> None:
    """The page that met the login wall is read with the second account, and nothing is missing."""
    bench.secrets = {"weibo_cookie": f"SUB=_2A25LostExpired; SUBP=0033x ||| Mozilla/5.0 (first)\n{LOGIN}"}
    before = len(bench.sim.requests)
    answer = bench.crawl(weibo_web())
    asked = lines(bench.sim, "/weibo-s", before)
    assert asked[0].user_agent == "Mozilla/5.0 (first)"
    assert {line.user_agent for line in asked[1:]}.isdisjoint({"Mozilla/5.0 (first)"})
    assert [row["status"] for row in answer.coverage] == ["ok"]
    assert [one["health"] for one in answer.sessions] == ["dead"]
    assert "LostExpired" not in answer.log + str(answer.sessions)


def tickets(sim: Simulator, since: int) -> int:
    """How many visitor tickets were asked for."""
    return len(lines(sim, "/weibo-passport", since))


def test_many_refused_pages_cause_one_new_ticket_and_the_next_run_none(bench: Bench) -> None:
    """Single-flight, and once per cooling period, over runs; every refused page is asked for again once."""
    bench.secrets = {}
    keep = {"ticket_dir": str(bench.folder / "tickets"), "queries": QUERIES}
    before = len(bench.sim.requests)
    source = weibo_mobile(concurrency=3, backoff_seconds=0)
    bench.sim.fault("weibo-m-search", "432", times=3)
    first = bench.crawl(source, **keep)
    assert tickets(bench.sim, before) == 2, "one to begin with, one for three refused pages"
    assert {row["status"] for row in first.coverage} == {"ok"}
    assert first.tally("weibo_mobile")["outcomes"]["rate_limited"] == 3
    before = len(bench.sim.requests)
    bench.sim.fault("weibo-m-search", "432", times=-1)
    second = bench.crawl(source, **keep)
    assert tickets(bench.sim, before) == 0
    assert {row["status"] for row in second.coverage if row["status"] != "ok"} == {"rate_limited"}
    bench.sim.clear_faults()
    bench.now = (datetime.fromisoformat(bench.now) + timedelta(minutes=31)).astimezone(UTC).isoformat()
    before = len(bench.sim.requests)
    third = bench.crawl(source, **keep)
    assert tickets(bench.sim, before) == 1
    assert all(row["status"] == "ok" for row in newest(third))
    kept = [path.read_bytes() for path in (bench.folder / "tickets").iterdir()]
    assert len(kept) == 1
    assert b"_2AkVisitor" not in kept[0]


def newest(answer: Answer) -> list[dict[str, Any]]:
    """The last look at each query."""
    by_query: dict[str, dict[str, Any]] = {}
    for row in sorted(answer.coverage, key=lambda row: row["checked_at"]):
        by_query[row["query"]] = row
    return list(by_query.values())


def test_after_a_captcha_exactly_one_request_tells_whether_the_host_answers(bench: Bench) -> None:
    """The probe fails: nothing more is sent and the rest doubles. It succeeds: everything is read."""
    source = weibo_web(pause_minutes=60, concurrency=3)
    bench.sim.fault("weibo-s", "captcha_page", times=-1)
    bench.crawl(source, queries=QUERIES)
    start = datetime.fromisoformat(bench.now)
    for hours, until in ((1, 3), (3, 7)):
        bench.now = (start + timedelta(hours=hours)).isoformat()
        before = len(bench.sim.requests)
        answer = bench.crawl(source, queries=QUERIES)
        assert len(lines(bench.sim, "/weibo-s", before)) == 1
        assert [datetime.fromisoformat(one["until"]) for one in answer.circuits] == [start + timedelta(hours=until)]
        assert {row["status"] for row in answer.coverage} == {"challenge"}
    bench.sim.clear_faults()
    bench.now = (start + timedelta(hours=7)).isoformat()
    answer = bench.crawl(source, queries=QUERIES)
    assert {row["status"] for row in answer.coverage} == {"ok"}
    assert answer.circuits == []


def test_a_crawl_delay_is_kept_between_any_two_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a site that is read as a program may read it; robots.txt itself is not counted."""
    monkeypatch.setitem(robots._TEXTS, "delay", "User-agent: *\nCrawl-delay: 1\n")
    monkeypatch.setitem(bench.sim.world.robots, "", "delay")
    before = len(bench.sim.requests)
    answer = bench.crawl(news(bench.sim, "rss/finance.xml", max_articles=2))
    asked = [line for line in lines(bench.sim, "/news", before) if not line.path.endswith("robots.txt")]
    assert len(asked) >= 3
    assert min(gaps(asked)) >= 0.95, gaps(asked)
    assert answer.error is None


def test_a_host_that_asked_for_a_login_rests_without_any_option(bench: Bench) -> None:
    """An hour is what an operator gets who says nothing; a crawl that was to come every five minutes asks nobody."""
    source = news(bench.sim)
    del source["options"]["pause_minutes"]
    bench.sim.fault("news-feed", "401", times=-1)
    bench.crawl(source)
    before = len(bench.sim.requests)
    for _ in range(2):
        bench.later(25)
        resting = bench.crawl(source)
        assert {(row["status"], row["detail"]) for row in resting.coverage} == {("auth_required", "paused")}
    assert lines(bench.sim, "/news", before) == []
    bench.later(15)
    bench.crawl(source)
    assert len(lines(bench.sim, "/news/rss", before)) == 1
