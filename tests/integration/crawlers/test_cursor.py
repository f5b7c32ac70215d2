"""Second runs, stores that go away, runs for a period, and what must never be written anywhere."""

from datetime import datetime, timedelta

import pytest

from tests.integration.crawlers.support import BRANDS, LOGIN, Bench, douyin, news, weibo_mobile, weibo_web

pytestmark = pytest.mark.integration


def test_the_second_run_asks_for_the_overlap_only(bench: Bench) -> None:
    """It begins two hours (and the rest of an hour) before the mark and brings nothing twice."""
    first = bench.crawl(weibo_web())
    bench.sim.inject("云江银行手机银行又登不上去了", at=None, sentiment="negative")
    later = datetime.fromisoformat(bench.now) + timedelta(minutes=20)
    bench.sim.clock.set(later, 0)
    bench.now = later.isoformat()
    before = len(bench.sim.requests)
    second = bench.crawl(weibo_web())
    asked = {line.query["timescope"] for line in bench.sim.requests[before:]}
    assert asked == {"custom:2026-03-14-7:2026-03-14-10"}
    assert second.cursors == {"云江银行": bench.now}
    shown = {
        row["id"] for row in bench.sim.truth(platform="weibo", keyword="云江银行", since="2026-03-12T01:00:00+00:00")
    }
    fresh = shown - {draft["native_id"] for draft in first.drafts.values()}
    assert len(fresh) >= 1
    assert second.summary["mentions"]["new"] == len(fresh)
    assert fresh <= {draft["native_id"] for draft in second.drafts.values()}
    assert second.summary["requests"] < first.summary["requests"]


def test_when_the_store_goes_away_the_cursor_stands_still_and_the_next_run_brings_everything(bench: Bench) -> None:
    """Nothing is claimed that was not acknowledged: no cursor, no coverage, an error instead of a summary."""
    broken = bench.crawl(weibo_web(page_cap=3), fail_after=2)
    assert broken.error == "StoreUnavailable"
    assert broken.cursors == {}
    again = bench.crawl(weibo_web(page_cap=3))
    assert again.error is None
    wanted = {
        row["id"] for row in bench.sim.truth(platform="weibo", keyword="云江银行", since="2026-03-12T01:00:00+00:00")
    }
    stored = {draft["native_id"] for draft in (*broken.drafts.values(), *again.drafts.values())}
    assert stored == wanted
    assert again.cursors == {"云江银行": bench.now}


MOST_SECONDS = 64  # a run that does not get on in this time will never


def test_a_back_fill_longer_than_a_run_gets_on_with_every_run(bench: Bench) -> None:
    """A run that is out of time says so, and the next begins where it ended, until nothing is missing."""
    marks, drafts, interrupted, seconds = [], set(), 0, 2
    while bench.now not in marks and len(marks) < 25:
        answer = bench.crawl(weibo_web(page_cap=3, delay_seconds=0.2), max_seconds=seconds, backfill_days=1)
        assert answer.error is None
        interrupted += any(row["detail"] == "interrupted" for row in answer.coverage)
        drafts |= {draft["native_id"] for draft in answer.drafts.values()}
        mark = answer.cursors.get("云江银行", "")
        if mark == (marks[-1] if marks else "") and seconds < MOST_SECONDS:
            seconds *= 2  # too short for a single piece on a machine this busy
            continue
        marks.append(mark)
    assert interrupted >= 1, "the test needs a back-fill that is longer than a run"
    assert marks == sorted(set(marks)), "every run gets on"
    assert marks[-1] == bench.now
    truth = bench.sim.truth(platform="weibo", keyword="云江银行", since="2026-03-13T01:00:00+00:00")
    assert drafts == {row["id"] for row in truth}


def test_a_run_for_a_period_reads_it_and_leaves_the_cursor_alone(bench: Bench) -> None:
    """`yuqing crawl --from --to` looks at a period without claiming what lies outside it."""
    answer = bench.crawl(weibo_web(), since="2026-03-13T00:00:00+00:00", until="2026-03-13T06:00:00+00:00")
    (row,) = answer.coverage
    assert (row["since"], row["until"]) == ("2026-03-13T00:00:00+00:00", "2026-03-13T06:00:00+00:00")
    assert answer.cursors == {}
    wanted = bench.sim.truth(platform="weibo", keyword="云江银行", since=row["since"], until=row["until"])
    assert {draft["native_id"] for draft in answer.drafts.values()} == {line["id"] for line in wanted}


def test_no_name_number_or_cookie_in_log_summary_or_coverage(bench: Bench) -> None:
    """At the chattiest log level nothing shows who wrote, who we are logged in as, or what was written."""
    bench.sim.fault("weibo-s", "reset", times=2)
    bench.sim.fault("douyin", "truncated_json", times=1)
    answer = bench.crawl(weibo_web(), weibo_mobile(), douyin(), news(bench.sim), log_level="DEBUG")
    told = answer.log + str(answer.summary) + str(answer.coverage) + str(answer.cursors)
    private = {part.partition("=")[2] for part in LOGIN.split("; ")} | {"_2A25Login", "0033Subp"}
    private |= {draft["author_id"] for draft in answer.drafts.values() if draft["author_id"]}
    private |= {draft["author_name"] for draft in answer.drafts.values() if len(draft["author_name"] or "") > 3}
    private -= {draft["author_name"] for draft in answer.drafts.values() if draft["platform"] == "news"} | set(BRANDS)
    assert len(private) > 50
    assert [secret for secret in private if secret in told] == []
    assert not any(draft["text"][:12] in told for draft in answer.drafts.values() if len(draft["text"]) > 12)


def test_mention_addresses_carry_no_account_number(bench: Bench) -> None:
    """The stored address opens the post and does not name its author's account."""
    answer = bench.crawl(weibo_web())
    leaking = [d for d in answer.drafts.values() if d["author_id"] and d["author_id"] in d["url"]]
    assert leaking == []


def test_news_obeys_robots_and_tells_who_asks(bench: Bench) -> None:
    """robots.txt is read first, and the User-Agent is ours."""
    before = len(bench.sim.requests)
    bench.crawl(news(bench.sim, "rss/finance.xml"))
    asked = bench.sim.requests[before:]
    assert all(line.user_agent.startswith("yuqing/") for line in asked if line.path.startswith("/news"))


def test_searches_send_a_referer_of_the_same_surface_and_only_known_cookies(bench: Bench) -> None:
    """The headers that the platforms look at."""
    before = len(bench.sim.requests)
    bench.crawl(weibo_web(), weibo_mobile())
    asked = bench.sim.requests[before:]
    for prefix in ("/weibo-s", "/weibo-m"):
        lines = [line for line in asked if line.path.startswith(prefix)]
        assert lines
        assert all(f"{prefix}/" in line.referer for line in lines)
        assert all(set(line.cookies) == {"SUB", "SUBP"} for line in lines)
