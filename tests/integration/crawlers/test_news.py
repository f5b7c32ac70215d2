"""News in every format and edition against the truth of the portal: nothing missed, nothing doubled."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulator.server import Simulator
from tests.integration.crawlers.support import FAST, Bench, Driver

pytestmark = pytest.mark.integration
QUERY = "云江银行"
COLUMN = {
    "items": "result.data",
    "fields": {"title": "title", "url": "url", "time": "ctime", "summary": "intro", "publisher": "media_name"},
    "ok": {"result.status.code": "0"},
    "total": "result.total",
}
LIVE = {
    "items": "data.items",
    "fields": {"title": "title", "url": "uri", "time": "display_time", "content": "content_text"},
    "cursor": "data.next_cursor",
}
SUBJECT = {
    "key": r"entity\s*=\s*\{\s*id\s*:\s*(\d+)",
    "params": {"subject": "{key}", "type": "0", "count": "7", "start": "{page}"},
    "items": "datas",
    "fields": {"title": "desc", "url": "link", "time": "time", "summary": "summ"},
    "total": "totalNum",
    "first_page": 0,
    "step": 7,
}
FLASH = {"fields": {"content": "data.content", "time": "time"}}
ROWS = {"links": "a", "row": "ul.list li", "time": ".date", "match": r"/20\d{6}/"}


def portal(**options: Any) -> dict[str, Any]:
    """A news source."""
    return {"id": "news_portal", "kind": "news", "options": {**FAST, **options}}


def truth(bench: Bench, since: str) -> dict[str, dict[str, Any]]:
    """The portal's articles about the query, by id."""
    return {row["id"]: row for row in bench.sim.truth(platform="news", keyword=QUERY, since=since)}


def numbers(drafts: dict[str, dict[str, Any]]) -> list[str]:
    """The portal's own numbers of the articles that were found."""
    return sorted(draft["url"].rpartition("/")[2].removesuffix(".html") for draft in drafts.values())


def discoveries(url: str) -> dict[str, dict[str, Any]]:
    """One set of options per format of discovery."""
    news = f"{url}/news"
    roll = {"url": f"{news}/roll/all.json", **COLUMN, "pages": 9}
    return {
        "broken_rss": {"feeds": [f"{news}/rss/all.xml?limit=1000&broken=1"]},
        "rdf": {"feeds": [f"{news}/rdf/all.xml?limit=1000"]},
        "atom": {"feeds": [f"{news}/atom/all.xml?limit=1000"]},
        "sitemaps_of_robots": {"robots": [f"{url}/robots.txt"]},
        "roll": {"rolls": [{**roll, "params": {"page": "{page}", "num": "7", "r": "{now_ms}"}}]},
        "jsonp_search": {"rolls": [{**roll, "params": {"page": "{page}", "k": "{keyword}", "callback": "jQ1"}}]},
        "keyed": {
            "rolls": [{"url": f"{news}/subject.jsp", "key_page": f"{news}/columns/all/", **SUBJECT, "pages": 20}]
        },
        "live": {"rolls": [{"url": f"{news}/live.json", "params": {"cursor": "{cursor}"}, **LIVE, "pages": 20}]},
        "list": {"lists": [{"url": f"{news}/list/all?page={{page}}", **ROWS, "pages": 20}]},
    }


@pytest.mark.parametrize("name", list(discoveries("")))
def test_every_format_of_discovery_brings_every_article(bench: Bench, name: str) -> None:
    """Recall 100 %, each once, the minute of publication and the end of the text as they are."""
    answer = bench.crawl(portal(**discoveries(bench.sim.url)[name]), backfill_days=1)
    wanted = truth(bench, answer.coverage[0]["since"])
    assert numbers(answer.drafts) == sorted(wanted)
    assert len(wanted) >= 5
    # A section of the sitemap that begins inside the window may have had older articles, for all that we can tell.
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", name == "sitemaps_of_robots")]
    assert list(answer.cursors.values()) == [bench.now]
    for draft in answer.drafts.values():
        row = wanted[draft["url"].rpartition("/")[2].removesuffix(".html")]
        assert (
            abs(datetime.fromisoformat(draft["published_at"]) - datetime.fromisoformat(row["published_at"])).seconds
            < 60
        )
        assert "".join(row["text"].split())[-12:] in "".join(draft["text"].split())
        assert "责任编辑" not in draft["text"]


