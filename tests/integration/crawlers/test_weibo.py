"""Weibo in full against its double: what is said below posts, regions, jumps of dates, accounts, official routes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.corpus import Author, Post, Reach
from simulator.server import Simulator
from simulator.weibo.official import EXPIRED, GOOD, OWNER, OWNER_NAME
from simulator.weibo.site import comment_on
from simulator.weibo.state import place_of, state_of
from tests.integration.crawlers.support import FAST, LOGIN, Answer, Bench, Driver

pytestmark = pytest.mark.integration
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
BANK = Author(OWNER, OWNER_NAME, 2, 523_000)
# Few cities, so that a split by region stays short.
CITIES = {str(code): [] for code in (*range(12, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(51, 55))}
NOWHERE = {**CITIES, "50": [], "61": [], "62": [], "63": [], "64": [], "65": [], "11": [1, 2, 3]}


@pytest.fixture
def world(driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """A world in which nobody has said anything yet."""
    with Simulator(scenario="empty", now=NOW) as sim:
        secrets = {"weibo_cookie": LOGIN, "weibo_api_token": f"{GOOD}Api", "weibo_open_token": f"{GOOD}Open"}
        yield Bench(sim, driver, tmp_path, secrets=secrets)


def source(surface: str = "search", **options: Any) -> dict[str, Any]:
    """A Weibo source of this surface."""
    return {"id": f"weibo_{surface}", "kind": "weibo", "options": {**FAST, "surface": surface, "retries": 0, **options}}


def people(number: int) -> Author:
    """Somebody; each number lives elsewhere."""
    return Author(str(1_700_000_000 + number * 7), f"路人{number}", -1, 20)


def talk_of_the_day(sim: Simulator) -> list[Post]:
    """A day old: one post with several pages of comments and threads, one with few, one with none, two reposts."""
    at = NOW - timedelta(hours=30)
    counts = (70, 6, 0)
    posts = [
        sim.inject(f"云江银行转账失败{n}", at=at + timedelta(minutes=n), reach=Reach(9, n, 2), author=people(n))
        for n in counts
    ]
    sim.inject("果然//@甲:离谱", at=at + timedelta(hours=1), original=posts[1], author=people(4))
    sim.inject("Repost", at=at + timedelta(hours=2), original=posts[1], author=people(5))
    sim.inject("今天天气不错", at=at, reach=Reach(9, 30, 2), author=people(6))
    return posts


def below(sim: Simulator, posts: list[Post]) -> set[str]:
    """The comments that stand below these posts now."""
    return {row["id"] for post in posts for row in sim.truth(platform="weibo", kind="comment", post=post.id)}


def ids(answer: Answer, *kinds: str) -> set[str]:
    """The ids of what was stored of these kinds."""
    return {draft["native_id"] for draft in answer.drafts.values() if draft["kind"] in kinds}


@pytest.mark.parametrize("surface", ["search", "mobile"])
def test_comments_replies_and_reposts_are_all_seen(world: Bench, surface: str) -> None:
    """Everything below the posts about the subject, with its place in the thread, and nothing below the others."""
    posts = talk_of_the_day(world.sim)
    answer = world.crawl(source(surface, comments=True, reposts=True))
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", False)]
    wanted = below(world.sim, posts)
    assert len(wanted) > 60
    assert ids(answer, "comment") == wanted
    assert ids(answer, "post") == {post.id for post in posts}
    reposts = [draft for draft in answer.drafts.values() if draft["kind"] == "repost"]
    assert sorted(draft["text"] for draft in reposts) == ["果然", "转发微博"]
    assert {draft["parent_id"] for draft in reposts} == {f"weibo:post:{posts[1].id}"}
    truth = {row["id"]: row for post in posts for row in world.sim.truth(kind="comment", post=post.id)}
    for draft in answer.drafts.values():
        if draft["kind"] != "comment":
            continue
        row = truth[draft["native_id"]]
        assert draft["root_id"] == f"weibo:post:{row['post']}"
        assert (draft["parent_id"] == draft["root_id"]) == (not row["parent"])
        assert (draft["text"], datetime.fromisoformat(draft["published_at"])) == (
            row["text"],
            datetime.fromisoformat(row["published_at"]),
        )


def test_the_next_run_reads_only_comments_that_are_new(world: Bench) -> None:
    """Threads whose number has not changed are left alone; one more comment brings its post back."""
    at = NOW - timedelta(minutes=80)
    post = world.sim.inject("云江银行转账失败", at=at, reach=Reach(0, 3, 0), author=people(1))
    world.sim.clock.set(NOW, 0)
    world.crawl(source(comments=True))
    before = len(world.sim.requests)
    world.crawl(source(comments=True))
    assert [line.path for line in world.sim.requests[before:] if "buildComments" in line.path] == []
    world.sim.clock.set(NOW + timedelta(minutes=60), 0)
    world.now = (NOW + timedelta(minutes=60)).isoformat()
    answer = world.crawl(source(comments=True))
    assert ids(answer, "comment") == below(world.sim, [post])


def test_old_posts_whose_comments_are_closed_are_read_by_the_other_way(world: Bench) -> None:
    """403 at one post says nothing of the host: fifty comments come, the others are told as missing."""
    posts = talk_of_the_day(world.sim)
    state_of(world.sim.world).modes.hotflow_days = 1
    answer = world.crawl(source("mobile", comments=True))
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", True)]
    assert len(ids(answer, "comment") & below(world.sim, posts[:1])) == 50
    assert below(world.sim, posts[1:2]) <= ids(answer, "comment")


def flood(sim: Simulator, count: int, one_place: bool = False) -> set[str]:
    """So many posts within one hour."""
    at = NOW - timedelta(hours=3, minutes=29)
    return {
        sim.inject("云江银行登不上", at=at + timedelta(seconds=50 * n), author=people(0 if one_place else n)).id
        for n in range(count)
    }


HOUR = {"since": "2026-03-14T06:00:00+08:00", "until": "2026-03-14T07:00:00+08:00"}


def test_a_full_hour_whose_regions_do_not_hold_all_says_so(world: Bench) -> None:
    """Nothing is missing that the site shows; where a post is in no region, the hour says that more may be."""
    wanted = flood(world.sim, 42)
    state_of(world.sim.world).modes.unplaced = True
    answer = world.crawl(source(page_cap=4, cities=NOWHERE), **HOUR)
    assert ids(answer, "post") == wanted
    assert {row["region"] for row in answer.coverage if row["saturated"]} == {"*"}


def test_a_city_that_is_too_full_is_told(world: Bench) -> None:
    """The last rung: what the site shows of it is kept, and the row says that there is more."""
    author = next(people(n) for n in range(9_999) if _place(world.sim, people(n)) == (11, 2))
    at = NOW - timedelta(hours=3, minutes=29)
    for n in range(45):
        world.sim.inject("云江银行登不上", at=at + timedelta(seconds=50 * n), author=author)
    state_of(world.sim.world).modes.page_limit = 4
    answer = world.crawl(source(page_cap=4, cities=NOWHERE), **HOUR)
    assert [row["region"] for row in answer.coverage if row["saturated"]] == ["11:2"]
    assert len(ids(answer, "post")) == 40


def _place(sim: Simulator, author: Author) -> tuple[int, int] | None:
    return place_of(author, state_of(sim.world).modes)


def test_posts_that_a_jump_of_dates_leaves_out_are_found(world: Bench) -> None:
    """The listing skips a day at its fourth page; the silence is asked for by itself."""
    at, wanted = NOW - timedelta(hours=40), set()
    for n in range(60):  # four days of posts would be split; forty hours are one piece
        wanted.add(world.sim.inject("云江银行", at=at + timedelta(minutes=40 * n), author=people(n)).id)
    modes = state_of(world.sim.world).modes
    modes.jump_page, modes.jump_hours = 4, 16.0
    answer = world.crawl(source())
    assert ids(answer, "post") == wanted
    spans = {line.query["timescope"] for line in world.sim.requests if line.query.get("q") == "云江银行"}
    assert len(spans) == 2


@pytest.mark.parametrize("surface", ["search", "mobile"])
def test_articles_are_read_with_their_posts_and_copies_are_not_folded_away(world: Bench, surface: str) -> None:
    """Title and text, asked for with the article's own Referer; the same words from two people are two mentions."""
    post = world.sim.inject("云江银行发了长文", author=people(1))
    state_of(world.sim.world).articles[post.id] = ("云江银行的一年", "<p>第一段。</p><p>第二段。</p>")
    first = world.sim.inject("云江银行登不上", author=people(2))
    copy = world.sim.inject("云江银行登不上", author=people(3), truth=replace(first.truth, copy_of=first.id))
    state_of(world.sim.world).modes.fold = True
    answer = world.crawl(source(surface))
    assert ids(answer, "post") == {post.id, first.id, copy.id}
    draft = answer.drafts[f"weibo:post:{post.id}"]
    assert (draft["title"], draft["text"].splitlines()[-2:]) == ("云江银行的一年", ["第一段。", "第二段。"])


