"""App Store, 股吧, 黑猫 and RSSHub: the real spiders against the truth of their doubles; refusals told apart."""

from datetime import datetime, timedelta
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from crawlers.model import Reply, SearchTerm, Slice, Verdict
from crawlers.outcomes import PRODUCIBLE, worst
from crawlers.plan import CrawlPlan
from crawlers.registry import spiders
from simulator.apple.reviews import BUSY as BUSY_APP
from simulator.apple.reviews import SILENT, SINGLE
from simulator.guba.posts import BUSY as BUSY_BAR
from simulator.guba.posts import EMPTY
from simulator.rsshub.instance import KEY
from tests.fakes import FakeClock, InMemoryStateStore
from tests.integration.crawlers.support import FAST, Answer, Bench
from yuqing.domain.subject import Backend, Source

pytestmark = pytest.mark.integration
NO_TLS = SSLContext(
    PROTOCOL_TLS_CLIENT
)  # reading the certificates anew for every request takes longer than the request
QUERY = "云江银行"
NOW = datetime.fromisoformat("2026-03-14T09:30:00+08:00")
KEYWORD_ROUTE = "/weibo/keyword/{keyword}?limit=400"


def appstore(*apps: str, **options: Any) -> dict[str, Any]:
    """The reviews of some apps, each about one subject."""
    listed = [{"id": app, "name": "云江手机银行", "subject": "yunjiang"} for app in apps or (BUSY_APP,)]
    return {"id": "app_reviews", "kind": "appstore", "options": {**FAST, "retries": 0, "apps": listed, **options}}


def guba(*bars: str, **options: Any) -> dict[str, Any]:
    """Some bars."""
    listed = [{"code": bar, "subject": "yunjiang"} for bar in bars or (BUSY_BAR,)]
    return {"id": "guba_bars", "kind": "guba", "options": {**FAST, "retries": 0, "bars": listed, **options}}


def heimao(**options: Any) -> dict[str, Any]:
    """The search for complaints."""
    return {"id": "heimao_search", "kind": "heimao", "options": {**FAST, "retries": 0, **options}}


def rsshub(*routes: str, **options: Any) -> dict[str, Any]:
    """Some routes of an instance of our own."""
    options = {"obey_robots": False, "retries": 0, "routes": list(routes or (KEYWORD_ROUTE,)), **options}
    return {"id": "rsshub_feeds", "kind": "rsshub", "options": {**FAST, **options}}


def crawl(bench: Bench, source: dict[str, Any], **order: Any) -> Answer:
    """One crawl whose intake keeps every draft."""
    return bench.crawl(source, queries=(QUERY,), **{"words": [""], **order})


def ids(answer: Answer, kind: str) -> set[str]:
    """The ids of one kind that arrived."""
    return {draft["native_id"] for draft in answer.drafts.values() if draft["kind"] == kind}


def truth(bench: Bench, platform: str, answer: Answer, **query: str) -> dict[str, dict[str, Any]]:
    """What the platform shows of the window, by id."""
    since = min(row["since"] for row in answer.coverage)
    return {row["id"]: row for row in bench.sim.truth(platform=platform, since=since, state="alive", **query)}


def test_reviews_of_the_window_are_read_and_their_subject_comes_from_the_app(bench: Bench) -> None:
    """100 % recall over two pages and more; a review that never names the bank is about it all the same."""
    answer = crawl(bench, appstore(), backfill_days=4)
    wanted = truth(bench, "appstore", answer, app=BUSY_APP)
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert len(wanted) > 60
    assert set(wanted) <= set(got)
    for native_id, row in wanted.items():
        draft = got[native_id]
        assert datetime.fromisoformat(draft["published_at"]) == datetime.fromisoformat(row["published_at"])
        assert (draft["text"], draft["rating"]) == (row["text"], row["rating"])
        assert draft["subjects"] == ["yunjiang"]
    assert any(QUERY not in draft["text"] for draft in got.values())
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", False)]


