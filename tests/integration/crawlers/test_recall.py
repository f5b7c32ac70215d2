"""The real spiders against the truth of the simulator: nothing missed, nothing doubled, nothing made up."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from crawlers.extract.text import own_words
from tests.integration.crawlers.support import Bench, douyin, news, weibo_mobile, weibo_web

pytestmark = pytest.mark.integration
QUERY = "云江银行"


def truth(bench: Bench, platform: str, since: str, **query: str) -> dict[str, dict[str, Any]]:
    """What the platform shows for the query since a time, by id."""
    return {row["id"]: row for row in bench.sim.truth(platform=platform, keyword=QUERY, since=since, **query)}


def test_weibo_web_sees_every_post_exactly_as_published(bench: Bench) -> None:
    """Two days of search: 100 % recall, and id, kind, second and text agree with the truth."""
    answer = bench.crawl(weibo_web())
    wanted = truth(bench, "weibo", answer.coverage[0]["since"])
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert set(got) == set(wanted)
    assert len(wanted) > 50
    for native_id, row in wanted.items():
        draft = got[native_id]
        text = own_words(row["text"])[0] if row["kind"] == "repost" else row["text"]
        assert draft["kind"] == row["kind"]
        assert datetime.fromisoformat(draft["published_at"]) == datetime.fromisoformat(row["published_at"])
        assert "".join(draft["text"].split()) == "".join(text.split())
        assert not draft["text_truncated"]


def test_full_windows_are_split_down_to_the_hour(bench: Bench) -> None:
    """With a cap of 3 pages the window falls into days and hours, still without a gap."""
    answer = bench.crawl(weibo_web(page_cap=3))
    wanted = truth(bench, "weibo", "2026-03-12T01:00:00+00:00")
    assert {draft["native_id"] for draft in answer.drafts.values()} == set(wanted)
    spans = sorted((datetime.fromisoformat(r["since"]), datetime.fromisoformat(r["until"])) for r in answer.coverage)
    assert spans[0][0] == datetime.fromisoformat("2026-03-12T01:00:00+00:00")
    assert spans[-1][1] == datetime.fromisoformat(bench.now)
    assert all(before[1] >= after[0] for before, after in pairwise(spans))
    assert answer.tally("weibo_search")["slices"]["complete"] > 24
    assert set(answer.cursors.values()) == {bench.now}


def test_an_hour_that_is_still_too_full_is_reported_as_saturated(bench: Bench) -> None:
    """Below an hour nothing can be asked for: coverage says that posts may be missing."""
    answer = bench.crawl(weibo_web(page_cap=1, regions=False))
    seen = [row for row in answer.coverage if row["status"] == "ok"]
    assert seen
    assert all(row["saturated"] for row in seen)
    slices = answer.tally("weibo_search")["slices"]
    assert slices["saturated"] == slices["by_outcome"]["ok"] > 20


def test_blank_pages_in_the_middle_lose_nothing(bench: Bench) -> None:
    """A page that comes blank once is asked for again, and the pages after it are read."""
    bench.sim.fault("weibo-s", "blank_page", times=1, page="4")
    bench.sim.fault("weibo-s", "no_result", times=1, page="6")
    answer = bench.crawl(weibo_web())
    wanted = truth(bench, "weibo", answer.coverage[0]["since"])
    assert {draft["native_id"] for draft in answer.drafts.values()} == set(wanted)
    assert [row["status"] for row in answer.coverage] == ["ok"]


def test_a_page_that_stays_blank_is_not_the_end_and_not_a_zero(bench: Bench) -> None:
    """Later pages are read all the same; the slice is suspect and the cursor stands still."""
    bench.sim.fault("weibo-s", "blank_page", times=-1, page="4")
    answer = bench.crawl(weibo_web())
    wanted = truth(bench, "weibo", answer.coverage[0]["since"])
    assert len(wanted) - 10 <= len(answer.drafts) < len(wanted)
    assert [row["status"] for row in answer.coverage] == ["suspect_empty"]
    assert answer.cursors == {}


def test_mobile_search_with_an_account_reads_back_to_the_window(bench: Bench) -> None:
    """All posts of the window, long texts whole."""
    answer = bench.crawl(weibo_mobile(max_pages=30))
    wanted = truth(bench, "weibo", answer.coverage[0]["since"])
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert set(wanted) <= set(got)
    assert not any(draft["text_truncated"] for draft in got.values())
    assert [row["saturated"] for row in answer.coverage] == [False]


def test_mobile_search_as_a_visitor_fetches_one_ticket_and_says_what_it_cannot_see(bench: Bench) -> None:
    """Without a cookie: one ticket for all queries, one page each, the rest of the window is saturated."""
    bench.secrets = {}
    before = len(bench.sim.requests)
    answer = bench.crawl(weibo_mobile(), queries=("云江银行", "海州银行"))
    paths = [line.path for line in bench.sim.requests[before:]]
    assert sum("genvisitor2" in path for path in paths) == 1
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", True), ("ok", True)]


def test_a_refused_visitor_ticket_is_told_and_nothing_else_is_asked(bench: Bench) -> None:
    """No ticket, no search: the slices end with the outcome of the ticket."""
    bench.secrets = {}
    bench.sim.fault("weibo-passport", "403", times=-1)
    before = len(bench.sim.requests)
    answer = bench.crawl(weibo_mobile())
    assert [row["status"] for row in answer.coverage] == ["blocked"]
    assert not any("getIndex" in line.path for line in bench.sim.requests[before:])
    assert answer.cursors == {}


def test_douyin_sees_works_and_the_comments_below_them(bench: Bench) -> None:
    """Every work of the window, and every comment of works about the query, with its place in the thread."""
    answer = bench.crawl(douyin())
    since = answer.coverage[0]["since"]
    works = truth(bench, "douyin", since, kind="video")
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert set(works) <= set(got)
    about = {work for work, row in works.items() if QUERY in row["text"]}
    below = [row for row in bench.sim.truth(platform="douyin", kind="comment") if row["video"] in about]
    assert {row["id"] for row in below} <= set(got)
    for row in below:
        draft = got[row["id"]]
        assert draft["root_id"] == f"douyin:video:{row['video']}"
        assert QUERY in draft["context"]


def test_news_articles_are_read_whole_and_only_once(bench: Bench) -> None:
    """All layouts and encodings; the second run asks for the feed alone and is told that nothing changed."""
    sources = news(bench.sim, "rss/all.xml?limit=1000", "rss/gbk.xml?limit=1000")
    answer = bench.crawl(sources)
    wanted = truth(bench, "news", answer.coverage[0]["since"])
    got = {draft["url"].rpartition("/")[2].removesuffix(".html"): draft for draft in answer.drafts.values()}
    assert set(got) == set(wanted)
    for article, row in wanted.items():
        title, _, body = row["text"].partition("\n")
        assert got[article]["title"] == title
        assert "".join(body.split())[:40] in "".join(got[article]["text"].split())
        assert (
            got[article]["published_at"][:16]
            == datetime.fromisoformat(row["published_at"])
            .astimezone(datetime.fromisoformat(bench.now).tzinfo)
            .isoformat(" ")[:16]
        )
    before = len(bench.sim.requests)
    again = bench.crawl(sources)
    asked = bench.sim.requests[before:]
    assert [line.path for line in asked if "rss" not in line.path and "robots" not in line.path] == []
    assert again.tally("news_portal")["outcomes"] == {"ok_empty": 2}