def test_accounts_are_read_with_pinned_posts_and_what_names_ours_is_seen(world: Bench) -> None:
    """Everything of the window, whatever stands on top, and nothing that is older or deleted; silence is proved by
    older posts. Beside them the two lists of the free platform: who names our account, who answers it."""
    say, silent = world.sim.inject, Author("3000400111", "云江消保", 2, 900)
    old = say("云江银行旧公告", at=NOW - timedelta(days=9), author=BANK, pinned=True)
    wanted = {say(f"云江银行公告{n}", at=NOW - timedelta(hours=n), author=BANK).id for n in range(1, 30)}
    gone = say("云江银行误发", at=NOW - timedelta(hours=2), author=BANK)
    world.sim.delete(gone.id)
    say("云江银行旧公告", at=NOW - timedelta(days=9), author=silent)
    named = {say(f"@{OWNER_NAME} 云江银行管管{n}", author=people(n)).id for n in range(3)}
    comments = {comment_on(world.sim.world, max(wanted), f"修好了吗{n}").id for n in range(3)}
    accounts = source("user", users={"云江银行": OWNER, "云江消保": silent.uid})
    answer = world.crawl(accounts, source("open_api_mentions"))
    assert ids(answer, "post") == wanted | named
    assert old.id not in ids(answer, "post")
    assert ids(answer, "comment") == comments
    told = {row["query"]: (row["status"], row["saturated"]) for row in answer.coverage}
    ends = {"云江银行": "ok", "云江消保": "ok_empty", "mentions": "ok", "comments_to_me": "ok"}
    assert told == {query: (end, False) for query, end in ends.items()}
    assert set(answer.cursors) == set(ends)
    assert OWNER not in str(answer.coverage) + str(answer.cursors) + answer.log