def test_beyond_ten_pages_of_reviews_the_window_is_saturated(bench: Bench) -> None:
    """Apple shows 500; three weeks hold more, and coverage says so. Nothing is asked beyond page 10."""
    before = len(bench.sim.requests)
    answer = crawl(bench, appstore(), backfill_days=21)
    assert len(answer.drafts) == 500
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", True)]
    assert not any("page=11" in line.path for line in bench.sim.requests[before:])


def test_a_single_review_and_none_at_all_are_told_apart(bench: Bench) -> None:
    """One review stands without a list; none is believed after two pages in both orders."""
    answer = crawl(bench, appstore(SINGLE, SILENT))
    assert {row["query"]: row["status"] for row in answer.coverage} == {SINGLE: "ok", SILENT: "ok_empty"}
    assert len(answer.drafts) == 1
    asked = [line.path for line in bench.sim.requests if SILENT in line.path][-4:]
    ways = ("page=1/recent", "page=1/helpful", "page=2/recent", "page=2/helpful")
    assert [f"{path.split('/')[5]}/{path.split('/')[7].removeprefix('sortby=most')}" for path in asked] == list(ways)


def test_an_empty_first_page_before_a_full_second_one_is_not_believed(bench: Bench) -> None:
    """Once blank: asked again. Always blank: what stands behind is read, and the window is not called seen."""
    bench.sim.fault("apple", "blank_page", times=1, path="page=1/")
    healed = crawl(bench, appstore())
    assert [row["status"] for row in healed.coverage] == ["ok"]
    assert set(truth(bench, "appstore", healed, app=BUSY_APP)) <= ids(healed, "review")
    bench.folder.joinpath("state.json").unlink()
    bench.sim.fault("apple", "blank_page", times=-1, path="page=1/")
    answer = crawl(bench, appstore())
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("suspect_empty", "blank_page")]
    assert len(answer.drafts) >= 10
    assert answer.cursors == {}


def test_posts_whole_texts_and_replies_of_a_bar_are_read(bench: Bench) -> None:
    """100 % recall of posts and replies of the window; no text is cut, though the list cuts titles."""
    answer = crawl(bench, guba(), backfill_days=0.6)
    posts = truth(bench, "guba", answer, kind="post", bar=BUSY_BAR)
    replies = truth(bench, "guba", answer, kind="comment", bar=BUSY_BAR)
    assert len(posts) > 20
    assert len(replies) > 10
    assert set(posts) <= ids(answer, "post")
    assert set(replies) <= ids(answer, "comment")
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    for native_id, row in posts.items():
        assert got[native_id]["text"].startswith(row["text"])
        assert not got[native_id]["text_truncated"]
        assert got[native_id]["subjects"] == ["yunjiang"]
    for native_id, row in replies.items():
        parent = f"guba:comment:{row['parent']}" if row["parent"] else f"guba:post:{row['post']}"
        assert (got[native_id]["parent_id"], got[native_id]["root_id"]) == (parent, f"guba:post:{row['post']}")
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", False)]


def test_the_second_run_of_a_bar_reads_what_is_new_and_answers_to_old_posts(bench: Bench) -> None:
    """No text is asked for twice; a reply to a post of last week arrives."""
    first = crawl(bench, guba(), backfill_days=0.3)
    old = min(bench.sim.truth(platform="guba", kind="post", bar=BUSY_BAR), key=lambda row: row["id"])
    later = datetime.fromisoformat(bench.now) + timedelta(minutes=30)
    bench.sim.clock.set(later, 0)
    bench.now = later.isoformat()
    posts = bench.sim.world.content["guba"]
    fresh = posts.add(BUSY_BAR, "柜台换了新叫号机", "柜台换了新叫号机，快多了。", later - timedelta(minutes=5))
    reply = posts.reply(old["id"], "现在好了吗", later - timedelta(minutes=3))
    before = len(bench.sim.requests)
    second = crawl(bench, guba(), backfill_days=0.3)
    opened = [line.path for line in bench.sim.requests[before:] if "/news," in line.path]
    assert {fresh.id, reply.id} <= {draft["native_id"] for draft in second.drafts.values()}
    assert f"/guba/news,{BUSY_BAR},{fresh.id}.html" in opened
    known = {draft["native_id"] for draft in first.drafts.values() if not draft["text_truncated"]}
    assert not known & {path.rpartition(",")[2].removesuffix(".html") for path in opened}


