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


@pytest.mark.parametrize("unplaced", [False, True], ids=["everybody tells a region", "some tell none"])
def test_a_full_hour_is_read_region_by_region_and_compared_with_the_whole(world: Bench, unplaced: bool) -> None:
    """Nothing is missing; where a post is in no region, the hour says that more may be."""
    wanted = flood(world.sim, 42)
    state_of(world.sim.world).modes.unplaced = unplaced
    answer = world.crawl(source(page_cap=4, cities=NOWHERE), **HOUR)
    assert ids(answer, "post") == wanted
    by_region = {row["region"]: row for row in answer.coverage}
    assert {"11:1000", "34:1000", "100:1000", "400:1000", "*"} <= set(by_region)
    assert "" not in by_region
    assert {region for region, row in by_region.items() if row["saturated"]} == ({"*"} if unplaced else set())


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


def test_copies_are_not_folded_away(world: Bench) -> None:
    """The same words from two people are two mentions."""
    first = world.sim.inject("云江银行登不上", author=people(1))
    copy = world.sim.inject("云江银行登不上", author=people(2), truth=replace(first.truth, copy_of=first.id))
    state_of(world.sim.world).modes.fold = True
    assert ids(world.crawl(source()), "post") == {first.id, copy.id}


@pytest.mark.parametrize("surface", ["search", "mobile"])
def test_articles_are_read_with_their_posts(world: Bench, surface: str) -> None:
    """Title and text; the double asks for a Referer of the article's own page."""
    post = world.sim.inject("云江银行发了长文", author=people(1))
    state_of(world.sim.world).articles[post.id] = ("云江银行的一年", "<p>第一段。</p><p>第二段。</p>")
    (draft,) = world.crawl(source(surface)).drafts.values()
    assert (draft["title"], draft["text"].splitlines()[-2:]) == ("云江银行的一年", ["第一段。", "第二段。"])


def test_an_account_is_read_with_pinned_and_edited_posts(world: Bench) -> None:
    """Everything of the window, whatever stands on top; what is older is left out; deleted posts are not there."""
    say = world.sim.inject
    old = say("云江银行旧公告", at=NOW - timedelta(days=9), author=BANK, pinned=True)
    wanted = {say(f"云江银行公告{n}", at=NOW - timedelta(hours=n), author=BANK).id for n in range(1, 30)}
    gone = say("云江银行误发", at=NOW - timedelta(hours=2), author=BANK)
    world.sim.delete(gone.id)
    answer = world.crawl(source("user", users={"云江银行": OWNER}))
    assert ids(answer, "post") == wanted
    assert old.id not in ids(answer, "post")
    assert [(row["query"], row["status"]) for row in answer.coverage] == [("云江银行", "ok")]
    assert OWNER not in str(answer.coverage) + str(answer.cursors) + answer.log


def test_a_silent_account_is_proved_silent(world: Bench) -> None:
    """Nothing in the window, and the timeline begins before it: that is empty, and the cursor moves."""
    world.sim.inject("云江银行旧公告", at=NOW - timedelta(days=9), author=BANK)
    answer = world.crawl(source("user", users={"云江银行": OWNER}))
    assert [row["status"] for row in answer.coverage] == ["ok_empty"]
    assert answer.cursors


def test_the_commercial_search_sees_everything_and_cuts_what_is_too_full(world: Bench) -> None:
    """By the second, newest first; the windows that were cut hold all posts."""
    at = NOW - timedelta(hours=20)
    wanted = {world.sim.inject("云江银行", at=at + timedelta(minutes=9 * n), author=people(n)).id for n in range(130)}
    answer = world.crawl(source("commercial_api", page_cap=1), log_level="DEBUG")
    assert ids(answer, "post") == wanted
    assert len(answer.coverage) > 2
    assert not any(row["saturated"] for row in answer.coverage)
    assert set(answer.cursors.values()) == {world.now}
    assert GOOD not in answer.log + str(answer.summary) + str(answer.coverage)
    assert not any("access_token" in line.query for line in world.sim.requests)


def test_what_names_our_account_and_answers_it_is_seen(world: Bench) -> None:
    """Two lists of the free platform, each with its own coverage."""
    named = {world.sim.inject(f"@{OWNER_NAME} 云江银行管管{n}", author=people(n)).id for n in range(3)}
    own = world.sim.inject("云江银行系统升级公告", at=NOW - timedelta(hours=5), author=BANK)
    comments = {comment_on(world.sim.world, own.id, f"修好了吗{n}").id for n in range(3)}
    answer = world.crawl(source("open_api_mentions"))
    assert ids(answer, "post") == named
    assert ids(answer, "comment") == comments
    assert {row["query"]: row["status"] for row in answer.coverage} == {"mentions": "ok", "comments_to_me": "ok"}