def test_later_pages_that_lie_are_asked_again_or_told(world: Bench) -> None:
    """Page 1 is good. A cut page is read again; "nothing" where more was told is no end: the rows say that more is."""
    at = NOW - timedelta(hours=40)
    wanted = {world.sim.inject("云江银行", at=at + timedelta(minutes=40 * n), author=people(n)).id for n in range(60)}
    world.sim.fault("weibo-s", "truncated_html", times=1, page="6")
    for route in ("weibo-m", "weibo-api"):
        world.sim.fault(route, "no_result", times=-1, page="2")
    answer = world.crawl(source(), source("mobile"), source("commercial_api"))
    assert ids(answer, "post") == wanted  # the posts of the page that was cut are on no other list
    cut = {row["source"]: row["saturated"] for row in answer.coverage}
    assert cut == {"weibo_search": False, "weibo_mobile": True, "weibo_commercial_api": True}


def test_the_commercial_search_sees_everything_and_cuts_what_is_too_full(world: Bench) -> None:
    """By the second, newest first; the windows that were cut hold all posts."""
    at = NOW - timedelta(hours=20)
    wanted = {world.sim.inject("云江银行", at=at + timedelta(minutes=9 * n), author=people(n)).id for n in range(120)}
    answer = world.crawl(source("commercial_api", page_cap=1), log_level="DEBUG")
    assert ids(answer, "post") == wanted
    assert len(answer.coverage) > 2
    assert not any(row["saturated"] for row in answer.coverage)
    assert set(answer.cursors.values()) == {world.now}
    assert GOOD not in answer.log + str(answer.summary) + str(answer.coverage)
    assert not any("access_token" in line.query for line in world.sim.requests)