def test_a_post_that_vanishes_between_list_and_page_is_reported_gone(bench: Bench) -> None:
    """The redirect to the error page is a deletion, and costs the bar nothing."""
    bench.sim.fault("guba-post", "302_deleted", times=1)
    answer = crawl(bench, guba(replies=False), backfill_days=0.1)
    assert answer.tally("guba_bars")["details"] == {"not_found:error_type_2": 1}
    assert [row["status"] for row in answer.coverage] == ["ok"]


def test_a_bar_without_posts_is_empty(bench: Bench) -> None:
    """Its own count says so."""
    answer = crawl(bench, guba(EMPTY))
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("ok_empty", "count_0")]
    assert set(answer.cursors) == {EMPTY}


def test_complaints_are_read_without_their_authors(bench: Bench) -> None:
    """100 % recall; no highlight and no account in what arrives (a name comes only to be masked inside the text)."""
    answer = crawl(bench, heimao(), backfill_days=4)
    wanted = truth(bench, "heimao", answer, keyword=QUERY)
    assert len(wanted) > 15
    assert set(wanted) <= ids(answer, "complaint")
    for draft in answer.drafts.values():
        assert draft["author_id"] is None
        assert "<em>" not in f"{draft['title']}{draft['text']}"
        assert draft["url"] == f"https://tousu.sina.com.cn/complaint/view/{draft['native_id']}/"
        assert len(draft["hashtags"]) == 3


def test_a_search_that_goes_on_beyond_its_pages_is_saturated(bench: Bench) -> None:
    """Two pages do not reach back to the window's start."""
    answer = crawl(bench, heimao(max_pages=2), backfill_days=8)
    assert [(row["status"], row["saturated"]) for row in answer.coverage] == [("ok", True)]
    assert len(answer.drafts) == 20


def test_a_feed_gives_the_mentions_that_the_platform_itself_would(bench: Bench) -> None:
    """The id of a Weibo post is recovered from its link, down to the second; counts are unknown, never 0."""
    answer = crawl(bench, rsshub())
    wanted = truth(bench, "weibo", answer, keyword=QUERY)
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert len(wanted) > 50
    assert set(wanted) <= set(got)
    for native_id, row in wanted.items():
        draft = got[native_id]
        assert draft["platform"] == "weibo"
        assert datetime.fromisoformat(draft["published_at"]) == datetime.fromisoformat(row["published_at"])
        assert draft["engagement"] == "Engagement(likes=None, comments=None, shares=None, views=None)"
        assert draft["url"] == f"https://m.weibo.cn/detail/{native_id}"
        assert draft["text_truncated"]
    asked = [line.path for line in bench.sim.requests if "/rsshub/" in line.path]
    assert asked
    assert set(answer.cursors) == {f"/weibo/keyword/{QUERY}?limit=400"}


def test_a_feed_that_does_not_reach_back_is_saturated_until_it_meets_what_is_known(bench: Bench) -> None:
    """20 entries of two days: older ones have dropped out. The next run meets known entries and is whole."""
    short = rsshub("/weibo/keyword/{keyword}")
    assert [row["saturated"] for row in crawl(bench, short).coverage] == [True]
    bench.now = (datetime.fromisoformat(bench.now) + timedelta(hours=3)).isoformat()
    bench.sim.clock.set(datetime.fromisoformat(bench.now), 0)
    rows = crawl(bench, short).coverage
    assert [row["saturated"] for row in sorted(rows, key=lambda row: row["checked_at"])][-1] is False


