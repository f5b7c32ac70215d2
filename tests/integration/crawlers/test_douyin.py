"""Douyin's double and the real spider: everything is found, every refusal is told apart, little is asked twice."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from crawlers.model import Backend as WebOrOfficial
from crawlers.model import PageRequest, PageResult, Reply, SearchTerm, Slice, Verdict
from crawlers.plan import CrawlPlan
from crawlers.spiders.douyin import DouyinSpider
from simulator.corpus import Author, Video
from simulator.douyin.aweme import sec_uid
from simulator.douyin.state import Modes, state_of
from simulator.server import Simulator
from tests.fakes import FakeClock, InMemoryStateStore
from tests.integration.crawlers.support import Answer, Bench, Driver, douyin
from yuqing.domain.mention import MentionId
from yuqing.domain.subject import Backend, Source

pytestmark = pytest.mark.integration
NO_TLS = SSLContext(
    PROTOCOL_TLS_CLIENT
)  # reading the certificates anew for every request takes longer than the request
QUERY = "云江银行"
NOW = datetime.fromisoformat("2026-03-14T01:30:00+00:00")
BANK = Author("3000400001", "云江银行", 2, 523_000)
TOKEN = "clt.secretOfTheOfficialRoute"


@pytest.fixture
def world(driver: Driver, tmp_path: Path) -> Iterator[Bench]:
    """A bench on an empty world of its own."""
    with Simulator(now=NOW, scenario="empty") as sim:
        secrets = {"douyin_cookie": "sessionid=x1", "douyin_open_token": TOKEN}
        yield Bench(sim, driver, tmp_path, now=NOW.isoformat(), secrets=secrets)


def modes(bench: Bench) -> Modes:
    """The modes of the double."""
    return state_of(bench.sim.world).modes


def publish(bench: Bench, count: int, hours: float = 1.0, about: str = QUERY, **more: Any) -> list[Video]:
    """Works about the query, a second apart, the first `hours` ago."""
    start = bench.sim.clock.now() - timedelta(hours=hours)
    texts = [f"{about}网点第{number}号窗口" for number in range(count)]
    return [bench.sim.inject_video(text, at=start + timedelta(seconds=n), **more) for n, text in enumerate(texts)]


def below(bench: Bench, video: Video, comments: int, replies: int = 0) -> set[str]:
    """Comments below a work, each with replies; their ids."""
    ids = set()
    for number in range(comments):
        comment = bench.sim.inject_comment(f"柜台只开一个{number}", video)
        ids.add(comment.id)
        ids |= {bench.sim.inject_comment(f"我这也是{n}", video, parent=comment.id).id for n in range(replies)}
    return ids


def asked(bench: Bench, before: int) -> Counter[str]:
    """How often each route was asked since a number of requests."""
    names = ("comment/list/reply", "comment/list", "aweme/detail", "aweme/post", "search")
    return Counter(next(name for name in names if name in line.path) for line in bench.sim.requests[before:])


def native_ids(answer: Answer) -> set[str]:
    """What was found."""
    return {draft["native_id"] for draft in answer.drafts.values()}


@pytest.mark.parametrize("chunks", [0, 700], ids=["documents", "chunk_sizes"])
def test_streamed_answers_bring_every_work_comment_and_reply(world: Bench, chunks: int) -> None:
    """All of the truth below the depth of the platform, with the place of each comment in its thread."""
    videos = publish(world, 33, hours=20)
    ids = (
        {video.id for video in videos} | below(world, videos[3], 24, replies=1) | below(world, videos[9], 1, replies=23)
    )
    modes(world).streaming, modes(world).chunks, modes(world).inline_replies = True, chunks, 1
    answer = world.crawl(douyin())
    assert native_ids(answer) == ids
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", False)]
    assert set(answer.cursors.values()) == {world.now}
    replies = [row for row in world.sim.truth(platform="douyin", kind="comment") if row["parent"]]
    assert len(replies) == 47
    for row in replies:
        assert answer.drafts[f"douyin:comment:{row['id']}"]["parent_id"] == f"douyin:comment:{row['parent']}"


def test_the_second_run_asks_for_what_changed_alone(world: Bench) -> None:
    """One search page while nothing happened; a new comment costs the pages of its work and is found."""
    videos = publish(world, 8)
    for video in videos:
        below(world, video, 3)
    below(world, videos[0], 2, replies=12)
    first = world.crawl(douyin())
    assert len(native_ids(first)) == 8 + 24 + 2 + 24
    before = len(world.sim.requests)
    quiet = world.crawl(douyin())
    assert asked(world, before) == {"search": 1}
    assert {row["status"] for row in quiet.coverage} == {"ok"}
    fresh = world.sim.inject_comment("刚发现排队", videos[0])
    before = len(world.sim.requests)
    third = world.crawl(douyin())
    assert asked(world, before) == {"search": 1, "comment/list": 1}
    assert fresh.id in native_ids(third)
    assert third.summary["mentions"]["new"] == 1


def test_what_lies_beyond_the_platforms_depth_is_told_as_saturated(world: Bench) -> None:
    """The search ends by itself, but not because there is no more: complete, saturated, and the cursor moves on."""
    modes(world).depth = 30
    publish(world, 45)
    answer = world.crawl(douyin(comments=False, depth=25))
    assert len(native_ids(answer)) == 30
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", True)]
    assert answer.cursors == {QUERY: world.now}


def test_searches_come_before_comments_and_what_time_did_not_allow_is_owed(world: Bench) -> None:
    """A run short of time ends in order and says so; no search waits for comments; later runs read what is owed."""
    videos = publish(world, 30)
    ids = {video.id for video in videos}.union(*(below(world, video, 1) for video in videos))
    answer = world.crawl(douyin(delay_seconds=0.4), queries=(QUERY, "网点"), max_seconds=12)
    assert {row["query"]: (row["status"], row["saturated"]) for row in answer.coverage} == {
        QUERY: ("ok", True),
        "网点": ("ok", False),  # the same works: their comments are read once, for the first query
    }
    assert set(answer.cursors) == {QUERY, "网点"}
    assert {video.id for video in videos} <= native_ids(answer)
    routes = ["comment" in line.path for line in world.sim.requests]
    assert True in routes
    assert routes == sorted(routes), "every search page came before the first comment page"
    missing = ids - native_ids(answer)
    assert missing
    world.sim.clock.advance(hours=4)  # the works are older than any window by now
    world.now = world.sim.clock.now().isoformat()
    again = world.crawl(douyin(), queries=(QUERY,))
    assert missing <= native_ids(again)
    before = len(world.sim.requests)
    world.crawl(douyin(), queries=(QUERY,))
    assert asked(world, before) == {"search": 1}, "nothing is owed any more"


def test_works_of_an_account_are_read_behind_its_pinned_ones(world: Bench) -> None:
    """Pinned works of last year stand first; everything of the window is found, and what is said below it.

    The bank does not name itself in its works: search does not find them, and their comments are about it all the same.
    """
    old = publish(world, 3, hours=9000, about="", author=BANK)
    modes(world).pinned = [video.id for video in old]
    new = publish(world, 25, hours=30, about="", author=BANK)
    answer = world.crawl(douyin(users=[sec_uid(BANK)]), words=[QUERY, "网点"], log_level="DEBUG")
    assert {video.id for video in new} <= native_ids(answer)
    comments = below(world, new[5], 2)
    assert comments <= native_ids(world.crawl(douyin(users=[sec_uid(BANK)])))
    rows = {row["query"]: row["status"] for row in answer.coverage}
    assert sorted(rows.values()) == ["ok", "ok_empty"]
    assert sec_uid(BANK) not in json.dumps(answer.coverage) + json.dumps(answer.cursors) + answer.log


@pytest.mark.parametrize(
    ("signing", "options", "secrets", "status", "detail"),
    [
        ("signed", {}, True, "blocked", "empty_body"),
        ("signed", {"channel": "video"}, True, "challenge", "verify_check"),
        ("signed", {"signer": "tests.integration.crawlers.signing:make"}, True, "ok", ""),
        ("login", {}, True, "ok", ""),
        ("login", {}, False, "auth_required", "status_2483"),
    ],
    ids=["unsigned", "unsigned_video", "signed", "session", "no_session"],
)
def test_who_is_let_in(
    world: Bench, signing: str, options: dict[str, Any], secrets: bool, status: str, detail: str
) -> None:
    """Without what the site wants nothing is claimed; with an operator's own signer or session all is read."""
    modes(world).signing = signing
    world.secrets = world.secrets if secrets else {}
    below(world, publish(world, 2)[0], 1)
    answer = world.crawl(douyin(**options))
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [(status, detail)]
    assert len(answer.drafts) == (3 if status == "ok" else 0)
    assert bool(answer.cursors) == (status == "ok")