def test_a_live_roll_needs_no_page_and_asks_for_nothing_twice(bench: Bench) -> None:
    """The text is in the list; the second run brings nothing new."""
    before = len(bench.sim.requests)
    source = portal(**discoveries(bench.sim.url)["live"])
    answer = bench.crawl(source)
    assert not any(line.path.endswith(".html") for line in bench.sim.requests[before:])
    assert not any(draft["text_truncated"] for draft in answer.drafts.values())
    again = bench.crawl(source)
    assert again.summary["mentions"]["new"] == 0
    assert again.drafts == {}


def test_flashes_without_a_title_are_mentions(bench: Bench) -> None:
    """A script of flashes: the text is the mention, its address is made of its number."""
    origin = bench.sim.url
    flashes = {"url": f"{origin}/news/flash.js", "link": f"{origin}/flash/{{id}}", **FLASH}
    answer = bench.crawl(portal(rolls=[flashes]))
    wanted = truth(bench, answer.coverage[0]["since"])
    assert sorted(draft["url"].rpartition("/")[2] for draft in answer.drafts.values()) == sorted(wanted)


def edition(bench: Bench, name: str, **options: Any) -> dict[str, Any]:
    """The feed whose articles are all of one edition."""
    return portal(feeds=[f"{bench.sim.url}/news/rss/all.xml?limit=1000&edition={name}"], **options)


def test_every_edition_is_the_same_article(bench: Bench) -> None:
    """Tracking parameters, 301, meta refresh, twins, compression and lying headers: one address, the whole text."""
    before = len(bench.sim.requests)
    answer = bench.crawl(edition(bench, "mixed"))
    wanted = truth(bench, answer.coverage[0]["since"])
    assert numbers(answer.drafts) == sorted(wanted)
    asked = " ".join(line.path for line in bench.sim.requests[before:])
    assert all(f"/{name}/" in asked for name in ("moved", "go", "mobile", "amp", "packed", "conflict"))
    for draft in answer.drafts.values():
        row = wanted[draft["url"].rpartition("/")[2].removesuffix(".html")]
        assert draft["url"].endswith(f"/news/{row['section']}/{row['id'][:8]}/{row['id']}.html")
        assert not draft["text_truncated"]
        assert "".join(row["text"].split())[-12:] in "".join(draft["text"].split())


def test_the_same_article_in_two_editions_is_one_mention(bench: Bench) -> None:
    """The desktop page and its twin for phones, announced by two feeds."""
    feeds = [f"{bench.sim.url}/news/rss/finance.xml?limit=1000{more}" for more in ("", "&edition=mobile")]
    answer = bench.crawl(portal(feeds=feeds))
    assert len(numbers(answer.drafts)) == len(set(numbers(answer.drafts)))


def test_a_paywall_gives_the_lead_and_says_so(bench: Bench) -> None:
    """What is not shown is not claimed."""
    answer = bench.crawl(edition(bench, "paid"))
    assert numbers(answer.drafts) == sorted(truth(bench, answer.coverage[0]["since"]))
    assert all(draft["text_truncated"] for draft in answer.drafts.values())


def test_articles_that_were_taken_down_are_kept_as_announced_and_hold_nothing_up(bench: Bench) -> None:
    """404, 410 and pages of status 200 that say so: the feed's own words are left, and the site is not suspected."""
    answer = bench.crawl(edition(bench, "fleeting"), backfill_days=7)
    assert numbers(answer.drafts) == sorted(truth(bench, answer.coverage[0]["since"]))
    details = answer.tally("news_portal")["details"]
    gone = sum(count for name, count in details.items() if name.startswith("not_found:"))
    assert {"not_found:http_404", "not_found:http_410", "not_found:soft_404"} <= set(details)
    assert sum(draft["text_truncated"] for draft in answer.drafts.values()) == gone
    assert [row["status"] for row in answer.coverage] == ["ok"]


def test_what_robots_forbids_is_kept_as_announced_and_never_fetched(bench: Bench) -> None:
    """Title and summary of the feed, marked as cut; no request."""
    before = len(bench.sim.requests)
    answer = bench.crawl(edition(bench, "private"))
    assert not any("/private/" in line.path for line in bench.sim.requests[before:])
    assert len(answer.drafts) == len(truth(bench, answer.coverage[0]["since"]))
    assert all(draft["text_truncated"] for draft in answer.drafts.values())