def test_articles_of_an_account_are_read_whole_and_only_once(bench: Bench) -> None:
    """Title, account and text from the page; a deleted one is gone; the second run opens no page."""
    source = rsshub("/wechat/mp/yunzhou-finance")
    answer = crawl(bench, source, backfill_days=10)
    wanted = truth(bench, "wechat", answer, account="yunzhou-finance")
    got = {draft["native_id"]: draft for draft in answer.drafts.values()}
    assert len(wanted) > 10
    assert set(wanted) <= set(got)
    for native_id, row in wanted.items():
        title, _, body = row["text"].partition("\n")
        assert (got[native_id]["title"], got[native_id]["text"]) == (title, body)
        assert not got[native_id]["text_truncated"]
    before = len(bench.sim.requests)
    crawl(bench, source)
    assert not [line.path for line in bench.sim.requests[before:] if line.path.startswith("/wechat/")]


def test_the_access_key_is_sent_and_shown_nowhere(bench: Bench) -> None:
    """Neither log at the chattiest level nor summary, coverage, cursors, state or evidence hold it."""
    bench.sim.fault("rsshub-feed", "route_error", times=1)
    secret = {"rsshub_key": KEY}
    bench.secrets = secret
    answer = crawl(bench, rsshub(KEYWORD_ROUTE, "/wechat/mp/haizhou-life"), log_level="DEBUG")
    state = (bench.folder / "state.json").read_text(encoding="utf-8")
    raw = b"".join(path.read_bytes() for path in (bench.folder / "raw").rglob("*") if path.is_file())
    told = f"{answer.log}{answer.summary}{answer.coverage}{answer.cursors}{state}{raw!r}"
    assert any(line.query.get("key") for line in bench.sim.requests)
    assert KEY not in told
    bench.secrets = {"rsshub_key": "another-key-of-12"}
    refused = crawl(bench, rsshub())
    assert ("auth_required", "access_key") in {(row["status"], row["detail"]) for row in refused.coverage}