def test_the_official_route_finds_every_work_and_shows_its_token_to_nobody(world: Bench) -> None:
    """Titles are marked as cut; the token is in no log, no answer, no state and no ledger."""
    videos = publish(world, 47, hours=30)
    publish(world, 3, hours=80)
    answer = world.crawl(douyin(surface="open_api"), log_level="DEBUG")
    assert {video.id for video in videos} <= native_ids(answer)
    assert {draft["text_truncated"] for draft in answer.drafts.values()} == {True}
    assert [row["status"] for row in answer.coverage] == ["ok"]
    kept = [path for path in world.folder.rglob("*") if path.is_file() and not path.name.startswith("order-")]
    told = answer.log + json.dumps(answer.summary) + json.dumps(answer.coverage) + str(world.sim.requests)
    assert TOKEN not in told
    assert [path for path in kept if TOKEN.encode() in path.read_bytes()] == []


# ---- every sign of a refusal, over plain HTTP

WORKS = (
    *(("verify_check", "challenge:verify_check"), ("verify_item", "challenge:verify_check")),
    *(("verify_text", "challenge:verify_check"), ("text_type_9", "challenge:text_type_9")),
    *(("antispam_check", "challenge:antispam_check"), ("hit_shark", "challenge:hit_shark")),
    *(("status_2483", "auth_required:status_2483"), ("status_2483_text", "auth_required:status_2483")),
    *(("status_9", "rate_limited:status_9"), ("no_data", "challenge:no_data")),
    *(("empty_body", "blocked:empty_body"), ("blocked_body", "blocked:blocked_body")),
    *(("html_instead_of_json", "blocked:html_instead_of_json"), ("captcha_page", "challenge:captcha_page")),
    *(("is_spider", "challenge:is_spider"), ("302_verify", "challenge:redirect_to_captcha")),
    *(("stream_refused", "challenge:verify_check"), ("truncated_json", "transport:truncated_json")),
    *(("changed", "changed:entries_unreadable"), ("blank_page", "suspect_empty:empty_with_more")),
    *(("no_result", "ok_empty:no_result"), ("no_result_page", "ok_empty:no_result_text")),
    *(("nothing_told", "suspect_empty:nothing_told"), ("unknown_reason", "suspect_empty:unknown_reason")),
    *(("slide_check", "challenge:check_of_new_name"), ("need_login", "challenge:check_of_new_name")),
    *(("403", "blocked:http_403"), ("429", "rate_limited:http_429"), ("5xx", "transport:http_503")),
    *(("404", "not_found:http_404"), ("401", "auth_required:http_401")),
)
COMMENTS = (
    *((outcome, sign) for outcome, sign in WORKS if outcome.startswith(("verify", "status", "empty_b", "302", "hit"))),
    *(("blank_page", "suspect_empty:comments_missing"), ("comments_hidden", "suspect_empty:comments_missing")),
    *(("no_result", "ok_empty:total_0"), ("no_data", "changed:no_comments_key"), ("404", "not_found:http_404")),
    *(("changed", "changed:entries_unreadable"), ("truncated_json", "transport:truncated_json")),
)
LOOK_UP = (
    *(("status_2483", "auth_required:status_2483"), ("no_data", "challenge:no_data")),
    *(("empty_body", "blocked:empty_body"), ("verify_check", "challenge:verify_check")),
    *(("is_spider", "challenge:is_spider"), ("changed", "changed:another_work")),
    *(("filtered", "suspect_empty:unknown_reason"),),
)
POSTS = (
    *(("blank_page", "suspect_empty:empty_with_more"), ("no_result", "suspect_empty:nothing_told")),
    *(("no_data", "challenge:no_data"), ("changed", "changed:entries_unreadable")),
    *(("empty_body", "blocked:empty_body"), ("status_9", "rate_limited:status_9")),
)
OFFICIAL = (
    *((f"err_{number}", f"auth_required:err_{number}") for number in (28001003, 28001018)),
    *(("err_28003017", "rate_limited:err_28003017"), ("err_28001005", "transport:err_28001005")),
    *(("blank_page", "suspect_empty:empty_with_more"), ("no_result", "ok_empty:no_more")),
    *(("changed", "changed:no_data"), ("truncated_json", "transport:truncated_json"), ("403", "blocked:http_403")),
    *(("401", "auth_required:http_401"), ("429", "rate_limited:http_429"), ("empty_body", "blocked:empty_body")),
)


