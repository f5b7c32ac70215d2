"""Every refusal that the platforms know, met by the real spiders: its own outcome, and the cursor stands still."""

from itertools import zip_longest

import pytest

from crawlers.raw import read_evidence
from tests.integration.crawlers.support import KEY, Bench, douyin, news, weibo_mobile, weibo_web

pytestmark = pytest.mark.integration
QUERY = "云江银行"

REFUSALS = [
    ("weibo_web", "weibo-s", "302_visitor", "auth_required", "redirect_to_login"),
    ("weibo_web", "weibo-s", "418", "rate_limited", "http_418"),
    ("weibo_web", "weibo-s", "429", "rate_limited", "http_429"),
    ("weibo_web", "weibo-s", "403", "blocked", "http_403"),
    ("weibo_web", "weibo-s", "5xx", "transport", "http_503"),
    ("weibo_web", "weibo-s", "reset", "transport", "*"),
    ("weibo_web", "weibo-s", "blank_page", "suspect_empty", "blank_page"),
    ("weibo_web", "weibo-s", "empty_body", "blocked", "empty_body"),
    ("weibo_web", "weibo-s", "blocked_body", "blocked", "blocked_body"),
    ("weibo_web", "weibo-s", "captcha_page", "challenge", "captcha_page"),
    ("weibo_web", "weibo-s", "changed", "changed", "entries_unreadable"),
    ("weibo_web", "weibo-s", "404", "not_found", "http_404"),
    ("weibo_mobile", "weibo-m", "ok_-100", "auth_required", "ok_-100"),
    ("weibo_mobile", "weibo-m", "432", "rate_limited", "http_432"),
    ("weibo_mobile", "weibo-m", "418", "rate_limited", "http_418"),
    ("weibo_mobile", "weibo-m", "blank_page", "suspect_empty", "no_posts"),
    ("weibo_mobile", "weibo-m", "html_instead_of_json", "blocked", "html_instead_of_json"),
    ("weibo_mobile", "weibo-m", "truncated_json", "transport", "truncated_json"),
    ("weibo_mobile", "weibo-m", "captcha_page", "challenge", "captcha_page"),
    ("weibo_mobile", "weibo-m", "changed", "changed", "entries_unreadable"),
    ("weibo_mobile", "weibo-m", "no_data", "changed", "no_data"),
    ("douyin", "douyin", "verify_check", "challenge", "verify_check"),
    ("douyin", "douyin", "antispam_check", "challenge", "antispam_check"),
    ("douyin", "douyin", "status_2483", "auth_required", "status_2483"),
    ("douyin", "douyin", "status_9", "rate_limited", "status_9"),
    ("douyin", "douyin", "no_data", "challenge", "no_data"),
    ("douyin", "douyin", "empty_body", "blocked", "empty_body"),
    ("douyin", "douyin", "blocked_body", "blocked", "blocked_body"),
    ("douyin", "douyin", "blank_page", "suspect_empty", "empty_with_more"),
    ("douyin", "douyin", "captcha_page", "challenge", "captcha_page"),
    ("douyin", "douyin", "changed", "changed", "entries_unreadable"),
    ("douyin", "douyin", "truncated_json", "transport", "truncated_json"),
    ("douyin", "douyin", "stream_refused", "challenge", "verify_check"),
    ("douyin", "douyin", "302_verify", "challenge", "redirect_to_captcha"),
    ("douyin", "douyin", "status_2483_text", "auth_required", "status_2483"),
    ("douyin", "douyin-comments", "verify_check", "challenge", "verify_check"),
    ("douyin_open", "douyin-open", "err_28001003", "auth_required", "err_28001003"),
    ("douyin_open", "douyin-open", "err_28003017", "rate_limited", "err_28003017"),
    ("douyin", "douyin-comments", "blank_page", "suspect_empty", "comments_missing"),
    ("news", "news-feed", "403", "blocked", "http_403"),
    ("news", "news-feed", "5xx", "transport", "http_503"),
    ("news", "news-feed", "404", "not_found", "http_404"),
    ("news", "news-feed", "blank_page", "changed", "not_a_feed"),
    ("news", "news-article", "5xx", "transport", "http_503"),
]


def official(**options: object) -> dict[str, object]:
    """Douyin's official search."""
    return douyin(surface="open_api", **options)


def source_of(name: str, bench: Bench) -> dict[str, object]:
    """The source that a row is about, patient with nothing."""
    made = {"weibo_web": weibo_web, "weibo_mobile": weibo_mobile, "douyin": douyin, "douyin_open": official}
    return made[name](retries=0) if name in made else news(bench.sim, retries=0)


def rounds() -> list[list[tuple[str, str, str, str, str]]]:
    """The table in rounds: each source meets one refusal per round, all of them in one crawl."""
    names = dict.fromkeys(row[0] for row in REFUSALS)
    by_source = [[row for row in REFUSALS if row[0] == name] for name in names]
    return [[row for row in together if row] for together in zip_longest(*by_source)]


@pytest.mark.parametrize("rows", rounds(), ids=lambda rows: "+".join(f"{row[1]}-{row[2]}" for row in rows))
def test_refusals_have_their_own_outcomes_and_the_cursors_stand_still(
    bench: Bench, rows: list[tuple[str, str, str, str, str]]
) -> None:
    """A refused slice is told apart from an empty one, is read again by the next run, and harms no other source."""
    for _, route, fault, _, _ in rows:
        bench.sim.fault(route, fault, times=-1)
    sources = [{**source_of(name, bench), "id": name} for name, *_ in rows]
    refused = bench.crawl(*sources, drafts=False)
    told = {row["source"]: (row["status"], row["detail"]) for row in refused.coverage}
    for name, _, _, outcome, detail in rows:
        assert (told[name][0], detail in ("*", told[name][1])) == (outcome, True), (name, told[name])
    assert refused.moved == []