SOURCES = {"appstore": appstore, "guba": guba, "heimao": heimao, "rsshub": rsshub}
REFUSALS = [
    ("appstore", "apple", "403", "blocked", "http_403"),
    ("appstore", "apple", "429", "rate_limited", "http_429"),
    ("appstore", "apple", "5xx", "transport", "http_503"),
    ("appstore", "apple", "reset", "transport", "*"),
    ("appstore", "apple", "empty_body", "blocked", "empty_body"),
    ("appstore", "apple", "truncated_json", "transport", "truncated_json"),
    ("appstore", "apple", "html_instead_of_json", "blocked", "html_instead_of_json"),
    ("appstore", "apple", "changed", "changed", "entries_unreadable"),
    ("appstore", "apple", "404", "not_found", "http_404"),
    ("appstore", "apple", "401", "auth_required", "http_401"),
    ("appstore", "apple", "captcha_page", "challenge", "captcha_page"),
    ("guba", "guba-list", "soft_block", "blocked", "soft_block"),
    ("guba", "guba-list", "403", "blocked", "http_403"),
    ("guba", "guba-list", "429", "rate_limited", "http_429"),
    ("guba", "guba-list", "5xx", "transport", "http_503"),
    ("guba", "guba-list", "blank_page", "suspect_empty", "no_posts"),
    ("guba", "guba-list", "changed", "changed", "no_article_list"),
    ("guba", "guba-list", "truncated_json", "transport", "truncated_json"),
    ("guba", "guba-list", "404", "not_found", "http_404"),
    ("guba", "guba-replies", "403", "blocked", "http_403"),
    ("guba", "guba-replies", "changed", "changed", "no_replies_key"),
    ("guba", "guba-list", "401", "auth_required", "http_401"),
    ("guba", "guba-list", "captcha_page", "challenge", "captcha_page"),
    ("heimao", "heimao", "302_login", "auth_required", "redirect_to_login"),
    ("heimao", "heimao", "403", "blocked", "http_403"),
    ("heimao", "heimao", "status_10007", "blocked", "status_10007"),
    ("heimao", "heimao", "429", "rate_limited", "http_429"),
    ("heimao", "heimao", "5xx", "transport", "http_503"),
    ("heimao", "heimao", "captcha_page", "challenge", "captcha_page"),
    ("heimao", "heimao", "no_lists", "changed", "no_lists"),
    ("heimao", "heimao", "blank_page", "suspect_empty", "blank_page"),
    ("heimao", "heimao", "changed", "changed", "entries_unreadable"),
    ("heimao", "heimao", "truncated_json", "transport", "truncated_json"),
    ("heimao", "heimao", "404", "not_found", "http_404"),
    ("rsshub", "rsshub", "cooling_down", "rate_limited", "cooling_down"),
    ("rsshub", "rsshub", "cookies_expired", "auth_required", "cookies_expired"),
    ("rsshub", "rsshub", "not_configured", "auth_required", "not_configured"),
    ("rsshub", "rsshub", "upstream_418", "rate_limited", "upstream_418"),
    ("rsshub", "rsshub", "route_error", "transport", "http_503"),
    ("rsshub", "rsshub", "404", "not_found", "http_404"),
    ("rsshub", "rsshub", "403", "blocked", "http_403"),
    ("rsshub", "rsshub", "changed", "changed", "not_a_feed"),
    ("rsshub", "rsshub", "blank_page", "suspect_empty", "*"),
    ("rsshub", "rsshub", "461", "challenge", "http_461"),
]
TOGETHER = {"appstore": "reset", "guba": "soft_block", "heimao": "blank_page", "rsshub": "cooling_down"}
# Shown by tests of their own: pages with content, the proofs of an empty result, the blank first page.
SHOWN_ELSEWHERE = {"ok", "ok_empty"}


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_outcome_that_a_channel_can_produce_is_produced_here(name: str) -> None:
    """The table of refusals has a row for each."""
    shown = {outcome for source, _, _, outcome, _ in REFUSALS if source == name} | SHOWN_ELSEWHERE
    extra = {"suspect_empty"} if name == "appstore" else set()  # a single page proves nothing there
    assert shown | extra == {outcome.value for outcome in PRODUCIBLE[name]}


def read(bench: Bench, name: str) -> Verdict:
    """What the backend of a channel makes of the double's answers, with all that follows; no crawl is needed for it."""
    options = SOURCES[name](**({"details": False} if name == "guba" else {}))["options"]
    own = {key: value for key, value in options.items() if key not in {*FAST, "retries", "obey_robots"}}
    bases = {base: f"{bench.sim.url}/{base}" for base in ("apple", "guba", "heimao", "rsshub", "wechat")}
    needs = (SearchTerm(QUERY, QUERY),), SimpleNamespace(), InMemoryStateStore(), FakeClock(NOW)
    source = Source("s", name, "s", Backend.WEB, "test", True, 60, own)
    backend = spiders()[name].build(source, CrawlPlan((), *needs, bases=bases), lambda text: True)
    piece = Slice(backend.queries[0], NOW - timedelta(hours=6), NOW)
    waiting, verdicts = list(backend.first(piece)), []
    while waiting:
        page = waiting.pop()
        headers, body = dict(page.headers), page.body or None
        answer = httpx.request(page.method, page.url, headers=headers, content=body, verify=NO_TLS)
        reply = Reply(page.url, answer.status_code, answer.content, {k.lower(): v for k, v in answer.headers.items()})
        result = backend.read(reply, page, piece)
        waiting += result.follow
        verdicts += [] if result.unsettled or result.auxiliary else [result.verdict]
    return worst(verdicts)


def test_refusals_are_told_apart(bench: Bench) -> None:
    """Every sign of every channel ends in its own outcome, and none in "empty"."""
    wrong = []
    for name, route, fault, outcome, detail in REFUSALS:
        if fault == "reset":
            continue  # no answer at all: see the crawl below
        bench.sim.fault(route, fault, times=-1)
        told = read(bench, name)
        bench.sim.clear_faults()
        is_told = told.outcome.value == outcome and detail in ("*", told.detail)
        wrong += [] if is_told else [(name, fault, told)]
    assert wrong == []