# Rounds of one refusal per format: they are met side by side.
REFUSALS = [
    {
        "roll": ("news-roll", "403", "blocked", "http_403"),
        "list": ("news-list", "404", "not_found", "http_404"),
        "rdf": ("news-feed", "captcha_page", "challenge", "captcha_page"),
    },
    {
        "roll": ("news-roll", "5xx", "transport", "http_503"),
        "list": ("news-list", "empty_body", "blocked", "empty_body"),
        "rdf": ("news-feed", "302_visitor", "auth_required", "redirect_to_login"),
    },
    {
        "roll": ("news-roll", "truncated_json", "transport", "truncated_json"),
        "list": ("news-list", "captcha_page", "challenge", "captcha_page"),
        "broken_rss": ("news-feed", "changed", "changed", "malformed_feed"),
    },
    {
        "roll": ("news-roll", "captcha_page", "challenge", "captcha_page"),
        "list": ("news-list", "changed", "changed", "no_links"),
        "rdf": ("news-article", "captcha_page", "challenge", "captcha_page"),
    },
    {
        "roll": ("news-roll", "blank_page", "suspect_empty", "roll_without_items"),
        "rdf": ("news-feed", "truncated_json", "transport", "truncated_feed"),
    },
    {
        "roll": ("news-roll", "changed", "changed", "no_items"),
        "list": ("news-article", "404", "changed", "articles_missing"),
    },
    {"roll": ("news-roll", "html_instead_of_json", "blocked", "html_instead_of_json")},
]


@pytest.mark.parametrize("together", REFUSALS, ids=lambda row: "-".join(fault for _, fault, *_ in row.values()))
def test_a_refusal_is_told_apart_and_the_cursor_stands_still(
    bench: Bench, together: dict[str, tuple[str, str, str, str]]
) -> None:
    """None of them is an empty list."""
    options = discoveries(bench.sim.url)
    for route, fault, _, _ in together.values():
        bench.sim.fault(route, fault, times=-1)
    answer = bench.crawl(*({**portal(retries=0, **options[name]), "id": name} for name in together), drafts=False)
    told = {row["source"]: (row["status"], row["detail"]) for row in answer.coverage}
    assert told == {name: (outcome, detail) for name, (_, _, outcome, detail) in together.items()}
    assert answer.cursors == {}


def test_a_search_without_hits_is_empty_and_moves_the_cursor(bench: Bench) -> None:
    """The portal says that it found nothing."""
    options = discoveries(bench.sim.url)["jsonp_search"]
    answer = bench.crawl(portal(**options), queries=("没有这家银行",))
    assert [(row["query"], row["status"]) for row in answer.coverage] == [("没有这家银行", "ok_empty")]
    assert answer.cursors == {"没有这家银行": bench.now}


def test_a_site_that_forbids_everything_is_blocked_and_the_cursor_stands_still(bench: Bench) -> None:
    """robots.txt says no: one request for it, none for the feed, and no claim that there was nothing."""
    before = len(bench.sim.requests)
    bench.sim.robots("disallow")
    try:
        answer = bench.crawl(portal(**discoveries(bench.sim.url)["rdf"]), drafts=False)
    finally:
        bench.sim.robots("own")
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("blocked", "robots")]
    assert answer.cursors == {}
    assert not any("/rdf/" in line.path for line in bench.sim.requests[before:])


def test_at_new_year_dates_without_a_year_are_of_the_old_one(driver: Driver, tmp_path: Path) -> None:
    """Five minutes into 2027, the list says 12-31 23:50 and means 2026; nothing lies in the future."""
    with Simulator(seed=7, now="2027-01-01T00:05:00+08:00", scenario="small") as sim:
        bench = Bench(sim, driver, tmp_path, now="2026-12-31T16:05:00+00:00")
        answer = bench.crawl(portal(**discoveries(sim.url)["list"]), backfill_days=1)
        wanted = truth(bench, answer.coverage[0]["since"])
    assert numbers(answer.drafts) == sorted(wanted)
    assert len(wanted) >= 3
    for draft in answer.drafts.values():
        row = wanted[draft["url"].rpartition("/")[2].removesuffix(".html")]
        assert draft["published_at"][:16] == _utc(row["published_at"])


def _utc(text: str) -> str:
    """A time of the truth as drafts print it, to the minute."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(" ")[:16]