@pytest.mark.parametrize(
    ("name", "route", "fault"),
    [("weibo_web", "weibo-s", "302_visitor"), ("douyin", "douyin", "verify_check"), ("news", "news-article", "5xx")],
)
def test_after_a_refusal_the_next_run_reads_the_same_window(bench: Bench, name: str, route: str, fault: str) -> None:
    """What was not seen is asked for again from where it began, and its coverage row is replaced."""
    bench.sim.fault(route, fault, times=-1)
    refused = bench.crawl(source_of(name, bench), drafts=False)
    bench.sim.clear_faults()
    after = bench.crawl(source_of(name, bench), drafts=False)
    assert [row["status"] for row in after.coverage] == ["ok"]
    assert after.coverage[0]["since"] == refused.coverage[0]["since"]
    assert len(after.cursors) == 1


@pytest.mark.parametrize(
    ("name", "route"), [("weibo_web", "weibo-s"), ("weibo_mobile", "weibo-m"), ("douyin", "douyin")]
)
def test_a_proved_empty_result_is_empty_and_moves_the_cursor(bench: Bench, name: str, route: str) -> None:
    """The platform's own marker, seen twice where it is known to lie, is the only "no mentions"."""
    bench.sim.fault(route, "no_result", times=-1)
    answer = bench.crawl(source_of(name, bench))
    assert [row["status"] for row in answer.coverage] == ["ok_empty"]
    assert set(answer.cursors.values()) == {"2026-03-14T01:30:00+00:00"}


def test_one_false_no_result_page_is_not_believed(bench: Bench) -> None:
    """The card that also shows up on random blank pages is asked for again."""
    bench.sim.fault("weibo-s", "no_result", times=1)
    answer = bench.crawl(weibo_web())
    assert [row["status"] for row in answer.coverage] == ["ok"]
    assert len(answer.drafts) > 50


def test_after_a_login_wall_nothing_more_is_sent(bench: Bench) -> None:
    """The circuit opens: one request, not one per query, and every query says why it was not seen."""
    before = len(bench.sim.requests)
    bench.sim.fault("weibo-s", "302_visitor", times=-1)
    answer = bench.crawl(weibo_web(), queries=("云江银行", "海州银行", "北原银行"))
    assert len(bench.sim.requests) - before == 1
    assert [row["status"] for row in answer.coverage] == ["auth_required"] * 3


def test_a_captcha_pauses_the_source_and_the_pause_ends(bench: Bench) -> None:
    """During the pause nothing is sent and coverage says why; afterwards the window is read from where it began."""
    bench.sim.fault("douyin", "verify_check", times=1)
    bench.crawl(douyin(pause_minutes=60))
    before = len(bench.sim.requests)
    paused = bench.crawl(douyin(pause_minutes=60))
    assert len(bench.sim.requests) == before
    assert [(row["status"], row["detail"]) for row in paused.coverage] == [("challenge", "paused")]
    assert paused.cursors == {}
    bench.now = "2026-03-14T02:31:00+00:00"
    after = bench.crawl(douyin(pause_minutes=60))
    assert [row["status"] for row in after.coverage] == ["ok"]


def test_too_fast_is_tried_again_after_a_pause(bench: Bench) -> None:
    """Two 418 in a row slow the spider down and cost nothing else."""
    bench.sim.fault("weibo-s", "418", times=2, after=3)
    answer = bench.crawl(weibo_web())
    assert answer.tally("weibo_search")["outcomes"]["rate_limited"] == 2
    assert [row["status"] for row in answer.coverage] == ["ok"]
    assert set(answer.cursors) == {QUERY}


def test_a_refusal_of_one_source_leaves_the_others_alone(bench: Bench) -> None:
    """Sources run side by side: one is refused, the other is read."""
    bench.sim.fault("douyin", "verify_check", times=-1)
    answer = bench.crawl(weibo_web(), douyin())
    by_source = {row["source"]: row["status"] for row in answer.coverage}
    assert by_source == {"weibo_search": "ok", "douyin_search": "challenge"}


def test_the_changed_page_is_kept_for_the_operator(bench: Bench) -> None:
    """The reply that could not be read lies in the evidence folder, readable by its owner only."""
    bench.sim.fault("weibo-s", "changed", times=-1)
    bench.crawl(weibo_web())
    (kept, *_) = (bench.folder / "raw" / "weibo_search" / "changed").iterdir()
    body = read_evidence(bench.folder / "raw", KEY, str(kept.relative_to(bench.folder / "raw")))
    assert b"pl_feedlist_index" in body
    assert b"pl_feedlist_index" not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0


def test_an_unreachable_host_breaks_its_own_source_alone(bench: Bench) -> None:
    """The canary, the first request of the run, meets a closed port: a verdict, no crash, and the news are read."""
    answer = bench.crawl(weibo_web(canary="银行", retries=0), news(bench.sim), url="http://127.0.0.1:1")
    assert answer.error is None
    assert answer.tally("weibo_search")["slices"]["by_outcome"] == {"transport": 1}
    assert answer.tally("weibo_search")["canary"]["outcome"] == "transport"
    assert answer.tally("news_portal")["slices"]["by_outcome"] == {"ok": 1}
    assert answer.moved == ["news_portal"]