def test_a_quota_that_runs_out_is_told_and_read_again_later(world: Bench) -> None:
    """Three calls are left: what came is kept, the window is not called seen, the next run reads it."""
    at = NOW - timedelta(hours=20)
    wanted = {world.sim.inject("云江银行", at=at + timedelta(minutes=5 * n), author=people(n)).id for n in range(170)}
    state_of(world.sim.world).modes.api_calls = 2
    first = world.crawl(source("commercial_api"))
    assert [(row["status"], row["detail"]) for row in first.coverage] == [("rate_limited", "error_10023")]
    assert (len(first.drafts), first.cursors) == (100, {})
    state_of(world.sim.world).modes.api_calls = -1
    world.now = (NOW + timedelta(minutes=10)).isoformat()
    second = world.crawl(source("commercial_api"))
    assert ids(second, "post") == wanted


@pytest.mark.parametrize(("token", "detail"), [(EXPIRED, "error_21327"), ("2.00Wrong", "error_21332")])
def test_a_token_that_is_not_good_is_an_operators_matter(world: Bench, token: str, detail: str) -> None:
    """One call, no loop."""
    world.secrets = {"weibo_api_token": token}
    answer = world.crawl(source("commercial_api"))
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("auth_required", detail)]
    assert len(world.sim.requests) == 1


TALK = {"comments": True}
ACCOUNT = {"users": {"云江银行": OWNER}}
REFUSALS = [
    ("search", TALK, "weibo-ajax-comments", "ok_-100", "auth_required", "ok_-100"),
    ("search", TALK, "weibo-ajax-comments", "captcha_json", "challenge", "captcha_url"),
    ("search", TALK, "weibo-ajax-comments", "blank_page", "suspect_empty", "comments_missing"),
    ("search", TALK, "weibo-ajax-comments", "changed", "changed", "entries_unreadable"),
    ("mobile", TALK, "weibo-m-comments", "432", "rate_limited", "http_432"),
    ("mobile", TALK, "weibo-m-comments", "html_instead_of_json", "blocked", "html_instead_of_json"),
    ("user", ACCOUNT, "weibo-ajax-timeline", "302_visitor", "auth_required", "redirect_to_login"),
    ("user", ACCOUNT, "weibo-ajax-timeline", "414", "rate_limited", "http_414"),
    ("user", ACCOUNT, "weibo-ajax-timeline", "blank_page", "suspect_empty", "no_posts"),
    ("commercial_api", {}, "weibo-api", "error_10023", "rate_limited", "error_10023"),
    ("commercial_api", {}, "weibo-api", "error_21327", "auth_required", "error_21327"),
    ("commercial_api", {}, "weibo-api", "blank_page", "suspect_empty", "entries_missing"),
    ("commercial_api", {}, "weibo-api", "changed", "changed", "entries_unreadable"),
    ("open_api_mentions", {}, "weibo-open", "5xx", "transport", "http_503"),
]


@pytest.mark.parametrize(
    ("surface", "options", "route", "fault", "outcome", "detail"),
    REFUSALS,
    ids=[f"{row[2]}-{row[3]}" for row in REFUSALS],
)
def test_refusals_of_the_other_surfaces_are_told_apart(
    world: Bench, surface: str, options: dict[str, Any], route: str, fault: str, outcome: str, detail: str
) -> None:
    """Each sign has its outcome, none is an empty result, and the cursor stands still."""
    at = NOW - timedelta(hours=9)
    post = world.sim.inject(f"@{OWNER_NAME} 云江银行", at=at, reach=Reach(0, 5, 0), author=BANK)
    world.sim.fault(route, fault, times=-1)
    answer = world.crawl(source(surface, **options))
    assert {(row["status"], row["detail"]) for row in answer.coverage} == {(outcome, detail)}
    assert answer.cursors == {}
    assert post.id in ids(answer, "post") or options is not TALK


@pytest.mark.parametrize(
    ("surface", "options", "route"),
    [
        ("commercial_api", {}, "weibo-api"),
        ("open_api_mentions", {}, "weibo-open"),
        ("user", ACCOUNT, "weibo-ajax-timeline"),
    ],
)
def test_a_proved_empty_result_is_empty(world: Bench, surface: str, options: dict[str, Any], route: str) -> None:
    """The platform's own number, and the cursor moves."""
    world.sim.fault(route, "no_result", times=-1)
    answer = world.crawl(source(surface, **options))
    assert {row["status"] for row in answer.coverage} == {"ok_empty"}
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
    first = world.crawl(source(page_cap=4, cities=NOWHERE), backfill_days=1)
    unseen = [row["region"] for row in first.coverage if row["status"] == "suspect_empty"]
    assert unseen == ["34:1000"]
    assert max(first.cursors.values()) < "2026-03-13T23:00"
    world.sim.clear_faults()
    before = len(world.sim.requests)
    world.now = "2026-03-14T05:30:00+00:00"
    world.sim.clock.set(NOW + timedelta(hours=4), 0)
    second = world.crawl(source(page_cap=4, cities=NOWHERE))
    asked = {line.query.get("region") for line in world.sim.requests[before:]}
    assert asked == {None, "custom:34:1000"}
    assert ids(first, "post") | ids(second, "post") == wanted
    assert set(second.cursors.values()) == {world.now}