def test_a_quota_that_runs_out_is_told_and_read_again_later(world: Bench) -> None:
    """Three calls are left: what came is kept, the window is not called seen, the next run reads it."""
    at = NOW - timedelta(hours=20)
    wanted = {world.sim.inject("云江银行", at=at + timedelta(minutes=5 * n), author=people(n)).id for n in range(120)}
    state_of(world.sim.world).modes.api_calls = 2
    first = world.crawl(source("commercial_api"))
    assert [(row["status"], row["detail"]) for row in first.coverage] == [("rate_limited", "error_10023")]
    assert (len(first.drafts), first.cursors) == (100, {})
    state_of(world.sim.world).modes.api_calls = -1
    world.now = (NOW + timedelta(minutes=10)).isoformat()
    second = world.crawl(source("commercial_api"))
    assert ids(second, "post") == wanted


def test_tokens_that_are_not_good_are_an_operators_matter(world: Bench) -> None:
    """One call for each query, no loop."""
    world.secrets = {"weibo_api_token": EXPIRED, "weibo_open_token": "2.00Wrong"}
    answer = world.crawl(source("commercial_api"), source("open_api_mentions"))
    assert {(row["source"], row["status"], row["detail"]) for row in answer.coverage} == {
        ("weibo_commercial_api", "auth_required", "error_21327"),
        ("weibo_open_api_mentions", "auth_required", "error_21332"),
    }
    assert len(world.sim.requests) <= 3


TALK = {"comments": True}
ACCOUNT = {"users": {"云江银行": OWNER}}
ROUNDS = [
    [
        ("search", TALK, "weibo-ajax-comments", "ok_-100", "auth_required", "ok_-100"),
        ("mobile", TALK, "weibo-m-comments", "432", "rate_limited", "http_432"),
        ("user", ACCOUNT, "weibo-ajax-timeline", "302_visitor", "auth_required", "redirect_to_login"),
        ("commercial_api", {}, "weibo-api", "error_10023", "rate_limited", "error_10023"),
        ("open_api_mentions", {}, "weibo-open", "5xx", "transport", "http_503"),
    ],
    [
        ("search", TALK, "weibo-ajax-comments", "captcha_json", "challenge", "captcha_url"),
        ("mobile", TALK, "weibo-m-comments", "html_instead_of_json", "blocked", "html_instead_of_json"),
        ("user", ACCOUNT, "weibo-ajax-timeline", "414", "rate_limited", "http_414"),
        ("commercial_api", {}, "weibo-api", "error_21327", "auth_required", "error_21327"),
    ],
    [
        ("search", TALK, "weibo-ajax-comments", "blank_page", "suspect_empty", "comments_missing"),
        ("user", ACCOUNT, "weibo-ajax-timeline", "blank_page", "suspect_empty", "no_posts"),
        ("commercial_api", {}, "weibo-api", "blank_page", "suspect_empty", "entries_missing"),
    ],
    [
        ("search", TALK, "weibo-ajax-comments", "changed", "changed", "entries_unreadable"),
        ("commercial_api", {}, "weibo-api", "changed", "changed", "entries_unreadable"),
    ],
    [("search", {}, "weibo-s", "truncated_html", "transport", "truncated_html")],
]


@pytest.mark.parametrize("refusals", ROUNDS, ids=["refused", "checked", "blank", "renamed", "cut short"])
def test_refusals_are_told_apart(world: Bench, refusals: list[tuple[str, dict[str, Any], str, str, str, str]]) -> None:
    """Sources side by side, each with its own sign and outcome; none is an empty result, and no cursor moves."""
    at = NOW - timedelta(hours=9)
    post = world.sim.inject(f"@{OWNER_NAME} 云江银行", at=at, reach=Reach(0, 5, 0), author=BANK)
    for _, _, route, fault, _, _ in refusals:
        world.sim.fault(route, fault, times=-1)
    answer = world.crawl(*(source(surface, **options) for surface, options, *_ in refusals))
    assert {(row["source"], row["status"], row["detail"]) for row in answer.coverage} == {
        (f"weibo_{surface}", outcome, detail) for surface, _, _, _, outcome, detail in refusals
    }
    assert answer.cursors == {}
    for surface, options, *_ in refusals:
        assert options is not TALK or answer.tally(f"weibo_{surface}")["drafts"] > 0
    assert post.id in ids(answer, "post") or refusals[0][1] is not TALK