def backend_of(bench: Bench, state: InMemoryStateStore | None = None, **options: Any) -> WebOrOfficial:
    """A backend in this process, on the double of the bench."""
    bases = {"douyin": f"{bench.sim.url}/douyin", "douyin_open": f"{bench.sim.url}/douyin-open"}
    needs = (
        (SearchTerm("q", QUERY),),
        SimpleNamespace(),
        state or InMemoryStateStore(),
        FakeClock(bench.sim.clock.now()),
    )
    plan = CrawlPlan((), *needs, bases=bases, secrets=bench.secrets)
    source = Source("dy", "douyin", "抖音", Backend.WEB, "测试", True, 60, options)
    return DouyinSpider.build(source, plan, lambda text: True)


def read(bench: Bench, route: str) -> Verdict:
    """What the backend makes of the double's answer on one route, twice where it wants to look again."""
    official: dict[str, Any] = {"surface": "open_api"}
    backend = backend_of(bench, **(official if route == "douyin-open" else {"users": [sec_uid(BANK)]}))
    piece = Slice(backend.queries[-1 if route == "douyin-posts" else 0], NOW - timedelta(hours=3), NOW)
    (page,) = backend.first(piece)
    if route == "douyin-detail":
        page = backend.look_up(MentionId(f"douyin:video:{next(iter(bench.sim.corpus.videos)).id}"), "") or page
    if route == "douyin-comments":
        (page,) = backend.read(fetch(page), page, piece).follow
    result = backend.read(fetch(page), page, piece)
    if result.unsettled:
        result = backend.read(fetch(result.follow[0]), result.follow[0], piece)
    return result.verdict


