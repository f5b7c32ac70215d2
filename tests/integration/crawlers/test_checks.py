"""What keeps a crawl honest and thrifty: canary, drift alarm, jobs that wait, and a kill in the middle."""

from datetime import datetime

import pytest

from alerts.detectors.base import DetectionContext
from alerts.detectors.coverage import CoverageDetector
from alerts.rules import load_rules
from config.loader import load_yaml
from tests.fakes import InMemoryMentionStore, InMemoryStateStore
from tests.integration.crawlers.support import ROOT, Bench, weibo_web
from yuqing.domain.alert import Rule
from yuqing.domain.coverage import Outcome

pytestmark = pytest.mark.integration
QUERY = "云江银行"


def shipped_rule() -> Rule:
    """As an operator gets it."""
    path = ROOT / "config" / "rules" / "coverage.yml"
    (rule,) = load_rules([(path, load_yaml(path))])
    return rule


def search(**options: object) -> dict[str, object]:
    """The search without what is said below posts."""
    return weibo_web(comments=False, retries=0, **options)


def scopes(bench: Bench, since: int) -> list[str]:
    """The periods that were asked for since a request."""
    return [line.query["timescope"] for line in bench.sim.requests[since:] if "timescope" in line.query]


def test_the_canary_is_asked_first_once_an_hour_and_not_stored(bench: Bench) -> None:
    """One page of a word that always has results; its posts are no mentions of ours."""
    before = len(bench.sim.requests)
    first = bench.crawl(search(canary="银行"), backfill_days=1)
    words = [line.query.get("q") for line in bench.sim.requests[before:] if "q" in line.query]
    assert words[0] == "银行"
    assert words.count("银行") == 1
    canary = first.tally("weibo_search")["canary"]
    assert (canary["outcome"], canary["silent"]) == ("ok", False)
    assert canary["drafts"] > 0
    plain = bench.crawl(search(), since="2026-03-13T01:00:00+00:00")
    assert first.drafts.keys() == plain.drafts.keys()
    bench.later(20)
    before = len(bench.sim.requests)
    bench.crawl(search(canary="银行"), backfill_days=1)
    assert "银行" not in [line.query.get("q") for line in bench.sim.requests[before:]]


def test_when_the_canary_finds_nothing_no_zero_is_believed(bench: Bench) -> None:
    """The platform says "no results" to everything: that is a block, and the cursor stands still."""
    bench.sim.fault("weibo-s", "no_result", times=-1)
    believed = bench.crawl(search(), queries=("没有人说的词",))
    assert [row["status"] for row in believed.coverage] == ["ok_empty"]
    doubted = bench.crawl(search(canary="银行"))
    (row,) = (row for row in doubted.coverage if row["query"] == QUERY)
    assert (row["status"], row["detail"]) == ("suspect_empty", "canary_silent")
    assert QUERY not in doubted.cursors
    assert doubted.tally("weibo_search")["canary"]["silent"]


def test_a_changed_page_reaches_the_operator(bench: Bench) -> None:
    """The shipped rule tells after six looks that the page has changed; the cursor has not moved."""
    bench.sim.fault("weibo-s", "changed", times=-1)
    for _ in range(6):
        answer = bench.crawl(search(), drafts=False)
        bench.later(10)
    assert answer.cursors == {}
    state = InMemoryStateStore()
    for kind, name, body in bench.state()["documents"]:
        state.save(kind, name, body)
    now = datetime.fromisoformat(bench.now)
    context = DetectionContext(InMemoryMentionStore(), state, (), (), now)
    (found,) = CoverageDetector().detect(shipped_rule(), context)
    assert found.labels["outcome"] == Outcome.CHANGED.value
    assert "页面结构变化" in found.sentence


def test_a_refused_hour_waits_while_newer_ones_are_read_and_settled_ones_are_left_alone(bench: Bench) -> None:
    """The cursor stays before it, its coverage stays a gap, and when it is due it alone is asked for."""
    hour = "custom:2026-03-13-10:2026-03-13-11"
    bench.sim.fault("weibo-s", "blank_page", times=-1, timescope=hour)
    source = search(page_cap=3)
    first = bench.crawl(source, backfill_days=1)
    (gap,) = (row for row in first.coverage if row["status"] != "ok" and row["status"] != "ok_empty")
    assert gap["status"] == "suspect_empty"
    assert first.cursors == {QUERY: gap["since"]}
    runs = []
    for _ in range(2):
        bench.later(10)
        before = len(bench.sim.requests)
        answer = bench.crawl(source, backfill_days=1)
        asked = set(scopes(bench, before))
        runs.append((hour in asked, answer.summary["sources"]["weibo_search"]["slices"]["waiting"]))
        assert answer.cursors == first.cursors
        assert all(scope == hour or scope >= "custom:2026-03-14-7" for scope in asked), "settled hours are left alone"
    assert runs == [(True, 0), (False, 1)]
    bench.sim.clear_faults()
    bench.later(60 * 7)
    last = bench.crawl(source, backfill_days=1)
    assert last.cursors == {QUERY: bench.now}
    assert not [row for row in last.coverage if row["status"] == "suspect_empty"]


def settled(bench: Bench, scope: str) -> bool:
    """Whether the account of a period was closed. Rows of periods that follow one another are one."""
    begin, end = (datetime.strptime(f"{each}+0800", "%Y-%m-%d-%H%z") for each in scope.split(":")[1:])
    rows = [body for kind, _, body in bench.state()["documents"] if kind == "coverage"]
    spans = [[datetime.fromisoformat(row[name]) for name in ("since", "until")] for row in rows]
    return any(since <= begin and end <= until for since, until in spans)


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_after_a_kill_the_next_run_fetches_what_is_missing_and_nothing_is_lost(bench: Bench, share: float) -> None:
    """kill -9 between store and account, early and at the last batch: what was accounted for is not read again."""
    source = search(page_cap=3)
    wanted = bench.sim.truth(platform="weibo", keyword=QUERY, since="2026-03-13T01:00:00+00:00")
    before = len(bench.sim.requests)
    assert bench.kill(max(1, round(share * len(wanted))), source, backfill_days=1)
    asked = set(scopes(bench, before))
    overlap = "custom:2026-03-14-7"  # what is newer is always read again
    done = {scope for scope in asked if scope < overlap and settled(bench, scope)}
    assert done or share < 1
    before = len(bench.sim.requests)
    assert bench.crawl(source, backfill_days=1).cursors == {QUERY: bench.now}
    assert not done & set(scopes(bench, before))
    assert {name.rpartition(":")[2] for name in bench.state()["known"]} == {row["id"] for row in wanted}