def test_a_proved_empty_result_is_empty(world: Bench) -> None:
    """The platform's own number, and the cursors move."""
    for route in ("weibo-api", "weibo-open", "weibo-ajax-timeline"):
        world.sim.fault(route, "no_result", times=-1)
    answer = world.crawl(source("commercial_api"), source("open_api_mentions"), source("user", **ACCOUNT))
    assert {(row["source"], row["status"]) for row in answer.coverage} == {
        (f"weibo_{surface}", "ok_empty") for surface in ("commercial_api", "open_api_mentions", "user")
    }
    assert set(answer.cursors.values()) == {world.now}


def test_a_visitor_reads_comments_and_tickets_are_asked_for_one_at_a_time(world: Bench) -> None:
    """Without a cookie: one ticket for everything, the newest page and its comments; the rest is told as missing."""
    posts = talk_of_the_day(world.sim)
    for n in range(12):
        world.sim.inject("云江银行排队", at=NOW - timedelta(minutes=n), author=people(n))
    world.secrets = {}
    state_of(world.sim.world).modes.ticket_seconds = 0.05
    answer = world.crawl(source("mobile", comments=True), queries=("云江银行", "转账失败"))
    assert {row["query"]: (row["status"], row["saturated"]) for row in answer.coverage} == {
        "云江银行": ("ok", True),
        "转账失败": ("ok", True),
    }
    assert ids(answer, "comment") == below(world.sim, posts)
    assert state_of(world.sim.world).most_asking == 1
    assert len(state_of(world.sim.world).tickets) == 1


def test_no_name_number_token_or_cookie_below_posts_shows_anywhere(world: Bench) -> None:
    """Log at its chattiest, summary, coverage, cursors and every stored document; also when pages are spoilt."""
    posts = talk_of_the_day(world.sim)
    world.sim.fault("weibo-ajax-comments", "truncated_json", times=1)
    sources = (
        source(comments=True, reposts=True),
        source("mobile", comments=True),
        source("user", users={"云江银行": OWNER}, comments=True),
        source("commercial_api"),
        source("open_api_mentions"),
    )
    answer = world.crawl(*sources, log_level="DEBUG")
    assert below(world.sim, posts) <= ids(answer, "comment")
    told = answer.log + str(answer.summary) + str(answer.coverage) + str(answer.cursors)
    told += (world.folder / "state.json").read_text(encoding="utf-8")
    private = {LOGIN, "_2A25Login", "0033Subp", GOOD, OWNER}
    private |= {draft["author_id"] for draft in answer.drafts.values()}
    private |= {draft["author_name"] for draft in answer.drafts.values() if len(draft["author_name"]) > 3}
    private |= {draft["text"] for draft in answer.drafts.values() if len(draft["text"]) > 5}
    assert len(private) > 60
    assert [secret for secret in private if secret in told and secret != "云江银行"] == []


def test_a_region_that_was_refused_is_read_by_the_next_run_alone(world: Bench) -> None:
    """One province stays blank: its piece is not seen, the others are, and only it is asked for again."""
    wanted = flood(world.sim, 42)
    world.sim.fault("weibo-s", "blank_page", times=-1, region="custom:34:1000")
    wide = source(page_cap=4, cities=NOWHERE, retries=2)  # many requests: a line that breaks is not what is shown
    first = world.crawl(wide, backfill_days=1)
    unseen = [row["region"] for row in first.coverage if row["status"] == "suspect_empty"]
    assert unseen == ["34:1000"]
    assert max(first.cursors.values()) < "2026-03-13T23:00"
    world.sim.clear_faults()
    before = len(world.sim.requests)
    world.now = "2026-03-14T05:30:00+00:00"
    world.sim.clock.set(NOW + timedelta(hours=4), 0)
    second = world.crawl(wide)
    asked = {line.query.get("region") for line in world.sim.requests[before:]}
    assert asked == {None, "custom:34:1000"}
    assert ids(first, "post") | ids(second, "post") == wanted
    regions = {row["region"] for row in second.coverage if row["since"] < HOUR["until"] and row["region"]}
    assert {"11:1000", "34:1000", "100:1000", "400:1000", "*"} <= regions
    assert set(second.cursors.values()) == {world.now}