def fetch(page: PageRequest) -> Reply:
    """Ask the double."""
    answer = httpx.get(page.url, headers=dict(page.headers), verify=NO_TLS)
    return Reply(page.url, answer.status_code, answer.content, {k.lower(): v for k, v in answer.headers.items()})


def test_every_refusal_sign_is_told_apart(world: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """Route by route, sign by sign: the outcome of each, and nothing but the platform's proof is "empty"."""
    below(world, publish(world, 3, author=BANK)[0], 2)
    tables = {
        "douyin-search": WORKS,
        "douyin-comments": COMMENTS,
        "douyin-detail": LOOK_UP,
        "douyin-posts": POSTS,
        "douyin-open": OFFICIAL,
    }
    wrong, lines = [], []
    for route, table in tables.items():
        for fault, expected in table:
            world.sim.fault(route, fault, times=-1)
            verdict = read(world, route)
            world.sim.clear_faults()
            told = f"{verdict.outcome.value}:{verdict.detail}"
            lines.append(f"{route:16} {fault:22} {told}")
            wrong += [(route, fault, told)] if told != expected else []
        assert read(world, route).outcome.value == "ok"
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
    assert wrong == []
    false_empty = [line for line in lines if "ok_empty" in line and "no_result" not in line]
    assert false_empty == []


def look(bench: Bench, video: Video, state: InMemoryStateStore, **options: Any) -> list[PageResult]:
    """A second look at one work, with all that follows, settled."""
    backend = backend_of(bench, state, **options)
    first = backend.look_up(MentionId(f"douyin:video:{video.id}"), "")
    assert first is not None
    piece = Slice(SearchTerm("q", QUERY), video.created, video.created + timedelta(seconds=1))
    waiting, results = [first], []
    while waiting:
        page = waiting.pop()
        results.append(backend.read(fetch(page), page, piece))
        waiting.extend(results[-1].follow)
    backend.settled(piece, [result.memo for result in results], complete=True)
    return results


@pytest.mark.parametrize("detail", ["api", "page"])
def test_second_looks_follow_a_work_for_as_long_as_it_lives(world: Bench, detail: str) -> None:
    """Counts and late comments of a work older than any window, nothing while nothing changes, and its end."""
    (video,) = publish(world, 1, hours=200)
    early = below(world, video, 2, replies=2)
    state = InMemoryStateStore()
    first = look(world, video, state, detail=detail)
    assert first[0].drafts[0].engagement.comments == 6
    assert {draft.native_id for result in first[1:] for draft in result.drafts} == early
    assert len(look(world, video, state, detail=detail)) == 1
    late = world.sim.inject_comment("后来又涨价了", video)
    assert late.id in {
        draft.native_id for result in look(world, video, state, detail=detail) for draft in result.drafts
    }
    if detail == "api":
        world.sim.delete(video.id)
        (gone,) = look(world, video, state)
        assert (gone.verdict.outcome.value, gone.gone) == ("not_found", (f"douyin:video:{video.id}",))


def test_a_search_within_an_account_finds_what_it_names(world: Bench) -> None:
    """Its other works are left alone."""
    wanted, *_ = publish(world, 30, author=BANK)
    publish(world, 5)
    user = sec_uid(BANK)
    answer = world.crawl(douyin(users=[user], search_users=True, comments=False), queries=("第0号",), words=[QUERY])
    queries = {draft["query_id"] for draft in answer.drafts.values()}
    assert wanted.id in native_ids(answer)
    assert len(answer.drafts) == 2
    assert len(queries) >= 1
    assert {row["status"] for row in answer.coverage} == {"ok"}
    assert any(row["query"].startswith("user:") and row["mentions"] == 1 for row in answer.coverage)


def test_a_refused_comment_page_leaves_the_works_stored_and_the_cursor_where_it_was(world: Bench) -> None:
    """Posts come, comments do not: another quota. The works are kept, the slice is not complete."""
    below(world, publish(world, 3)[0], 2)
    world.sim.fault("douyin-comments", "empty_body", times=-1)
    refused = world.crawl(douyin(retries=0))
    assert len(refused.drafts) == 3
    assert [(row["status"], row["detail"]) for row in refused.coverage] == [("blocked", "empty_body")]
    assert refused.cursors == {}
    world.sim.clear_faults()
    world.now = (NOW + timedelta(hours=12)).isoformat()
    after = world.crawl(douyin(retries=0))
    assert len({*refused.drafts, *after.drafts}) == 5
    assert set(after.cursors) == {QUERY}