def test_refused_sources_harm_no_other_and_no_cursor_moves(bench: Bench) -> None:
    """Four sources, each refused in its own way, in one crawl; none is read, none is called seen."""
    rows = [next(row for row in REFUSALS if row[0] == name and row[2] == fault) for name, fault in TOGETHER.items()]
    for _, route, fault, _, _ in rows:
        bench.sim.fault(route, fault, times=-1)
    sources = [SOURCES[name](**({"details": False} if name == "guba" else {})) for name, *_ in rows]
    refused = bench.crawl(*sources, queries=(QUERY,), words=[""], drafts=False, backfill_days=1)
    told = {row["source"]: row["status"] for row in refused.coverage}
    assert told == {source["id"]: row[3] for source, row in zip(sources, rows, strict=True)}
    assert refused.cursors == {}


def test_a_proved_empty_result_is_empty_and_moves_the_cursor(bench: Bench) -> None:
    """Each channel's own proof is the only "nothing"."""
    proofs = {"apple": "no_reviews", "guba-list": "count_0", "heimao": "total_0", "rsshub": "feed_without_entries"}
    for route in proofs:
        bench.sim.fault(route, "no_result", times=-1)
    answer = bench.crawl(*(make() for make in SOURCES.values()), queries=(QUERY,), words=[""])
    assert {(row["status"], row["detail"]) for row in answer.coverage} == {("ok_empty", how) for how in proofs.values()}
    assert len(answer.cursors) == 4
    assert {datetime.fromisoformat(mark) for mark in answer.cursors.values()} == {datetime.fromisoformat(bench.now)}


def test_an_instance_that_is_down_is_told_from_a_route_that_fails(bench: Bench) -> None:
    """A route that failed is looked at once more through the health of the instance."""
    bench.sim.fault("rsshub-feed", "5xx", times=-1)
    bench.sim.fault("rsshub-health", "5xx", times=-1)
    answer = crawl(bench, rsshub())
    assert [(row["status"], row["detail"]) for row in answer.coverage] == [("transport", "instance_down")]


def test_an_article_that_cannot_be_read_is_kept_as_announced(bench: Bench) -> None:
    """A new layout, a deletion and a captcha are three things; the feed's own words stay."""
    for number, fault in enumerate(("changed", "violation", "verify_page"), 1):
        bench.sim.fault("wechat-article", fault, nth=number)
    answer = crawl(bench, rsshub("/wechat/mp/yunzhou-finance"), backfill_days=5)
    told = set(answer.tally("rsshub_feeds")["details"])
    assert {"changed:no_article", "not_found:deleted_message", "challenge:js_verify"} <= told
    since = datetime.fromisoformat(bench.now) - timedelta(days=5)
    fresh = [one for one in answer.drafts.values() if datetime.fromisoformat(one["published_at"]) >= since]
    assert sum(one["text_truncated"] for one in fresh) >= 3
    assert all(one["text"] for one in fresh)


def test_no_account_name_or_text_in_log_summary_or_coverage(bench: Bench) -> None:
    """At the chattiest log level nothing shows who wrote or what."""
    answer = crawl(bench, appstore(), log_level="DEBUG")
    other = crawl(bench, guba(), log_level="DEBUG", backfill_days=0.3)
    drafts = [*answer.drafts.values(), *other.drafts.values()]
    told = f"{answer.log}{answer.summary}{answer.coverage}{other.log}{other.summary}{other.coverage}"
    private = {draft["author_id"] for draft in drafts} | {draft["author_name"] for draft in drafts}
    assert len(private) > 50
    assert [secret for secret in private if secret and secret in told] == []
    assert not any(draft["text"][:12] in told for draft in drafts if len(draft["text"]) > 12)
